#ifndef TOKEN_ROTATION_POSTGRES_SHIM_H
#define TOKEN_ROTATION_POSTGRES_SHIM_H

#include <libpq-fe.h>

#ifndef LIBPQ_HAS_PIPELINING
#error "TokenRotationPostgres needs libpq 14 or later"
#endif

/* libpq prints what a server notes to the standard error unless it is told otherwise: that is the host's. */
static inline void tokenRotationDropNotice(void *receiver, const PGresult *notice) {
  (void)receiver;
  (void)notice;
}

static inline void tokenRotationDropNotices(PGconn *connection) {
  PQsetNoticeReceiver(connection, tokenRotationDropNotice, NULL);
}

/* The macros of postgres_ext.h, which Swift does not see as characters. */
enum {
  tokenRotationSeverity = PG_DIAG_SEVERITY_NONLOCALIZED,
  tokenRotationState = PG_DIAG_SQLSTATE,
};

#endif
