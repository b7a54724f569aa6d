#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#include "api.h"
#include "app.h"
#include "buf.h"
#include "cache.h"
#include "cursor.h"
#include "filter.h"
#include "json.h"
#include "listing.h"
#include "page.h"
#include "params.h"
#include "pointer.h"
#include "project.h"
#include "projection.h"
#include "request.h"
#include "response.h"
#include "store.h"

enum {
	SNAPSHOT_LIMIT_MAX = 1000000,
	SNAPSHOT_WRAP_BYTES_MAX = 64,
	SNAPSHOT_ETAG_BYTES = 96,
	/* So many changes in other collections may be behind a cursor. */
	SNAPSHOT_LAG_MAX = 256,
	/* More than what stands around any document and its id. */
	SNAPSHOT_ROW_BYTES = 128,
	/* Where the documents as they are take less, fields may still. */
	SNAPSHOT_BYTES_MAX = 64 << 20,
};

enum shape { SHAPE_ITEMS, SHAPE_LIST, SHAPE_WRAPPED };

struct snapshot {
	const struct request *request;
	const struct project *project;
	struct cache *cache;
	struct filter *filter;
	struct projection *projection;
	enum shape shape;
	struct span wrap; /* the name of the list */
	uint32_t limit;   /* 0: none was given */
	struct cursor at; /* of the walk; epoch 0: it begins here */
	struct span after;
	bool is_paged;
	struct buf key; /* all of the above */
	/* While rows are written: */
	size_t bytes_max; /* of all of them */
	struct buf scratch;
	struct walltime updated; /* what updated_text says */
	char updated_text[WALLTIME_TEXT_BYTES];
};

static const char *const refused[] = { "at", "min" };

/* --- parameters -------------------------------------------------------------------- */

static const struct err *
read_shape(struct snapshot *s)
{
	struct span shape, wrap;

	if (!request_find(s->request, "shape", &shape))
		return NULL;
	wrap = shape;
	if (!span_is(span_cut(&wrap, ':'), "list"))
		return err_new(ERR_BAD_REQUEST,
		    "parameter shape: not \"list\" or \"list:name\"");
	s->shape = SHAPE_LIST;
	if (shape.len == sizeof("list") - 1)
		return NULL;
	if (wrap.len == 0 || wrap.len > SNAPSHOT_WRAP_BYTES_MAX ||
	    span_is(wrap, "total") || span_is(wrap, "next"))
		return err_new(ERR_BAD_REQUEST,
		    "parameter shape: the list's name is empty, too long, or "
		    "total or next");
	s->shape = SHAPE_WRAPPED;
	s->wrap = wrap;
	return NULL;
}

/* An id, or the "next" of a page: the walk's cursor, '~' and an id. */
static void
read_after(struct snapshot *s)
{
	struct span rest, cursor;

	if (!request_find(s->request, "after", &s->after))
		return;
	s->is_paged = true;
	rest = s->after;
	cursor = span_cut(&rest, '~');
	if (cursor.len < s->after.len && cursor_parse(cursor, &s->at) == NULL &&
	    s->at.epoch != 0)
		s->after = rest;
	else
		s->at = (struct cursor){ 0 };
}

static const struct err *
read_projection(struct snapshot *s)
{
	const struct err *err = NULL;

	s->projection = projection_new();
	for (size_t i = 0; i < request_n_params(s->request) && err == NULL;
	     i++) {
		struct request_pair param = request_param(s->request, i);

		if (span_is(param.name, "select"))
			err = projection_add(s->projection, param.value);
	}
	return err != NULL
	    ? err_new(ERR_BAD_REQUEST, "parameter select: %s", err->msg)
	    : NULL;
}

static const struct err *
read_query(struct snapshot *s)
{
	const struct err *err = params_refuse(s->request, refused,
	    sizeof(refused) / sizeof(refused[0]));

	if (err == NULL)
		err = read_shape(s);
	if (err == NULL)
		err = read_projection(s);
	if (err == NULL)
		err = params_number(s->request, "limit", 1, SNAPSHOT_LIMIT_MAX,
		    &s->limit);
	if (err == NULL)
		err = params_filter(s->request, true, &s->filter);
	read_after(s);
	s->is_paged |= s->limit > 0;
	return err;
}

