#include "park.h"

#include <assert.h>
#include <inotifytools/inotify.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "app.h"
#include "bell.h"
#include "frame.h"
#include "log.h"
#include "mem.h"
#include "park_group.h"
#include "park_later.h"
#include "project.h"
#include "response.h"
#include "sse.h"
#include "wait.h"

enum {
	PARK_LOOK_MS = 2000,     /* a lost ring costs no more than this */
	PARK_BLIND_LOOK_MS = 50, /* the same where nothing is watched */
	PARK_SLICE_MS = 4,
	PARK_REST_MS_MAX = 50,
	PARK_GLANCE_GROUPS = 4,
	/* How streams that are sent away come back: after this, … */
	PARK_RETRY_MS = 500,
	/* … spread so that so many come in a millisecond. */
	PARK_BACK_A_MS = 4,
	PARK_SPREAD_MS_MIN = 400,
	PARK_SPREAD_MS_MAX = 10000,
	PARK_COMMON_ID = 1,
};

/* --- rounds ------------------------------------------------------------------- */

static bool
tell(struct park *park, struct monotime until)
{
	while (park->queue.first != NULL)
		if (!group_tell(park, until))
			return false;
	return true;
}

static bool
is_stale(const struct bench *bench)
{
	return bench->groups.first != NULL &&
	    bench->groups.first->rings != bench->rings;
}

/* All have been asked, and told. */
static void
end_round(struct park *park, struct bench *bench)
{
	struct monotime now = monotime_now();
	int64_t rest_ns = now.ns - bench->began.ns;

	if (bench->began.ns == 0)
		return;
	if (rest_ns > (int64_t)PARK_REST_MS_MAX * 1000000)
		rest_ns = (int64_t)PARK_REST_MS_MAX * 1000000;
	bench->rests = (struct monotime){ now.ns + rest_ns };
	bench->began.ns = 0;
	if (bench->rang.ns != 0 && bench->has_told)
		stats_observe(park->stats, STATS_WAKE_TO_LAST_WRITE,
		    monotime_diff_us(now, bench->rang));
	bench->rang.ns = 0;
	bench->has_told = false;
}

/* One look for all is worth it where there are many. */
static void
glance(struct park *park, struct bench *bench)
{
	bench->glanced = bench->rings;
	if (bench->n_groups < PARK_GLANCE_GROUPS) {
		bench->glance.is_good = false;
		return;
	}
	glance_take(&bench->glance, bench->project);
	stats_add(park->stats, STATS_READS, 1);
}

/*
 * Ask every group that was not asked since the last ring.  False: out of time,
 * or nobody may be asked before the time in *next.
 */
static bool
ask(struct park *park, struct bench *bench, struct monotime until,
    struct monotime *next)
{
	struct monotime now = monotime_now();
	struct park_group *group;

	*next = loop_now(park->loop);
	if (is_stale(bench) && !monotime_reached(bench->rests, now)) {
		*next = bench->rests;
		return false;
	}
	if (is_stale(bench) && bench->began.ns == 0)
		bench->began = now;
	if (is_stale(bench) && bench->glanced != bench->rings)
		glance(park, bench);
	while (is_stale(bench)) {
		group = bench->groups.first;
		group->rings = bench->rings;
		if (!group_ask(group, false)) {
			group_list_remove(&bench->groups, group);
			group_list_append(&bench->groups, group);
		} else {
			bench->has_told = true;
		}
		if (!tell(park, until) ||
		    monotime_reached(until, monotime_now()))
			return false;
	}
	end_round(park, bench);
	return true;
}

static void
work(void *arg)
{
	struct park *park = arg;
	struct monotime until =
	    monotime_after_ms(monotime_now(), PARK_SLICE_MS);
	struct monotime first = { INT64_MAX }, next;

	if (!tell(park, until))
		first = loop_now(park->loop);
	for (size_t i = 0; i < park->n_benches && park->queue.first == NULL;
	     i++)
		if (!ask(park, &park->bench[i], until, &next) &&
		    next.ns < first.ns)
			first = next;
	if (first.ns != INT64_MAX)
		loop_timer_set(park->loop, &park->work_timer, first);
	else
		loop_timer_clear(park->loop, &park->work_timer);
}

/* --- what wakes us ------------------------------------------------------------ */

static void
unwatch(struct park *park, int watch)
{
	for (size_t i = 0; i < park->n_benches; i++)
		if (park->bench[i].watch == watch)
			return; /* two bells in one directory */
	/* Fails when the watched file has gone, and its watch with it. */
	(void)inotify_rm_watch(park->inotify_io.fd, watch);
}

static bool
is_waited_for(const struct bench *bench)
{
	return bench->groups.first != NULL || bench->laters != NULL;
}

static void
bench_watch(struct park *park, struct bench *bench)
{
	int old = bench->watch;

	if (park->inotify_io.fd < 0)
		return;
	bench->watch = is_waited_for(bench)
	    ? project_watch(bench->project, park->inotify_io.fd)
	    : -1;
	if (old >= 0 && old != bench->watch)
		unwatch(park, old);
}

