#include "peers.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { keySize = 32, idSize = 16, nonceSize = 24, tagSize = 16, blockSize = 16, associatedDataLimit = 1024 };
enum { idAt = 1, nonceAt = idAt + idSize, ciphertextAt = nonceAt + nonceSize, overhead = ciphertextAt + tagSize };
enum { version = 1 };

static const char domain[] = "swift-token-rotation sealed token";

struct SealPeer {
  /* Guards the contexts. */
  pthread_mutex_t mutex;
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
  pthread_mutex_init(&peer->mutex, NULL);
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
  pthread_mutex_destroy(&peer->mutex);
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
static void makeKeyInput(const SealPeer *peer, const uint8_t *nonce, uint8_t *key) {
  for (int half = 0; half < 2; half++) {
    uint8_t *block = key + half * blockSize;
    memcpy(block, peer->subkey, blockSize);
    block[1] ^= (uint8_t)(half + 1);
    block[2] ^= 'X';
    for (int index = 0; index < 12; index++) block[4 + index] ^= nonce[index];
  }
}

int sealPeerSeal(
    SealPeer *peer, SealPeerBytes token, const char *providerID, const char *accountSID, const char *slot,
    SealPeerBytes *sealed) {
  uint8_t associatedData[associatedDataLimit], key[keySize];
  size_t size = makeAssociatedData(peer, providerID, accountSID, slot, associatedData);
  uint8_t *bytes = malloc(token.size + overhead);
  if (bytes == NULL) return -1;
  uint8_t *nonce = bytes + nonceAt, *ciphertext = bytes + ciphertextAt, *tag = ciphertext + token.size;
  int length;
  bytes[0] = version;
  memcpy(bytes + idAt, peer->id, idSize);
  int succeeded = size > 0 && RAND_bytes(nonce, nonceSize) == 1;
  makeKeyInput(peer, nonce, key);
  pthread_mutex_lock(&peer->mutex);
  EVP_CIPHER_CTX *context = peer->message;
  succeeded = succeeded && EVP_EncryptUpdate(peer->block, key, &length, key, keySize) == 1 &&
              EVP_EncryptInit_ex2(context, NULL, key, nonce + 12, NULL) == 1 &&
              EVP_EncryptUpdate(context, NULL, &length, associatedData, (int)size) == 1 &&
              EVP_EncryptUpdate(context, ciphertext, &length, token.bytes, (int)token.size) == 1 &&
              EVP_EncryptFinal_ex(context, tag, &length) == 1 &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tagSize, tag) == 1;
  pthread_mutex_unlock(&peer->mutex);
  OPENSSL_cleanse(key, sizeof key);
  if (!succeeded) {
    free(bytes);
    return -1;
  }
  *sealed = (SealPeerBytes){bytes, token.size + overhead};
  return 0;
}

int sealPeerOpen(
    SealPeer *peer, SealPeerBytes sealed, const char *providerID, const char *accountSID, const char *slot,
    SealPeerBytes *token) {
  uint8_t associatedData[associatedDataLimit], key[keySize];
  if (sealed.size <= overhead || sealed.bytes[0] != version || memcmp(sealed.bytes + idAt, peer->id, idSize) != 0) {
    return -1;
  }
  size_t size = makeAssociatedData(peer, providerID, accountSID, slot, associatedData);
  size_t tokenSize = sealed.size - overhead;
  uint8_t *nonce = sealed.bytes + nonceAt, *ciphertext = sealed.bytes + ciphertextAt, *tag = ciphertext + tokenSize;
  uint8_t *bytes = malloc(tokenSize);
  int length;
  if (size == 0 || bytes == NULL) {
    free(bytes);
    return -1;
  }
  makeKeyInput(peer, nonce, key);
  pthread_mutex_lock(&peer->mutex);
  EVP_CIPHER_CTX *context = peer->message;
  int succeeded = EVP_EncryptUpdate(peer->block, key, &length, key, keySize) == 1 &&
                  EVP_DecryptInit_ex2(context, NULL, key, nonce + 12, NULL) == 1 &&
                  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tagSize, tag) == 1 &&
                  EVP_DecryptUpdate(context, NULL, &length, associatedData, (int)size) == 1 &&
                  EVP_DecryptUpdate(context, bytes, &length, ciphertext, (int)tokenSize) == 1 &&
                  EVP_DecryptFinal_ex(context, bytes + tokenSize, &length) == 1;
  pthread_mutex_unlock(&peer->mutex);
  OPENSSL_cleanse(key, sizeof key);
  *token = (SealPeerBytes){bytes, tokenSize};
  if (!succeeded) sealPeerErase(*token);
  return succeeded ? 0 : -1;
}

void sealPeerErase(SealPeerBytes token) {
  OPENSSL_cleanse(token.bytes, token.size);
  free(token.bytes);
}
