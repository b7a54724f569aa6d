#include "api.h"
#include "app.h"
#include "chance.h"
#include "filter.h"
#include "manifest.h"
#include "params.h"
#include "project.h"
#include "request.h"
#include "response.h"
#include "slots.h"
#include "sse.h"
#include "wait.h"

static const char *const refused[] = { "at", "steps", "until" };

static const struct err *
read_shape(const struct request *request, enum wait_shape *shape)
{
	struct span text;

	*shape = WAIT_CHANGES;
	if (!request_find(request, "shape", &text))
		return NULL;
	*shape = WAIT_ENTITIES;
	return span_is(text, "entity")
	    ? NULL
	    : err_new(ERR_BAD_REQUEST, "parameter shape: not \"entity\"");
}

/*
 * What an EventSource says of itself when it comes back counts more than the
 * address that it was first given.  Of another server's making, it is none.
 */
static const struct err *
read_place(const struct request *request, struct cursor *since)
{
	const struct err *err = params_cursor(request, "since", since);
	struct span last = request_last_event_id(request);
	struct cursor cursor;

	if (err == NULL && last.len > 0 && cursor_parse(last, &cursor) == NULL)
		*since = cursor;
	return err;
}

static const struct err *
read_query(const struct request *request, struct wait_query *query)
{
	const struct err *err = params_refuse(request, refused,
	    sizeof(refused) / sizeof(refused[0]));

	query->is_stream = true;
	query->address = slots_address(request_remote_addr(request));
	if (err == NULL)
		err = read_place(request, &query->since);
	if (err == NULL)
		err = params_flag(request, "std", &query->is_standard);
	if (err == NULL)
		err = read_shape(request, &query->shape);
	if (err == NULL)
		err = params_filter(request, false, &query->filter);
	return err;
}

/* The first event of a stream. */
static void
write_first(const struct manifest *manifest, const struct wait_query *query,
    struct buf *text)
{
	if (query->shape == WAIT_ENTITIES) {
		sse_connected(text, query->since, chance_bits(),
		    manifest->project);
		return;
	}
	sse_begin(text, query->since, "hello");
	manifest_write(manifest, text);
	buf_str(text, SSE_END);
}

/*
 * GET {project}/events: what happens from a cursor on, as Server-Sent Events.
 *
 *   since=CURSOR       where the client stands, unless it says so in
 *                      Last-Event-ID; absent or 0: it holds nothing
 *   collections=a,b    match=collection:glob    where=pointer:op:value
 *   std=1              RFC 6902 patches only
 *   shape=entity       an event for each entity; without a cursor, from now on
 *
 *   hello      the manifest
 *   ready      250 ms later, by itself
 *   changes    as `changes` answers a delta
 *   snapshot   … and a snapshot
 *   bookmark   … and none: only the cursor has moved
 *   bye        {"retry_ms","spread_ms","reason"}: the server closes
 *
 * and a comment every 15 s of silence.  With shape=entity: connected, then
 * entity.created, .updated, .deleted, and heartbeat every 30 s (sse.h).
 *
 * 400 for a malformed parameter.  What an EventSource should come back for
 * (no store yet, no room) is 200 and bye.
 */
const struct err *
api_events(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct wait_query query = { 0 };
	struct manifest manifest = { 0 };
	struct buf text = { 0 };
	const struct err *err = read_query(api->request, &query);
	struct wait *wait;

	if (err != NULL) {
		filter_free(query.filter);
		return err;
	}
	err = app_manifest(api->app, api->project, &manifest);
	if (err == NULL && query.shape == WAIT_ENTITIES &&
	    query.since.epoch == 0)
		query.since = (struct cursor){ manifest.state.epoch,
			manifest.state.head };
	wait = wait_new(api->app, api->project, &query);
	if (err == NULL) {
		write_first(&manifest, &query, &text);
		response_events(response, &text, true);
	} else if (err->code == ERR_UNAVAILABLE) {
		err = NULL;
		wait_dismiss(wait, 0, "no data yet", response);
	}
	if (response->is_open && request_method(api->request) == REQUEST_GET)
		*parked = wait;
	else
		wait_free(wait);
	manifest_fini(&manifest);
	return err;
}
