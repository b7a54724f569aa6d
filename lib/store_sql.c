#include "store_sql.h"

#include <string.h>

const struct err *
sql_error(struct store *s)
{
	int rc = sqlite3_errcode(s->db);

	s->is_failed = s->is_writing;
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_new(ERR_UNAVAILABLE,
		    "%s: somebody else is writing to it", s->path);
	case SQLITE_FULL:
		return err_new(ERR_UNAVAILABLE, "%s: the disk is full",
		    s->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		s->is_damaged = true;
		break;
	default: /* of the many codes of SQLite */
		break;
	}
	return err_new(ERR_STORE, "%s: %s (SQLite %d)", s->path,
	    sqlite3_errmsg(s->db), sqlite3_extended_errcode(s->db));
}

const struct err *
sql_take(struct store *s, enum sql which, sqlite3_stmt **stmt)
{
	*stmt = s->stmt[which];
	if (*stmt == NULL &&
	    sqlite3_prepare_v3(s->db, store_stmt[which], -1,
		SQLITE_PREPARE_PERSISTENT, &s->stmt[which], NULL) != SQLITE_OK)
		return sql_error(s);
	*stmt = s->stmt[which];
	return NULL;
}

bool
sql_next(struct store *s, sqlite3_stmt *stmt, const struct err **err)
{
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		return true;
	case SQLITE_DONE:
		return false;
	default: /* any error; its text is in the connection */
		*err = sql_error(s);
		return false;
	}
}

void
sql_done(sqlite3_stmt *stmt)
{
	/* Says once more what the last step has said. */
	(void)sqlite3_reset(stmt);
}

const struct err *
sql_finish(struct store *s, sqlite3_stmt *stmt)
{
	const struct err *err = NULL;

	while (sql_next(s, stmt, &err)) {
		/* BEGIN, an INSERT … give none. */
	}
	sql_done(stmt);
	return err;
}

const struct err *
sql_run(struct store *s, enum sql which)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, which, &stmt);

	return err != NULL ? err : sql_finish(s, stmt);
}

const struct err *
sql_exec(struct store *s, const char *script)
{
	return sqlite3_exec(s->db, script, NULL, NULL, NULL) == SQLITE_OK
	    ? NULL
	    : sql_error(s);
}

const struct err *
sql_number(struct store *s, const char *query, int64_t *n)
{
	const struct err *err = NULL;
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(s->db, query, -1, &stmt, NULL) != SQLITE_OK)
		return sql_error(s);
	*n = sql_next(s, stmt, &err) ? sqlite3_column_int64(stmt, 0) : 0;
	/* Says once more what the step has said. */
	(void)sqlite3_finalize(stmt);
	return err;
}

void
sql_rollback(struct store *s)
{
	/* After some errors SQLite has already done it; else it cannot fail. */
	if (!sqlite3_get_autocommit(s->db))
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

void
sql_close(struct store *s)
{
	for (size_t i = 0; i < SQL__MAX; i++) {
		/* Says what its last step has said. */
		(void)sqlite3_finalize(s->stmt[i]);
		s->stmt[i] = NULL;
	}
	/* Fails only when a statement is left. */
	(void)sqlite3_close(s->db);
	s->db = NULL;
}

/* Binding cannot fail: the index is right, and nothing is copied. */
void
sql_bind(sqlite3_stmt *stmt, int i, uint64_t n)
{
	(void)sqlite3_bind_int64(stmt, i, (int64_t)n);
}

void
sql_bind_span(sqlite3_stmt *stmt, int i, struct span s)
{
	(void)sqlite3_bind_text64(stmt, i, s.len > 0 ? s.p : NULL, s.len,
	    SQLITE_STATIC, SQLITE_UTF8);
}

void
sql_bind_text(sqlite3_stmt *stmt, int i, struct span s)
{
	(void)sqlite3_bind_text64(stmt, i, s.len > 0 ? s.p : "", s.len,
	    SQLITE_STATIC, SQLITE_UTF8);
}

uint64_t
sql_u64(sqlite3_stmt *stmt, int column)
{
	return (uint64_t)sqlite3_column_int64(stmt, column);
}

struct span
sql_span(sqlite3_stmt *stmt, int column)
{
	/* _blob, not _text: nobody needs a NUL behind it. */
	const char *p = sqlite3_column_blob(stmt, column);

	return span_of(p, (size_t)sqlite3_column_bytes(stmt, column));
}