/*
 * Equal for queries whose answers are equal.  Made of what was read, not of the
 * parameters as they came: those that nobody knows shape nothing.
 */
static void
write_key(struct snapshot *s)
{
	char at[CURSOR_TEXT_BYTES];

	buf_printf(&s->key, "%s %.*s %d%d %u %s ", project_name(s->project),
	    SPAN_ARGS(request_segment(s->request, 1)), (int)s->shape,
	    s->is_paged, s->limit, cursor_text(s->at, at));
	buf_printf(&s->key, "%zu:%zu:", s->wrap.len, s->after.len);
	buf_span(&s->key, s->wrap);
	buf_span(&s->key, s->after);
	projection_key(s->projection, &s->key);
	filter_key(s->filter, &s->key);
}

/* --- rows ---------------------------------------------------------------------------- */

static void
write_updated(struct snapshot *s, struct walltime t, struct buf *out)
{
	if (t.ms == 0) {
		buf_str(out, "null");
		return;
	}
	/* Of one scan all are alike. */
	if (t.ms != s->updated.ms) {
		s->updated = t;
		(void)walltime_text(t, s->updated_text);
	}
	buf_byte(out, '"');
	buf_str(out, s->updated_text);
	buf_byte(out, '"');
}

static void
write_item(const struct store_entity *entity, void *arg, struct buf *out)
{
	struct snapshot *s = arg;

	buf_str(out, "{\"id\":");
	json_quote(out, entity->id);
	buf_str(out, ",\"version\":");
	buf_u64(out, entity->version);
	buf_str(out, ",\"updated\":");
	write_updated(s, entity->updated, out);
	buf_str(out, ",\"data\":");
	projection_write(s->projection, entity->body, s->bytes_max, out);
	buf_byte(out, '}');
}

/* The bare document; an object that has no id gets the entity's. */
static void
write_document(const struct store_entity *entity, void *arg, struct buf *out)
{
	struct snapshot *s = arg;
	struct span body, id;

	buf_clear(&s->scratch);
	projection_write(s->projection, entity->body, s->bytes_max,
	    &s->scratch);
	body = buf_as_span(&s->scratch);
	if (body.p[0] != '{' || pointer_seek(body, span_str("/id"), &id)) {
		buf_span(out, body);
		return;
	}
	buf_str(out, "{\"id\":");
	json_quote(out, entity->id);
	if (body.len > 2)
		buf_byte(out, ',');
	buf_add(out, body.p + 1, body.len - 1);
}

/* --- the body -------------------------------------------------------------------------- */

static void
begin_body(const struct snapshot *s, struct cursor at, struct buf *body)
{
	char text[CURSOR_TEXT_BYTES];

	switch (s->shape) {
	case SHAPE_LIST:
		break;
	case SHAPE_WRAPPED:
		buf_byte(body, '{');
		json_quote(body, s->wrap);
		buf_byte(body, ':');
		break;
	case SHAPE_ITEMS:
		buf_printf(body,
		    "{\"cursor\":\"%s\",\"collection\":\"%.*s\",\"items\":",
		    cursor_text(at, text),
		    SPAN_ARGS(request_segment(s->request, 1)));
		break;
	}
	buf_byte(body, '[');
}

static void
write_next(const struct listing *listing, struct cursor at, struct buf *body)
{
	struct buf next = { 0 };
	char text[CURSOR_TEXT_BYTES];

	buf_str(body, ",\"next\":");
	if (listing->has_more) {
		buf_str(&next, cursor_text(at, text));
		buf_byte(&next, '~');
		buf_span(&next, buf_as_span(&listing->last));
		json_quote(body, buf_as_span(&next));
		buf_fini(&next);
	} else {
		buf_str(body, "null");
	}
}

