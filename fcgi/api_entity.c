#include <inttypes.h>
#include <stdio.h>

#include "api.h"
#include "params.h"
#include "project.h"
#include "request.h"
#include "response.h"
#include "store.h"

static const char *const refused[] = { "at", "history", "min" };

static const struct err *
find(struct store *store, const struct request *request,
    struct store_entity *entity, struct buf *hold)
{
	struct span id = request_tail(request, 2);
	struct store_coll coll;
	const struct err *err =
	    store_coll_find(store, request_segment(request, 1), &coll);

	if (err == NULL)
		err = store_entity_get(store, coll.cid, id, entity, hold);
	if (err == NULL ? entity->body.len == 0 : err->code == ERR_NOT_FOUND)
		return err_new(ERR_NOT_FOUND, "there is no such entity");
	return err;
}

/*
 * GET {project}/{collection}/{id…}: the entity's document as it is stored.
 * ETag: "<version>"; If-None-Match: 304.
 *
 * 404 when it is gone or never was, 503 without a store.
 */
const struct err *
api_entity(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct store_entity entity = { 0 };
	struct store *store;
	struct buf hold = { 0 }, body = { 0 };
	char etag[32];
	const struct err *err = params_refuse(api->request, refused,
	    sizeof(refused) / sizeof(refused[0]));

	(void)parked; /* nobody waits here */
	if (err == NULL)
		err = project_store(api->project, &store);
	if (err == NULL)
		err = find(store, api->request, &entity, &hold);
	if (err != NULL)
		goto out;
	(void)snprintf(etag, sizeof(etag), "\"%" PRIu64 "\"", entity.version);
	if (api_is_cached(api->request, response, etag))
		goto out;
	buf_span(&body, entity.body);
	response_json(response, &body);
out:
	buf_fini(&hold);
	return err;
}
