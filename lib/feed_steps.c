#include "feed_steps.h"

#include <stdbool.h>
#include <stdlib.h>

#include "feed.h"
#include "feed_net.h"
#include "feed_replay.h"
#include "feed_write.h"
#include "filter.h"
#include "mem.h"
#include "store.h"

/* Making that much of documents counts as another change looked at. */
enum { BYTES_A_LOOK = 256 };

struct walk {
	struct store *store;
	const struct feed_query *query;
	struct feed *out;
	struct feed_replay *replay;
	struct store_coll coll; /* of the last change; cid 0: none yet */
	uint64_t last;          /* seq of the last change that was dealt with */
	uint32_t n_elements;
	size_t looks;
	const struct err *err;
};

/* --- one change ------------------------------------------------------------------ */

/* The document that it made. */
static const struct err *
read_after(struct walk *w, const struct change *change, struct span *body)
{
	const struct err *err = feed_replay_after(w->replay, change, body);

	if (err == NULL)
		w->looks += body->len / BYTES_A_LOOK;
	return err;
}

/* As it happened. */
static const struct err *
tell(struct walk *w, const struct change *change, struct feed_element *e)
{
	if (change->op == CHANGE_DELETE) {
		e->op = FEED_DELETE;
		return NULL;
	}
	if (change->op == CHANGE_PATCH &&
	    (!w->query->is_standard || feed_net_is_standard(change->patch))) {
		e->op = FEED_PATCH;
		e->content = change->patch;
		return NULL;
	}
	e->op = FEED_PUT;
	return read_after(w, change, &e->content);
}

/* As those see it who see only what is selected. */
static const struct err *
tell_selected(struct walk *w, const struct change *change,
    struct feed_element *e, bool *is_told)
{
	const struct filter *filter = w->query->filter;
	struct span body;
	const struct err *err = feed_replay_before(w->replay, change, &body);
	bool was, is;

	if (err != NULL)
		return err;
	was = body.len > 0 && filter_wants_body(filter, body);
	err = read_after(w, change, &body);
	if (err != NULL)
		return err;
	is = body.len > 0 && filter_wants_body(filter, body);
	*is_told = was || is;
	if (!was) {
		e->base = 0;
		e->op = FEED_PUT;
		e->content = body;
	} else if (!is) {
		e->op = FEED_DELETE;
	} else if (change->op == CHANGE_PATCH) {
		return tell(w, change, e);
	} else {
		e->op = FEED_PUT;
		e->content = body;
	}
	return NULL;
}

/* False when it no longer fits on the page. */
static bool
add(struct walk *w, const struct feed_element *e)
{
	struct buf *changes = &w->out->changes;
	size_t len = changes->len, last;

	last = feed_write_element(changes, &feed_json, e, w->n_elements == 0);
	if (w->n_elements > 0 && changes->len > FEED_STEPS_BYTES_MAX) {
		buf_cut(changes, len);
		return false;
	}
	w->out->last = last;
	w->n_elements++;
	return true;
}

static const struct err *
find_coll(struct walk *w, uint32_t cid)
{
	return w->coll.cid == cid ? NULL
				  : store_coll_at(w->store, cid, &w->coll);
}

/* *is_over: the page is full, and the change behind it. */
static const struct err *
take(struct walk *w, const struct change *change, bool *is_over)
{
	struct feed_element e = {
		.seq = change->seq,
		.base = change->op == CHANGE_CREATE ? 0 : change->prev,
		.at = change->at,
		.id = change->id,
		.actor = change->actor,
		.mutation = change->mutation,
	};
	const struct filter *filter = w->query->filter;
	bool is_told = true;
	const struct err *err;

	*is_over = w->n_elements == w->query->steps ||
	    w->looks >= FEED_STEPS_LOOKS_MAX;
	if (*is_over)
		return NULL;
	w->looks++;
	err = find_coll(w, change->cid);
	if (err != NULL)
		return err;
	e.collection = span_str(w->coll.name);
	if (!filter_wants_id(filter, e.collection, change->id))
		is_told = false;
	else if (filter_has_where(filter))
		err = tell_selected(w, change, &e, &is_told);
	else
		err = tell(w, change, &e);
	if (err == NULL && is_told)
		*is_over = !add(w, &e);
	return err;
}

static bool
take_change(const struct change *change, void *arg)
{
	struct walk *w = arg;
	bool is_over = false;

	w->err = take(w, change, &is_over);
	w->out->has_more = is_over;
	if (w->err != NULL || is_over)
		return false;
	w->last = change->seq;
	return true;
}

/* --- the page -------------------------------------------------------------------- */

const struct err *
feed_steps(struct store *store, const struct feed_query *query,
    struct feed *out)
{
	struct walk w = {
		.store = store,
		.query = query,
		.out = out,
		.replay = mem_new(1, sizeof(*w.replay)),
		.last = query->since.seq,
	};
	struct store_range range = {
		.after = query->since.seq,
		.until = out->to.seq,
		.with_patches = true,
	};
	const struct err *err = NULL;

	w.replay->store = store;
	out->is_paged = true;
	feed_write_open(&out->changes, &feed_json);
	if (range.after < range.until)
		err = store_changes(store, range, take_change, &w);
	feed_write_close(&out->changes, &feed_json);
	feed_replay_fini(w.replay);
	free(w.replay);
	if (err == NULL)
		err = w.err;
	if (out->has_more)
		out->to.seq = w.last;
	if (w.n_elements > 0)
		out->kind = FEED_DELTA;
	return err;
}
