#include "peers.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { keySize = 32, idSize = 16, nonceSize = 24, tagSize = 16, blockSize = 16, associatedDataLimit = 1024 };
enum { idAt = 1, nonceAt = idAt + idSize, ciphertextAt = nonceAt + nonceSize, overhead = ciphertextAt + tagSize };
enum { version = 1 };

static const char domain[] = "swift-token-rotation sealed token";

struct SealPeer {
  EVP_CIPHER_CTX *block, *message;
  uint8_t subkey[blockSize];
  uint8_t id[idSize];
};

static int derive(const uint8_t *key, const char *label, uint8_t *output, size_t size) {
  EVP_KDF *algorithm = EVP_KDF_fetch(NULL, "HKDF", NULL);
  EVP_KDF_CTX *context = EVP_KDF_CTX_new(algorithm);
  EVP_KDF_free(algorithm);
  if (context == NULL) return -1;
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, keySize),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)label, strlen(label)),
      OSSL_PARAM_construct_end(),
  };
  int answer = EVP_KDF_derive(context, output, size, parameters);
  EVP_KDF_CTX_free(context);
  return answer == 1 ? 0 : -1;
}

static EVP_CIPHER_CTX *makeContext(const char *name, const uint8_t *key) {
  EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  if (cipher == NULL || context == NULL || EVP_EncryptInit_ex2(context, cipher, key, NULL, NULL) != 1) {
    EVP_CIPHER_CTX_free(context);
    context = NULL;
  }
  EVP_CIPHER_free(cipher);
  return context;
}

SealPeer *sealPeerMake(const uint8_t *configuredKey) {
  uint8_t key[keySize];
  int length;
  SealPeer *peer = calloc(1, sizeof(SealPeer));
  if (peer == NULL) return NULL;
  if (derive(configuredKey, "swift-token-rotation v1 sealing key", key, sizeof key) == 0 &&
      derive(configuredKey, "swift-token-rotation v1 key id", peer->id, sizeof peer->id) == 0) {
    peer->block = makeContext("AES-256-ECB", key);
    peer->message = makeContext("AES-256-GCM", NULL);
  }
  OPENSSL_cleanse(key, sizeof key);
  if (peer->block == NULL || peer->message == NULL || EVP_CIPHER_CTX_set_padding(peer->block, 0) != 1 ||
      EVP_EncryptUpdate(peer->block, peer->subkey, &length, peer->subkey, blockSize) != 1) {
    fputs("OpenSSL refused to be set up\n", stderr);
    sealPeerFree(peer);
    return NULL;
  }
  /* CMAC's first subkey: the encryption of a block of zeros, doubled. */
  uint8_t carry = peer->subkey[0] >> 7;
  for (int index = 0; index < blockSize - 1; index++) {
    peer->subkey[index] = (uint8_t)(peer->subkey[index] << 1 | peer->subkey[index + 1] >> 7);
  }
  peer->subkey[blockSize - 1] = (uint8_t)(peer->subkey[blockSize - 1] << 1 ^ carry * 0x87);
  return peer;
}

void sealPeerFree(SealPeer *peer) {
  EVP_CIPHER_CTX_free(peer->block);
  EVP_CIPHER_CTX_free(peer->message);
  OPENSSL_cleanse(peer, sizeof *peer);
  free(peer);
}

static uint8_t *putLength(uint8_t *at, size_t length) {
  uint8_t bytes[4] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length};
  memcpy(at, bytes, sizeof bytes);
  return at + sizeof bytes;
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t length) {
  memcpy(at, bytes, length);
  return at + length;
}

/* Label, header and context, each part behind its length; answers the size, 0 if there is no room. */
static size_t makeAssociatedData(
    const SealPeer *peer, const char *providerID, const char *accountSID, const char *slot, uint8_t *data) {
  size_t providerSize = strlen(providerID), accountSize = strlen(accountSID), slotSize = strlen(slot);
  size_t contextSize = 3 * 4 + providerSize + accountSize + slotSize;
  if (4 + sizeof domain - 1 + 4 + 1 + idSize + 4 + contextSize > associatedDataLimit) return 0;
  uint8_t *at = data;
  at = put(putLength(at, sizeof domain - 1), domain, sizeof domain - 1);
  at = putLength(at, 1 + idSize);
  *at++ = version;
  at = put(at, peer->id, idSize);
  at = putLength(at, contextSize);
  at = put(putLength(at, providerSize), providerID, providerSize);
  at = put(putLength(at, accountSize), accountSID, accountSize);
  at = put(putLength(at, slotSize), slot, slotSize);
  return (size_t)(at - data);
}

