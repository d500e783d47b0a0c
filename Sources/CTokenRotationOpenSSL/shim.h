#ifndef TOKEN_ROTATION_OPENSSL_SHIM_H
#define TOKEN_ROTATION_OPENSSL_SHIM_H

#include <openssl/opensslv.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "TokenRotationOpenSSL needs OpenSSL 3.0 or later"
#endif

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#endif
