#ifndef TOKEN_ROTATION_CURL_SHIM_H
#define TOKEN_ROTATION_CURL_SHIM_H

#include <curl/curl.h>

#if LIBCURL_VERSION_NUM < 0x075800
#error "TokenRotationCurl needs libcurl 7.88.0 or later (which writes TLS without a signal)"
#endif

/* Swift cannot call variadic functions, and C does not check their arguments: so one wrapper per kind of argument. */

static inline CURLcode tokenRotationSetNumber(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode tokenRotationSetSize(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode tokenRotationSetText(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode tokenRotationSetPointer(CURL *handle, CURLoption option, const void *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode tokenRotationSetList(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}

/* CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION have the same type. */
static inline CURLcode tokenRotationSetReceiver(CURL *handle, CURLoption option, curl_write_callback value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode tokenRotationSetPrerequest(CURL *handle, curl_prereq_callback value) {
  return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, value);
}

static inline CURLcode tokenRotationSetSocketReceivers(
    CURL *handle, curl_sockopt_callback opened, curl_closesocket_callback closed, void *receiver) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, opened);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_SOCKOPTDATA, receiver);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, closed);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, receiver);
  return code;
}

static inline CURLcode tokenRotationGetNumber(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode tokenRotationGetPointer(CURL *handle, CURLINFO info, void **value) {
  return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode tokenRotationSetMultiReceivers(
    CURLM *handle, curl_socket_callback socketCallback, curl_multi_timer_callback timerCallback, void *receiver) {
  CURLMcode code = curl_multi_setopt(handle, CURLMOPT_SOCKETFUNCTION, socketCallback);
  if (code == CURLM_OK) code = curl_multi_setopt(handle, CURLMOPT_SOCKETDATA, receiver);
  if (code == CURLM_OK) code = curl_multi_setopt(handle, CURLMOPT_TIMERFUNCTION, timerCallback);
  if (code == CURLM_OK) code = curl_multi_setopt(handle, CURLMOPT_TIMERDATA, receiver);
  return code;
}

static inline CURLMcode tokenRotationSetMultiNumber(CURLM *handle, CURLMoption option, long value) {
  return curl_multi_setopt(handle, option, value);
}

/* What is made of macros that Swift does not import. */
static inline CURLcode tokenRotationGlobalInit(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
static inline unsigned int tokenRotationCurlVersion(void) { return curl_version_info(CURLVERSION_NOW)->version_num; }
static const long tokenRotationBasicAuthentication = (long)CURLAUTH_BASIC;

#endif