/* XAES-256-GCM's key for one message: two blocks of counter, letter and half of the nonce, each mixed with the subkey. */
static int deriveMessageKey(SealPeer *peer, const uint8_t *nonce, uint8_t *key) {
  int length;
  for (int half = 0; half < 2; half++) {
    uint8_t *block = key + half * blockSize;
    memcpy(block, peer->subkey, blockSize);
    block[1] ^= (uint8_t)(half + 1);
    block[2] ^= 'X';
    for (int index = 0; index < 12; index++) block[4 + index] ^= nonce[index];
  }
  return EVP_EncryptUpdate(peer->block, key, &length, key, keySize) == 1 ? 0 : -1;
}

int sealPeerSeal(
    SealPeer *peer, const uint8_t *token, size_t tokenSize, const char *providerID, const char *accountSID,
    const char *slot, uint8_t *sealed) {
  uint8_t associatedData[associatedDataLimit], key[keySize];
  size_t size = makeAssociatedData(peer, providerID, accountSID, slot, associatedData);
  uint8_t *nonce = sealed + nonceAt, *ciphertext = sealed + ciphertextAt;
  int length;
  sealed[0] = version;
  memcpy(sealed + idAt, peer->id, idSize);
  int succeeded = size > 0 && RAND_bytes(nonce, nonceSize) == 1 && deriveMessageKey(peer, nonce, key) == 0 &&
                  EVP_EncryptInit_ex2(peer->message, NULL, key, nonce + 12, NULL) == 1 &&
                  EVP_EncryptUpdate(peer->message, NULL, &length, associatedData, (int)size) == 1 &&
                  EVP_EncryptUpdate(peer->message, ciphertext, &length, token, (int)tokenSize) == 1 &&
                  EVP_EncryptFinal_ex(peer->message, ciphertext + tokenSize, &length) == 1 &&
                  EVP_CIPHER_CTX_ctrl(peer->message, EVP_CTRL_AEAD_GET_TAG, tagSize, ciphertext + tokenSize) == 1;
  OPENSSL_cleanse(key, sizeof key);
  return succeeded ? 0 : -1;
}

int sealPeerOpen(
    SealPeer *peer, const uint8_t *sealed, size_t sealedSize, const char *providerID, const char *accountSID,
    const char *slot, uint8_t *token) {
  uint8_t associatedData[associatedDataLimit], key[keySize];
  if (sealedSize <= overhead || sealed[0] != version || memcmp(sealed + idAt, peer->id, idSize) != 0) return -1;
  size_t size = makeAssociatedData(peer, providerID, accountSID, slot, associatedData), tokenSize = sealedSize - overhead;
  const uint8_t *nonce = sealed + nonceAt, *ciphertext = sealed + ciphertextAt;
  int length;
  int succeeded =
      size > 0 && deriveMessageKey(peer, nonce, key) == 0 &&
      EVP_DecryptInit_ex2(peer->message, NULL, key, nonce + 12, NULL) == 1 &&
      EVP_CIPHER_CTX_ctrl(peer->message, EVP_CTRL_AEAD_SET_TAG, tagSize, (void *)(ciphertext + tokenSize)) == 1 &&
      EVP_DecryptUpdate(peer->message, NULL, &length, associatedData, (int)size) == 1 &&
      EVP_DecryptUpdate(peer->message, token, &length, ciphertext, (int)tokenSize) == 1 &&
      EVP_DecryptFinal_ex(peer->message, token + tokenSize, &length) == 1;
  OPENSSL_cleanse(key, sizeof key);
  if (!succeeded) OPENSSL_cleanse(token, tokenSize);
  return succeeded ? 0 : -1;
}
