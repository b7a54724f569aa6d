#include "later.h"

#include <stdlib.h>

#include "mem.h"
#include "params.h"
#include "project.h"
#include "request.h"
#include "response.h"
#include "store.h"

struct later {
	struct request *request; /* kept; NULL until then */
	const struct later_work *work;
	void *arg;
	/* While it waits: */
	struct api api; /* project NULL: it does not */
	api_fn *answer;
	struct cursor min;
	struct monotime deadline;
};

static struct later *
later_new(struct response *response)
{
	struct later *later = mem_new(1, sizeof(*later));

	response_fini(response); /* what was begun is begun again */
	response->later = later;
	return later;
}

void
later_do(struct response *response, const struct later_work *work, void *arg)
{
	struct later *later = later_new(response);

	later->work = work;
	later->arg = arg;
}

void
later_keep(struct later *later, struct request *request)
{
	later->request = request;
}

void
later_free(struct later *later)
{
	if (later == NULL)
		return;
	if (later->work != NULL)
		later->work->free(later->arg);
	request_free(later->request);
	free(later);
}

/* --- waiting ------------------------------------------------------------------ */

static const struct err *
head_of(struct project *project, struct cursor *head)
{
	struct store_state state = { 0 };
	struct store *store;
	const struct err *err = project_store(project, &store);

	if (err == NULL)
		err = store_state(store, &state);
	*head = (struct cursor){ state.epoch, state.head };
	return err;
}

/* It will never be reached when the log is another one. */
static const struct err *
check_log(struct cursor min, struct cursor head)
{
	return min.epoch == head.epoch
	    ? NULL
	    : err_new(ERR_GONE, "parameter min: the cursor is of another log");
}

const struct err *
later_await(const struct api *api, api_fn *answer, struct response *response,
    bool *is_later)
{
	struct cursor min, head;
	struct later *later;
	const struct err *err = params_cursor(api->request, "min", &min);

	*is_later = false;
	if (err != NULL || min.epoch == 0)
		return err;
	err = head_of(api->project, &head);
	if (err == NULL)
		err = check_log(min, head);
	if (err != NULL || head.seq >= min.seq)
		return err;
	*is_later = true;
	later = later_new(response);
	later->api = *api;
	later->answer = answer;
	later->min = min;
	later->deadline = monotime_now();
	if (request_method(api->request) != REQUEST_HEAD)
		later->deadline =
		    monotime_after_ms(later->deadline, LATER_AWAIT_MS);
	return NULL;
}

struct project *
later_awaits(const struct later *later)
{
	return later->api.project;
}

struct monotime
later_deadline(const struct later *later)
{
	return later->deadline;
}

bool
later_is_reached(const struct later *later, struct cursor head)
{
	return head.epoch != later->min.epoch || head.seq >= later->min.seq;
}

bool
later_head(struct project *project, struct cursor *head)
{
	return head_of(project, head) == NULL;
}

struct span
later_address(const struct later *later)
{
	return request_remote_addr(later->request);
}

void
later_late(const struct later *later, struct response *response)
{
	struct cursor head = { 0 };
	const struct err *err = head_of(later->api.project, &head);

	if (err != NULL)
		response_error(response, err);
	else
		response_problem(response, 504,
		    "parameter min: the log has not got so far; it is at "
		    "%llu, not at %llu",
		    (unsigned long long)head.seq,
		    (unsigned long long)later->min.seq);
}

void
later_refuse(struct response *response)
{
	static const struct err full = { ERR_BUSY,
		"parameter min: the log has not got so far, and the server can "
		"hold no more who wait for it. Ask again in a moment." };

	response_error(response, &full);
}

/* --- going on ------------------------------------------------------------------ */

/* The waiting is over: ask the handler, and take over what it leaves to do. */
static bool
ask(struct later *later, struct response *response)
{
	struct api api = later->api;
	struct cursor head;
	struct wait *none = NULL;
	const struct err *err = head_of(api.project, &head);
	struct later *next;

	later->api.project = NULL;
	if (err == NULL)
		err = check_log(later->min, head);
	if (err == NULL)
		err = later->answer(&api, response, &none);
	if (err != NULL)
		api_error(api.project, response, err);
	next = response->later;
	response->later = NULL;
	if (next == NULL)
		return true;
	later->work = next->work;
	later->arg = next->arg;
	free(next);
	return false;
}

bool
later_go_on(struct later *later, struct monotime until,
    struct response *response)
{
	if (later->api.project != NULL && ask(later, response))
		return true;
	return later->work->go_on(later->arg, until, response);
}
