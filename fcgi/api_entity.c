#include <inttypes.h>
#include <stdio.h>

#include "api.h"
#include "app.h"
#include "buf.h"
#include "cache.h"
#include "page.h"
#include "params.h"
#include "project.h"
#include "request.h"
#include "response.h"
#include "store.h"

static const char *const refused[] = { "at", "history", "min" };

/* What is asked for, as far as it is known. */
struct lookup {
	const struct request *request;
	struct cache *cache;
	struct store *store; /* in a view */
	uint32_t cid;
	struct span id;
	uint64_t version;
	struct buf key, tag; /* in the cache */
};

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
	if (err != NULL && err->code == ERR_NOT_FOUND)
		return err_new(ERR_NOT_FOUND, "there is no such entity");
	return err;
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
	struct store_entity entity;
	struct buf hold = { 0 }, body = { 0 };
	const struct err *err =
	    store_entity_get(l->store, l->cid, l->id, &entity, &hold);

	if (err == NULL) {
		buf_span(&body, entity.body);
		if (body.len > PAGE_SMALL_BYTES)
			err = answer_large(l, &body, response);
		else
			response_json(response, &body);
	}
	buf_fini(&hold);
	buf_fini(&body);
	return err;
}

static const struct err *
answer(struct lookup *l, struct response *response)
{
	bool is_answered;
	char etag[32];
	const struct err *err = find(l);

	if (err != NULL)
		return err;
	(void)snprintf(etag, sizeof(etag), "\"%" PRIu64 "\"", l->version);
	if (api_is_cached(l->request, response, etag))
		return NULL;
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
 * 404 when it is gone or never was, 503 without a store, or without memory for
 * it.
 */
const struct err *
api_entity(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct lookup lookup = {
		.request = api->request,
		.cache = app_cache(api->app),
	};
	const struct err *err = params_refuse(api->request, refused,
	    sizeof(refused) / sizeof(refused[0]));

	(void)parked; /* nobody waits here */
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
	return err;
}
