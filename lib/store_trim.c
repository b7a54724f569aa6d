/*
 * A change that the floor passes is deleted when nobody needs it any more.
 * Needed is what an entity was at the floor: its newest version there, which
 * later patches build upon.  So of each entity are left below the floor
 *
 *   - nothing, when its last change is there: its row has the body, and the
 *     next change copies it to keyframe, whatever steps says (store_log.c);
 *     the row of one that is gone goes with it;
 *   - else the kept body that leads to its version at the floor, and the
 *     changes from there to it, which are no longer together than the rule of
 *     store_log.h for kept bodies lets a chain grow.
 *
 *         keyframe(1)  2  3  4 | 5  6  7 …       an entity's changes, the floor
 *                                                at |: 1 itself is not needed
 *
 * Passing a change means: if there is a body for it (kept, or that of today,
 * or it is a deletion), then nothing before it is needed: go back by prev,
 * deleting, until there is no more.  If there is none, it stays, a link of the
 * chain.  So each change is looked at once and deleted once, no body is made,
 * and nothing is written but what deleting writes: on a full disk, too.
 *
 * "passed" is where that has come to.  It is the floor, unless an epoch began
 * above: then what is between them is passed without a word.
 */
#include "store_trim.h"

#include <assert.h>

#include "store_sql.h"

/* A change on its way out. */
struct passing {
	uint64_t seq, eid, prev;
	bool is_deletion;
	bool is_last; /* of its entity */
	bool has_body;
};

/* --- statements ----------------------------------------------------------- */

/* newest: 0 when there is no change at all. */
static const struct err *
read_range(struct store *s, uint64_t *passed, uint64_t *newest)
{
	int64_t n = 0;
	const struct err *err =
	    sql_number(s, "SELECT v FROM meta WHERE k = 'passed'", &n);

	*passed = (uint64_t)n;
	if (err == NULL)
		err = sql_number(s, "SELECT max(seq) FROM change", &n);
	*newest = (uint64_t)n;
	return err;
}

/* The next one in after < seq <= until; p->seq 0: none. */
static const struct err *
read_next(struct store *s, uint64_t after, uint64_t until, struct passing *p)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_TRIM_NEXT, &stmt);

	if (err != NULL)
		return err;
	*p = (struct passing){ 0 };
	sql_bind(stmt, 1, after);
	sql_bind(stmt, 2, until);
	if (sql_next(s, stmt, &err)) {
		p->seq = sql_u64(stmt, 0);
		p->eid = sql_u64(stmt, 1);
		p->prev = sql_u64(stmt, 2);
		p->is_deletion = sql_u64(stmt, 3) == CHANGE_DELETE;
		p->is_last = sql_u64(stmt, 4) == p->seq;
		p->has_body = sql_u64(stmt, 5) != 0;
	}
	sql_done(stmt);
	return err;
}

/*
 * Delete a row of change or keyframe.
 *
 * prev   out: of a change, its entity's change before; may be NULL
 * bytes  the length of the texts is added
 */
static const struct err *
delete_row(struct store *s, enum sql which, uint64_t seq, uint64_t *prev,
    uint64_t *bytes)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, which, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, seq);
	while (sql_next(s, stmt, &err)) {
		if (prev != NULL)
			*prev = sql_u64(stmt, 0);
		*bytes +=
		    prev != NULL ? STORE_CHANGE_BYTES : STORE_KEYFRAME_BYTES;
		for (int i = prev != NULL; i < sqlite3_column_count(stmt); i++)
			*bytes += sql_span(stmt, i).len;
	}
	sql_done(stmt);
	return err;
}

static const struct err *
delete_entity(struct store *s, uint64_t eid)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_TRIM_ENTITY, &stmt);

	if (err != NULL)
		return err;
	if (s->last.eid == eid)
		s->last.eid = 0;
	sql_bind(stmt, 1, eid);
	return sql_finish(s, stmt);
}

