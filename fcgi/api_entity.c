#include <inttypes.h>
#include <stdio.h>

#include "api.h"
#include "app.h"
#include "buf.h"
#include "cache.h"
#include "cursor.h"
#include "history.h"
#include "moment.h"
#include "page.h"
#include "params.h"
#include "project.h"
#include "request.h"
#include "response.h"
#include "store.h"

/* What is asked for, as far as it is known. */
struct lookup {
	const struct request *request;
	struct cache *cache;
	struct store *store; /* in a view */
	uint32_t cid;
	struct span id;
	uint64_t version;
	struct buf key, tag; /* in the cache */
	bool is_past;        /* at= was given: */
	struct moment moment;
	struct cursor at;
	struct store_entity entity;
	struct buf hold; /* its spans */
};

/* Names what is not there. */
static const struct err *
explain(const struct err *err)
{
	if (err != NULL && err->code == ERR_NOT_FOUND)
		return err_new(ERR_NOT_FOUND, "there is no such entity");
	return err;
}

static const struct err *
find(struct lookup *l)
{
	struct store_coll coll = { 0 };
	const struct err *err =
	    store_coll_find(l->store, request_segment(l->request, 1), &coll);

	l->id = request_tail(l->request, 2);
	l->cid = coll.cid;
	if (err == NULL)
		err =
		    store_entity_version(l->store, l->cid, l->id, &l->version);
	return err;
}

/* The same of then; its collection may have gone, too. */
static const struct err *
find_past(struct lookup *l)
{
	static const struct err not_then = { ERR_NOT_FOUND, "" };
	struct store_coll coll = { 0 };
	struct cursor oldest;
	const struct err *err =
	    moment_find(l->store, &l->moment, &l->at, &oldest);

	if (err != NULL)
		return err_wrap(err, "parameter at");
	err = store_coll_ever(l->store, request_segment(l->request, 1), &coll);
	l->id = request_tail(l->request, 2);
	if (err == NULL)
		err = store_entity_get(l->store, coll.cid, l->id, &l->entity,
		    &l->hold);
	if (err == NULL)
		err = history_version(l->store, &l->entity, l->at.seq,
		    &l->version);
	return err == NULL && l->version == 0 ? &not_then : err;
}

/* With the epoch: in the next one a version may be another document's. */
static const struct err *
write_tag(struct lookup *l)
{
	struct store_state state;
	const struct err *err = store_state(l->store, &state);

	if (err == NULL)
		buf_printf(&l->tag, "%" PRIx64 ".%" PRIu64, state.epoch,
		    l->version);
	return err;
}

/* Only large documents are kept: a small one is as soon read again. */
static const struct err *
answer_kept(struct lookup *l, struct response *response, bool *is_answered)
{
	struct page *page;
	const struct err *err;

	*is_answered = false;
	if (!cache_has(l->cache, buf_as_span(&l->key)))
		return NULL;
	err = write_tag(l);
	if (err != NULL)
		return err;
	page = cache_find(l->cache, buf_as_span(&l->key), buf_as_span(&l->tag));
	if (page == NULL)
		return NULL;
	response_page(response, page);
	*is_answered = true;
	return NULL;
}

static const struct err *
answer_large(struct lookup *l, struct buf *body, struct response *response)
{
	const struct err *err = NULL;
	struct page *page;

	if (!cache_admits(l->cache, body->len))
		return cache_refuse(l->cache);
	if (l->tag.len == 0)
		err = write_tag(l);
	if (err != NULL)
		return err;
	page = page_new(body);
	response_page(response, page);
	cache_add(l->cache, buf_as_span(&l->key), buf_as_span(&l->tag), page);
	page_unref(page);
	return NULL;
}

static const struct err *
answer_read(struct lookup *l, struct response *response)
{
	struct buf body = { 0 };
	const struct err *err = NULL;

	if (!l->is_past)
		err = store_entity_get(l->store, l->cid, l->id, &l->entity,
		    &l->hold);
	if (err == NULL)
		err = history_build(l->store, &l->entity, l->version, &body);
	if (err == NULL) {
		if (body.len > PAGE_SMALL_BYTES)
			err = answer_large(l, &body, response);
		else
			response_json(response, &body);
	}
	buf_fini(&body);
	return err;
}

/* True: the client has it. */
static bool
set_headers(const struct lookup *l, struct response *response)
{
	char etag[32], at[CURSOR_TEXT_BYTES];

	(void)snprintf(etag, sizeof(etag), "\"%" PRIu64 "\"", l->version);
	if (!l->is_past)
		return api_is_cached(l->request, response, etag);
	response_header(response, "Tidemark-Cursor", "%s",
	    cursor_text(l->at, at));
	return api_is_cached_past(l->request, response, etag,
	    !l->moment.is_time);
}

static const struct err *
answer(struct lookup *l, struct response *response)
{
	bool is_answered;
	const struct err *err = explain(l->is_past ? find_past(l) : find(l));

	if (err != NULL || set_headers(l, response))
		return err;
	/* What it was does not stand in the way of what it is. */
	if (l->is_past)
		buf_printf(&l->key, "at %" PRIu64 ":", l->version);
	buf_printf(&l->key, "%.*s/%.*s/",
	    SPAN_ARGS(request_segment(l->request, 0)),
	    SPAN_ARGS(request_segment(l->request, 1)));
	buf_span(&l->key, l->id);
	err = answer_kept(l, response, &is_answered);
	if (err == NULL && !is_answered)
		err = answer_read(l, response);
	return err;
}

/*
 * GET {project}/{collection}/{id…}: the entity's document as it is stored.
 * ETag: "<version>"; If-None-Match: 304.
 *
 *   at=CURSOR or TIME  as it was then (moment.h); a cursor's answer is
 *                      immutable, a time's has its in Tidemark-Cursor
 *   history            its changes instead: api_history.c
 *
 * 404 when it is gone (was not there) or never was, 410 when the log does not
 * reach back to at, 503 without a store, or without memory for it.
 */
const struct err *
api_entity(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct lookup lookup = {
		.request = api->request,
		.cache = app_cache(api->app),
	};
	struct span value;
	const struct err *err;

	if (request_find(api->request, "history", &value))
		return api_history(api, response, parked);
	err =
	    params_moment(api->request, "at", &lookup.moment, &lookup.is_past);
	if (err == NULL)
		err = project_store(api->project, &lookup.store);
	if (err == NULL)
		err = store_view_begin(lookup.store);
	if (err != NULL)
		return err;
	err = answer(&lookup, response);
	store_view_end(lookup.store);
	buf_fini(&lookup.key);
	buf_fini(&lookup.tag);
	buf_fini(&lookup.hold);
	return err;
}
