/*
 * trim_case: store_case, with a log that is trimmed and looked at.
 */
#ifndef TRIM_CASE_H
#define TRIM_CASE_H

#include <sqlite3.h>

#include "history.h"
#include "store_case.h"

/* Raise the floor all the way, in one transaction. */
static inline void
trim(uint64_t until)
{
	bool is_done = false;

	CHECK_OK(store_begin(db));
	CHECK_OK(store_trim(db, until, UINT32_MAX, &is_done));
	CHECK(is_done);
	case_commit();
}

/* The body at a seq; "gone" when the entity was not there. */
static inline const char *
body_at(uint64_t eid, uint64_t seq)
{
	static struct buf body;
	uint64_t version;

	buf_clear(&body);
	CHECK_OK(history_body(db, eid, seq, &body, &version));
	return version == 0 ? "gone" : buf_cstr(&body);
}

/* One number, of the file itself. */
static inline int64_t
number(const char *query)
{
	sqlite3 *raw;
	sqlite3_stmt *stmt;
	int64_t n = -1;

	CHECK(sqlite3_open(db_path, &raw) == SQLITE_OK);
	if (CHECK(
		sqlite3_prepare_v2(raw, query, -1, &stmt, NULL) == SQLITE_OK) &&
	    CHECK(sqlite3_step(stmt) == SQLITE_ROW))
		n = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(raw);
	return n;
}

/* What store_log_bytes() should say. */
static inline int64_t
count_bytes(void)
{
	return number("SELECT"
		      " (SELECT coalesce(sum(32 + length(coalesce(patch, ''))"
		      " + length(coalesce(actor, ''))"
		      " + length(coalesce(mutation, ''))), 0) FROM change)"
		      " + (SELECT coalesce(sum(16 + length(body)), 0)"
		      " FROM keyframe)");
}

#endif /* TRIM_CASE_H */