static void
bench_ring(struct park *park, struct bench *bench)
{
	struct bell_ring struck;
	struct bell_pulse pulse;

	bench->rings++;
	if (bench->rang.ns != 0)
		return; /* these merge */
	bench->rang = loop_now(park->loop);
	project_bell(bench->project, &struck, &pulse);
	stats_add(park->stats, STATS_WAKES, 1);
	stats_observe(park->stats, STATS_COMMIT_TO_WAKE,
	    bell_age_us(&struck, bench->rang));
}

static void
ring(struct park *park, const struct inotify_event *event)
{
	bool is_overflow = (event->mask & IN_Q_OVERFLOW) != 0;

	for (size_t i = 0; i < park->n_benches; i++)
		if (is_overflow || park->bench[i].watch == event->wd)
			bench_ring(park, &park->bench[i]);
}

/* Rings that have gathered are one.  The watches are set again before anybody
 * is asked: a bell that is only now there would be missed otherwise. */
static void
bells_rang(void *arg, uint32_t events)
{
	struct park *park = arg;
	char bytes[4096]
	    __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	ssize_t n;

	(void)events;
	while ((n = read(park->inotify_io.fd, bytes, sizeof(bytes))) > 0)
		for (ssize_t at = 0; at < n;
		     at += (ssize_t)(sizeof(*event) + event->len)) {
			event = (const struct inotify_event *)(bytes + at);
			ring(park, event);
		}
	for (size_t i = 0; i < park->n_benches; i++) {
		bench_watch(park, &park->bench[i]);
		park_later_ring(&park->bench[i]);
	}
	work(park);
}

static void
look(void *arg)
{
	struct park *park = arg;
	int64_t next_ms = PARK_LOOK_MS;

	for (size_t i = 0; i < park->n_benches; i++) {
		struct bench *bench = &park->bench[i];

		bench->rings++;
		bench_watch(park, bench);
		park_later_look(bench);
		if (is_waited_for(bench) && bench->watch < 0)
			next_ms = PARK_BLIND_LOOK_MS;
	}
	work(park);
	if (park->n_members > 0)
		loop_timer_set(park->loop, &park->look_timer,
		    monotime_after_ms(loop_now(park->loop), next_ms));
}

/* Somebody waits: see to it that he is woken. */
void
park_keep_watch(struct park *park, struct bench *bench)
{
	if (bench->watch < 0)
		bench_watch(park, bench);
	if (park->look_timer.slot == 0)
		loop_timer_set(park->loop, &park->look_timer,
		    monotime_after_ms(loop_now(park->loop),
			bench->watch < 0 ? PARK_BLIND_LOOK_MS : PARK_LOOK_MS));
}

/* --- polls ---------------------------------------------------------------------- */

static void
poll_due(void *arg)
{
	struct park_member *member = arg;
	struct park_group *group = member->group;
	struct park *park = group->park;
	struct response response;
	bool is_answered;

	if (group->is_closed)
		return; /* its turn comes with the next slices */
	response_init(&response);
	is_answered = wait_answer(group->wait, true, &response);
	assert(is_answered);
	park_leave(park, member);
	stats_add(park->stats, STATS_POLLS_ANSWERED, 1);
	park->calls->answer(member->arg, &response);
	response_fini(&response);
}

bool
park_take_slot(struct park *park, struct park_member *member, uint64_t address)
{
	switch (slots_take(park->slots, address, &member->slot)) {
	case SLOTS_OK:
		break;
	case SLOTS_FULL:
		stats_add(park->stats, STATS_REFUSED_FULL, 1);
		return false;
	case SLOTS_ADDRESS_FULL:
		stats_add(park->stats, STATS_REFUSED_ADDRESS, 1);
		return false;
	}
	stats_move(park->stats,
	    member->is_stream ? STATS_STREAMS_OPEN : STATS_POLLS_WAITING, 1);
	return true;
}

bool
park_join(struct park *park, struct park_member *member, struct wait *wait,
    struct response *response)
{
	struct monotime deadline = wait_deadline(wait);
	struct park_group *group = group_find(park, wait);
	struct wait *spare = group != NULL ? wait : NULL;
	bool is_answered = false;

	/* A group that is there was asked since the last ring.  A new one is
	 * woken from now on, and looks before it sleeps. */
	if (group == NULL) {
		group = group_new(park, wait);
		park_keep_watch(park, group->bench);
		is_answered = wait_answer(wait, false, response);
	}
	member->is_stream = false;
	if (!is_answered && !park_take_slot(park, member, wait_address(wait))) {
		wait_refuse(wait, slots_refused(park->slots), response);
		is_answered = true;
	}
	if (is_answered) {
		group_sweep(group);
	} else {
		group_join(group, member);
		member->timer.fn = poll_due;
		member->timer.arg = member;
		loop_timer_set(park->loop, &member->timer, deadline);
	}
	wait_free(spare);
	return is_answered;
}

/* --- streams -------------------------------------------------------------------- */