static void
end_body(const struct snapshot *s, const struct listing *listing,
    struct cursor at, struct buf *body)
{
	buf_byte(body, ']');
	if (s->shape == SHAPE_LIST)
		return;
	if (s->shape == SHAPE_WRAPPED)
		buf_printf(body, ",\"total\":%" PRIu64, listing->total);
	if (s->is_paged)
		write_next(listing, at, body);
	buf_byte(body, '}');
}

static const struct err *
write_body(struct snapshot *s, struct store *store,
    const struct listing_query *query, struct cursor at, struct buf *body)
{
	struct listing listing = { 0 };
	const struct err *err;

	begin_body(s, at, body);
	err = listing_write(&listing, store, query, body);
	if (err == NULL)
		end_body(s, &listing, at, body);
	listing_fini(&listing);
	return err;
}

/* The documents as they are, all of them. */
static bool
is_whole(const struct snapshot *s)
{
	return !s->is_paged && filter_is_all(s->filter) &&
	    projection_is_all(s->projection);
}

/* Only fields, each of which may be the whole document, can be so long. */
static const struct err *
too_long(size_t bytes)
{
	return err_new(ERR_BAD_REQUEST,
	    "parameter select: the answer would have more than %zu bytes",
	    bytes);
}

/* What one answer may take when there is no other large one. */
static size_t
natural_bytes(const struct store_coll *coll)
{
	size_t bytes =
	    2 * (size_t)coll->bytes + (size_t)coll->n * SNAPSHOT_ROW_BYTES;

	return bytes > SNAPSHOT_BYTES_MAX ? bytes : SNAPSHOT_BYTES_MAX;
}

/* A new page, the caller's; what the body takes is within the budget. */
static const struct err *
make_page(struct snapshot *s, struct store *store,
    const struct store_coll *coll, struct cursor at, struct page **page)
{
	size_t bytes = (size_t)coll->bytes;
	size_t natural = natural_bytes(coll);

	s->bytes_max = cache_room(s->cache, natural);
	struct listing_query query = {
		.coll = coll,
		.filter = s->filter,
		.at = s->at.seq,
		.after = s->after,
		.limit = s->limit,
		.is_counted = s->shape == SHAPE_WRAPPED,
		.bytes_max = s->bytes_max,
		.write = s->shape == SHAPE_ITEMS ? write_item : write_document,
		.arg = s,
	};
	struct buf body = { 0 };
	const struct err *err;

	if (is_whole(s) && bytes > s->bytes_max)
		return cache_refuse(s->cache);
	if (is_whole(s))
		cache_make_room(s->cache, bytes);
	err = write_body(s, store, &query, at, &body);
	if (err == NULL)
		*page = page_new(&body);
	else if (err->code == ERR_BUSY)
		err = s->bytes_max < cache_room_max(s->cache, natural)
		    ? cache_refuse(s->cache)
		    : too_long(s->bytes_max);
	buf_fini(&body);
	return err;
}

/* --- the answer ------------------------------------------------------------------------ */

/*
 * The last change in the collection, or the cursor of a walk through an older
 * state: known before any body is read.
 */
static void
write_etag(const struct snapshot *s, const struct store_coll *coll,
    uint64_t epoch, char etag[SNAPSHOT_ETAG_BYTES])
{
	(void)snprintf(etag, SNAPSHOT_ETAG_BYTES,
	    "W/\"%016" PRIx64 ".%s%" PRIu64 ".%08" PRIx32 "\"", epoch,
	    s->at.epoch != 0 ? "at" : "",
	    s->at.epoch != 0 ? s->at.seq : coll->ver,
	    (uint32_t)XXH3_64bits(s->key.data, s->key.len));
}

/*
 * Which kept body is as good as a new one: one of that tag, whose cursor is at
 * most SNAPSHOT_LAG_MAX changes behind the head, and not below the floor.
 *
 * An older cursor is no wrong one: nothing happened in this collection since,
 * as with a body that the client itself has kept (304).  But who goes on from
 * there is told of what happened in others, so it must not be much.
 */
