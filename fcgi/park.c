#include "park.h"

#include <assert.h>
#include <inotifytools/inotify.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <xxhash.h>

#include "app.h"
#include "log.h"
#include "mem.h"
#include "project.h"
#include "response.h"
#include "wait.h"

enum {
	PARK_LOOK_MS = 2000,     /* a lost ring costs no more than this */
	PARK_BLIND_LOOK_MS = 50, /* the same where nothing is watched */
	PARK_SLICE_MS = 4,
	PARK_BUCKETS_FIRST = 64,
};

struct group_list {
	struct park_group *first, *last;
};

struct park_group {
	struct park_group *prev, *next; /* in groups or answered */
	struct park_group *chain;       /* in the hash table's bucket */
	struct park *park;
	struct bench *bench;
	struct park_member *first; /* never NULL */
	uint64_t hash;
	uint64_t rings;          /* of the bench when it was last asked */
	struct response *answer; /* NULL while it waits */
};

/* A project, and those who wait for it; the one asked last stands last. */
struct bench {
	struct project *project;
	struct group_list groups;
	uint64_t rings; /* grows with each reason to ask them again */
	int watch;      /* -1: none */
};

struct park {
	struct loop *loop;
	park_fn *fn;
	struct bench *bench;
	size_t n_benches;
	struct park_group **bucket;
	size_t n_buckets, n_groups;
	uint32_t n_members;
	struct group_list answered; /* not yet given to all of their members */
	struct loop_io inotify_io;  /* fd -1: the kernel gave us none */
	struct loop_timer look_timer;
	struct loop_timer work_timer;
};

/* --- lists ------------------------------------------------------------------ */

static void
list_append(struct group_list *list, struct park_group *group)
{
	group->next = NULL;
	group->prev = list->last;
	if (list->last != NULL)
		list->last->next = group;
	else
		list->first = group;
	list->last = group;
}

static void
list_remove(struct group_list *list, struct park_group *group)
{
	if (group->prev != NULL)
		group->prev->next = group->next;
	else
		list->first = group->next;
	if (group->next != NULL)
		group->next->prev = group->prev;
	else
		list->last = group->prev;
}

/* --- groups ----------------------------------------------------------------- */

static struct park_group **
bucket_of(const struct park *park, uint64_t hash)
{
	return &park->bucket[hash & (park->n_buckets - 1)];
}

static void
bucket_add(struct park *park, struct park_group *group)
{
	struct park_group **bucket = bucket_of(park, group->hash);

	group->chain = *bucket;
	*bucket = group;
}

static void
bucket_remove(struct park *park, struct park_group *group)
{
	struct park_group **at = bucket_of(park, group->hash);

	while (*at != group)
		at = &(*at)->chain;
	*at = group->chain;
}

static void
buckets_grow(struct park *park)
{
	struct park_group **old = park->bucket;
	size_t n = park->n_buckets;

	park->n_buckets *= 2;
	park->bucket = mem_new(park->n_buckets, sizeof(struct park_group *));
	for (size_t i = 0; i < n; i++)
		while (old[i] != NULL) {
			struct park_group *group = old[i];

			old[i] = group->chain;
			bucket_add(park, group);
		}
	free(old);
}

static struct bench *
bench_of(const struct park *park, const struct project *project)
{
	for (size_t i = 0; i < park->n_benches; i++)
		if (park->bench[i].project == project)
			return &park->bench[i];
	return NULL;
}

static struct park_group *
group_find(const struct park *park, const struct wait *wait, uint64_t hash)
{
	struct park_group *group = *bucket_of(park, hash);

	while (group != NULL &&
	    (group->hash != hash ||
		group->bench->project != wait_project(wait) ||
		!span_eq(wait_key(group->first->wait), wait_key(wait))))
		group = group->chain;
	return group;
}

static struct park_group *
group_new(struct park *park, const struct wait *wait, uint64_t hash)
{
	struct park_group *group = mem_new(1, sizeof(*group));

	group->park = park;
	group->bench = bench_of(park, wait_project(wait));
	assert(group->bench != NULL); /* the same app made both */
	group->rings = group->bench->rings;
	group->hash = hash;
	if (park->n_groups == park->n_buckets)
		buckets_grow(park);
	bucket_add(park, group);
	list_append(&group->bench->groups, group);
	park->n_groups++;
	return group;
}

