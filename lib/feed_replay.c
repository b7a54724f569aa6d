#include "feed_replay.h"

#include "change.h"
#include "history.h"
#include "patch.h"

static void
set_free(struct feed_replay *r, struct feed_replay_slot *slot)
{
	r->bytes -= slot->body.cap;
	slot->version = 0;
	buf_fini(&slot->body);
}

void
feed_replay_fini(struct feed_replay *r)
{
	for (size_t i = 0; i < FEED_REPLAY_SLOTS; i++)
		buf_fini(&r->slot[i].body);
	buf_fini(&r->next);
	json_fini(&r->patch);
}

/* Of two entities with the same one the later has it. */
static struct feed_replay_slot *
slot_of(struct feed_replay *r, uint64_t eid)
{
	/* Fibonacci hashing; keys of one collection are consecutive. */
	return &r->slot[((eid * UINT64_C(0x9e3779b97f4a7c15)) >> 32) %
	    FEED_REPLAY_SLOTS];
}

/* Put next into the slot. */
static void
keep(struct feed_replay *r, struct feed_replay_slot *slot, uint64_t version)
{
	struct buf old = slot->body;

	r->bytes += r->next.cap;
	r->bytes -= old.cap;
	slot->version = version;
	slot->body = r->next;
	r->next = old;
	for (size_t i = 0;
	     i < FEED_REPLAY_SLOTS && r->bytes > FEED_REPLAY_BYTES_MAX; i++)
		if (&r->slot[i] != slot)
			set_free(r, &r->slot[i]);
}

static const struct err *
rebuild(struct feed_replay *r, struct feed_replay_slot *slot, uint64_t version)
{
	const struct err *err;

	buf_clear(&r->next);
	err = history_made(r->store, version, &r->next);
	if (err == NULL)
		keep(r, slot, version);
	return err;
}

static const struct err *
apply(struct feed_replay *r, struct feed_replay_slot *slot,
    const struct change *change)
{
	const struct err *err = json_scan(&r->patch, change->patch, NULL);

	buf_clear(&r->next);
	if (err == NULL)
		err =
		    patch_apply(buf_as_span(&slot->body), &r->patch, &r->next);
	if (err != NULL)
		return err_new(ERR_STORE,
		    "the log contradicts itself at %llu: "
		    "%s",
		    (unsigned long long)change->seq, err->msg);
	keep(r, slot, change->seq);
	return NULL;
}

const struct err *
feed_replay_before(struct feed_replay *r, const struct change *change,
    struct span *body)
{
	struct feed_replay_slot *slot = slot_of(r, change->eid);
	const struct err *err = NULL;

	*body = span_of("", 0);
	if (change->op == CHANGE_CREATE)
		return NULL;
	if (slot->version != change->prev)
		err = rebuild(r, slot, change->prev);
	if (err == NULL)
		*body = buf_as_span(&slot->body);
	return err;
}

const struct err *
feed_replay_after(struct feed_replay *r, const struct change *change,
    struct span *body)
{
	struct feed_replay_slot *slot = slot_of(r, change->eid);
	const struct err *err;

	*body = span_of("", 0);
	if (change->op == CHANGE_DELETE)
		return NULL;
	if (change->op == CHANGE_PATCH && slot->version == change->prev)
		err = apply(r, slot, change);
	else
		err = rebuild(r, slot, change->seq);
	if (err == NULL)
		*body = buf_as_span(&slot->body);
	return err;
}
