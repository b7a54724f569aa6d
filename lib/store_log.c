#include "store_log.h"

#include <assert.h>
#include <string.h>

#include "store_sql.h"

/* --- reading -------------------------------------------------------------- */

/* Column order: CHANGE in store_sql.c. */
static void
fill(sqlite3_stmt *stmt, struct change *change)
{
	change->seq = sql_u64(stmt, 0);
	change->eid = sql_u64(stmt, 1);
	change->cid = (uint32_t)(change->eid >> 32);
	change->prev = sql_u64(stmt, 2);
	change->op = (enum change_op)sql_u64(stmt, 3);
	change->at.ms = (int64_t)sql_u64(stmt, 4);
	change->actor = sql_span(stmt, 5);
	change->mutation = sql_span(stmt, 6);
	change->id = sql_span(stmt, 7);
	change->patch = sql_span(stmt, 8);
}

static const struct err *
walk(struct store *s, struct store_range range, store_change_fn *fn, void *arg)
{
	struct change change;
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_CHANGES, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, range.after);
	sql_bind(stmt, 2, range.until);
	sql_bind(stmt, 3, range.with_patches);
	while (sql_next(s, stmt, &err)) {
		fill(stmt, &change);
		if (!fn(&change, arg))
			break;
	}
	sql_done(stmt);
	return err;
}

const struct err *
store_changes(struct store *s, struct store_range range, store_change_fn *fn,
    void *arg)
{
	struct store_state state = { 0 };
	const struct err *err = store_view_begin(s);

	if (err != NULL)
		return err;
	err = store_state(s, &state);
	if (err == NULL && range.after < state.floor)
		err =
		    err_new(ERR_GONE, "the log no longer reaches back to %llu",
			(unsigned long long)range.after);
	if (range.until == 0)
		range.until = state.head;
	if (err == NULL)
		err = walk(s, range, fn, arg);
	store_view_end(s);
	return err;
}

/* A span of the change moves to the end of hold, which must not move. */
static void
keep(struct span *span, struct buf *hold)
{
	const char *at = hold->data + hold->len;

	buf_span(hold, *span);
	*span = span_of(at, span->len);
}

static void
keep_all(struct change *change, struct buf *hold)
{
	buf_clear(hold);
	(void)buf_room(hold,
	    change->id.len + change->actor.len + change->mutation.len +
		change->patch.len);
	keep(&change->id, hold);
	keep(&change->actor, hold);
	keep(&change->mutation, hold);
	keep(&change->patch, hold);
}

const struct err *
store_missing(struct store *s, uint64_t seq)
{
	struct store_state state;
	const struct err *err = store_state(s, &state);

	if (err != NULL)
		return err;
	return err_new(seq <= state.floor ? ERR_GONE : ERR_NOT_FOUND,
	    "change %llu is not in the log", (unsigned long long)seq);
}

const struct err *
store_change_get(struct store *s, uint64_t seq, struct change *change,
    struct buf *hold)
{
	const struct err *err;
	sqlite3_stmt *stmt;
	bool is_there;

	err = sql_take(s, SQL_CHANGE_BY_SEQ, &stmt);
	if (err != NULL)
		return err;
	sql_bind(stmt, 1, seq);
	is_there = sql_next(s, stmt, &err);
	if (is_there) {
		fill(stmt, change);
		keep_all(change, hold);
	}
	sql_done(stmt);
	return is_there || err != NULL ? err : store_missing(s, seq);
}

const struct err *
store_keyframe(struct store *s, uint64_t seq, struct buf *body)
{
	static const struct err none = { ERR_NOT_FOUND, "no body is kept" };
	const struct err *err;
	sqlite3_stmt *stmt;

	err = sql_take(s, SQL_KEYFRAME, &stmt);
	if (err != NULL)
		return err;
	sql_bind(stmt, 1, seq);
	if (sql_next(s, stmt, &err))
		buf_span(body, sql_span(stmt, 0));
	else if (err == NULL)
		err = &none;
	sql_done(stmt);
	return err;
}