/* Off the books: nobody joins it any more. */
static void
group_close(struct park_group *group)
{
	struct park *park = group->park;

	bucket_remove(park, group);
	list_remove(&group->bench->groups, group);
	park->n_groups--;
}

static void
answer_free(struct response *answer)
{
	response_fini(answer);
	free(answer);
}

/* --- members ---------------------------------------------------------------- */

static void
member_add(struct park_group *group, struct park_member *member)
{
	member->group = group;
	member->prev = NULL;
	member->next = group->first;
	if (group->first != NULL)
		group->first->prev = member;
	group->first = member;
	group->park->n_members++;
}

/* Out of the group, which goes with its last member; the wait is freed. */
static void
member_remove(struct park_member *member)
{
	struct park_group *group = member->group;
	struct park *park = group->park;

	if (member->prev != NULL)
		member->prev->next = member->next;
	else
		group->first = member->next;
	if (member->next != NULL)
		member->next->prev = member->prev;
	member->group = NULL;
	park->n_members--;
	loop_timer_clear(park->loop, &member->timer);
	if (group->first == NULL) {
		if (group->answer == NULL)
			group_close(group);
		else
			list_remove(&park->answered, group);
		free(group);
	}
	wait_free(member->wait);
	member->wait = NULL;
}

/* The answer stays the caller's. */
static void
member_answer(struct park_member *member, struct response *answer)
{
	park_fn *fn = member->group->park->fn;

	member_remove(member);
	fn(member->arg, answer);
}

void
park_leave(struct park_member *member)
{
	struct park_group *group = member->group;
	struct response *answer;

	if (group == NULL)
		return;
	answer = group->first == member && member->next == NULL ? group->answer
								: NULL;
	member_remove(member);
	if (answer != NULL)
		answer_free(answer);
}

static void
member_due(void *arg)
{
	struct park_member *member = arg;
	struct response response;
	bool is_answered;

	if (member->group->answer != NULL)
		return; /* its turn comes with the next slices */
	response_init(&response);
	is_answered = wait_answer(member->wait, true, &response);
	assert(is_answered);
	member_answer(member, &response);
	response_fini(&response);
}

/* --- work ------------------------------------------------------------------- */

/* Ask the group; true when it is answered, and now among the answered. */
static bool
group_ask(struct park_group *group, bool is_due)
{
	struct response *answer = mem_new(1, sizeof(*answer));

	response_init(answer);
	if (!wait_answer(group->first->wait, is_due, answer)) {
		answer_free(answer);
		return false;
	}
	group_close(group);
	group->answer = answer;
	list_append(&group->park->answered, group);
	return true;
}

/* False: out of time. */
static bool
group_deliver(struct park_group *group, struct monotime until)
{
	struct response *answer = group->answer;
	bool is_last;

	do {
		is_last = group->first->next == NULL;
		member_answer(group->first, answer);
		if (is_last)
			answer_free(answer);
	} while (!is_last && !monotime_reached(until, monotime_now()));
	return is_last;
}

static bool
deliver(struct park *park, struct monotime until)
{
	while (park->answered.first != NULL)
		if (!group_deliver(park->answered.first, until))
			return false;
	return true;
}

/* Ask every group that was not asked since the last ring. */
static bool
ask(struct park *park, struct bench *bench, struct monotime until)
{
	struct park_group *group;

	while ((group = bench->groups.first) != NULL &&
	    group->rings != bench->rings) {
		group->rings = bench->rings;
		if (!group_ask(group, false)) {
			list_remove(&bench->groups, group);
			list_append(&bench->groups, group);
		}
		if (!deliver(park, until) ||
		    monotime_reached(until, monotime_now()))
			return false;
	}
	return true;
}

