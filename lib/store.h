/*
 * store: entities and their change log, one SQLite file a project, in WAL
 * mode.  One process writes at a time (BEGIN IMMEDIATE); any number read.  An
 * appended change is never rewritten; trimming removes from the old end only.
 * Tables: lib/schema.sql.
 *
 * Seqs count up in commit order.  Whatever could make a seq mean two things
 * (a new or restored database, a tail lost with the power) makes a new epoch
 * when a writer opens.
 *
 * Readers fetch into memory and reset the statement before anything is sent:
 * no call here leaves a statement open behind it.
 *
 * This header has the database as a whole; by noun: store_coll.h,
 * store_entity.h, store_log.h, store_room.h, store_src.h, store_trim.h.
 *
 * Floor 2.  Only the store_*.c speak to SQLite, through store_sql.h.
 * Source: https://www.sqlite.org/wal.html
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

#include "store_coll.h"
#include "store_entity.h"
#include "store_log.h"
#include "store_room.h"
#include "store_src.h"
#include "store_trim.h"

struct store; /* opaque */

enum store_mode { STORE_READ, STORE_WRITE };

/* So long a writer waits for another one. */
enum { STORE_BUSY_MS = 5000 };

/*
 * path     the database file; with STORE_WRITE it and its directory are made
 * bell_seq STORE_WRITE: the seq that the bell last rang for (0 if unknown),
 *          read before this call; higher than the log's end means a lost tail
 *
 * STORE_WRITE: a file that cannot be read is renamed aside (".broken-<time>"),
 * said with log_warning, and a new one is begun under a new epoch.
 * NULL; ERR_UNAVAILABLE when STORE_READ finds no database yet; ERR_STORE.
 * Never carry a store across fork(2).
 */
const struct err *store_open(struct store **, const char *path, enum store_mode,
    uint64_t bell_seq) MUST_CHECK;

/*
 * A writer leaves the mark of a clean end; one that met a damaged page renames
 * the file aside, so that the next to open it begins anew.  store may be NULL.
 */
void store_close(struct store *);

/* As given to store_open; borrowed. */
const char *store_path(const struct store *);

/* Has the file at the path been replaced since it was opened? */
bool store_is_replaced(const struct store *);

/*
 * A writer in WAL mode: has anybody written to the file without SQLite, cut it
 * or its WAL short, or taken the WAL or the -shm away?  Then nothing in it can
 * be trusted, and store_close renames it aside.
 */
bool store_is_disturbed(struct store *);

/* SQLite has met a page that cannot be. */
bool store_is_damaged(const struct store *);

/* A writer: look at all pages; ERR_STORE when one of them is damaged. */
const struct err *store_check(struct store *) MUST_CHECK;

/* WAL, or a rollback journal because the file system is a remote one. */
bool store_is_wal(const struct store *);

struct store_state {
	uint64_t epoch;
	uint64_t head;  /* newest seq; 0 when nothing ever happened */
	uint64_t floor; /* oldest seq a cursor may hold and still be answered */
};

const struct err *store_state(struct store *, struct store_state *) MUST_CHECK;

/*
 * Everything read between begin and end is of one moment.  Keep it short: a
 * reader that stays holds back the checkpoint.  Views nest; inside a
 * transaction of the writer they are part of it.
 */
const struct err *store_view_begin(struct store *) MUST_CHECK;
void store_view_end(struct store *);

/* BEGIN IMMEDIATE; ERR_UNAVAILABLE when another writer stays too long. */
const struct err *store_begin(struct store *) MUST_CHECK;
/*
 * state: out: may be NULL.  Nothing is committed when SQLite refused anything
 * since store_begin; the transaction is over in any case.
 */
const struct err *store_commit(struct store *, struct store_state *) MUST_CHECK;
/* Also good when no transaction is open. */
void store_rollback(struct store *);

/*
 * Copy a WAL that has grown (about 4 MB) back into the database, which waits
 * for the disk: for when nothing else is to be done.  Where nobody calls it, a
 * commit does it, at 128 MB.
 */
void store_checkpoint(struct store *);

#endif /* STORE_H */
