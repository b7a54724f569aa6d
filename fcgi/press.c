#include "press.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "mem.h"
#include "page.h"
#include "response.h"

enum { PRESS_PIECE_BYTES = 64 << 10 };

struct press_job;

struct press_member {
	void *arg;
	struct press_job *job;
	struct press_member *prev, *next;
	struct response response; /* a copy */
};

struct press_job {
	struct press_job *next;
	struct page *page;
	struct press_member *first;
};

struct press {
	struct loop *loop;
	press_fn *fn;
	struct press_job *first; /* that is being made; the others wait */
	struct loop_timer timer;
};

/* --- jobs ------------------------------------------------------------------- */

static struct press_job *
job_for(struct press *press, struct page *page)
{
	struct press_job **at = &press->first;

	while (*at != NULL && (*at)->page != page)
		at = &(*at)->next;
	if (*at == NULL) {
		*at = mem_new(1, sizeof(**at));
		(*at)->page = page_ref(page);
	}
	return *at;
}

static void
job_free(struct press *press, struct press_job *job)
{
	struct press_job **at = &press->first;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	page_unref(job->page);
	free(job);
}

/* --- members ---------------------------------------------------------------- */

static void
member_free(struct press_member *member)
{
	response_fini(&member->response);
	free(member);
}

/* The first one, who waits no more. */
static struct press_member *
job_pop(struct press_job *job)
{
	struct press_member *member = job->first;

	job->first = member->next;
	if (member->next != NULL)
		member->next->prev = NULL;
	return member;
}

struct press_member *
press_join(struct press *press, const struct response *response, void *arg)
{
	struct press_job *job = job_for(press, response->page);
	struct press_member *member = mem_new(1, sizeof(*member));

	response_copy(&member->response, response);
	member->arg = arg;
	member->job = job;
	member->next = job->first;
	if (job->first != NULL)
		job->first->prev = member;
	job->first = member;
	if (press->timer.slot == 0)
		loop_timer_set(press->loop, &press->timer,
		    loop_now(press->loop));
	return member;
}

void
press_leave(struct press *press, struct press_member *member)
{
	struct press_job *job;

	if (member == NULL)
		return;
	job = member->job;
	if (member->prev != NULL)
		member->prev->next = member->next;
	else
		job->first = member->next;
	if (member->next != NULL)
		member->next->prev = member->prev;
	member_free(member);
	/* What is begun is finished: the next one will ask for it. */
	if (job->first == NULL && job != press->first)
		job_free(press, job);
}

/* --- work ------------------------------------------------------------------- */

/* False: out of time. */
static bool
deliver(struct press *press, struct press_job *job, struct monotime until)
{
	struct press_member *member;

	while (job->first != NULL) {
		if (monotime_reached(until, monotime_now()))
			return false;
		member = job_pop(job);
		press->fn(member->arg, &member->response);
		member_free(member);
	}
	job_free(press, job);
	return true;
}

static void
work(void *arg)
{
	struct press *press = arg;
	struct monotime until =
	    monotime_after_ms(monotime_now(), PRESS_SLICE_MS);
	struct press_job *job;

	while ((job = press->first) != NULL &&
	    !monotime_reached(until, monotime_now()))
		if (page_squeeze(job->page, PRESS_PIECE_BYTES) &&
		    !deliver(press, job, until))
			break;
	if (press->first != NULL)
		loop_timer_set(press->loop, &press->timer,
		    loop_now(press->loop));
}

/* --- the whole ---------------------------------------------------------------- */

struct press *
press_new(struct loop *loop, press_fn *fn)
{
	struct press *press = mem_new(1, sizeof(*press));

	press->loop = loop;
	press->fn = fn;
	press->timer.fn = work;
	press->timer.arg = press;
	return press;
}

void
press_free(struct press *press)
{
	if (press == NULL)
		return;
	while (press->first != NULL) {
		assert(press->first->first == NULL);
		job_free(press, press->first);
	}
	loop_timer_clear(press->loop, &press->timer);
	free(press);
}
