#ifndef TOKEN_ROTATION_CURL_WATCH_H
#define TOKEN_ROTATION_CURL_WATCH_H

#include <curl/curl.h>
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

/* What the system offers to wait for many sockets at once, which any thread may change while another one waits. */

enum { tokenRotationWatchLimit = 64 };

/* A socket that is ready, and for what: CURL_CSELECT_IN, CURL_CSELECT_OUT, CURL_CSELECT_ERR. */
typedef struct {
  int socket;
  int events;
} TokenRotationReady;

#if defined(__linux__)

#include <sys/epoll.h>
#include <sys/eventfd.h>

/* What is woken with; -1 if the system has none to give. */
static inline int tokenRotationWatchWaker(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/* What is waited on; -1 if the system has none to give. */
static inline int tokenRotationWatchMake(int waker) {
  int watch = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = waker}};
  if (watch >= 0 && epoll_ctl(watch, EPOLL_CTL_ADD, waker, &event) != 0) {
    close(watch);
    return -1;
  }
  return watch;
}

/* Says what a socket is watched for: CURL_POLL_IN, CURL_POLL_OUT, CURL_POLL_INOUT or CURL_POLL_REMOVE. */
static inline int tokenRotationWatchSocket(int watch, curl_socket_t socket, int what) {
  struct epoll_event event = {.data = {.fd = socket}};
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  if (what == CURL_POLL_REMOVE) return epoll_ctl(watch, EPOLL_CTL_DEL, socket, &event);
  int answer = epoll_ctl(watch, EPOLL_CTL_ADD, socket, &event);
  return answer != 0 && errno == EEXIST ? epoll_ctl(watch, EPOLL_CTL_MOD, socket, &event) : answer;
}

static inline void tokenRotationWatchWake(int watch, int waker) {
  uint64_t one = 1;
  (void)watch;
  /* It fails only where so many wake-ups wait that one more makes no difference. */
  if (write(waker, &one, sizeof one) < 0) return;
}

/* Waits, for ever if milliseconds are negative; answers how many sockets are ready. */
static inline int tokenRotationWatchWait(int watch, int waker, TokenRotationReady *ready, int milliseconds) {
  struct epoll_event events[tokenRotationWatchLimit];
  int count = epoll_wait(watch, events, tokenRotationWatchLimit, milliseconds), found = 0;
  for (int index = 0; index < count; index++) {
    uint32_t bits = events[index].events;
    if (events[index].data.fd == waker) {
      uint64_t wakeUps;
      if (read(waker, &wakeUps, sizeof wakeUps) < 0) continue;
      continue;
    }
    ready[found].socket = events[index].data.fd;
    ready[found].events = (bits & EPOLLIN ? CURL_CSELECT_IN : 0) | (bits & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                          (bits & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    found++;
  }
  return found;
}

#else

#include <sys/event.h>
#include <sys/time.h>

/* Any descriptor that nobody else has: only its number is of use. */
static inline int tokenRotationWatchWaker(void) { return kqueue(); }

static inline int tokenRotationWatchMake(int waker) {
  int watch = kqueue();
  struct kevent event;
  EV_SET(&event, waker, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0, NULL);
  if (watch >= 0 && kevent(watch, &event, 1, NULL, 0, NULL) != 0) {
    close(watch);
    return -1;
  }
  return watch;
}

static inline int tokenRotationWatchSocket(int watch, curl_socket_t socket, int what) {
  struct kevent events[2], answers[2];
  unsigned short read = (what & CURL_POLL_IN ? EV_ADD : EV_DELETE) | EV_RECEIPT;
  unsigned short write = (what & CURL_POLL_OUT ? EV_ADD : EV_DELETE) | EV_RECEIPT;
  EV_SET(&events[0], socket, EVFILT_READ, read, 0, 0, NULL);
  EV_SET(&events[1], socket, EVFILT_WRITE, write, 0, 0, NULL);
  return kevent(watch, events, 2, answers, 2, NULL) < 0 ? -1 : 0;
}

static inline void tokenRotationWatchWake(int watch, int waker) {
  struct kevent event;
  EV_SET(&event, waker, EVFILT_USER, 0, NOTE_TRIGGER, 0, NULL);
  (void)kevent(watch, &event, 1, NULL, 0, NULL);
}

static inline int tokenRotationWatchWait(int watch, int waker, TokenRotationReady *ready, int milliseconds) {
  struct kevent events[tokenRotationWatchLimit];
  struct timespec limit = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};
  int count = kevent(watch, NULL, 0, events, tokenRotationWatchLimit, milliseconds < 0 ? NULL : &limit), found = 0;
  (void)waker;
  for (int index = 0; index < count; index++) {
    if (events[index].filter == EVFILT_USER) continue;
    ready[found].socket = (int)events[index].ident;
    ready[found].events = events[index].filter == EVFILT_READ ? CURL_CSELECT_IN : CURL_CSELECT_OUT;
    if (events[index].flags & EV_ERROR) ready[found].events |= CURL_CSELECT_ERR;
    found++;
  }
  return found;
}

#endif

#endif
