/*
 * Squashing, for each entity that changed since the cursor, by what it was
 * then and what it is now:
 *
 *   was  is
 *    -    -   nothing
 *    -    +   put, base 0
 *    +    -   delete
 *    +    +   the shortest of: its patches one after the other; one fresh
 *             diff; put
 *
 * "Was" and "is" mean selected: with a where, the body of then is rebuilt to
 * see whether the client held it.  The work is linear in the changes since the
 * cursor and in the bodies of what changed; fresh diffs, which parse, have a
 * budget.
 *
 * Each element is at most as long as the entity's put, so only deletes, and
 * the digits of base, can make a delta longer than the snapshot.  The counters
 * of the collections mostly tell that it is not; else the snapshot is written
 * until it is longer.
 */
#include "feed.h"

#include <string.h>

#include "diff.h"
#include "feed_kept.h"
#include "feed_net.h"
#include "feed_steps.h"
#include "feed_write.h"
#include "filter.h"
#include "history.h"
#include "json.h"
#include "store.h"

enum {
	/* A delta up to this size is never exchanged for a snapshot: a client
	 * would be told "forget all" for the sake of one lost packet's tail. */
	FEED_SMALL_BYTES = 512,
	/* Patches up to this size are not worth a fresh diff. */
	FEED_DIFF_BYTES_MIN = 128,
	/* Bytes that fresh diffs may parse for one answer; the last one may
	 * have a longer old body than that. */
	FEED_DIFF_BYTES_MAX = 4 << 20,
};

/* The making of one delta; buffers are re-used from entity to entity. */
struct delta {
	struct store *store;
	const struct feed_query *query;
	struct feed_net net;
	const struct feed_form *form;
	struct feed *out;
	size_t n_elements; /* written so far */
	struct buf hold;   /* the body at the end */
	struct buf old;    /* … and at the cursor */
	struct buf patch;  /* concatenated */
	struct buf fresh;  /* diffed */
	struct json from, to;
	size_t diff_bytes_left;
};

void
feed_fini(struct feed *feed)
{
	buf_fini(&feed->changes);
	memset(feed, 0, sizeof(*feed));
}

static void
delta_fini(struct delta *d)
{
	feed_net_fini(&d->net);
	buf_fini(&d->hold);
	buf_fini(&d->old);
	buf_fini(&d->patch);
	buf_fini(&d->fresh);
	json_fini(&d->from);
	json_fini(&d->to);
}

static bool
has_until(const struct feed_query *query)
{
	return query->until.epoch != 0;
}

/* --- one entity ---------------------------------------------------------------- */

/*
 * The body at the cursor, into old.  *is_known false: the log no longer
 * reaches back so far.
 */
static const struct err *
read_old(struct delta *d, const struct feed_net_step *step, bool *is_known)
{
	const struct err *err;

	buf_clear(&d->old);
	err = history_made(d->store, step->base, &d->old);
	*is_known = err == NULL;
	return err != NULL && err->code == ERR_GONE ? NULL : err;
}

/*
 * The body after the last change.  Where the same is to be said for ever it is
 * not taken from the entity, whose members may stand in another order.
 */
static const struct err *
read_new(struct delta *d, const struct feed_net_step *step, struct span *body)
{
	struct store_entity now = { 0 };
	const struct err *err;

	buf_clear(&d->hold);
	if (has_until(d->query)) {
		err = history_made(d->store, step->seq, &d->hold);
		*body = buf_as_span(&d->hold);
	} else {
		err = store_entity_at(d->store, step->eid, &now, &d->hold);
		*body = now.body;
	}
	return err;
}

/* Did the client hold it?  When nobody knows any more, perhaps. */
static const struct err *
was_selected(struct delta *d, const struct feed_net_step *step, bool *was)
{
	bool is_known;
	const struct err *err;

	*was = step->base != 0;
	if (!*was || !filter_has_where(d->query->filter))
		return NULL;
	err = read_old(d, step, &is_known);
	if (err == NULL && is_known)
		*was =
		    filter_wants_body(d->query->filter, buf_as_span(&d->old));
	return err;
}

static void
pay(struct delta *d, size_t bytes)
{
	d->diff_bytes_left -=
	    bytes < d->diff_bytes_left ? bytes : d->diff_bytes_left;
}

/* Between two documents, into fresh. */
static const struct err *
diff_bodies(struct delta *d, const struct feed_net_step *step, struct span body)
{
	struct diff_options options = diff_default;
	const struct err *err = json_scan(&d->from, buf_as_span(&d->old), NULL);

	if (err == NULL)
		err = json_scan(&d->to, body, NULL);
	if (err != NULL)
		return err_new(ERR_STORE, "entity %llu is not JSON: %s",
		    (unsigned long long)step->eid, err->msg);
	options.is_standard = d->query->is_standard;
	diff(&d->from, &d->to, &options, &d->fresh);
	return NULL;
}

