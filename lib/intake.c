#include "intake.h"

#include <assert.h>
#include <stdlib.h>

#include "bell.h"
#include "diff.h"
#include "log.h"
#include "mem.h"
#include "store.h"
#include "utf8.h"

struct intake {
	struct store *store;
	struct bell *bell;
	bool is_open;
	bool is_creating;   /* the last put did: so may the next */
	uint64_t n_changes; /* of the open batch */

	/* Kept for their memory. */
	struct json from;
	struct buf patch;
	struct buf hold;
};

struct intake *
intake_new(struct store *store, struct bell *bell)
{
	struct intake *in = mem_new(1, sizeof(*in));

	in->store = store;
	in->bell = bell;
	return in;
}

void
intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	intake_rollback(in);
	json_fini(&in->from);
	buf_fini(&in->patch);
	buf_fini(&in->hold);
	free(in);
}

/* --- batch ---------------------------------------------------------------- */

static const struct err *
check_room(struct store *store)
{
	uint64_t bytes;
	const struct err *err = store_room(store, &bytes);

	if (err != NULL || bytes >= STORE_ROOM_BYTES_MIN)
		return err;
	return err_new(ERR_UNAVAILABLE,
	    "%s: less than %d MiB are left on the disk; nothing is recorded",
	    store_path(store), STORE_ROOM_BYTES_MIN >> 20);
}

const struct err *
intake_begin(struct intake *in)
{
	const struct err *err = check_room(in->store);

	assert(!in->is_open);
	if (err == NULL)
		err = store_begin(in->store);
	in->is_open = err == NULL;
	in->n_changes = 0;
	return err;
}

/* The batch stands in any case; waiters find it by themselves, only later. */
static void
ring(struct intake *in, const struct store_state *state)
{
	const struct err *err =
	    bell_strike(in->bell, state->epoch, state->head);

	if (err != NULL)
		log_warning("the bell did not ring: %s", err->msg);
}

const struct err *
intake_commit(struct intake *in, uint64_t *seq)
{
	const struct err *err;
	struct store_state state;

	assert(in->is_open);
	in->is_open = false;
	err = store_commit(in->store, &state);
	if (err != NULL)
		return err;
	if (seq != NULL)
		*seq = state.head;
	if (in->n_changes > 0)
		ring(in, &state);
	return NULL;
}

void
intake_rest(struct intake *in)
{
	assert(!in->is_open);
	store_checkpoint(in->store);
}

void
intake_rollback(struct intake *in)
{
	if (in->is_open)
		store_rollback(in->store);
	in->is_open = false;
}

bool
intake_is_open(const struct intake *in)
{
	return in->is_open;
}

uint64_t
intake_n_changes(const struct intake *in)
{
	return in->is_open ? in->n_changes : 0;
}

/* --- ids ------------------------------------------------------------------ */

