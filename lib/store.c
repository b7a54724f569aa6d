#include "store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bell.h"
#include "log.h"
#include "store_sql.h"

const char *
store_path(const struct store *s)
{
	return s->path;
}

bool
store_is_replaced(const struct store *s)
{
	int is_moved = 0;

	/* Where the system cannot tell, it has not moved. */
	(void)sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED,
	    &is_moved);
	return is_moved != 0;
}

bool
store_is_damaged(const struct store *s)
{
	return s->is_damaged;
}

bool
store_is_wal(const struct store *s)
{
	return s->is_wal;
}

const struct err *
store_meta_put(struct store *s, const char *key, uint64_t v)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_META_PUT, &stmt);

	if (err != NULL)
		return err;
	sql_bind_span(stmt, 1, span_str(key));
	sql_bind(stmt, 2, v);
	return sql_finish(s, stmt);
}

static const struct err *
load(struct store *s, struct store_state *state, bool *is_clean)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_STATE, &stmt);

	*is_clean = false;
	if (err != NULL)
		return err;
	if (sql_next(s, stmt, &err)) {
		state->epoch = sql_u64(stmt, 0);
		state->floor = sql_u64(stmt, 1);
		state->head = sql_u64(stmt, 2);
		*is_clean = sql_u64(stmt, 3) != 0;
		/* An epoch may begin above the last row. */
		if (state->head < state->floor)
			state->head = state->floor;
	}
	sql_done(stmt);
	return err;
}

const struct err *
store_state(struct store *s, struct store_state *state)
{
	bool is_clean;

	if (s->is_writing) {
		*state = s->state;
		return NULL;
	}
	return load(s, state, &is_clean);
}

/* --- views ---------------------------------------------------------------- */

const struct err *
store_view_begin(struct store *s)
{
	const struct err *err = NULL;

	if (s->views == 0 && !s->is_writing)
		err = sql_run(s, SQL_BEGIN);
	if (err == NULL)
		s->views++;
	return err;
}

void
store_view_end(struct store *s)
{
	assert(s->views > 0);
	/* Ends reading only; nothing can be lost. */
	if (--s->views == 0 && !s->is_writing && sql_run(s, SQL_COMMIT) != NULL)
		sql_rollback(s);
}

/* --- transactions --------------------------------------------------------- */

/* Nothing is remembered beyond a transaction: there may be other writers. */
static void
tx_close(struct store *s)
{
	s->is_writing = s->is_failed = false;
	s->n_colls = 0;
	s->last.eid = 0;
}

const struct err *
store_tx_open(struct store *s, bool *is_clean)
{
	const struct err *err;

	assert(!s->is_writing && s->views == 0);
	err = sql_run(s, SQL_BEGIN_IMMEDIATE);
	if (err != NULL)
		return err;
	s->is_writing = true;
	err = load(s, &s->state, is_clean);
	/* Whoever writes, it only grows. */
	if (err == NULL && s->state.head < s->head) {
		s->is_damaged = true;
		err = err_new(ERR_STORE,
		    "%s: the log has lost its newest changes", s->path);
	}
	if (err != NULL)
		store_rollback(s);
	return err;
}

void
store_rollback(struct store *s)
{
	if (s->is_writing)
		sql_rollback(s);
	tx_close(s);
}

const struct err *
store_commit(struct store *s, struct store_state *state)
{
	const struct err *err = NULL;

	assert(s->is_writing && s->views == 0);
	if (s->is_failed)
		err = err_new(ERR_STORE, "%s: a part of the batch was refused",
		    s->path);
	if (err == NULL)
		err = store_coll_flush(s);
	if (err == NULL)
		err = sql_run(s, SQL_COMMIT);
	if (err != NULL) {
		store_rollback(s);
		return err;
	}
	s->head = s->state.head;
	if (state != NULL)
		*state = s->state;
	tx_close(s);
	return NULL;
}

/*
 * Take the mark of a clean end away, on the disk, before anything is written:
 * else the power could take a tail along and leave the mark.
 */