static void
work(void *arg)
{
	struct park *park = arg;
	struct monotime until =
	    monotime_after_ms(monotime_now(), PARK_SLICE_MS);
	bool is_done = deliver(park, until);

	for (size_t i = 0; is_done && i < park->n_benches; i++)
		is_done = ask(park, &park->bench[i], until);
	if (!is_done)
		loop_timer_set(park->loop, &park->work_timer,
		    loop_now(park->loop));
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

static void
bench_watch(struct park *park, struct bench *bench)
{
	int old = bench->watch;

	if (park->inotify_io.fd < 0)
		return;
	bench->watch = bench->groups.first != NULL
	    ? project_watch(bench->project, park->inotify_io.fd)
	    : -1;
	if (old >= 0 && old != bench->watch)
		unwatch(park, old);
}

static void
ring(struct park *park, const struct inotify_event *event)
{
	bool is_overflow = (event->mask & IN_Q_OVERFLOW) != 0;

	for (size_t i = 0; i < park->n_benches; i++)
		if (is_overflow || park->bench[i].watch == event->wd)
			park->bench[i].rings++;
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
	for (size_t i = 0; i < park->n_benches; i++)
		bench_watch(park, &park->bench[i]);
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
		if (bench->groups.first != NULL && bench->watch < 0)
			next_ms = PARK_BLIND_LOOK_MS;
	}
	work(park);
	if (park->n_members > 0)
		loop_timer_set(park->loop, &park->look_timer,
		    monotime_after_ms(loop_now(park->loop), next_ms));
}

/* --- the whole ---------------------------------------------------------------- */

bool
park_join(struct park *park, struct park_member *member, struct wait *wait,
    struct response *response)
{
	struct span key = wait_key(wait);
	uint64_t hash = XXH3_64bits(key.p, key.len);
	struct park_group *group = group_find(park, wait, hash);

	if (group == NULL)
		group = group_new(park, wait, hash);
	member->wait = wait;
	member_add(group, member);
	if (group->bench->watch < 0)
		bench_watch(park, group->bench);
	if (wait_answer(wait, false, response)) {
		park_leave(member);
		return true;
	}
	member->timer.fn = member_due;
	member->timer.arg = member;
	loop_timer_set(park->loop, &member->timer, wait_deadline(wait));
	if (park->look_timer.slot == 0)
		loop_timer_set(park->loop, &park->look_timer,
		    monotime_after_ms(loop_now(park->loop),
			group->bench->watch < 0 ? PARK_BLIND_LOOK_MS
						: PARK_LOOK_MS));
	return false;
}

void
park_end(struct park *park)
{
	struct monotime never = { INT64_MAX };
	bool is_answered;

	for (size_t i = 0; i < park->n_benches; i++)
		while (park->bench[i].groups.first != NULL) {
			is_answered =
			    group_ask(park->bench[i].groups.first, true);
			assert(is_answered);
		}
	while (!deliver(park, never))
		;
}

uint32_t
park_n(const struct park *park)
{
	return park->n_members;
}

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
park_new(struct park **out, struct loop *loop, struct app *app, park_fn *fn)
{
	struct park *park = mem_new(1, sizeof(*park));
	const struct err *err;

	park->loop = loop;
	park->fn = fn;
	park->n_benches = app_n_projects(app);
	park->bench = mem_new(park->n_benches, sizeof(*park->bench));
	for (size_t i = 0; i < park->n_benches; i++) {
		park->bench[i].project = app_project_at(app, i);
		park->bench[i].watch = -1;
	}
	park->n_buckets = PARK_BUCKETS_FIRST;
	park->bucket = mem_new(park->n_buckets, sizeof(struct park_group *));
	park->look_timer.fn = look;
	park->look_timer.arg = park;
	park->work_timer.fn = work;
	park->work_timer.arg = park;
	err = inotify_open(park);
	if (err == NULL)
		*out = park;
	else
		park_free(park);
	return err;
}

void
park_free(struct park *park)
{
	if (park == NULL)
		return;
	assert(park->n_members == 0);
	loop_timer_clear(park->loop, &park->look_timer);
	loop_timer_clear(park->loop, &park->work_timer);
	if (park->inotify_io.fd >= 0) {
		loop_io_remove(park->loop, &park->inotify_io);
		(void)close(park->inotify_io.fd);
	}
	free(park->bucket);
	free(park->bench);
	free(park);
}
