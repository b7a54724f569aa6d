/*
 * park_group: those who wait for the same news at the same place of the log.
 *
 * An open group is in the books: whoever waits alike joins it.  When there is
 * something to say it is closed and queued: its polls leave with the answer,
 * its streams go on to the group of the place behind the event, its successor.
 * A heartbeat is a closed group too, whose streams come back to where they
 * were.  So each wake touches each member once, and what takes longer than a
 * slice goes on where it was.
 *
 * Floor 3.  A part of park.
 */
#ifndef PARK_GROUP_H
#define PARK_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "glance.h"
#include "loop.h"
#include "monotime.h"
#include "park.h"
#include "stats.h"

struct member_list {
	struct park_member *first, *last;
};

struct group_list {
	struct park_group *first, *last;
};

/* A project, and the open groups that wait for it; the one asked last stands
 * last. */
struct bench {
	struct project *project;
	struct group_list groups;
	size_t n_groups;
	struct glance glance;  /* good where there are many groups */
	uint64_t glanced;      /* at so many rings */
	uint64_t rings;        /* grows with each reason to ask them again */
	struct monotime rang;  /* the bell, not all told yet; ns 0: no */
	struct monotime began; /* this round of asking; ns 0: none is on */
	bool has_told;         /* somebody, in this round */
	struct monotime rests; /* nobody is asked before */
	int watch;             /* -1: none */
	struct park_later *laters; /* that wait for the store to get on */
};

struct park_group {
	struct park_group *prev, *next; /* of the bench, or in the queue */
	struct park_group *chain;       /* in the books' bucket */
	struct park *park;
	struct bench *bench;
	struct wait *wait; /* what each of them waits for */
	struct member_list polls, streams;
	uint64_t hash;
	uint64_t rings;       /* of the bench when it was last asked */
	uint32_t pins;        /* closed groups whose streams will come here */
	struct monotime told; /* when its streams were sent anything */
	struct loop_timer beat;
	/* Of a closed one: */
	struct response *answer;   /* for its polls */
	struct frame *event;       /* for its streams; NULL: they just move */
	enum stats_counter counts; /* what each of them is one of */
	struct park_group *successor; /* NULL: the event is their last */
	bool is_closed;
};

struct park {
	struct loop *loop;
	struct slots *slots;
	struct stats *stats;
	const struct park_calls *calls;
	struct bench *bench;
	size_t n_benches;
	struct park_group **bucket; /* the books: open groups by hash */
	size_t n_buckets, n_groups;
	uint32_t n_members;
	struct group_list queue;   /* closed groups, not told to the end */
	struct loop_io inotify_io; /* fd -1: the kernel gave us none */
	struct loop_timer look_timer;
	struct loop_timer work_timer;
	struct park_later *first_later, *last_later; /* work to be done */
	struct loop_timer later_timer;
};

void group_list_append(struct group_list *, struct park_group *);
void group_list_prepend(struct group_list *, struct park_group *);
void group_list_remove(struct group_list *, struct park_group *);

struct bench *park_bench(const struct park *, const struct project *);

/* The open group of all who wait alike; NULL when there is none. */
struct park_group *group_find(const struct park *, const struct wait *);
/* A new one; takes the wait over. */
struct park_group *group_new(struct park *, struct wait *);

/* An open group that nobody is in and nobody will come to goes. */
void group_sweep(struct park_group *);

void group_join(struct park_group *, struct park_member *);
/* Out of its group, which goes with its last member. */
void group_quit(struct park_member *);

/*
 * Ask for news, or for an end (is_due); true when the group is closed and
 * queued, with something to say.
 */
bool group_ask(struct park_group *, bool is_due);

/* Close it and queue it, to send its streams this frame, their last, and its
 * polls an answer. */
void group_end(struct park_group *, struct frame *);
/* The streams alone. */
void group_end_streams(struct park_group *, struct frame *);

/* Tell the first of the queue; false: out of time. */
bool group_tell(struct park *, struct monotime until);

#endif /* PARK_GROUP_H */