/* C0, DEL, C1 (U+0080 .. U+009F). */
static bool
is_control(const unsigned char *p, size_t n)
{
	return (n == 1 && (p[0] < 0x20 || p[0] == 0x7f)) ||
	    (n == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

const struct err *
intake_check_id(struct span id)
{
	const unsigned char *p = (const unsigned char *)id.p, *end;

	if (id.len == 0 || id.len > STORE_ID_BYTES_MAX)
		return err_new(ERR_BAD_REQUEST,
		    "an id has 1 to %d bytes, not %zu", STORE_ID_BYTES_MAX,
		    id.len);
	end = p + id.len;
	for (size_t n; p < end; p += n) {
		n = utf8_length(p, end);
		if (n == 0 || is_control(p, n))
			return err_new(ERR_BAD_REQUEST,
			    "an id is UTF-8 without control characters");
	}
	return NULL;
}

/* --- changes -------------------------------------------------------------- */

static struct change
change_of(const struct intake_entity *entity, enum change_op op, uint64_t eid)
{
	struct change change = {
		.cid = entity->cid,
		.eid = eid,
		.op = op,
		.at = walltime_now(),
		.id = entity->id,
		.actor = entity->actor,
		.mutation = entity->mutation,
	};

	return change;
}

static const struct err *
append(struct intake *in, const struct change *change, struct span body,
    uint64_t *eid)
{
	struct change made;
	const struct err *err = store_append(in->store, change, body, &made);

	if (err != NULL)
		return err;
	in->n_changes++;
	if (eid != NULL)
		*eid = made.eid;
	return NULL;
}

/* From the body that is there to another one. */
static const struct err *
put_over(struct intake *in, const struct intake_entity *entity,
    const struct store_entity *old, const struct json *doc,
    enum intake_outcome *outcome)
{
	struct change change = change_of(entity, CHANGE_PATCH, old->eid);
	struct span body = buf_as_span(&doc->text);
	const struct err *err;

	*outcome = INTAKE_SAME;
	if (span_eq(old->body, body))
		return NULL;
	err = json_scan(&in->from, old->body, NULL);
	if (err != NULL)
		return err_new(ERR_STORE, "the stored body of %.*s: %s",
		    SPAN_ARGS(entity->id), err->msg);
	buf_clear(&in->patch);
	diff(&in->from, doc,
	    entity->diff != NULL ? entity->diff : &diff_default, &in->patch);
	change.patch = buf_as_span(&in->patch);
	if (span_is(change.patch, "[]"))
		return NULL;
	*outcome = INTAKE_CHANGED;
	/*
	 * A patch wraps its values two levels deeper: beside the limit it could
	 * be made, but not be read back.
	 */
	if (change.patch.len >= body.len ||
	    json_scan(&in->from, change.patch, NULL) != NULL) {
		change.op = CHANGE_PUT;
		change.patch = span_of(NULL, 0);
	}
	return append(in, &change, body, NULL);
}

/* eid: of one that is gone; 0 for one that never was there. */
static const struct err *
create(struct intake *in, const struct intake_entity *entity, uint64_t old_eid,
    const struct json *doc, uint64_t *eid)
{
	struct change change = change_of(entity, CHANGE_CREATE, old_eid);

	return append(in, &change, buf_as_span(&doc->text), eid);
}

/* By what is there; is_creating says whether nothing live was. */
static const struct err *
put_by_old(struct intake *in, const struct intake_entity *entity,
    const struct json *doc, uint64_t *eid, enum intake_outcome *outcome)
{
	struct store_entity old = { 0 };
	const struct err *err;

	err = store_entity_get(in->store, entity->cid, entity->id, &old,
	    &in->hold);
	if (err != NULL && err->code != ERR_NOT_FOUND)
		return err;
	if (eid != NULL)
		*eid = old.eid;
	in->is_creating = old.body.len == 0;
	if (!in->is_creating)
		return put_over(in, entity, &old, doc, outcome);
	*outcome = INTAKE_CREATED;
	return create(in, entity, old.eid, doc, eid);
}

const struct err *
intake_put(struct intake *in, const struct intake_entity *entity,
    const struct json *doc, uint64_t *eid, enum intake_outcome *outcome)
{
	enum intake_outcome none;
	const struct err *err = intake_check_id(entity->id);

	assert(in->is_open);
	if (outcome == NULL)
		outcome = &none;
	if (err != NULL)
		return err;
	/*
	 * A new entity seldom comes alone: where the last one was, the store
	 * is not asked first, since it tells when the id is there already.
	 */
	if (in->is_creating) {
		*outcome = INTAKE_CREATED;
		err = create(in, entity, 0, doc, eid);
		if (err == NULL || err->code != ERR_CONFLICT)
			return err;
	}
	return put_by_old(in, entity, doc, eid, outcome);
}

const struct err *
intake_delete(struct intake *in, const struct intake_entity *entity,
    enum intake_outcome *outcome)
{
	enum intake_outcome none;
	struct store_entity old = { 0 };
	struct change change;
	const struct err *err;

	assert(in->is_open);
	if (outcome == NULL)
		outcome = &none;
	*outcome = INTAKE_SAME;
	err = store_entity_get(in->store, entity->cid, entity->id, &old,
	    &in->hold);
	if (err != NULL && err->code != ERR_NOT_FOUND)
		return err;
	if (old.body.len == 0)
		return NULL;
	*outcome = INTAKE_DELETED;
	change = change_of(entity, CHANGE_DELETE, old.eid);
	return append(in, &change, span_of(NULL, 0), NULL);
}
