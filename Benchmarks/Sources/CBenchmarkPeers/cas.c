#include "peers.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

struct CASPeer {
  sqlite3 *database;
  sqlite3_stmt *begin, *number, *replace, *commit, *rollback;
};

static int fails(CASPeer *peer, const char *what) {
  fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(peer->database));
  return -1;
}

CASPeer *casPeerMake(const char *path) {
  static const char pragmas[] =
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON";
  CASPeer *peer = calloc(1, sizeof(CASPeer));
  if (peer == NULL) return NULL;
  const struct {
    sqlite3_stmt **statement;
    const char *text;
  } statements[] = {
      {&peer->begin, "BEGIN IMMEDIATE"},
      {&peer->number, "UPDATE token_rotation_sequence SET last = last + 1 RETURNING last"},
      {&peer->replace, "UPDATE token_rotation_providers SET revision = ?, record = ? WHERE id = ? AND revision = ?"},
      {&peer->commit, "COMMIT"},
      {&peer->rollback, "ROLLBACK"},
  };
  int status = sqlite3_open_v2(path, &peer->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
  if (status == SQLITE_OK) status = sqlite3_busy_timeout(peer->database, 5000);
  if (status == SQLITE_OK) status = sqlite3_exec(peer->database, pragmas, NULL, NULL, NULL);
  for (size_t index = 0; status == SQLITE_OK && index < sizeof statements / sizeof *statements; index++) {
    status = sqlite3_prepare_v3(
        peer->database, statements[index].text, -1, SQLITE_PREPARE_PERSISTENT, statements[index].statement, NULL);
  }
  if (status != SQLITE_OK) {
    fails(peer, "The database cannot be opened");
    casPeerFree(peer);
    return NULL;
  }
  return peer;
}

void casPeerFree(CASPeer *peer) {
  sqlite3_finalize(peer->begin);
  sqlite3_finalize(peer->number);
  sqlite3_finalize(peer->replace);
  sqlite3_finalize(peer->commit);
  sqlite3_finalize(peer->rollback);
  sqlite3_close(peer->database);
  free(peer);
}

static int perform(sqlite3_stmt *statement) {
  int status = sqlite3_step(statement);
  return sqlite3_reset(statement) == SQLITE_OK && status == SQLITE_DONE ? 0 : -1;
}

int casPeerReplace(CASPeer *peer, const char *id, const char *record, long long *revision) {
  if (perform(peer->begin) != 0) return fails(peer, "BEGIN");
  long long next = -1;
  if (sqlite3_step(peer->number) == SQLITE_ROW) next = sqlite3_column_int64(peer->number, 0);
  int status = next < 0 ? SQLITE_ERROR : sqlite3_step(peer->number);
  sqlite3_reset(peer->number);
  if (status == SQLITE_DONE) {
    sqlite3_bind_int64(peer->replace, 1, next);
    sqlite3_bind_text(peer->replace, 2, record, -1, SQLITE_STATIC);
    sqlite3_bind_text(peer->replace, 3, id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(peer->replace, 4, *revision);
    if (perform(peer->replace) == 0 && sqlite3_changes(peer->database) == 1 && perform(peer->commit) == 0) {
      *revision = next;
      return 0;
    }
  }
  fails(peer, "The record cannot be replaced");
  perform(peer->rollback);
  return -1;
}

int casPeerFill(CASPeer *peer, const char *record, const char *id, const char *accountSID, long long count) {
  static const char text[] =
      "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?4), "
      "named (n, id, account) AS (SELECT n, printf('%036x', n), printf('AC%032x', n) FROM numbers) "
      "INSERT INTO token_rotation_providers (id, account, region, revision, record) "
      "SELECT id, account, 'us1', n, replace(replace(?1, ?2, id), ?3, account) FROM named";
  sqlite3_stmt *fill = NULL, *number = NULL;
  int status = perform(peer->begin);
  if (status == 0) status = sqlite3_prepare_v2(peer->database, text, -1, &fill, NULL);
  if (status == 0) {
    sqlite3_bind_text(fill, 1, record, -1, SQLITE_STATIC);
    sqlite3_bind_text(fill, 2, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(fill, 3, accountSID, -1, SQLITE_STATIC);
    sqlite3_bind_int64(fill, 4, count);
    status = perform(fill);
  }
  if (status == 0) {
    status = sqlite3_prepare_v2(peer->database, "UPDATE token_rotation_sequence SET last = ?", -1, &number, NULL);
  }
  if (status == 0) {
    sqlite3_bind_int64(number, 1, count);
    status = perform(number);
  }
  if (status == 0) status = perform(peer->commit);
  sqlite3_finalize(fill);
  sqlite3_finalize(number);
  return status == 0 ? 0 : fails(peer, "The records cannot be put in");
}
