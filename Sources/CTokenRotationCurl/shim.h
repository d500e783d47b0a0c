#ifndef TOKEN_ROTATION_CURL_SHIM_H
#define TOKEN_ROTATION_CURL_SHIM_H

#include <curl/curl.h>

#if LIBCURL_VERSION_NUM < 0x075700
#error "TokenRotationCurl needs libcurl 7.87.0 or later (CURLOPT_QUICK_EXIT)"
#endif

#endif