const struct err *
store_version_time(struct store *s, uint64_t seq, struct walltime *at)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_VERSION_TIME, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, seq);
	if (sql_next(s, stmt, &err))
		at->ms = (int64_t)sql_u64(stmt, 0);
	else if (err == NULL)
		err = store_missing(s, seq);
	sql_done(stmt);
	return err;
}

const struct err *
store_log_bytes(struct store *s, uint64_t *bytes)
{
	const struct err *err = store_coll_flush(s);
	int64_t sum = 0;

	if (err == NULL)
		err = sql_number(s, "SELECT sum(log) FROM coll", &sum);
	*bytes = (uint64_t)sum;
	return err;
}

/* --- appending ------------------------------------------------------------ */

static const struct err *
no_fit(const struct change *change, const char *why)
{
	return err_new(ERR_CONFLICT, "change %llu of %.*s: %s",
	    (unsigned long long)change->seq, SPAN_ARGS(change->id), why);
}

/* Does the change follow from what is there? */
static const struct err *
check(const struct change *change, const struct entity_row *row, uint64_t head)
{
	if (change->seq != 0 && change->seq != head + 1)
		return no_fit(change, "the log has a gap before it");
	if (change->seq != 0 && change->prev != row->ver)
		return no_fit(change, "the entity's last change is another");
	if ((change->op == CHANGE_CREATE) == row->is_live)
		return no_fit(change,
		    row->is_live ? "it is there already" : "it is not there");
	return NULL;
}

static const struct err *
add_change(struct store *s, const struct change *change)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_CHANGE_ADD, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, change->seq);
	sql_bind(stmt, 2, change->eid);
	sql_bind(stmt, 3, change->prev);
	sql_bind(stmt, 4, change->op);
	sql_bind(stmt, 5, (uint64_t)change->at.ms);
	sql_bind_span(stmt, 6, change->actor);
	sql_bind_span(stmt, 7, change->mutation);
	sql_bind_span(stmt, 8, change->patch);
	return sql_finish(s, stmt);
}

/* ERR_CONFLICT, and nothing is written, when the id is there already. */
static const struct err *
add_entity(struct store *s, const struct change *change, struct span body)
{
	static const struct err known = { ERR_CONFLICT, "the id is not new" };
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_ENTITY_ADD, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, change->eid);
	sql_bind(stmt, 2, change->seq);
	sql_bind(stmt, 3, (uint64_t)change->at.ms);
	sql_bind_text(stmt, 4, change->id);
	sql_bind_span(stmt, 5, body);
	err = sql_finish(s, stmt);
	return err == NULL && sqlite3_changes(s->db) == 0 ? &known : err;
}

static const struct err *
set_entity(struct store *s, const struct entity_row *row, struct walltime at,
    struct span body)
{
	sqlite3_stmt *stmt;
	const struct err *err = sql_take(s, SQL_ENTITY_SET, &stmt);

	if (err != NULL)
		return err;
	sql_bind(stmt, 1, row->eid);
	sql_bind(stmt, 2, row->ver);
	sql_bind(stmt, 3, (uint64_t)at.ms);
	sql_bind(stmt, 4, row->chain);
	sql_bind(stmt, 5, row->steps);
	sql_bind_span(stmt, 6, body);
	return sql_finish(s, stmt);
}

/*
 * Is the body that is about to change to be kept?  Patches do not lead to it,
 * or from below the floor only, where nothing more is needed.
 */
static bool
is_to_keep(const struct store *s, const struct entity_row *row)
{
	return row->is_live && (row->steps == 0 || row->ver <= s->state.floor);
}

static const struct err *
keep_body(struct store *s, const struct entity_row *row)
{
	sqlite3_stmt *stmt;
	const struct err *err;

	if (!is_to_keep(s, row))
		return NULL;
	err = sql_take(s, SQL_KEYFRAME_KEEP, &stmt);
	if (err != NULL)
		return err;
	sql_bind(stmt, 1, row->eid);
	return sql_finish(s, stmt);
}

