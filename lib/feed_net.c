#include "feed_net.h"

#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "mem.h"

enum { SLOTS_FIRST = 64 };

struct gathering {
	struct feed_net *net;
	struct store *store;
	const struct filter *filter;
	const struct err *err;
};

void
feed_net_fini(struct feed_net *net)
{
	free(net->coll);
	free(net->step);
	free(net->piece);
	free(net->slot);
	buf_fini(&net->text);
	memset(net, 0, sizeof(*net));
}

struct span
feed_net_id(const struct feed_net *net, const struct feed_net_step *step)
{
	return span_of(net->text.data + step->id, step->id_len);
}

struct span
feed_net_actor(const struct feed_net *net, const struct feed_net_step *step)
{
	return span_of(net->text.data + step->actor, step->actor_len);
}

struct span
feed_net_mutation(const struct feed_net *net, const struct feed_net_step *step)
{
	return span_of(net->text.data + step->mutation, step->mutation_len);
}

/* --- entities by key --------------------------------------------------------- */

static size_t
slot_of(const struct feed_net *net, uint64_t eid)
{
	/* Fibonacci hashing; keys of one collection are consecutive. */
	size_t i = (size_t)((eid * UINT64_C(0x9e3779b97f4a7c15)) >> 32) &
	    (net->n_slots - 1);

	while (net->slot[i] != 0 && net->step[net->slot[i] - 1].eid != eid)
		i = (i + 1) & (net->n_slots - 1);
	return i;
}

static void
grow_slots(struct feed_net *net)
{
	if (net->n_steps * 2 < net->n_slots)
		return;
	free(net->slot);
	net->n_slots = net->n_slots == 0 ? SLOTS_FIRST : net->n_slots * 2;
	net->slot = mem_new(net->n_slots, sizeof(*net->slot));
	for (size_t i = 0; i < net->n_steps; i++)
		net->slot[slot_of(net, net->step[i].eid)] = (uint32_t)i + 1;
}

/* --- collections ------------------------------------------------------------- */

/* A handful; neighbours in the log mostly share theirs. */
static const struct err *
find_coll(const struct gathering *g, uint32_t cid, size_t *coll)
{
	struct feed_net *net = g->net;
	const struct err *err;

	for (size_t i = net->n_colls; i > 0; i--) {
		if (net->coll[i - 1].cid == cid) {
			*coll = i - 1;
			return NULL;
		}
	}
	net->coll = mem_grow(net->coll, net->n_colls, &net->cap_colls,
	    sizeof(*net->coll));
	err = store_coll_at(g->store, cid, &net->coll[net->n_colls]);
	if (err == NULL)
		*coll = net->n_colls++;
	return err;
}

/* --- steps --------------------------------------------------------------------- */

static struct feed_net_step *
find_step(struct feed_net *net, const struct change *change, size_t coll)
{
	struct feed_net_step *step;
	size_t slot;

	grow_slots(net);
	slot = slot_of(net, change->eid);
	if (net->slot[slot] != 0)
		return &net->step[net->slot[slot] - 1];
	net->step = mem_grow(net->step, net->n_steps, &net->cap_steps,
	    sizeof(*net->step));
	step = &net->step[net->n_steps++];
	net->slot[slot] = (uint32_t)net->n_steps;
	*step = (struct feed_net_step){
		.eid = change->eid,
		.base = change->op == CHANGE_CREATE ? 0 : change->prev,
		.first = change->seq,
		.coll = coll,
		.id = net->text.len,
		.id_len = change->id.len,
		.is_patched = true,
	};
	buf_span(&net->text, change->id);
	return step;
}

static void
add_patch(struct feed_net *net, struct feed_net_step *step, struct span patch)
{
	struct feed_net_piece piece = { net->text.len, 0, 0 };

	if (patch.len <= 2) /* [] */
		return;
	if (net->patch_bytes + patch.len > FEED_NET_PATCH_BYTES_MAX) {
		step->is_patched = false;
		return;
	}
	patch = span_of(patch.p + 1, patch.len - 2);
	piece.len = patch.len;
	buf_span(&net->text, patch);
	net->patch_bytes += patch.len;
	step->patch_len += patch.len + 1; /* the comma */
	net->piece = mem_grow(net->piece, net->n_pieces, &net->cap_pieces,
	    sizeof(*net->piece));
	net->piece[net->n_pieces++] = piece;
	if (step->piece == 0)
		step->piece = (uint32_t)net->n_pieces;
	else
		net->piece[step->piece_end - 1].next = (uint32_t)net->n_pieces;
	step->piece_end = (uint32_t)net->n_pieces;
}

static void
extend(struct feed_net *net, struct feed_net_step *step,
    const struct change *change)
{
	step->seq = change->seq;
	step->at = change->at;
	step->n_changes++;
	step->is_gone = change->op == CHANGE_DELETE;
	step->actor = net->text.len;
	step->actor_len = change->actor.len;
	buf_span(&net->text, change->actor);
	step->mutation = net->text.len;
	step->mutation_len = change->mutation.len;
	buf_span(&net->text, change->mutation);
	if (change->op != CHANGE_PATCH)
		step->is_patched = false;
	else if (step->is_patched)
		add_patch(net, step, change->patch);
}

static bool
take_change(const struct change *change, void *arg)
{
	struct gathering *g = arg;
	struct span name;
	size_t coll;

	g->err = find_coll(g, change->cid, &coll);
	if (g->err != NULL)
		return false;
	name = span_str(g->net->coll[coll].name);
	if (g->filter == NULL || filter_wants_id(g->filter, name, change->id))
		extend(g->net, find_step(g->net, change, coll), change);
	return true;
}

static int
order_steps(const void *a, const void *b)
{
	const struct feed_net_step *x = a, *y = b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

static const struct err *
gather(struct gathering *g, struct store_range range)
{
	struct feed_net *net = g->net;
	const struct err *err = store_changes(g->store, range, take_change, g);

	if (err == NULL)
		err = g->err;
	/* From here on nobody looks them up by key. */
	if (err == NULL && net->n_steps > 0)
		qsort(net->step, net->n_steps, sizeof(*net->step), order_steps);
	return err;
}

const struct err *
feed_net_gather(struct feed_net *net, struct store *store,
    const struct filter *filter, uint64_t after, uint64_t until)
{
	struct gathering g = { net, store, filter, NULL };
	struct store_range range = { after, until, true };

	return gather(&g, range);
}

const struct err *
feed_net_glance(struct feed_net *net, struct store *store, uint64_t after)
{
	struct gathering g = { net, store, NULL, NULL };
	struct store_range range = { .after = after };

	return gather(&g, range);
}

bool
feed_net_is_standard(struct span ops)
{
	static const char text_op[] = "\"op\":\"str_";

	/* Quotes inside of strings are escaped: this is a member, if perhaps
	 * one of a value, which costs a few bytes only. */
	return memmem(ops.p, ops.len, text_op, sizeof(text_op) - 1) == NULL;
}

void
feed_net_patch(const struct feed_net *net, const struct feed_net_step *step,
    struct buf *out, bool *is_standard)
{
	*is_standard = true;
	buf_byte(out, '[');
	for (uint32_t i = step->piece; i != 0; i = net->piece[i - 1].next) {
		const struct feed_net_piece *piece = &net->piece[i - 1];
		struct span ops =
		    span_of(net->text.data + piece->at, piece->len);

		if (i != step->piece)
			buf_byte(out, ',');
		buf_span(out, ops);
		if (!feed_net_is_standard(ops))
			*is_standard = false;
	}
	buf_byte(out, ']');
}
