#include "peers.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct HMACPeer {
  EVP_MAC_CTX *context;
};

HMACPeer *hmacPeerMake(void) {
  HMACPeer *peer = calloc(1, sizeof(HMACPeer));
  EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA1", 0),
      OSSL_PARAM_construct_end(),
  };
  if (peer != NULL) peer->context = EVP_MAC_CTX_new(algorithm);
  EVP_MAC_free(algorithm);
  if (peer == NULL || peer->context == NULL || EVP_MAC_CTX_set_params(peer->context, parameters) != 1) {
    hmacPeerFree(peer);
    return NULL;
  }
  return peer;
}

int hmacPeerRun(
    HMACPeer *peer, const uint8_t *key, size_t keySize, const uint8_t *message, size_t messageSize, long count,
    uint8_t *code) {
  size_t size;
  for (; count > 0; count--) {
    if (EVP_MAC_init(peer->context, key, keySize, NULL) != 1 ||
        EVP_MAC_update(peer->context, message, messageSize) != 1 ||
        EVP_MAC_final(peer->context, code, &size, 20) != 1) {
      return -1;
    }
  }
  return 0;
}

void hmacPeerFree(HMACPeer *peer) {
  if (peer == NULL) return;
  EVP_MAC_CTX_free(peer->context);
  free(peer);
}