bool
park_admit(struct park *park, struct park_member *member,
    const struct wait *wait, struct response *response)
{
	member->is_stream = true;
	if (park_take_slot(park, member, wait_address(wait)))
		return true;
	response_fini(response);
	wait_dismiss(wait, slots_refused(park->slots), "full", response);
	stats_add(park->stats, STATS_BYES, 1);
	return false;
}

void
park_follow(struct park *park, struct park_member *member, struct wait *wait)
{
	struct park_group *group = group_find(park, wait);

	if (group != NULL) {
		wait_free(wait);
	} else {
		/* Not asked yet: the first of its bench. */
		group = group_new(park, wait);
		group->rings--;
		group_list_remove(&group->bench->groups, group);
		group_list_prepend(&group->bench->groups, group);
		park_keep_watch(park, group->bench);
		loop_timer_set(park->loop, &park->work_timer,
		    loop_now(park->loop));
	}
	group_join(group, member);
}

struct wait *
park_hold(struct park_member *member)
{
	struct wait *wait = wait_again(member->group->wait);

	group_quit(member);
	return wait;
}

struct frame *
park_bye(const struct park *park, uint16_t id, const char *reason)
{
	uint32_t spread_ms = slots_held(park->slots) / PARK_BACK_A_MS;
	struct buf text = { 0 };

	if (spread_ms < PARK_SPREAD_MS_MIN)
		spread_ms = PARK_SPREAD_MS_MIN;
	if (spread_ms > PARK_SPREAD_MS_MAX)
		spread_ms = PARK_SPREAD_MS_MAX;
	sse_bye(&text, PARK_RETRY_MS, spread_ms, reason);
	return frame_of_text(id, &text, FRAME_LAST);
}

/* --- leaving ---------------------------------------------------------------------- */

void
park_leave(struct park *park, struct park_member *member)
{
	if (member->group != NULL)
		group_quit(member);
	park_later_quit(member);
	if (!member->slot.is_held)
		return;
	slots_give(park->slots, &member->slot);
	stats_move(park->stats,
	    member->is_stream ? STATS_STREAMS_OPEN : STATS_POLLS_WAITING, -1);
}

void
park_end_streams(struct park *park, const char *reason)
{
	const struct monotime never = { INT64_MAX };
	struct frame *bye = park_bye(park, PARK_COMMON_ID, reason);

	while (!tell(park, never))
		;
	for (size_t i = 0; i < park->n_benches; i++) {
		struct park_group *group = park->bench[i].groups.first, *next;

		for (; group != NULL; group = next) {
			next = group->next;
			group_end_streams(group, bye);
		}
	}
	while (!tell(park, never))
		;
	frame_unref(bye);
}

void
park_end(struct park *park, const char *reason)
{
	const struct monotime never = { INT64_MAX };
	struct frame *bye = park_bye(park, PARK_COMMON_ID, reason);

	while (!tell(park, never))
		;
	for (size_t i = 0; i < park->n_benches; i++)
		while (park->bench[i].groups.first != NULL)
			group_end(park->bench[i].groups.first, bye);
	park_later_end(park);
	while (!tell(park, never))
		;
	frame_unref(bye);
}

uint32_t
park_n(const struct park *park)
{
	return park->n_members;
}

/* --- the whole ---------------------------------------------------------------- */

static const struct err *
inotify_open(struct park *park)
{
	park->inotify_io.fn = bells_rang;
	park->inotify_io.arg = park;
	park->inotify_io.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (park->inotify_io.fd >= 0)
		return loop_io_add(park->loop, &park->inotify_io, EPOLLIN);
	log_warning("no inotify (%m): the bells are read every %d ms",
	    PARK_BLIND_LOOK_MS);
	return NULL;
}

const struct err *
park_new(struct park **out, struct loop *loop, struct app *app,
    struct slots *slots, const struct park_calls *calls)
{
	struct park *park = mem_new(1, sizeof(*park));
	const struct err *err;

	park->loop = loop;
	park->slots = slots;
	park->stats = app_stats(app);
	park->calls = calls;
	park->n_benches = app_n_projects(app);
	park->bench = mem_new(park->n_benches, sizeof(*park->bench));
	for (size_t i = 0; i < park->n_benches; i++) {
		park->bench[i].project = app_project_at(app, i);
		park->bench[i].watch = -1;
	}
	park->look_timer.fn = look;
	park->look_timer.arg = park;
	park->work_timer.fn = work;
	park->work_timer.arg = park;
	park_later_init(park);
	err = inotify_open(park);
	if (err != NULL) {
		park_free(park);
		return err;
	}
	*out = park;
	return NULL;
}

void
park_free(struct park *park)
{
	if (park == NULL)
		return;
	assert(park->n_members == 0);
	loop_timer_clear(park->loop, &park->look_timer);
	loop_timer_clear(park->loop, &park->work_timer);
	loop_timer_clear(park->loop, &park->later_timer);
	if (park->inotify_io.fd >= 0) {
		loop_io_remove(park->loop, &park->inotify_io);
		(void)close(park->inotify_io.fd);
	}
	for (size_t i = 0; i < park->n_benches; i++)
		glance_fini(&park->bench[i].glance);
	free(park->bucket);
	free(park->bench);
	free(park);
}