/*
 * A fresh diff into fresh, where it may be shorter than what there is.  One
 * that somebody else had made counts like one's own, so that the same is said
 * whoever asks first.
 */
static const struct err *
diff_afresh(struct delta *d, const struct feed_net_step *step, struct span body)
{
	const struct feed_kept_key key = {
		.epoch = d->query->since.epoch,
		.from = step->base,
		.to = step->seq,
		.is_standard = d->query->is_standard,
		.is_fixed = has_until(d->query),
	};
	struct span patch;
	size_t bytes;
	const struct err *err;
	bool is_known;

	buf_clear(&d->fresh);
	/* The old body, which is dear to have, is perhaps as long. */
	if (2 * body.len > d->diff_bytes_left)
		return NULL;
	if (feed_kept_find(d->query->kept, &key, &patch, &bytes)) {
		buf_span(&d->fresh, patch);
		pay(d, bytes);
		return NULL;
	}
	err = read_old(d, step, &is_known);
	if (err != NULL || !is_known)
		return err;
	err = diff_bodies(d, step, body);
	if (err != NULL)
		return err;
	bytes = d->old.len + body.len;
	pay(d, bytes);
	feed_kept_add(d->query->kept, &key, buf_as_span(&d->fresh), bytes);
	return NULL;
}

/* The shortest way from the client's version to the present body. */
static const struct err *
choose(struct delta *d, const struct feed_net_step *step, struct span body,
    struct feed_element *e)
{
	bool is_patch = step->is_patched, is_standard = true;
	const struct err *err = NULL;

	e->op = FEED_PUT;
	e->content = body;
	if (d->form->is_whole)
		return NULL;
	buf_clear(&d->patch);
	buf_clear(&d->fresh);
	if (is_patch)
		feed_net_patch(&d->net, step, &d->patch, &is_standard);
	if (d->query->is_standard && !is_standard)
		is_patch = false;
	/* One change alone was diffed when it was made. */
	if ((step->n_changes > 1 || is_patch != step->is_patched) &&
	    body.len > FEED_DIFF_BYTES_MIN &&
	    (!is_patch || d->patch.len > FEED_DIFF_BYTES_MIN))
		err = diff_afresh(d, step, body);
	if (is_patch && d->patch.len <= e->content.len) {
		e->op = FEED_PATCH;
		e->content = buf_as_span(&d->patch);
	}
	if (d->fresh.len > 0 && d->fresh.len <= e->content.len) {
		e->op = FEED_PATCH;
		e->content = buf_as_span(&d->fresh);
	}
	return err;
}

/* Append what a step comes to, if anything. */
static const struct err *
write_step(struct delta *d, const struct feed_net_step *step)
{
	struct span body = { 0 };
	struct feed_element e = {
		.seq = step->seq,
		.base = step->base,
		.at = step->at,
		.op = FEED_DELETE,
		.collection = span_str(d->net.coll[step->coll].name),
		.id = feed_net_id(&d->net, step),
		.actor = feed_net_actor(&d->net, step),
		.mutation = feed_net_mutation(&d->net, step),
	};
	bool was, is = !step->is_gone;
	const struct err *err;

	if (is) {
		err = read_new(d, step, &body);
		if (err != NULL)
			return err;
		is = filter_wants_body(d->query->filter, body);
	}
	err = was_selected(d, step, &was);
	if (err != NULL || (!was && !is))
		return err;
	if (!was) {
		e.base = 0;
		e.op = FEED_PUT;
		e.content = body;
	} else if (is) {
		err = choose(d, step, body, &e);
	}
	if (err != NULL)
		return err;
	d->out->last = feed_write_element(&d->out->changes, d->form, &e,
	    d->n_elements == 0);
	d->n_elements++;
	return NULL;
}

/* --- the whole ------------------------------------------------------------------- */

static const struct feed_form *
form_of(const struct feed_query *query)
{
	return query->form != NULL ? query->form : &feed_json;
}

struct size_guess {
	const struct filter *filter;
	size_t bytes;
};

static void
guess_coll(const struct store_coll *coll, void *arg)
{
	struct size_guess *guess = arg;
	struct span name = span_str(coll->name);

	if (filter_wants_collection(guess->filter, name))
		guess->bytes += (size_t)coll->bytes +
		    (size_t)coll->n * (feed_write_put_bytes + name.len);
}

/*
 * Exchange a delta for the snapshot if that is shorter.  Cost: O(1) where
 * the counters tell, else about the delta's own size.
 */
