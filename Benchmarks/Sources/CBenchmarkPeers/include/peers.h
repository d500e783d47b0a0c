#ifndef TOKEN_ROTATION_BENCHMARK_PEERS_H
#define TOKEN_ROTATION_BENCHMARK_PEERS_H

/* What the package is measured against where it is C: the same work, as a C program does it that needs nothing else.
   Every function that can fail answers 0 for success, and says why not on standard error where it is not obvious. */

#include <stddef.h>
#include <stdint.h>

/* GET requests to one URL on libcurl's multi interface, from the thread that calls. */
typedef struct GetPeer GetPeer;

/* NULL if libcurl refused. `inFlight` is how many requests run at a time; each has a handle of its own. */
GetPeer *getPeerMake(
    const char *url, const char *username, const char *password, const char *certificateAuthorityFile, int inFlight);

/* Sends `count` requests and keeps each answer, head and body, until the next one on the same handle. */
int getPeerRun(GetPeer *peer, long count, size_t expectedBodySize);

void getPeerFree(GetPeer *peer);

/* The package's sealed tokens, version 1, made by libcrypto, with the package's promises: any thread may call, and what
   comes back is the caller's, in memory of its own. */
typedef struct SealPeer SealPeer;

typedef struct {
  uint8_t *bytes;
  size_t size;
} SealPeerBytes;

/* NULL if OpenSSL refused. `configuredKey` has 32 bytes. */
SealPeer *sealPeerMake(const uint8_t *configuredKey);

int sealPeerSeal(
    SealPeer *peer, SealPeerBytes token, const char *providerID, const char *accountSID, const char *slot,
    SealPeerBytes *sealed);

/* The token has to be given to `sealPeerErase`. */
int sealPeerOpen(
    SealPeer *peer, SealPeerBytes sealed, const char *providerID, const char *accountSID, const char *slot,
    SealPeerBytes *token);

/* Erases a token and frees its memory. */
void sealPeerErase(SealPeerBytes token);

void sealPeerFree(SealPeer *peer);

/* Compare-and-swaps on a store's database, with the store's pragmas. */
typedef struct CASPeer CASPeer;

/* NULL if the database cannot be opened. */
CASPeer *casPeerMake(const char *path);

/* Replaces a record in a transaction of its own, if its revision is still the one given, which becomes the new one. */
int casPeerReplace(CASPeer *peer, const char *id, const char *record, long long *revision);

/* Puts in `count` copies of a record in one transaction, each with an id and an account SID of its own in the place of
   those given, which have 36 and 34 characters. */
int casPeerFill(CASPeer *peer, const char *record, const char *id, const char *accountSID, long long count);

void casPeerFree(CASPeer *peer);

/* HMAC-SHA1 alone, with the fastest of OpenSSL's documented ways: one context for all messages, of one thread. */
typedef struct HMACPeer HMACPeer;

/* NULL if OpenSSL refused. */
HMACPeer *hmacPeerMake(void);

/* Computes the 20 bytes `count` times, with the key set anew each time, as one does who has several keys. */
int hmacPeerRun(
    HMACPeer *peer, const uint8_t *key, size_t keySize, const uint8_t *message, size_t messageSize, long count,
    uint8_t *code);

void hmacPeerFree(HMACPeer *peer);

#endif
