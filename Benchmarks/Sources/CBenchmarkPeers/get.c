#include "peers.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A growing piece of memory, used again by the next answer. */
typedef struct {
  char *bytes;
  size_t size, capacity;
} Buffer;

typedef struct {
  CURL *handle;
  Buffer head, body;
} Slot;

struct GetPeer {
  CURLM *multi;
  struct curl_slist *headerLines;
  Slot *slots;
  int slotCount;
};

enum { headSizeLimit = 65536, bodySizeLimit = 1048576 };

static int append(Buffer *buffer, const char *bytes, size_t size, size_t limit) {
  if (size > limit - buffer->size) return -1;
  if (buffer->size + size > buffer->capacity) {
    size_t capacity = (buffer->size + size) * 2;
    char *larger = realloc(buffer->bytes, capacity);
    if (larger == NULL) return -1;
    buffer->bytes = larger;
    buffer->capacity = capacity;
  }
  memcpy(buffer->bytes + buffer->size, bytes, size);
  buffer->size += size;
  return 0;
}

static size_t receiveHeaderLine(char *bytes, size_t size, size_t count, void *slot) {
  return append(&((Slot *)slot)->head, bytes, size * count, headSizeLimit) == 0 ? size * count : 0;
}

static size_t receiveBody(char *bytes, size_t size, size_t count, void *slot) {
  return append(&((Slot *)slot)->body, bytes, size * count, bodySizeLimit) == 0 ? size * count : 0;
}

/* The options of TokenRotationCurl, each set once: nothing changes from one request to the next. */
static int setOptions(
    Slot *slot, struct curl_slist *headerLines, const char *url, const char *username, const char *password,
    const char *certificateAuthorityFile) {
  CURL *handle = slot->handle;
  int refused = 0;
#define SET(option, value) refused |= curl_easy_setopt(handle, option, value) != CURLE_OK
  SET(CURLOPT_URL, url);
  SET(CURLOPT_HTTPHEADER, headerLines);
  SET(CURLOPT_USERNAME, username);
  SET(CURLOPT_PASSWORD, password);
  SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
  SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
  SET(CURLOPT_USERAGENT, "libcurl");
  SET(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");

  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_PATH_AS_IS, 1L);
  SET(CURLOPT_PROXY, "");
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_QUICK_EXIT, 1L);
  SET(CURLOPT_CONNECTTIMEOUT_MS, 10000L);
  SET(CURLOPT_TIMEOUT_MS, 15000L);

  SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  SET(CURLOPT_SSL_VERIFYPEER, 1L);
  SET(CURLOPT_SSL_VERIFYHOST, 2L);
  SET(CURLOPT_CAINFO, certificateAuthorityFile);

  SET(CURLOPT_HEADERFUNCTION, receiveHeaderLine);
  SET(CURLOPT_HEADERDATA, slot);
  SET(CURLOPT_WRITEFUNCTION, receiveBody);
  SET(CURLOPT_WRITEDATA, slot);
  SET(CURLOPT_PRIVATE, slot);
#undef SET
  return refused ? -1 : 0;
}

GetPeer *getPeerMake(
    const char *url, const char *username, const char *password, const char *certificateAuthorityFile, int inFlight) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return NULL;
  GetPeer *peer = calloc(1, sizeof(GetPeer));
  if (peer == NULL) return NULL;
  peer->slots = calloc((size_t)inFlight, sizeof(Slot));
  peer->multi = curl_multi_init();
  peer->headerLines = curl_slist_append(peer->headerLines, "Accept: application/json");
  if (peer->slots == NULL || peer->multi == NULL || peer->headerLines == NULL) goto refused;
  if (curl_multi_setopt(peer->multi, CURLMOPT_MAXCONNECTS, 64L) != CURLM_OK) goto refused;
  for (; peer->slotCount < inFlight; peer->slotCount++) {
    Slot *slot = &peer->slots[peer->slotCount];
    slot->handle = curl_easy_init();
    if (slot->handle == NULL) goto refused;
    if (setOptions(slot, peer->headerLines, url, username, password, certificateAuthorityFile) != 0) {
      curl_easy_cleanup(slot->handle);
      goto refused;
    }
  }
  return peer;

refused:
  fputs("libcurl refused to be set up\n", stderr);
  getPeerFree(peer);
  return NULL;
}

void getPeerFree(GetPeer *peer) {
  for (int index = 0; index < peer->slotCount; index++) {
    curl_easy_cleanup(peer->slots[index].handle);
    free(peer->slots[index].head.bytes);
    free(peer->slots[index].body.bytes);
  }
  curl_multi_cleanup(peer->multi);
  curl_slist_free_all(peer->headerLines);
  free(peer->slots);
  free(peer);
}

static int start(GetPeer *peer, Slot *slot) {
  slot->head.size = 0;
  slot->body.size = 0;
  return curl_multi_add_handle(peer->multi, slot->handle) == CURLM_OK ? 0 : -1;
}

/* Takes the answer to one request, and gives the slot back; NULL if it is not the answer that was expected. */
static Slot *finish(GetPeer *peer, const CURLMsg *message, size_t expectedBodySize) {
  CURL *handle = message->easy_handle;
  CURLcode code = message->data.result;
  Slot *slot = NULL;
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_PRIVATE, (void **)&slot);
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (curl_multi_remove_handle(peer->multi, handle) != CURLM_OK) return NULL;
  if (code == CURLE_OK && status == 200 && slot->body.size == expectedBodySize) return slot;
  fprintf(stderr, "libcurl: %s, status %ld, %zu bytes\n", curl_easy_strerror(code), status, slot->body.size);
  return NULL;
}

int getPeerRun(GetPeer *peer, long count, size_t expectedBodySize) {
  long started = 0, finished = 0;
  for (; started < count && started < peer->slotCount; started++) {
    if (start(peer, &peer->slots[started]) != 0) return -1;
  }
  while (1) {
    int running, remaining, hasStarted = 0;
    const CURLMsg *message;
    if (curl_multi_perform(peer->multi, &running) != CURLM_OK) return -1;
    while ((message = curl_multi_info_read(peer->multi, &remaining)) != NULL) {
      Slot *slot = finish(peer, message, expectedBodySize);
      if (slot == NULL) return -1;
      finished++;
      if (started < count) {
        if (start(peer, slot) != 0) return -1;
        started++;
        hasStarted = 1;
      }
    }
    if (finished == count) return 0;
    /* What has just been started wants to send before there is anything to wait for. */
    if (!hasStarted && curl_multi_poll(peer->multi, NULL, 0, 1000, NULL) != CURLM_OK) return -1;
  }
}