/* Is what leads from the last kept body to this one long enough? */
static bool
is_long(const struct entity_row *row, size_t body_len)
{
	uint64_t steps = body_len / STORE_BODY_SHARE_BYTES;
	uint64_t halves = body_len < STORE_LARGE_BYTES ? 5 : 4;

	if (steps < STORE_STEPS_MIN)
		steps = STORE_STEPS_MIN;
	if (steps > STORE_STEPS_MAX)
		steps = STORE_STEPS_MAX;
	return row->steps >= steps ||
	    2 * (row->chain + STORE_STEP_BYTES * row->steps) >=
	    halves * body_len;
}

/* The entity's row after the change. */
static void
advance(struct entity_row *row, const struct change *change, struct span body)
{
	row->ver = change->seq;
	row->body_len = body.len;
	row->is_live = body.len > 0;
	row->chain += change->patch.len;
	row->steps++;
	if (change->op != CHANGE_PATCH || is_long(row, body.len))
		row->chain = row->steps = 0;
}

static void
count(struct store *s, struct coll_row *coll, const struct entity_row *before,
    const struct entity_row *after)
{
	if (is_to_keep(s, before))
		coll->coll.log += STORE_KEYFRAME_BYTES + before->body_len;
	if (before->is_live)
		coll->coll.bytes -= before->id_len + before->body_len;
	if (after->is_live)
		coll->coll.bytes += after->id_len + after->body_len;
	coll->coll.n += (uint64_t)after->is_live - (uint64_t)before->is_live;
	coll->coll.ver = s->state.head = after->ver;
	coll->is_dirty = true;
}

static const struct err *
write_change(struct store *s, const struct change *change,
    const struct entity_row *before, const struct entity_row *after,
    struct span body)
{
	const struct err *err;

	if (before->ver == 0) {
		/* First, for it may be refused. */
		err = add_entity(s, change, body);
	} else {
		err = keep_body(s, before);
		if (err == NULL)
			err = set_entity(s, after, change->at, body);
	}
	return err != NULL ? err : add_change(s, change);
}

/* The entity as it is; of a new one, what it will be called. */
static const struct err *
look_up(struct store *s, const struct change *change, struct coll_row *coll,
    struct entity_row *row)
{
	if (change->eid != 0)
		return store_entity_row(s, change->eid, row);
	assert(change->op == CHANGE_CREATE && change->id.len > 0);
	memset(row, 0, sizeof(*row));
	row->eid = (uint64_t)change->cid << 32 | coll->next;
	row->id_len = change->id.len;
	return NULL;
}

const struct err *
store_append(struct store *s, const struct change *change, struct span body,
    struct change *made)
{
	struct entity_row before, after;
	struct change c = *change;
	struct coll_row *coll;
	const struct err *err = NULL;

	assert(s->is_writing && (body.len == 0) == (c.op == CHANGE_DELETE));
	if (c.seq != 0 && c.seq <= s->state.head)
		goto out; /* is there already */
	err = store_coll_row(s, c.cid, &coll);
	if (err == NULL)
		err = look_up(s, &c, coll, &before);
	if (err == NULL)
		err = check(&c, &before, s->state.head);
	if (err != NULL)
		return err;
	c.seq = s->state.head + 1;
	c.prev = before.ver;
	c.eid = before.eid;
	after = before;
	if (is_to_keep(s, &before))
		after.chain = after.steps = 0;
	advance(&after, &c, body);
	err = write_change(s, &c, &before, &after, body);
	if (err != NULL)
		return err;
	coll->next += change->eid == 0;
	coll->coll.log +=
	    STORE_CHANGE_BYTES + c.actor.len + c.mutation.len + c.patch.len;
	count(s, coll, &before, &after);
	s->last = after;
out:
	if (made != NULL)
		*made = c;
	return NULL;
}
