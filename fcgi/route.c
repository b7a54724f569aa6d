#include "route.h"

#include <stdint.h>

#include "api.h"
#include "app.h"
#include "later.h"
#include "request.h"
#include "response.h"

/*
 * The first row that fits.  word stands at place `at` of the path; NULL: any.
 * All of them are for reading.
 */
static const struct {
	size_t least, most; /* components */
	size_t at;
	const char *word;
	bool is_of_project; /* the first component is its name */
	bool is_of_store;   /* nothing else matters, and min= may be given */
	api_fn *answer;
} endpoints[] = {
	{ 1, 1, 0, "health", false, false, api_health },
	{ 1, 1, 0, "metrics", false, false, api_metrics },
	{ 1, 1, 0, "probe", false, false, api_probe },
	{ 1, 1, 0, NULL, true, false, api_manifest },
	{ 2, 2, 1, "changes", true, false, api_changes },
	{ 2, 2, 1, "events", true, false, api_events },
	{ 2, 2, 1, "timeline", true, true, api_timeline },
	{ 2, 2, 1, NULL, true, true, api_snapshot },
	{ 3, SIZE_MAX, 2, NULL, true, true, api_entity },
};

enum { N_ENDPOINTS = sizeof(endpoints) / sizeof(endpoints[0]) };

static const char allowed[] = "GET, HEAD, OPTIONS";

static size_t
find_endpoint(const struct request *request)
{
	size_t n = request_n_segments(request), i = 0;

	for (; i < N_ENDPOINTS; i++) {
		const char *word = endpoints[i].word;

		if (n >= endpoints[i].least && n <= endpoints[i].most &&
		    (word == NULL ||
			span_is(request_segment(request, endpoints[i].at),
			    word)))
			break;
	}
	return i;
}

/* True when the method itself is answered, without the endpoint. */
static bool
answer_method(enum request_method method, struct response *response)
{
	if (method == REQUEST_GET || method == REQUEST_HEAD)
		return false;
	if (method == REQUEST_OPTIONS) {
		response_empty(response, 204);
		response_header(response, "Cache-Control", "no-store");
	} else {
		response_problem(response, 405, "This is for reading: %s.",
		    allowed);
	}
	response_header(response, "Allow", "%s", allowed);
	return true;
}

struct wait *
route(struct app *app, const struct request *request, struct response *response)
{
	struct api api = { .app = app, .request = request };
	size_t i = find_endpoint(request);
	struct wait *wait = NULL;
	const struct err *err = NULL;
	bool is_later = false;

	if (i == N_ENDPOINTS) {
		response_problem(response, 404, "There is no such address.");
		return NULL;
	}
	if (endpoints[i].is_of_project)
		err =
		    app_project(app, request_segment(request, 0), &api.project);
	if (err == NULL && answer_method(request_method(request), response))
		return NULL;
	if (err == NULL && endpoints[i].is_of_store) {
		response_base(response, api.project);
		err =
		    later_await(&api, endpoints[i].answer, response, &is_later);
	}
	if (err == NULL && !is_later)
		err = endpoints[i].answer(&api, response, &wait);
	if (err != NULL)
		api_error(api.project, response, err);
	return wait;
}
