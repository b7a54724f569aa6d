#include "park_group.h"

#include <assert.h>
#include <stdlib.h>

#include "frame.h"
#include "mem.h"
#include "page.h"
#include "project.h"
#include "response.h"
#include "stats.h"
#include "wait.h"

enum {
	GROUP_BUCKETS_FIRST = 64,
	GROUP_BEAT_MS = 5000, /* between looks for silence or a bookmark */
	GROUP_COMMON_ID = 1,  /* what the frames are made for */
};

/* --- lists ------------------------------------------------------------------ */

void
group_list_append(struct group_list *list, struct park_group *group)
{
	group->next = NULL;
	group->prev = list->last;
	if (list->last != NULL)
		list->last->next = group;
	else
		list->first = group;
	list->last = group;
}

void
group_list_prepend(struct group_list *list, struct park_group *group)
{
	group->prev = NULL;
	group->next = list->first;
	if (list->first != NULL)
		list->first->prev = group;
	else
		list->last = group;
	list->first = group;
}

void
group_list_remove(struct group_list *list, struct park_group *group)
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

static void
member_append(struct member_list *list, struct park_member *member)
{
	member->next = NULL;
	member->prev = list->last;
	if (list->last != NULL)
		list->last->next = member;
	else
		list->first = member;
	list->last = member;
}

static void
member_remove(struct member_list *list, struct park_member *member)
{
	if (member->prev != NULL)
		member->prev->next = member->next;
	else
		list->first = member->next;
	if (member->next != NULL)
		member->next->prev = member->prev;
	else
		list->last = member->prev;
}

/* --- the books -------------------------------------------------------------- */

static struct park_group **
bucket_of(const struct park *park, uint64_t hash)
{
	return &park->bucket[hash & (park->n_buckets - 1)];
}

static void
books_add(struct park *park, struct park_group *group)
{
	struct park_group **bucket = bucket_of(park, group->hash);

	group->chain = *bucket;
	*bucket = group;
}

static void
books_remove(struct park *park, struct park_group *group)
{
	struct park_group **at = bucket_of(park, group->hash);

	while (*at != group)
		at = &(*at)->chain;
	*at = group->chain;
}

static void
books_grow(struct park *park)
{
	struct park_group **old = park->bucket;
	size_t n = park->n_buckets;

	park->n_buckets = n == 0 ? GROUP_BUCKETS_FIRST : n * 2;
	park->bucket = mem_new(park->n_buckets, sizeof(struct park_group *));
	for (size_t i = 0; i < n; i++)
		while (old[i] != NULL) {
			struct park_group *group = old[i];

			old[i] = group->chain;
			books_add(park, group);
		}
	free(old);
}

struct park_group *
group_find(const struct park *park, const struct wait *wait)
{
	uint64_t hash = wait_hash(wait);
	struct park_group *group =
	    park->n_buckets == 0 ? NULL : *bucket_of(park, hash);

	while (group != NULL &&
	    (group->hash != hash || !wait_is_alike(group->wait, wait)))
		group = group->chain;
	return group;
}

/* --- groups ----------------------------------------------------------------- */

struct bench *
park_bench(const struct park *park, const struct project *project)
{
	size_t i = 0;

	while (i < park->n_benches && park->bench[i].project != project)
		i++;
	assert(i < park->n_benches); /* the same app made both */
	return &park->bench[i];
}

static struct park_group *
group_alloc(struct park *park, struct bench *bench)
{
	struct park_group *group = mem_new(1, sizeof(*group));

	group->park = park;
	group->bench = bench;
	return group;
}

static void
group_free(struct park_group *group)
{
	loop_timer_clear(group->park->loop, &group->beat);
	wait_free(group->wait);
	frame_unref(group->event);
	if (group->answer != NULL) {
		response_fini(group->answer);
		free(group->answer);
	}
	free(group);
}

