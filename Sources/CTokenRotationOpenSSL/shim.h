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
#include <openssl/sha.h>

/* SHA-1 without EVP around it. OpenSSL would rather have EVP used; for messages as short as a webhook's, EVP takes longer
   to be set up than the hash takes, and its state can neither live on the stack nor be copied without an allocation. */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
static inline int tokenRotationSHA1Init(SHA_CTX *context) { return SHA1_Init(context); }
static inline int tokenRotationSHA1Update(SHA_CTX *context, const void *bytes, size_t count) {
  return SHA1_Update(context, bytes, count);
}
static inline int tokenRotationSHA1Final(unsigned char *digest, SHA_CTX *context) { return SHA1_Final(digest, context); }
#pragma clang diagnostic pop

#endif
