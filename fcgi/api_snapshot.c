#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "api.h"
#include "app.h"
#include "buf.h"
#include "cache.h"
#include "cursor.h"
#include "filter.h"
#include "items.h"
#include "json.h"
#include "later.h"
#include "listing.h"
#include "listing_past.h"
#include "mem.h"
#include "moment.h"
#include "page.h"
#include "params.h"
#include "project.h"
#include "projection.h"
#include "request.h"
#include "response.h"
#include "snapshot_row.h"
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
	struct project *project;
	struct cache *cache;
	struct filter *filter;
	enum shape shape;
	struct span wrap; /* the name of the list */
	uint32_t limit;   /* 0: none was given */
	struct span after;
	bool is_paged;
	bool is_past; /* at= was given: */
	struct moment moment;
	struct cursor at; /* the place that is shown; epoch 0: now */
	struct buf key;   /* all of the above */
	struct store_coll coll;
	char etag[SNAPSHOT_ETAG_BYTES];
	struct buf tag;
	struct snapshot_row row;
	/* In slices: */
	struct listing_past *slices;
	struct buf body;
	bool is_later; /* they own all this */
};

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

	s->row.projection = projection_new();
	for (size_t i = 0; i < request_n_params(s->request) && err == NULL;
	     i++) {
		struct request_pair param = request_param(s->request, i);

		if (span_is(param.name, "select"))
			err = projection_add(s->row.projection, param.value);
	}
	return err != NULL
	    ? err_new(ERR_BAD_REQUEST, "parameter select: %s", err->msg)
	    : NULL;
}

static const struct err *
read_query(struct snapshot *s)
{
	const struct err *err =
	    params_moment(s->request, "at", &s->moment, &s->is_past);

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
	projection_key(s->row.projection, &s->key);
	filter_key(s->filter, &s->key);
}

/* --- the body -------------------------------------------------------------------------- */

