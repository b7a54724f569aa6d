#include "api.h"
#include "app.h"
#include "config.h"
#include "feed.h"
#include "feed_steps.h"
#include "filter.h"
#include "fixed.h"
#include "params.h"
#include "request.h"
#include "response.h"
#include "slots.h"
#include "wait.h"

enum { WAIT_S_MAX = 55 };

static const char *const refused[] = { "at" };

/* The most changes of a page, when they are wanted one by one. */
static const struct err *
read_steps(const struct request *request, uint32_t *steps)
{
	uint32_t limit = FEED_STEPS_MAX;
	bool is_wanted;
	const struct err *err = params_flag(request, "steps", &is_wanted);

	if (err == NULL && is_wanted)
		err =
		    params_number(request, "limit", 1, FEED_STEPS_MAX, &limit);
	*steps = err == NULL && is_wanted ? limit : 0;
	return err;
}

/* Where the answer is to end; epoch 0 when it is not said. */
static const struct err *
read_until(const struct request *request, const struct wait_query *query,
    uint32_t wait_s, struct cursor *until)
{
	struct span text;
	const struct err *err = params_cursor(request, "until", until);

	if (err != NULL || !request_find(request, "until", &text))
		return err;
	if (until->epoch == 0)
		return err_new(ERR_BAD_REQUEST, "parameter until: no cursor");
	if (query->since.epoch == 0)
		return err_new(ERR_BAD_REQUEST,
		    "parameter until: there is no since with it");
	if (until->epoch == query->since.epoch && until->seq < query->since.seq)
		return err_new(ERR_BAD_REQUEST,
		    "parameter until: it is before since");
	if (wait_s > 0)
		return err_new(ERR_BAD_REQUEST,
		    "parameter until: with a fixed end there is nothing to "
		    "wait for");
	return NULL;
}

static const struct err *
answer_fixed(const struct api *api, const struct wait_query *wanted,
    struct cursor until, struct response *response)
{
	const struct feed_query query = {
		.since = wanted->since,
		.until = until,
		.filter = wanted->filter,
		.kept = app_diffs(api->app),
		.is_standard = wanted->is_standard,
		.steps = wanted->steps,
	};

	return fixed_answer(api, &query, response);
}

static const struct err *
read_query(const struct request *request, struct wait_query *query,
    uint32_t *wait_s, struct cursor *until)
{
	const struct err *err = params_refuse(request, refused,
	    sizeof(refused) / sizeof(refused[0]));

	query->address = slots_address(request_remote_addr(request));
	if (err == NULL)
		err = params_cursor(request, "since", &query->since);
	if (err == NULL)
		err = params_number(request, "wait", 0, WAIT_S_MAX, wait_s);
	if (err == NULL)
		err = params_flag(request, "std", &query->is_standard);
	if (err == NULL)
		err = params_flag(request, "strict", &query->is_strict);
	if (err == NULL)
		err = read_steps(request, &query->steps);
	if (err == NULL)
		err = read_until(request, query, *wait_s, until);
	if (err == NULL)
		err = params_filter(request, false, &query->filter);
	return err;
}

/* With its random part no wait is longer than the configuration allows. */
static uint32_t
shorten(uint32_t ms, uint32_t ms_max)
{
	uint32_t base_max = ms_max / (WAIT_CHANCE_PART + 1) * WAIT_CHANCE_PART;

	return ms < base_max ? ms : base_max;
}

/*
 * GET {project}/changes: what happened since a cursor, or a wait for it.
 *
 *   since=CURSOR       absent or 0: everything
 *   wait=0..55         seconds to wait for news, 0 if absent
 *   collections=a,b    match=collection:glob    where=pointer:op:value
 *   std=1              RFC 6902 patches only
 *   strict=1           an unknown cursor is 410 instead of a reset
 *   steps=1            single changes, in pages of at most
 *   limit=1..1000      so many; an unknown cursor is 410
 *   until=CURSOR       what leads from since to there, which stays the same
 *
 * {"kind":"delta"|"snapshot"|"none","from","to","server_time",
 *  "poll":{"interval_ms","next_scan_ms","hint"[,"after_ms"]},"changes":[…]}
 * and "reset":true after an unknown cursor; with steps "more":true|false; with
 * until neither "server_time" nor "poll", and to be kept for ever.
 *
 * 400 for a malformed parameter, 410 (strict, steps, until), 503 without a
 * store, or without memory for the answer.
 */
const struct err *
api_changes(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct wait_query query = { 0 };
	struct cursor until = { 0 };
	uint32_t wait_s = 0;
	const struct err *err =
	    read_query(api->request, &query, &wait_s, &until);
	struct wait *wait;

	if (err == NULL && until.epoch != 0)
		err = answer_fixed(api, &query, until, response);
	if (err != NULL || until.epoch != 0) {
		filter_free(query.filter);
		return err;
	}
	if (request_method(api->request) == REQUEST_HEAD)
		wait_s = 0;
	query.ms = shorten(wait_s * 1000, app_config(api->app)->wait_max_ms);
	wait = wait_new(api->app, api->project, &query);
	if (query.ms > 0) {
		*parked = wait;
		return NULL;
	}
	(void)wait_answer(wait, true, response); /* always true when due */
	wait_free(wait);
	return NULL;
}