static const struct err *
mark_clear(struct store *s)
{
	const struct err *err = sql_exec(s, "PRAGMA synchronous = FULL");
	bool is_clean;

	if (err == NULL)
		err = store_tx_open(s, &is_clean);
	if (err == NULL)
		err = store_meta_put(s, "boot", bell_boot());
	if (err == NULL)
		err = store_meta_put(s, "clean", 0);
	if (err == NULL)
		err = store_commit(s, NULL);
	else
		store_rollback(s);
	if (s->is_wal && err == NULL)
		err = sql_exec(s, "PRAGMA synchronous = NORMAL");
	return err;
}

const struct err *
store_begin(struct store *s)
{
	const struct err *err;
	bool is_clean;

	while ((err = store_tx_open(s, &is_clean)) == NULL && is_clean) {
		store_rollback(s);
		if ((err = mark_clear(s)) != NULL)
			break;
	}
	return err;
}

/* --- checkpoints ---------------------------------------------------------- */

/*
 * Each copy waits for the disk twice, and copies pages that the next batch of
 * a long run of batches changes again.  So there are two limits: about 4 MB,
 * where SQLite would do it by itself, when there is time; and 128 MB at once.
 */
enum { WAL_PAGES_IDLE = 1000, WAL_PAGES_MAX = 32000 };

static void
copy_back(struct store *s, int least)
{
	if (s->wal_pages < least)
		return;
	s->wal_pages = 0;
	/* What a reader holds back, the next one copies. */
	(void)store_guard_copy(s, SQLITE_CHECKPOINT_PASSIVE);
}

void
store_checkpoint(struct store *s)
{
	copy_back(s, WAL_PAGES_IDLE);
}

/* Called by SQLite after each commit. */
static int
note_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct store *s = arg;

	(void)db, (void)name;
	copy_back(s, WAL_PAGES_MAX);
	s->wal_pages = pages;
	return SQLITE_OK;
}

void
store_checkpoint_later(struct store *s)
{
	/* Returns the argument of the hook before. */
	(void)sqlite3_wal_hook(s->db, note_pages, s);
}

/* --- end ------------------------------------------------------------------ */

/*
 * A failure leaves the mark cleared, which costs a new epoch after the next
 * boot and no more.
 */
static void
mark_set(struct store *s)
{
	bool is_clean;

	if (s->is_damaged || store_tx_open(s, &is_clean) != NULL)
		return;
	if (!is_clean && store_meta_put(s, "clean", 1) == NULL &&
	    store_commit(s, NULL) == NULL)
		return;
	store_rollback(s);
}

/*
 * With the WAL empty the database is one file, which may be copied, or replaced
 * by an older copy, with no pages of the other between its own.
 */
static void
copy_all_back(struct store *s)
{
	if (!s->is_wal || s->is_damaged)
		return;
	/* Readers who read for longer: then it stays as it is. */
	(void)sqlite3_busy_timeout(s->db, STORE_READERS_MS);
	(void)store_guard_copy(s, SQLITE_CHECKPOINT_TRUNCATE);
}

/*
 * It cannot go on being used: it is damaged; or another file has its path, and
 * would be taken together with this one's WAL.
 */
static bool
is_ruined(const struct store *s)
{
	if (s->mode != STORE_WRITE)
		return false;
	return store_is_replaced(s) ? store_guard_owns_wal(s) : s->is_damaged;
}

void
store_close(struct store *s)
{
	const struct err *err = NULL;
	bool is_aside;

	if (s == NULL)
		return;
	store_rollback(s);
	if (s->mode == STORE_WRITE) {
		mark_set(s);
		copy_all_back(s);
	}
	is_aside = is_ruined(s);
	sql_close(s);
	store_guard_close(s);
	if (s->mode == STORE_WRITE && !s->is_damaged && !is_aside)
		store_room_reserve(s, STORE_RESERVE_BYTES);
	/* Failing that, the next writer meets the same page and tries again. */
	if (is_aside)
		err = store_set_aside(s->path);
	if (err != NULL)
		log_warning("%s", err->msg);
	free(s->colls);
	free(s->path);
	free(s);
}
