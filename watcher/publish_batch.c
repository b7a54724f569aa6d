#include "publish_batch.h"

#include "publish_colls.h"
#include "publish_snapshot.h"
#include "store.h"

bool
publish_batch_is_open(const struct publish_batch *batch)
{
	return batch->at.epoch != 0;
}

static struct publish_coll *
next_wanted(struct publish_colls *cs)
{
	for (size_t i = 0; i < cs->n; i++)
		if (cs->coll[i].is_wanted && !cs->coll[i].is_made)
			return &cs->coll[i];
	return NULL;
}

static void
end(struct publish_batch *batch)
{
	if (!batch->is_made)
		store_view_end(batch->store);
	batch->at = (struct cursor){ 0 };
	batch->is_made = false;
}

const struct err *
publish_batch_begin(struct publish_batch *batch, struct store *store,
    struct publish_colls *cs, struct cursor at)
{
	struct store_state state;
	const struct err *err;

	if (next_wanted(cs) == NULL)
		return NULL;
	batch->store = store;
	err = store_view_begin(store);
	if (err != NULL)
		return err;
	batch->at = at;
	batch->began = monotime_now();
	err = store_state(store, &state);
	if (err != NULL || state.epoch != at.epoch || state.head != at.seq)
		end(batch);
	return err;
}

const struct err *
publish_batch_go_on(struct publish_batch *batch, struct publish_colls *cs,
    struct publish_dir *dir, struct monotime until)
{
	const struct err *err = NULL;
	struct publish_coll *c = next_wanted(cs);

	while (c != NULL && err == NULL) {
		if (c->fresh == NULL)
			err = publish_snapshot_new(&c->fresh, dir, batch->store,
			    &c->coll, batch->at);
		if (err == NULL)
			err = publish_snapshot_go_on(c->fresh, until,
			    &c->is_made);
		if (monotime_reached(until, monotime_now()))
			break;
		c = next_wanted(cs);
	}
	batch->is_made = err == NULL && next_wanted(cs) == NULL;
	if (batch->is_made)
		store_view_end(batch->store);
	return err;
}

static const struct err *
put(struct publish_coll *c, uint64_t seq)
{
	const struct err *err = publish_snapshot_put(c->fresh);

	if (err != NULL)
		return err;
	c->is_published = true;
	c->seq = c->good = seq;
	c->bytes = publish_snapshot_bytes(c->fresh);
	c->written = monotime_now();
	publish_coll_drop(c);
	return NULL;
}

const struct err *
publish_batch_put(struct publish_batch *batch, struct publish_colls *cs)
{
	uint64_t seq = batch->at.seq;
	const struct err *err = NULL;

	for (size_t i = 0; i < cs->n && err == NULL; i++)
		if (cs->coll[i].is_made)
			err = put(&cs->coll[i], seq);
	if (err == NULL)
		end(batch);
	return err;
}

void
publish_batch_drop(struct publish_batch *batch, struct publish_colls *cs)
{
	for (size_t i = 0; i < cs->n; i++)
		publish_coll_drop(&cs->coll[i]);
	if (publish_batch_is_open(batch))
		end(batch);
}
