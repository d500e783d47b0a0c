#ifndef TOKEN_ROTATION_BENCHMARK_PEERS_H
#define TOKEN_ROTATION_BENCHMARK_PEERS_H

/* What the package is measured against where it is C: the same work, as a C program does it that needs nothing else.
   Every function that can fail answers 0 for success; get.c and seal.c say why on standard error. */

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

/* The package's sealed tokens, version 1, made by libcrypto. For one thread at a time. */
typedef struct SealPeer SealPeer;

/* NULL if OpenSSL refused. `configuredKey` has 32 bytes. */
SealPeer *sealPeerMake(const uint8_t *configuredKey);

/* Writes 57 bytes more than the token has. */
int sealPeerSeal(
    SealPeer *peer, const uint8_t *token, size_t tokenSize, const char *providerID, const char *accountSID,
    const char *slot, uint8_t *sealed);

/* Writes 57 bytes less than the sealed token has. */
int sealPeerOpen(
    SealPeer *peer, const uint8_t *sealed, size_t sealedSize, const char *providerID, const char *accountSID,
    const char *slot, uint8_t *token);

void sealPeerFree(SealPeer *peer);

#endif
