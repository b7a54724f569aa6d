#include "listing.h"

#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "mem.h"

enum {
	/* About what write() makes beside id and body; a guess is enough. */
	LISTING_ROW_BYTES = 96,
	/*
	 * From here on (id and body on average) it is cheaper to have the
	 * store put the rows in order than to copy them.
	 */
	LISTING_LARGE_BYTES = 4096,
	/* What the caller will want to add; if it is more, that costs time. */
	LISTING_SPARE_BYTES = 1024,
};

/* Places in out and in ids. */
struct row {
	size_t at, len;
	size_t id, id_len;
};

struct gathering {
	struct listing *listing;
	struct store *store;
	const struct listing_query *query;
	bool is_page; /* stop as soon as the page is full */
	bool is_unsorted;
	bool is_full; /* bytes_max is reached */
	struct row *row;
	size_t n_rows, cap_rows;
	struct buf ids;
	struct buf *out;
	size_t begin; /* of the rows in out */
};

void
listing_fini(struct listing *listing)
{
	buf_fini(&listing->last);
	memset(listing, 0, sizeof(*listing));
}

static struct span
id_of(const struct gathering *g, const struct row *row)
{
	return span_of(g->ids.data + row->id, row->id_len);
}

/* --- rows ------------------------------------------------------------------------ */

static void
write_row(struct gathering *g, const struct store_entity *entity)
{
	struct row row = { .id = g->ids.len, .id_len = entity->id.len };

	if (g->n_rows > 0) {
		buf_byte(g->out, ',');
		g->is_unsorted |=
		    span_cmp(id_of(g, &g->row[g->n_rows - 1]), entity->id) > 0;
	}
	buf_span(&g->ids, entity->id);
	row.at = g->out->len;
	g->query->write(entity, g->query->arg, g->out);
	row.len = g->out->len - row.at;
	g->row = mem_grow(g->row, g->n_rows, &g->cap_rows, sizeof(*g->row));
	g->row[g->n_rows++] = row;
	g->is_full = g->out->len - g->begin > g->query->bytes_max;
}

bool
listing_wants(struct listing *listing, const struct listing_query *query,
    const struct store_entity *entity)
{
	if (!filter_wants_id(query->filter, span_str(query->coll->name),
		entity->id) ||
	    !filter_wants_body(query->filter, entity->body))
		return false;
	listing->total++;
	return query->after.len == 0 || span_cmp(entity->id, query->after) > 0;
}

const struct err *
listing_too_long(const struct listing_query *query)
{
	return err_new(ERR_BUSY, "more than %zu bytes", query->bytes_max);
}

/* False when no more are wanted. */
static bool
add_row(struct gathering *g, const struct store_entity *entity)
{
	if (!listing_wants(g->listing, g->query, entity))
		return true;
	write_row(g, entity);
	return !g->is_full && (!g->is_page || g->n_rows <= g->query->limit);
}

/* --- their order ------------------------------------------------------------------- */

/* A row, and the first bytes of its id that differ from another's. */
struct place {
	uint64_t key;
	const struct row *row;
};

static int
order_places(const void *a, const void *b, void *arg)
{
	const struct place *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return span_cmp(id_of(arg, x->row), id_of(arg, y->row));
}

/* How many bytes all ids begin with in common. */
static size_t
common_bytes(const struct gathering *g)
{
	struct span first = id_of(g, &g->row[0]);
	size_t n = first.len;

	for (size_t i = 1; i < g->n_rows && n > 0; i++) {
		struct span id = id_of(g, &g->row[i]);
		size_t k = 0;

		while (k < n && k < id.len && id.p[k] == first.p[k])
			k++;
		n = k;
	}
	return n;
}

/* Eight bytes as a number of the same order; an id holds no NUL. */
static uint64_t
key_of(struct span id, size_t skip)
{
	uint64_t key = 0;

	for (size_t i = skip; i < skip + sizeof(key); i++)
		key = key << 8 | (i < id.len ? (unsigned char)id.p[i] : 0);
	return key;
}

static struct place *
sort_rows(struct gathering *g)
{
	struct place *place = mem_new(g->n_rows, sizeof(*place));
	size_t skip = common_bytes(g);

	for (size_t i = 0; i < g->n_rows; i++)
		place[i] = (struct place){
			.key = key_of(id_of(g, &g->row[i]), skip),
			.row = &g->row[i],
		};
	qsort_r(place, g->n_rows, sizeof(*place), order_places, g);
	return place;
}

/* The first n rows in the order of their ids, and what stood before them. */
static void
rewrite(struct gathering *g, size_t n)
{
	struct place *place = sort_rows(g);
	struct buf sorted = { 0 };

	(void)buf_room(&sorted, g->out->len + LISTING_SPARE_BYTES);
	buf_add(&sorted, g->out->data, g->begin);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(&sorted, ',');
		buf_add(&sorted, g->out->data + place[i].row->at,
		    place[i].row->len);
	}
	buf_span(&g->listing->last, id_of(g, place[n - 1].row));
	buf_fini(g->out);
	*g->out = sorted;
	free(place);
}

/* Put them in order, and leave what is behind the page. */
static void
finish(struct gathering *g)
{
	uint32_t limit = g->query->limit;
	struct listing *listing = g->listing;
	size_t n = g->n_rows;

	listing->has_more = limit > 0 && n > limit;
	if (listing->has_more)
		n = limit;
	listing->n_rows = n;
	if (n == 0)
		return;
	if (g->is_unsorted) {
		rewrite(g, n);
	} else {
		buf_cut(g->out, g->row[n - 1].at + g->row[n - 1].len);
		buf_span(&listing->last, id_of(g, &g->row[n - 1]));
	}
}

/* --- all of it ---------------------------------------------------------------------- */

static bool
take_entity(const struct store_entity *entity, void *arg)
{
	return add_row(arg, entity);
}

/* In the order of ids where that is needed, or costs no more. */
static const struct err *
walk(struct gathering *g)
{
	const struct listing_query *query = g->query;
	const struct store_coll *coll = query->coll;
	size_t bytes = (size_t)coll->bytes;

	if (g->is_page)
		return store_entities_after(g->store, coll->cid, query->after,
		    UINT32_MAX, take_entity, g);
	if (query->limit == 0 && filter_is_all(query->filter))
		/* At once, not by doubling: that would copy it all again. */
		(void)buf_room(g->out,
		    bytes + (size_t)coll->n * LISTING_ROW_BYTES);
	if (coll->n > 0 && bytes / coll->n >= LISTING_LARGE_BYTES)
		return store_entities_after(g->store, coll->cid, span_of("", 0),
		    UINT32_MAX, take_entity, g);
	return store_entities(g->store, coll->cid, take_entity, g);
}

const struct err *
listing_write(struct listing *listing, struct store *store,
    const struct listing_query *query, struct buf *out)
{
	struct gathering g = {
		.listing = listing,
		.store = store,
		.query = query,
		.is_page = query->limit > 0 && !query->is_counted,
		.out = out,
		.begin = out->len,
	};
	const struct err *err = walk(&g);

	if (err == NULL && g.is_full)
		err = listing_too_long(query);
	if (err == NULL)
		finish(&g);
	free(g.row);
	buf_fini(&g.ids);
	return err;
}