static const struct err *
prefer_shorter(struct store *store, const struct feed_query *query,
    struct feed *out)
{
	struct size_guess guess = { query->filter, 0 };
	struct feed_snapshot snapshot = {
		.filter = query->filter,
		.form = &feed_json,
		.bytes_max = out->changes.len,
	};
	struct buf text = { 0 };
	const struct err *err = NULL;

	if (out->changes.len <= FEED_SMALL_BYTES)
		return NULL;
	if (filter_is_by_collection(query->filter)) {
		err = store_colls(store, guess_coll, &guess);
		if (err != NULL || out->changes.len <= guess.bytes)
			return err;
	}
	err = feed_write_snapshot(store, &snapshot, &text);
	if (err == NULL && snapshot.is_whole) {
		buf_fini(&out->changes);
		out->changes = text;
		out->last = snapshot.last;
		out->kind = FEED_SNAPSHOT;
		return NULL;
	}
	buf_fini(&text);
	return err;
}

static const struct err *
write_delta(struct store *store, const struct feed_query *query,
    struct feed *out)
{
	struct delta d = {
		.store = store,
		.query = query,
		.form = form_of(query),
		.out = out,
		.diff_bytes_left = FEED_DIFF_BYTES_MAX,
	};
	const struct err *err = feed_net_gather(&d.net, store, query->filter,
	    query->since.seq, out->to.seq);

	feed_write_open(&out->changes, d.form);
	for (size_t i = 0; i < d.net.n_steps && err == NULL; i++)
		err = write_step(&d, &d.net.step[i]);
	feed_write_close(&out->changes, d.form);
	delta_fini(&d);
	if (err != NULL || d.n_elements == 0)
		return err;
	out->kind = FEED_DELTA;
	/* A form of its own has no words for "drop all others". */
	return d.form == &feed_json && !has_until(query)
	    ? prefer_shorter(store, query, out)
	    : NULL;
}

static const struct err *
write_snapshot(struct store *store, const struct feed_query *query,
    struct feed *out)
{
	struct feed_snapshot snapshot = {
		.filter = query->filter,
		.form = form_of(query),
	};
	const struct err *err =
	    feed_write_snapshot(store, &snapshot, &out->changes);

	out->kind = FEED_SNAPSHOT;
	out->last = snapshot.last;
	return err;
}

static bool
is_in_log(struct cursor cursor, const struct store_state *state)
{
	return cursor.epoch == state->epoch && cursor.seq >= state->floor &&
	    cursor.seq <= state->head;
}

/* Where it begins: a client that holds nothing has all steps before it. */
static struct cursor
place_of(const struct feed_query *query, const struct store_state *state)
{
	return query->since.epoch == 0 && query->steps > 0
	    ? (struct cursor){ state->epoch, 0 }
	    : query->since;
}

static const struct err *
check(const struct feed_query *query, const struct store_state *state)
{
	if (!is_in_log(place_of(query, state), state) ||
	    (has_until(query) && !is_in_log(query->until, state)))
		return err_new(ERR_GONE,
		    "the log does not know this cursor (any more)");
	return NULL;
}

const struct err *
feed_check(struct store *store, const struct feed_query *query)
{
	struct store_state state;
	const struct err *err = store_state(store, &state);

	return err != NULL ? err : check(query, &state);
}

/* What happened between two places that the log knows. */
static const struct err *
write_changes(struct store *store, const struct feed_query *query,
    struct feed *out)
{
	if (query->steps > 0)
		return feed_steps(store, query, out);
	if (query->since.seq < out->to.seq)
		return write_delta(store, query, out);
	feed_write_open(&out->changes, form_of(query));
	feed_write_close(&out->changes, form_of(query));
	return NULL;
}

static const struct err *
answer(struct store *store, const struct feed_query *query, struct feed *out)
{
	struct feed_query from = *query;
	struct store_state state;
	const struct err *err = store_state(store, &state);

	if (err != NULL)
		return err;
	from.since = place_of(query, &state);
	out->to = has_until(query) ? query->until
				   : (struct cursor){ state.epoch, state.head };
	if (from.since.epoch == 0 && !has_until(query))
		return write_snapshot(store, query, out);
	err = check(query, &state);
	if (err == NULL)
		return write_changes(store, &from, out);
	if (query->is_strict || query->steps > 0 || has_until(query))
		return err;
	out->is_reset = true;
	return write_snapshot(store, query, out);
}

const struct err *
feed_since(struct store *store, const struct feed_query *query,
    struct feed *out)
{
	const struct err *err;

	out->kind = FEED_NONE;
	out->is_reset = false;
	out->is_paged = false;
	out->has_more = false;
	out->from = query->since;
	out->last = 0;
	buf_clear(&out->changes);
	err = store_view_begin(store);
	if (err != NULL)
		return err;
	err = answer(store, query, out);
	store_view_end(store);
	return err;
}
