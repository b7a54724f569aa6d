#include "listing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "history.h"
#include "mem.h"

/* About what write() makes beside id and body; a guess is enough. */
enum { LISTING_ROW_BYTES = 96 };

/* An entity that changed after query.at. */
struct moved {
	uint64_t eid;
	size_t id, id_len; /* place in ids */
};

struct gathering {
	struct listing *listing;
	struct store *store;
	const struct listing_query *query;
	struct span name;
	bool is_page;        /* stop as soon as the page is full */
	struct moved *moved; /* sorted by eid, each once */
	size_t n_moved, cap_moved;
	struct buf ids;
};

void
listing_fini(struct listing *listing)
{
	free(listing->row);
	buf_fini(&listing->text);
	memset(listing, 0, sizeof(*listing));
}

/* --- rows ------------------------------------------------------------------------ */

/* False when the page is full. */
static bool
add_row(struct gathering *g, const struct store_entity *entity)
{
	const struct listing_query *query = g->query;
	struct listing *listing = g->listing;
	struct listing_row row;

	if (!filter_wants_id(query->filter, g->name, entity->id) ||
	    !filter_wants_body(query->filter, entity->body))
		return true;
	listing->total++;
	if (query->after.len > 0 && span_cmp(entity->id, query->after) <= 0)
		return true;
	row.id = listing->text.len;
	row.id_len = entity->id.len;
	buf_span(&listing->text, entity->id);
	row.at = listing->text.len;
	query->write(entity, query->arg, &listing->text);
	row.len = listing->text.len - row.at;
	listing->row = mem_grow(listing->row, listing->n_rows,
	    &listing->cap_rows, sizeof(*listing->row));
	listing->row[listing->n_rows++] = row;
	return !g->is_page || listing->n_rows <= query->limit;
}

static int
order_rows(const void *a, const void *b, void *text)
{
	const struct listing_row *x = a, *y = b;
	const char *bytes = text;

	return span_cmp(span_of(bytes + x->id, x->id_len),
	    span_of(bytes + y->id, y->id_len));
}

/* --- an older state ---------------------------------------------------------------- */

static int
order_moved(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;

	return (x->eid > y->eid) - (x->eid < y->eid);
}

static bool
take_change(const struct change *change, void *arg)
{
	struct gathering *g = arg;

	if (change->cid != g->query->coll->cid ||
	    !filter_wants_id(g->query->filter, g->name, change->id))
		return true;
	g->moved =
	    mem_grow(g->moved, g->n_moved, &g->cap_moved, sizeof(*g->moved));
	g->moved[g->n_moved++] =
	    (struct moved){ change->eid, g->ids.len, change->id.len };
	buf_span(&g->ids, change->id);
	return true;
}

static const struct err *
find_moved(struct gathering *g)
{
	struct store_range range = { .after = g->query->at };
	const struct err *err = store_changes(g->store, range, take_change, g);
	size_t n = 0;

	if (err != NULL || g->n_moved == 0)
		return err;
	qsort(g->moved, g->n_moved, sizeof(*g->moved), order_moved);
	for (size_t i = 1; i < g->n_moved; i++)
		if (g->moved[i].eid != g->moved[n].eid)
			g->moved[++n] = g->moved[i];
	g->n_moved = n + 1;
	return NULL;
}

/* Put one back, if it was there. */
static const struct err *
restore(struct gathering *g, const struct moved *moved, struct buf *body,
    struct buf *hold)
{
	struct store_entity then = {
		.eid = moved->eid,
		.id = span_of(g->ids.data + moved->id, moved->id_len),
	};
	struct change change;
	const struct err *err;

	buf_clear(body);
	err = history_body(g->store, moved->eid, g->query->at, body,
	    &then.version);
	if (err != NULL || then.version == 0)
		return err;
	then.body = buf_as_span(body);
	err = store_change_get(g->store, then.version, &change, hold);
	if (err == NULL)
		then.updated = change.at;
	else if (err->code != ERR_GONE && err->code != ERR_NOT_FOUND)
		return err;
	(void)add_row(g, &then); /* full or not: the order is made later */
	return NULL;
}

static const struct err *
restore_all(struct gathering *g)
{
	struct buf body = { 0 }, hold = { 0 };
	const struct err *err = NULL;

	for (size_t i = 0; i < g->n_moved && err == NULL; i++)
		err = restore(g, &g->moved[i], &body, &hold);
	buf_fini(&body);
	buf_fini(&hold);
	return err;
}

/* --- all of it ---------------------------------------------------------------------- */

static bool
take_entity(const struct store_entity *entity, void *arg)
{
	struct gathering *g = arg;
	struct moved key = { .eid = entity->eid };

	if (g->n_moved > 0 &&
	    bsearch(&key, g->moved, g->n_moved, sizeof(key), order_moved) !=
		NULL)
		return true;
	return add_row(g, entity);
}

static const struct err *
walk(struct gathering *g)
{
	const struct listing_query *query = g->query;

	if (!g->is_page) {
		/* At once, not by doubling: that would copy it all again. */
		if (filter_is_all(query->filter) && query->limit == 0)
			(void)buf_room(&g->listing->text,
			    (size_t)query->coll->bytes +
				(size_t)query->coll->n * LISTING_ROW_BYTES);
		return store_entities(g->store, query->coll->cid, take_entity,
		    g);
	}
	return store_entities_after(g->store, query->coll->cid, query->after,
	    UINT32_MAX, take_entity, g);
}

const struct err *
listing_gather(struct listing *listing, struct store *store,
    const struct listing_query *query)
{
	struct gathering g = {
		.listing = listing,
		.store = store,
		.query = query,
		.name = span_str(query->coll->name),
		.is_page = query->limit > 0 && !query->is_counted,
	};
	const struct err *err = query->at != 0 ? find_moved(&g) : NULL;

	if (err == NULL)
		err = walk(&g);
	if (err == NULL)
		err = restore_all(&g);
	if (err == NULL && listing->n_rows > 0)
		qsort_r(listing->row, listing->n_rows, sizeof(*listing->row),
		    order_rows, listing->text.data);
	listing->has_more = query->limit > 0 && listing->n_rows > query->limit;
	if (listing->has_more)
		listing->n_rows = query->limit;
	free(g.moved);
	buf_fini(&g.ids);
	return err;
}

struct span
listing_last(const struct listing *listing)
{
	assert(listing->n_rows > 0);
	const struct listing_row *row = &listing->row[listing->n_rows - 1];

	return span_of(listing->text.data + row->id, row->id_len);
}

void
listing_join(const struct listing *listing, struct buf *out)
{
	(void)buf_room(out, listing->text.len + listing->n_rows);
	for (size_t i = 0; i < listing->n_rows; i++) {
		const struct listing_row *row = &listing->row[i];

		if (i > 0)
			buf_byte(out, ',');
		buf_add(out, listing->text.data + row->at, row->len);
	}
}