/* Off the books: nobody joins it any more. */
static void
group_close(struct park_group *group)
{
	struct park *park = group->park;

	books_remove(park, group);
	group_list_remove(&group->bench->groups, group);
	group->bench->n_groups--;
	park->n_groups--;
	stats_move(park->stats, STATS_GROUPS, -1);
	group->is_closed = true;
}

static void
group_enqueue(struct park_group *group)
{
	struct park *park = group->park;

	group_list_append(&park->queue, group);
	loop_timer_set(park->loop, &park->work_timer, loop_now(park->loop));
}

void
group_sweep(struct park_group *group)
{
	if (group->is_closed || group->pins > 0 || group->polls.first != NULL ||
	    group->streams.first != NULL)
		return;
	group_close(group);
	group_free(group);
}

/* Where a wait belongs; takes it over. */
static struct park_group *
group_of(struct park *park, struct wait *wait)
{
	struct park_group *group = group_find(park, wait);

	if (group == NULL)
		return group_new(park, wait);
	wait_free(wait);
	return group;
}

/* --- members ---------------------------------------------------------------- */

static void
enter(struct park_group *group, struct park_member *member)
{
	struct park *park = group->park;

	member->group = group;
	member_append(member->is_stream ? &group->streams : &group->polls,
	    member);
	if (member->is_stream && group->beat.slot == 0 && !group->is_closed)
		loop_timer_set(park->loop, &group->beat,
		    monotime_after_ms(loop_now(park->loop), GROUP_BEAT_MS));
}

static struct park_group *
leave(struct park_member *member)
{
	struct park_group *group = member->group;

	member_remove(member->is_stream ? &group->streams : &group->polls,
	    member);
	member->group = NULL;
	return group;
}

void
group_join(struct park_group *group, struct park_member *member)
{
	enter(group, member);
	group->park->n_members++;
}

void
group_quit(struct park_member *member)
{
	struct park_group *group = leave(member);

	group->park->n_members--;
	loop_timer_clear(group->park->loop, &member->timer);
	group_sweep(group);
}

/* --- something to say --------------------------------------------------------- */

/* Close it; its streams will go on to the group that a wait (taken over)
 * belongs to. */
static void
close_to(struct park_group *group, struct wait *next)
{
	group_close(group);
	if (group->streams.first == NULL && group->pins == 0) {
		wait_free(next);
	} else {
		group->successor = group_of(group->park, next);
		group->successor->pins++;
	}
	group_enqueue(group);
}

/* NULL when there is none for streams. */
static struct frame *
frame_event(const struct wait *wait, const struct response *answer)
{
	struct buf head = { 0 };
	struct frame_text text = { .head = &head, .page = answer->page };
	struct frame *frame = NULL;

	text.foot = wait_event(wait, answer, &head);
	if (text.foot != NULL) {
		text.body = page_bytes(answer->page);
		frame = frame_new(GROUP_COMMON_ID, &text, FRAME_OPEN);
	}
	buf_fini(&head);
	return frame;
}

bool
group_ask(struct park_group *group, bool is_due)
{
	struct response *answer;

	if (!is_due && wait_skip(group->wait, &group->bench->glance))
		return false;
	answer = mem_new(1, sizeof(*answer));
	response_init(answer);
	stats_add(group->park->stats, STATS_READS, 1);
	if (!wait_answer(group->wait, is_due, answer)) {
		response_fini(answer);
		free(answer);
		return false;
	}
	stats_add(group->park->stats, STATS_ENCODES, 1);
	group->answer = answer;
	group->event = frame_event(group->wait, answer);
	group->counts = STATS_EVENTS_SENT;
	close_to(group,
	    group->event != NULL ? wait_behind(group->wait)
				 : wait_again(group->wait));
	return true;
}

/*
 * A closed group of the streams alone, which are sent a frame (taken over) and
 * go on to a successor.
 */
static void
send_streams(struct park_group *group, struct frame *frame,
    struct park_group *successor, enum stats_counter counts)
{
	struct park_group *round = group_alloc(group->park, group->bench);
	struct park_member *member;