/*
 * Collections that were dropped go with their last entity, but for the newest
 * of all, whose cid would be given away again.
 */
static const struct err *
delete_colls(struct store *s)
{
	const struct err *err = store_coll_flush(s);

	s->n_colls = 0;
	if (err != NULL)
		return err;
	return sql_exec(s,
	    "DELETE FROM coll WHERE is_dropped"
	    " AND cid < (SELECT max(cid) FROM coll) AND NOT EXISTS"
	    " (SELECT 1 FROM entity"
	    " WHERE eid >= cid << 32 AND eid < (cid + 1) << 32)");
}

/* --- passing -------------------------------------------------------------- */

static const struct err *
discount(struct store *s, uint64_t eid, uint64_t bytes)
{
	struct coll_row *row;
	const struct err *err = store_coll_row(s, (uint32_t)(eid >> 32), &row);

	if (err != NULL)
		return err;
	row->coll.log -= bytes < row->coll.log ? bytes : row->coll.log;
	row->is_dirty = true;
	return NULL;
}

/* A change and all that lead to it, each with its kept body. */
static const struct err *
delete_before(struct store *s, uint64_t seq, uint64_t *bytes)
{
	const struct err *err = NULL;
	uint64_t prev;

	for (; seq != 0 && err == NULL; seq = prev < seq ? prev : 0) {
		prev = 0;
		err = delete_row(s, SQL_TRIM_KEYFRAME, seq, NULL, bytes);
		if (err == NULL)
			err = delete_row(s, SQL_TRIM_CHANGE, seq, &prev, bytes);
	}
	return err;
}

static const struct err *
pass(struct store *s, const struct passing *p)
{
	uint64_t bytes = 0, prev = 0;
	const struct err *err;

	if (!p->has_body && !p->is_last && !p->is_deletion)
		return NULL;
	err = delete_row(s, SQL_TRIM_CHANGE, p->seq, &prev, &bytes);
	if (err == NULL)
		err = delete_before(s, p->prev, &bytes);
	if (err == NULL)
		err = discount(s, p->eid, bytes);
	if (err == NULL && p->is_last && p->is_deletion)
		err = delete_entity(s, p->eid);
	return err;
}

static const struct err *
write_range(struct store *s, uint64_t passed)
{
	const struct err *err = store_meta_put(s, "passed", passed);

	if (err != NULL || passed <= s->state.floor)
		return err;
	s->state.floor = passed;
	return store_meta_put(s, "floor", passed);
}

const struct err *
store_trim(struct store *s, uint64_t until, uint32_t steps, bool *is_done)
{
	uint64_t passed = 0, newest = 0, began;
	struct passing p = { 0 };
	bool is_any_gone = false;
	const struct err *err;

	assert(s->is_writing && steps > 0);
	err = read_range(s, &passed, &newest);
	began = passed;
	if (until < s->state.floor)
		until = s->state.floor;
	if (until >= newest)
		until = newest > 0 ? newest - 1 : 0;
	*is_done = passed >= until;
	while (err == NULL && !*is_done && steps-- > 0) {
		err = read_next(s, passed, until, &p);
		if (err == NULL && p.seq != 0)
			err = pass(s, &p);
		is_any_gone |= p.is_last && p.is_deletion;
		passed = p.seq != 0 ? p.seq : until;
		*is_done = passed >= until;
	}
	if (err == NULL && is_any_gone)
		err = delete_colls(s);
	return err != NULL || passed == began ? err : write_range(s, passed);
}

const struct err *
store_compact(struct store *s)
{
	const struct err *err;

	assert(!s->is_writing && s->views == 0);
	err = sql_exec(s, "VACUUM");
	/* A reader may hold it back; it is done when he has left. */
	if (err == NULL)
		(void)store_guard_copy(s, SQLITE_CHECKPOINT_TRUNCATE);
	return err;
}
