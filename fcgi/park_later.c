#include "park_later.h"

#include <stdlib.h>

#include "bell.h"
#include "later.h"
#include "mem.h"
#include "park_group.h"
#include "project.h"
#include "response.h"

struct park_later {
	struct park *park;
	struct park_member *member;
	struct later *later;
	struct bench *bench;            /* NULL: it is in the queue */
	struct park_later *prev, *next; /* of the bench, or in the queue */
	struct loop_timer timer;        /* for how long it waits */
};

/* --- the two lists ------------------------------------------------------------ */

static void
detach(struct park_later *l)
{
	struct park *park = l->park;

	if (l->prev != NULL)
		l->prev->next = l->next;
	else if (l->bench != NULL)
		l->bench->laters = l->next;
	else
		park->first_later = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	else if (l->bench == NULL)
		park->last_later = l->prev;
	l->prev = l->next = NULL;
}

static void
wait_in(struct park_later *l, struct bench *bench)
{
	l->bench = bench;
	l->next = bench->laters;
	if (l->next != NULL)
		l->next->prev = l;
	bench->laters = l;
}

static void
append(struct park_later *l)
{
	struct park *park = l->park;

	l->bench = NULL;
	l->prev = park->last_later;
	if (l->prev != NULL)
		l->prev->next = l;
	else
		park->first_later = l;
	park->last_later = l;
	loop_timer_set(park->loop, &park->later_timer, loop_now(park->loop));
}

void
park_later_quit(struct park_member *member)
{
	struct park_later *l = member->later;

	if (l == NULL)
		return;
	member->later = NULL;
	detach(l);
	loop_timer_clear(l->park->loop, &l->timer);
	l->park->n_members--;
	later_free(l->later);
	free(l);
}

static void
answer(struct park *park, struct park_member *member, struct response *response)
{
	park_leave(park, member);
	park->calls->answer(member->arg, response);
	response_fini(response);
}

/* --- work --------------------------------------------------------------------- */

static void
work(void *arg)
{
	struct park *park = arg;
	struct monotime until =
	    monotime_after_ms(monotime_now(), PARK_LATER_SLICE_MS);
	struct response response;

	while (park->first_later != NULL &&
	    !monotime_reached(until, monotime_now())) {
		struct park_later *l = park->first_later;

		response_init(&response);
		if (later_go_on(l->later, until, &response))
			answer(park, l->member, &response);
	}
	if (park->first_later != NULL)
		loop_timer_set(park->loop, &park->later_timer,
		    loop_now(park->loop));
}

void
park_later_init(struct park *park)
{
	park->later_timer.fn = work;
	park->later_timer.arg = park;
}

/* --- waiting ------------------------------------------------------------------ */

static void
reached(struct bench *bench, struct cursor head)
{
	struct park_later *l = bench->laters, *next;

	for (; l != NULL; l = next) {
		next = l->next;
		if (!later_is_reached(l->later, head))
			continue;
		loop_timer_clear(l->park->loop, &l->timer);
		detach(l);
		append(l);
	}
}

void
park_later_ring(struct bench *bench)
{
	struct bell_ring ring;
	struct bell_pulse pulse;

	if (bench->laters == NULL)
		return;
	project_bell(bench->project, &ring, &pulse);
	if (ring.epoch != 0)
		reached(bench, (struct cursor){ ring.epoch, ring.seq });
}

void
park_later_look(struct bench *bench)
{
	struct cursor head;

	if (bench->laters != NULL && later_head(bench->project, &head))
		reached(bench, head);
}

static void
late(void *arg)
{
	struct park_later *l = arg;
	struct response response;

	response_init(&response);
	later_late(l->later, &response);
	answer(l->park, l->member, &response);
}

void
park_later_end(struct park *park)
{
	for (size_t i = 0; i < park->n_benches; i++)
		while (park->bench[i].laters != NULL)
			late(park->bench[i].laters);
}

/* --- joining ------------------------------------------------------------------ */

static struct park_later *
hold(struct park *park, struct park_member *member, struct later *later)
{
	struct park_later *l = mem_new(1, sizeof(*l));

	l->park = park;
	l->member = member;
	l->later = later;
	l->timer.fn = late;
	l->timer.arg = l;
	member->later = l;
	park->n_members++;
	return l;
}

/* False: there is no slot. */
static bool
join_bench(struct park *park, struct park_member *member, struct later *later)
{
	struct bench *bench = park_bench(park, later_awaits(later));
	struct park_later *l;

	if (!park_take_slot(park, member, slots_address(later_address(later))))
		return false;
	l = hold(park, member, later);
	wait_in(l, bench);
	loop_timer_set(park->loop, &l->timer, later_deadline(later));
	park_keep_watch(park, bench);
	/* It may have come between the first look and the watch. */
	park_later_look(bench);
	return true;
}

bool
park_later(struct park *park, struct park_member *member, struct later *later,
    struct response *response)
{
	struct monotime until =
	    monotime_after_ms(monotime_now(), PARK_LATER_SLICE_MS);

	member->is_stream = false;
	if (later_awaits(later) != NULL) {
		if (join_bench(park, member, later))
			return false;
		later_refuse(response);
	} else if (park->first_later != NULL ||
	    !later_go_on(later, until, response)) {
		append(hold(park, member, later));
		return false;
	}
	later_free(later);
	return true;
}
