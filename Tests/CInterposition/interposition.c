#define _GNU_SOURCE
#include "CInterposition.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stddef.h>

static _Atomic(InterposedLookUp) beforeLookUps;
static atomic_int easyHandles;

void interposeLookUps(InterposedLookUp before) { beforeLookUps = before; }

int liveEasyHandles(void) { return easyHandles; }

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

#endif