static void
begin_body(const struct snapshot *s, struct cursor at, struct buf *body)
{
	switch (s->shape) {
	case SHAPE_LIST:
		break;
	case SHAPE_WRAPPED:
		buf_byte(body, '{');
		json_quote(body, s->wrap);
		buf_byte(body, ':');
		break;
	case SHAPE_ITEMS:
		items_open(body, at, request_segment(s->request, 1));
		return;
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
	    projection_is_all(s->row.projection);
}

/* Fields, each of which may be the whole document, can be so long; or what was,
 * and is no more. */
static const struct err *
too_long(const struct snapshot *s)
{
	return err_new(ERR_BAD_REQUEST,
	    "parameter %s: the answer would have more than %zu bytes",
	    projection_is_all(s->row.projection) ? "limit" : "select",
	    s->row.bytes_max);
}

/* What one answer may take when there is no other large one. */
static size_t
natural_bytes(const struct store_coll *coll)
{
	size_t bytes =
	    2 * (size_t)coll->bytes + (size_t)coll->n * SNAPSHOT_ROW_BYTES;

	return bytes > SNAPSHOT_BYTES_MAX ? bytes : SNAPSHOT_BYTES_MAX;
}

/* What the body takes is within the budget, from here on. */
static struct listing_query
query_of(struct snapshot *s)
{
	s->row.bytes_max = cache_room(s->cache, natural_bytes(&s->coll));
	return (struct listing_query){
		.coll = &s->coll,
		.filter = s->filter,
		.after = s->after,
		.limit = s->limit,
		.is_counted = s->shape == SHAPE_WRAPPED,
		.bytes_max = s->row.bytes_max,
		.write = s->shape == SHAPE_ITEMS ? snapshot_row_item
						 : snapshot_row_document,
		.arg = &s->row,
	};
}

/* The body is made, or did not become one: the response is what holds it. */
static const struct err *
answer_body(struct snapshot *s, const struct err *err, struct buf *body,
    struct response *response)
{
	size_t most = cache_room_max(s->cache, natural_bytes(&s->coll));
	struct page *page;

	if (err != NULL && err->code == ERR_BUSY)
		return s->row.bytes_max < most ? cache_refuse(s->cache)
					       : too_long(s);
	if (err != NULL)
		return err;
	page = page_new(body);
	response_page(response, page);
	cache_add(s->cache, buf_as_span(&s->key), buf_as_span(&s->tag), page);
	page_unref(page);
	return NULL;
}

/* As it is now, which at= may also have been. */
static const struct err *
answer_now(struct snapshot *s, struct store *store, struct cursor at,
    struct response *response)
{
	struct listing_query query = query_of(s);
	size_t bytes = (size_t)s->coll.bytes;
	struct buf body = { 0 };
	const struct err *err;

	if (is_whole(s) && bytes > s->row.bytes_max)
		return cache_refuse(s->cache);
	if (is_whole(s))
		cache_make_room(s->cache, bytes);
	err = write_body(s, store, &query, at, &body);
	err = answer_body(s, err, &body, response);
	buf_fini(&body);
	return err;
}

/* --- the answer ------------------------------------------------------------------------ */

/*
 * The last change in the collection, or the cursor of a walk through an older
 * state: known before any body is read.
 */
static void
write_etag(struct snapshot *s, uint64_t epoch)
{
	(void)snprintf(s->etag, sizeof(s->etag),
	    "W/\"%016" PRIx64 ".%s%" PRIu64 ".%08" PRIx32 "\"", epoch,
	    s->at.epoch != 0 ? "at" : "",
	    s->at.epoch != 0 ? s->at.seq : s->coll.ver,
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
write_tag(struct snapshot *s, const struct store_state *state)
{
	uint64_t from = state->head - state->head % SNAPSHOT_LAG_MAX;
	bool has_cursor = s->shape == SHAPE_ITEMS ||
	    (s->shape == SHAPE_WRAPPED && s->is_paged);

	buf_str(&s->tag, s->etag);
	if (s->at.epoch != 0 || !has_cursor)
		return;
	buf_printf(&s->tag, " %" PRIu64 " %" PRIu64, from,
	    state->floor > from ? state->floor : 0);
}

/* Which place is shown: that of a walk, else of at=. */
static const struct err *
find_place(struct snapshot *s, struct store *store)
{
	struct moment moment = s->moment;
	struct cursor oldest;
	const char *name = "at";
	const struct err *err;

	if (s->at.epoch != 0) {
		moment = (struct moment){ .cursor = s->at };
		name = "after";
	} else if (!s->is_past) {
		return NULL;
	}
	err = moment_find(store, &moment, &s->at, &oldest);
	return err != NULL ? err_wrap(err, "parameter %s", name) : NULL;
}

/* True: the client has it. */
static bool
set_headers(const struct snapshot *s, struct response *response)
{
	char at[CURSOR_TEXT_BYTES];

	if (!s->is_past)
		return api_is_cached(s->request, response, s->etag);
	response_header(response, "Tidemark-Cursor", "%s",
	    cursor_text(s->at, at));
	return api_is_cached_past(s->request, response, s->etag,
	    !s->moment.is_time);
}

static bool
answer_kept(struct snapshot *s, struct response *response)
{
	struct page *page =
	    cache_find(s->cache, buf_as_span(&s->key), buf_as_span(&s->tag));

	if (page != NULL)
		response_page(response, page);
	return page != NULL;
}

static void
snapshot_free(void *arg)
{
	struct snapshot *s = arg;

	listing_past_free(s->slices);
	filter_free(s->filter);
	projection_free(s->row.projection);
	buf_fini(&s->key);
	buf_fini(&s->tag);
	buf_fini(&s->row.scratch);
	buf_fini(&s->body);
	free(s);
}

/* Another one may have made the same while this one stood in the queue. */
static bool
begin_past(struct snapshot *s, struct response *response)
{
	struct listing_query query;

	if (cache_has(s->cache, buf_as_span(&s->key)) &&
	    answer_kept(s, response))
		return true;
	query = query_of(s);
	s->slices = listing_past_new(&query, s->at.seq);
	begin_body(s, s->at, &s->body);
	return false;
}

static const struct err *
write_past(struct snapshot *s, struct store *store, struct monotime until,
    struct response *response, bool *is_over)
{
	struct store_state state;
	const struct err *err = store_state(store, &state);

	if (err == NULL && state.epoch != s->at.epoch)
		err = err_new(ERR_GONE, "the log has begun anew meanwhile");
	if (err != NULL)
		return err;
	(void)set_headers(s, response); /* the client has not got it */
	*is_over = s->slices == NULL && begin_past(s, response);
	if (*is_over)
		return NULL;
	err = listing_past_write(s->slices, store, until, &s->body, is_over);
	if (err == NULL && !*is_over)
		return NULL;
	if (err == NULL)
		end_body(s, listing_past_result(s->slices), s->at, &s->body);
	return answer_body(s, err, &s->body, response);
}

static bool
go_on(void *arg, struct monotime until, struct response *response)
{
	struct snapshot *s = arg;
	struct store *store;
	bool is_over = false;
	const struct err *err = project_store(s->project, &store);

	if (err == NULL)
		err = write_past(s, store, until, response, &is_over);
	if (err != NULL)
		api_error(s->project, response, err);
	else if (!is_over)
		response_fini(response);
	return err != NULL || is_over;
}

static const struct later_work slices = { go_on, snapshot_free };

static const struct err *
answer(struct snapshot *s, struct store *store, struct response *response)
{
	struct span name = request_segment(s->request, 1);
	struct store_state state;
	const struct err *err = store_state(store, &state);

	if (err == NULL)
		err = find_place(s, store);
	if (err == NULL)
		err = s->is_past ? store_coll_ever(store, name, &s->coll)
				 : store_coll_find(store, name, &s->coll);
	if (err != NULL && err->code == ERR_NOT_FOUND)
		return err_new(ERR_NOT_FOUND, "there is no such collection");
	if (err != NULL)
		return err;
	write_key(s);
	write_etag(s, state.epoch);
	if (set_headers(s, response))
		return NULL;
	write_tag(s, &state);
	if (answer_kept(s, response))
		return NULL;
	if (s->at.epoch == 0)
		return answer_now(s, store,
		    (struct cursor){ state.epoch, state.head }, response);
	if (s->coll.ver <= s->at.seq)
		return answer_now(s, store, s->at, response);
	later_do(response, &slices, s);
	s->is_later = true;
	return NULL;
}

/* What the client has is of the very end of the log: nothing is behind it. */
static bool
is_at_head(struct snapshot *s)
{
	struct cursor head;
	bool is_known;

	if (s->is_past || s->at.epoch != 0 ||
	    !project_head_by_bell(s->project, &head))
		return false;
	s->coll.ver = head.seq;
	write_key(s);
	write_etag(s, head.epoch);
	is_known = api_is_named(s->request, s->etag);
	buf_clear(&s->key);
	return is_known;
}

static const struct err *
look_up(struct snapshot *s, struct response *response)
{
	struct store *store;
	const struct err *err = project_store(s->project, &store);

	if (err == NULL)
		err = store_view_begin(store);
	if (err != NULL)
		return err;
	err = answer(s, store, response);
	store_view_end(store);
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
 *   at=CURSOR or TIME      as it was then (moment.h); a cursor's answer is
 *                          immutable, a time's has its in Tidemark-Cursor
 *
 * {"cursor","collection","items":[{"id","version","updated","data"}][,"next"]}
 *
 * Weak ETag; 304 without reading a body.  400 for a malformed parameter; 404;
 * 410 when the log does not reach back to at, or to the walk's first page; 503
 * without a store, or without memory for the body.
 */
const struct err *
api_snapshot(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct snapshot *s = mem_new(1, sizeof(*s));
	const struct err *err;

	(void)parked; /* nobody waits here */
	s->request = api->request;
	s->project = api->project;
	s->cache = app_cache(api->app);
	err = read_query(s);
	if (err == NULL && is_at_head(s))
		(void)api_is_cached(s->request, response, s->etag); /* it is */
	else if (err == NULL)
		err = look_up(s, response);
	if (!s->is_later)
		snapshot_free(s);
	return err;
}
