/*
 * store_sql: what the files of the store share: the connection, its prepared
 * statements, and errors.  Private to lib/store*.c.
 *
 * To change a table: lib/schema.sql, and raise STORE_SCHEMA.
 *
 * Floor 2.  The only file that includes <sqlite3.h>.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "span.h"
#include "store.h"
#include "store_guard.h"
#include "store_stmt.h"

enum {
	STORE_APPLICATION = 0x54696465, /* "Tide", in the file's header */
	STORE_SCHEMA = 2,
	/* So long readers, who hold the WAL for moments, are waited for. */
	STORE_READERS_MS = 100,
};

/* A collection that the open transaction has touched. */
struct coll_row {
	struct store_coll coll;
	uint64_t next;
	bool is_dirty; /* the table does not have these numbers yet */
};

/* What an append has to know of the entity. */
struct entity_row {
	uint64_t eid; /* 0: nothing is remembered */
	uint64_t ver, chain, steps;
	size_t id_len, body_len;
	bool is_live;
};

struct store {
	sqlite3 *db;
	char *path;
	enum store_mode mode;
	bool is_wal;
	bool is_damaged; /* SQLite met a page that cannot be */
	bool is_writing; /* between store_begin and commit or rollback */
	bool is_failed;  /* and something in between was refused */
	unsigned int views;
	uint64_t head; /* a writer's: of its last commit */
	int wal_pages; /* as of the last commit; 0 once copied back */
	struct store_guard guard;
	/* The rest is of the open transaction alone. */
	struct store_state state;
	struct coll_row *colls;
	size_t n_colls, cap_colls;
	struct entity_row last; /* the entity that was read last */
	sqlite3_stmt *stmt[SQL__MAX];
};

/* The prepared statement; to be handed to sql_done. */
const struct err *sql_take(struct store *, enum sql, sqlite3_stmt **)
    MUST_CHECK;
/* The next row; false at the end, or with *err set. */
bool sql_next(struct store *, sqlite3_stmt *, const struct err **err);
void sql_done(sqlite3_stmt *);
/* Step a bound statement that gives no rows, and end it. */
const struct err *sql_finish(struct store *, sqlite3_stmt *) MUST_CHECK;
/* Both in one, for a statement without parameters. */
const struct err *sql_run(struct store *, enum sql) MUST_CHECK;
/* SQL that is not kept, a PRAGMA or the schema; rows are thrown away. */
const struct err *sql_exec(struct store *, const char *text) MUST_CHECK;
/* One number from SQL that is not kept; 0 when there is no row. */
const struct err *sql_number(struct store *, const char *text, int64_t *)
    MUST_CHECK;
/* The error that the connection has just met. */
const struct err *sql_error(struct store *);
void sql_rollback(struct store *);
void sql_close(struct store *);

void sql_bind(sqlite3_stmt *, int i, uint64_t);
/* Borrowed until sql_done; an empty one is NULL in the table. */
void sql_bind_span(sqlite3_stmt *, int i, struct span);
/* The same where the table wants a text, if only an empty one. */
void sql_bind_text(sqlite3_stmt *, int i, struct span);
uint64_t sql_u64(sqlite3_stmt *, int column);
/* Borrowed until the next step. */
struct span sql_span(sqlite3_stmt *, int column);

/* store.c: put a number into meta. */
const struct err *store_meta_put(struct store *, const char *key, uint64_t)
    MUST_CHECK;
/* store.c: begin, knowing whether the mark of a clean end is there. */
const struct err *store_tx_open(struct store *, bool *is_clean) MUST_CHECK;
/* store.c: leave checkpoints to store_checkpoint. */
void store_checkpoint_later(struct store *);
/* store_coll.c: the row to count in; borrowed until the next call. */
const struct err *store_coll_row(struct store *, uint32_t cid,
    struct coll_row **) MUST_CHECK;
/* store_coll.c: write the counters of the open transaction. */
const struct err *store_coll_flush(struct store *) MUST_CHECK;
/* store_log.c: why the log has no row of that seq: ERR_GONE, ERR_NOT_FOUND. */
const struct err *store_missing(struct store *, uint64_t seq) MUST_CHECK;
/* store_entity.c: what an append has to know. */
const struct err *store_entity_row(struct store *, uint64_t eid,
    struct entity_row *) MUST_CHECK;
/* store_open.c: rename the file, which is closed, out of the way. */
const struct err *store_set_aside(const char *path) MUST_CHECK;

#endif /* STORE_SQL_H */
