#include "listing_past.h"

#include <stdlib.h>

#include "mem.h"
#include "past.h"

struct listing_past {
	struct listing_query query;
	struct listing listing;
	struct past *past;
	struct buf *out; /* of the slice */
	size_t bytes;    /* of the rows so far */
	bool is_full;    /* bytes_max is reached */
};

struct listing_past *
listing_past_new(const struct listing_query *query, uint64_t seq)
{
	struct listing_past *l = mem_new(1, sizeof(*l));

	l->query = *query;
	/* What is only counted stands on the pages before as well. */
	l->past = past_new(query->coll->cid, seq,
	    query->is_counted ? span_of("", 0) : query->after);
	return l;
}

void
listing_past_free(struct listing_past *l)
{
	if (l == NULL)
		return;
	past_free(l->past);
	listing_fini(&l->listing);
	free(l);
}

/* They come in the order of their ids. */
static bool
take(const struct store_entity *entity, void *arg)
{
	struct listing_past *l = arg;
	struct listing *listing = &l->listing;
	size_t begin = l->out->len;

	if (!listing_wants(listing, &l->query, entity))
		return true;
	if (l->query.limit > 0 && listing->n_rows == l->query.limit) {
		listing->has_more = true;
		return l->query.is_counted;
	}
	if (listing->n_rows++ > 0)
		buf_byte(l->out, ',');
	l->query.write(entity, l->query.arg, l->out);
	buf_clear(&listing->last);
	buf_span(&listing->last, entity->id);
	l->bytes += l->out->len - begin;
	l->is_full = l->bytes > l->query.bytes_max;
	return !l->is_full;
}

const struct err *
listing_past_write(struct listing_past *l, struct store *store,
    struct monotime until, struct buf *out, bool *is_over)
{
	const struct err *err;

	l->out = out;
	err = past_walk(l->past, store, until, take, l, is_over);
	if (err == NULL && l->is_full)
		err = listing_too_long(&l->query);
	return err;
}

const struct listing *
listing_past_result(const struct listing_past *l)
{
	return &l->listing;
}
