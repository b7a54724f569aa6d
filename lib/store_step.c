#include "store.h"

#include "store_sql.h"
#include "store_step.h"

/* Column order: STEP in store_sql.c. */
static void
fill(sqlite3_stmt *stmt, struct change *change)
{
	*change = (struct change){
		.seq = sql_u64(stmt, 0),
		.eid = sql_u64(stmt, 1),
		.cid = (uint32_t)(sql_u64(stmt, 1) >> 32),
		.prev = sql_u64(stmt, 2),
		.op = (enum change_op)sql_u64(stmt, 3),
		.at = { (int64_t)sql_u64(stmt, 4) },
	};
}

static void
bind_range(sqlite3_stmt *stmt, struct store_range range)
{
	sql_bind(stmt, 1, range.after);
	sql_bind(stmt, 2, range.until != 0 ? range.until : INT64_MAX);
}

const struct err *
store_steps(struct store *s, struct store_range range, store_change_fn *fn,
    void *arg)
{
	struct change change;
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_STEPS, &stmt);

	if (err != NULL)
		return err;
	bind_range(stmt, range);
	while (sql_next(s, stmt, &err)) {
		fill(stmt, &change);
		if (!fn(&change, arg))
			break;
	}
	sql_done(stmt);
	return err;
}

const struct err *
store_step(struct store *s, uint64_t seq, struct change *change)
{
	const struct err *err;
	sqlite3_stmt *stmt;
	bool is_there;

	err = sql_take(s, SQL_STEP, &stmt);
	if (err != NULL)
		return err;
	sql_bind(stmt, 1, seq);
	is_there = sql_next(s, stmt, &err);
	if (is_there)
		fill(stmt, change);
	sql_done(stmt);
	return is_there || err != NULL ? err : store_missing(s, seq);
}

const struct err *
store_step_of(struct store *s, uint64_t eid, struct store_range range,
    struct change *change)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_STEP_OF, &stmt);

	*change = (struct change){ 0 };
	if (err != NULL)
		return err;
	bind_range(stmt, range);
	sql_bind(stmt, 3, eid);
	if (sql_next(s, stmt, &err))
		fill(stmt, change);
	sql_done(stmt);
	return err;
}

const struct err *
store_step_time(struct store *s, uint64_t seq, struct walltime *at,
    bool *is_known)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_STEP_TIME, &stmt);

	*is_known = false;
	if (err != NULL)
		return err;
	sql_bind(stmt, 1, seq);
	*is_known = sql_next(s, stmt, &err);
	if (*is_known)
		at->ms = (int64_t)sql_u64(stmt, 0);
	sql_done(stmt);
	return err;
}

static const struct err *
no_link(struct store *s, uint64_t seq, enum change_op op)
{
	if (op == 0)
		return store_missing(s, seq);
	return err_new(ERR_STORE,
	    "the log contradicts itself at %llu: no body, no patch",
	    (unsigned long long)seq);
}

const struct err *
store_link(struct store *s, uint64_t seq, struct store_link *link,
    struct buf *out)
{
	enum change_op op = 0;
	struct span body = { 0 };
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_LINK, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, seq);
	if (sql_next(s, stmt, &err)) {
		body = sql_span(stmt, 0);
		link->is_body = body.len > 0;
		link->prev = sql_u64(stmt, 1);
		op = (enum change_op)sql_u64(stmt, 2);
		buf_span(out, link->is_body ? body : sql_span(stmt, 3));
	}
	sql_done(stmt);
	if (err == NULL && body.len == 0 &&
	    (op != CHANGE_PATCH || link->prev >= seq))
		err = no_link(s, seq, op);
	return err;
}

bool
store_kept_bytes(struct store *s, uint64_t seq, uint64_t *bytes)
{
	sqlite3_blob *body = NULL;
	bool is_there = sqlite3_blob_open(s->db, "main", "keyframe", "body",
			    (sqlite3_int64)seq, 0, &body) == SQLITE_OK;

	*bytes = is_there ? (uint64_t)sqlite3_blob_bytes(body) : 0;
	/* Says once more what opening it said; NULL is good. */
	(void)sqlite3_blob_close(body);
	return is_there;
}
