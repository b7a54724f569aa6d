#include "past.h"

#include <stdlib.h>

#include "buf.h"
#include "history.h"
#include "mem.h"
#include "store.h"

struct past {
	uint32_t cid;
	uint64_t seq;
	struct buf after; /* the id that was done last */
	struct buf body;  /* of then */
};

struct slice {
	struct past *past;
	struct store *store;
	struct monotime until;
	store_entity_fn *fn;
	void *arg;
	const struct err *err;
	bool is_cut; /* it is not over */
};

struct past *
past_new(uint32_t cid, uint64_t seq, struct span after)
{
	struct past *past = mem_new(1, sizeof(*past));

	past->cid = cid;
	past->seq = seq;
	buf_span(&past->after, after);
	return past;
}

void
past_free(struct past *past)
{
	if (past == NULL)
		return;
	buf_fini(&past->after);
	buf_fini(&past->body);
	free(past);
}

static const struct err *
restore(struct slice *slice, const struct store_entity *now,
    struct store_entity *then)
{
	struct past *past = slice->past;
	const struct err *err;

	err = history_version(slice->store, now, past->seq, &then->version);
	if (err != NULL || then->version == 0)
		return err;
	buf_clear(&past->body);
	err = history_build(slice->store, now, then->version, &past->body);
	then->body = buf_as_span(&past->body);
	return err != NULL
	    ? err
	    : store_version_time(slice->store, then->version, &then->updated);
}

/* False: the caller wants no more. */
static bool
hand_over(struct slice *slice, const struct store_entity *now)
{
	struct store_entity then = { .eid = now->eid, .id = now->id };

	if (now->version <= slice->past->seq)
		return now->body.len == 0 || slice->fn(now, slice->arg);
	slice->err = restore(slice, now, &then);
	if (slice->err != NULL)
		return false;
	return then.version == 0 || slice->fn(&then, slice->arg);
}

static bool
take(const struct store_entity *now, void *arg)
{
	struct slice *slice = arg;

	if (!hand_over(slice, now))
		return false;
	if (!monotime_reached(slice->until, monotime_now()))
		return true;
	buf_clear(&slice->past->after);
	buf_span(&slice->past->after, now->id);
	slice->is_cut = true;
	return false;
}

static const struct err *
walk(struct slice *slice)
{
	const struct past *past = slice->past;
	struct store_state state;
	const struct err *err = store_state(slice->store, &state);

	if (err == NULL && past->seq < state.floor)
		err =
		    err_new(ERR_GONE, "the log no longer reaches back to %llu",
			(unsigned long long)past->seq);
	if (err == NULL)
		err = store_entities_past(slice->store, past->cid,
		    buf_as_span(&past->after), past->seq, take, slice);
	return err != NULL ? err : slice->err;
}

const struct err *
past_walk(struct past *past, struct store *store, struct monotime until,
    store_entity_fn *fn, void *arg, bool *is_over)
{
	struct slice slice = {
		.past = past,
		.store = store,
		.until = until,
		.fn = fn,
		.arg = arg,
	};
	const struct err *err = store_view_begin(store);

	*is_over = false;
	if (err != NULL)
		return err;
	err = walk(&slice);
	store_view_end(store);
	*is_over = err == NULL && !slice.is_cut;
	return err;
}