static void
write_tag(const struct snapshot *s, const struct store_state *state,
    const char *etag, struct buf *tag)
{
	uint64_t from = state->head - state->head % SNAPSHOT_LAG_MAX;
	bool has_cursor = s->shape == SHAPE_ITEMS ||
	    (s->shape == SHAPE_WRAPPED && s->is_paged);

	buf_str(tag, etag);
	if (s->at.epoch != 0 || !has_cursor)
		return;
	buf_printf(tag, " %" PRIu64 " %" PRIu64, from,
	    state->floor > from ? state->floor : 0);
}

/* Where the pages of this walk stand; epoch 0 in s->at: now. */
static const struct err *
place_walk(struct snapshot *s, const struct store_state *state)
{
	if (s->at.epoch == 0)
		return NULL;
	if (s->at.epoch != state->epoch || s->at.seq > state->head ||
	    s->at.seq < state->floor)
		return err_new(ERR_GONE,
		    "parameter after: the log no longer reaches back to the "
		    "first page of this walk");
	if (s->at.seq == state->head)
		s->at = (struct cursor){ 0 };
	return NULL;
}

/* From the cache, or made for it; the response is what holds it. */
static const struct err *
answer_page(struct snapshot *s, struct store *store, struct span tag,
    const struct store_state *state, const struct store_coll *coll,
    struct response *response)
{
	struct page *page = cache_find(s->cache, buf_as_span(&s->key), tag);
	struct cursor now = { state->epoch, state->head };
	const struct err *err;

	if (page != NULL) {
		response_page(response, page);
		return NULL;
	}
	err = make_page(s, store, coll, s->at.epoch != 0 ? s->at : now, &page);
	if (err != NULL)
		return err;
	response_page(response, page);
	cache_add(s->cache, buf_as_span(&s->key), tag, page);
	page_unref(page);
	return NULL;
}

static const struct err *
answer(struct snapshot *s, struct store *store, struct response *response)
{
	struct store_state state;
	struct store_coll coll;
	char etag[SNAPSHOT_ETAG_BYTES];
	struct buf tag = { 0 };
	const struct err *err = store_state(store, &state);

	if (err == NULL)
		err = place_walk(s, &state);
	if (err == NULL)
		err = store_coll_find(store, request_segment(s->request, 1),
		    &coll);
	if (err != NULL && err->code == ERR_NOT_FOUND)
		return err_new(ERR_NOT_FOUND, "there is no such collection");
	if (err != NULL)
		return err;
	write_etag(s, &coll, state.epoch, etag);
	if (api_is_cached(s->request, response, etag))
		return NULL;
	write_tag(s, &state, etag, &tag);
	err = answer_page(s, store, buf_as_span(&tag), &state, &coll, response);
	buf_fini(&tag);
	return err;
}

/*
 * GET {project}/{collection}: all entities, in the order of their ids.
 *
 *   shape=list             the documents alone, as an array
 *   shape=list:NAME        {"NAME":[…],"total":n}
 *   select=name:pointer    only these fields of each document; repeatable
 *   match=glob             ids; repeatable, any of them
 *   where=pointer:op:value content; repeatable, all of them
 *   limit=1..1000000       a page, with "next" for
 *   after=NEXT             the page behind it, of the same state (or an id)
 *
 * {"cursor","collection","items":[{"id","version","updated","data"}][,"next"]}
 *
 * Weak ETag; 304 without reading a body.  400 for a malformed parameter; 404;
 * 410 when the log no longer reaches back to the walk's first page; 503
 * without a store, or without memory for the body.
 */
const struct err *
api_snapshot(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct snapshot s = {
		.request = api->request,
		.project = api->project,
		.cache = app_cache(api->app),
	};
	struct store *store;
	const struct err *err = read_query(&s);

	(void)parked; /* nobody waits here */
	if (err == NULL)
		err = project_store(api->project, &store);
	if (err == NULL)
		err = store_view_begin(store);
	if (err == NULL) {
		write_key(&s);
		err = answer(&s, store, response);
		store_view_end(store);
	}
	filter_free(s.filter);
	projection_free(s.projection);
	buf_fini(&s.key);
	buf_fini(&s.scratch);
	return err;
}