	round->is_closed = true;
	round->event = frame;
	round->counts = counts;
	round->successor = successor;
	if (successor != NULL)
		successor->pins++;
	while ((member = group->streams.first) != NULL) {
		(void)leave(member);
		enter(round, member);
	}
	group_enqueue(round);
	group_sweep(group);
}

static struct frame *
frame_open(struct buf *text)
{
	return frame_of_text(GROUP_COMMON_ID, text, FRAME_OPEN);
}

/* The timer of a group that has streams, or had some. */
static void
beat(void *arg)
{
	struct park_group *group = arg;
	struct park *park = group->park;
	struct monotime now = loop_now(park->loop);
	struct buf text = { 0 };

	if (group->streams.first == NULL)
		return;
	loop_timer_set(park->loop, &group->beat,
	    monotime_after_ms(now, GROUP_BEAT_MS));
	if (wait_bookmark(group->wait, &text)) {
		send_streams(group, frame_open(&text),
		    group_of(park, wait_behind(group->wait)), STATS_BOOKMARKS);
	} else if (monotime_reached(monotime_after_ms(group->told,
					wait_heartbeat_ms(group->wait)),
		       now)) {
		group->told = now;
		wait_heartbeat(group->wait, &text);
		send_streams(group, frame_open(&text), group, STATS_HEARTBEATS);
	}
}

struct park_group *
group_new(struct park *park, struct wait *wait)
{
	struct park_group *group =
	    group_alloc(park, park_bench(park, wait_project(wait)));

	group->wait = wait;
	group->hash = wait_hash(wait);
	group->rings = group->bench->rings;
	group->told = loop_now(park->loop);
	group->beat.fn = beat;
	group->beat.arg = group;
	if (park->n_groups == park->n_buckets)
		books_grow(park);
	books_add(park, group);
	group_list_append(&group->bench->groups, group);
	group->bench->n_groups++;
	park->n_groups++;
	stats_move(park->stats, STATS_GROUPS, 1);
	return group;
}

void
group_end_streams(struct park_group *group, struct frame *frame)
{
	if (group->streams.first != NULL)
		send_streams(group, frame_ref(frame), NULL, STATS_BYES);
}

void
group_end(struct park_group *group, struct frame *frame)
{
	struct response *answer = mem_new(1, sizeof(*answer));
	bool is_answered;

	response_init(answer);
	is_answered = wait_answer(group->wait, true, answer);
	assert(is_answered);
	group_close(group);
	group->answer = answer;
	group->event = frame_ref(frame);
	group->counts = STATS_BYES;
	group_enqueue(group);
}

/* --- saying it ---------------------------------------------------------------- */

static void
tell_poll(struct park_group *group)
{
	struct park *park = group->park;
	struct park_member *member = group->polls.first;

	group_quit(member); /* a closed group stays */
	slots_give(park->slots, &member->slot);
	stats_move(park->stats, STATS_POLLS_WAITING, -1);
	stats_add(park->stats, STATS_POLLS_ANSWERED, 1);
	park->calls->answer(member->arg, group->answer);
}

static void
tell_stream(struct park_group *group)
{
	struct park *park = group->park;
	struct park_member *member = group->streams.first;

	if (group->successor != NULL) {
		(void)leave(member);
		enter(group->successor, member);
	} else {
		park_leave(park, member);
	}
	if (group->event == NULL)
		return;
	stats_add(park->stats, group->counts, 1);
	park->calls->event(member->arg, group->event);
}

bool
group_tell(struct park *park, struct monotime until)
{
	struct park_group *group = park->queue.first;

	while (group->polls.first != NULL || group->streams.first != NULL) {
		if (group->polls.first != NULL)
			tell_poll(group);
		else
			tell_stream(group);
		if (monotime_reached(until, monotime_now()))
			return false;
	}
	group_list_remove(&park->queue, group);
	if (group->successor != NULL) {
		group->successor->pins--;
		group_sweep(group->successor);
	}
	group_free(group);
	return true;
}
