#define _GNU_SOURCE
#include "CInterposition.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

static _Atomic(InterposedLookUp) beforeLookUps;
static atomic_int easyHandles;
static _Atomic(InterposedFileCall) afterFileCalls;

void interposeLookUps(InterposedLookUp before) { beforeLookUps = before; }

int liveEasyHandles(void) { return easyHandles; }

void interposeFileCalls(InterposedFileCall after) { afterFileCalls = after; }

/* Elsewhere a library's calls are bound to the library that it was linked with. */
#ifdef __linux__

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  int (*original)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
      dlsym(RTLD_NEXT, "getaddrinfo");
  InterposedLookUp before = beforeLookUps;
  const char *instead = before != NULL && name != NULL ? before(name) : NULL;
  return original(instead != NULL ? instead : name, service, hints, result);
}

void *curl_easy_init(void) {
  void *(*original)(void) = dlsym(RTLD_NEXT, "curl_easy_init");
  void *handle = original();
  // libcurl makes some for itself, and ends them without this function's counterpart.
  Dl_info caller, libcurl;
  int isOwn = dladdr(__builtin_return_address(0), &caller) != 0 && dladdr((void *)original, &libcurl) != 0
      && caller.dli_fbase == libcurl.dli_fbase;
  if (handle != NULL && !isOwn) easyHandles++;
  return handle;
}

void curl_easy_cleanup(void *handle) {
  void (*original)(void *) = dlsym(RTLD_NEXT, "curl_easy_cleanup");
  if (handle != NULL) easyHandles--;
  original(handle);
}

static void tell(int descriptor, int isFlush, int isDone) {
  InterposedFileCall after = afterFileCalls;
  if (after != NULL && isDone) after(descriptor, isFlush);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
  ssize_t (*original)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
  ssize_t written = original(descriptor, bytes, count, offset);
  tell(descriptor, 0, written >= 0);
  return written;
}

int fsync(int descriptor) {
  int (*original)(int) = dlsym(RTLD_NEXT, "fsync");
  int result = original(descriptor);
  tell(descriptor, 1, result == 0);
  return result;
}

int fdatasync(int descriptor) {
  int (*original)(int) = dlsym(RTLD_NEXT, "fdatasync");
  int result = original(descriptor);
  tell(descriptor, 1, result == 0);
  return result;
}

#endif
