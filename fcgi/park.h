/*
 * park: the requests of one process that wait for news, and what wakes them.
 *
 *   bell rings ──inotify──► each group of that project is asked once
 *   every 2 s  ───────────► each group is asked once
 *   a deadline ───────────► that poll is answered "none"
 *   silence    ───────────► the streams of a group are sent a heartbeat, or a
 *                           bookmark where their place has moved
 *
 * Two kinds of members: polls, which leave with their answer, and streams,
 * which are sent an event and go on to the place behind it.  Waits that are
 * alike are one group (park_group.h): one read, one encoding, one frame.
 *
 * Answers that are made later (later.h) are held here as well: those that wait
 * for a cursor until a bell rings, those that are work one after the other.
 *
 * Work is done in slices of PARK_SLICE_MS, so that a herd of waiters does not
 * keep other requests waiting.  After a round that took long the project rests
 * for as long again: what happens meanwhile is one round, not many.
 *
 * One inotify instance serves all projects (128 a user is what Linux gives);
 * a project nobody waits for is not watched.  Without inotify the bells are
 * read every 50 ms while somebody waits.
 *
 * Floor 3.
 */
#ifndef PARK_H
#define PARK_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "loop.h"
#include "slots.h"

struct app;
struct frame;
struct park; /* opaque */
struct later;
struct park_group; /* opaque */
struct park_later; /* opaque */
struct response;
struct wait;

struct park_calls {
	/*
	 * News for a poll, or its time is up; or what was made later.  The
	 * response is borrowed, and shared with others.  The member has left
	 * the park.
	 */
	void (*answer)(void *arg, struct response *);
	/*
	 * Something for a stream, which goes on (it may be held or leave
	 * inside of this call) unless the frame is the last one: then it has
	 * left the park.  The frame is borrowed, and for requests with id 1.
	 */
	void (*event)(void *arg, struct frame *);
};

/* One waiting request; storage is the caller's, zeroed before its first use. */
struct park_member {
	void *arg; /* for the park's calls; the caller's to set */
	struct park_group *group; /* NULL: not parked */
	struct park_later *later; /* NULL: not that either */
	struct park_member *prev, *next;
	struct slot slot; /* held from park_admit() to park_leave() */
	bool is_stream;
	struct loop_timer timer; /* a poll's deadline */
};

/* The slots are borrowed. */
const struct err *park_new(struct park **, struct loop *, struct app *,
    struct slots *, const struct park_calls *) MUST_CHECK;
/* Nobody may be parked any more. */
void park_free(struct park *);

/*
 * Takes a poll's wait over.  False: it is parked.  True: something happened in
 * the meantime, or there is no slot for it; response is filled, and nothing is
 * parked.
 */
bool park_join(struct park *, struct park_member *, struct wait *,
    struct response *);

/*
 * Takes an answer over that is made later, with its request.  True: it is made;
 * response is filled, and nothing is parked.
 */
bool park_later(struct park *, struct park_member *, struct later *,
    struct response *);

/*
 * Take a slot for a stream, which will follow.  False: there is none, and
 * response is bye.
 */
bool park_admit(struct park *, struct park_member *, const struct wait *,
    struct response *);
/* Takes a stream's wait over: from now on it is told what happens. */
void park_follow(struct park *, struct park_member *, struct wait *);
/* Tell a stream nothing until it follows again, by the wait returned. */
struct wait *park_hold(struct park_member *) MUST_CHECK;

/* The client has gone; nothing happens to one that holds nothing here. */
void park_leave(struct park *, struct park_member *);

/* The last frame for a stream that is to come back later. */
struct frame *park_bye(const struct park *, uint16_t id, const char *reason);

/* Send all streams away, for a reason (a constant). */
void park_end_streams(struct park *, const char *reason);
/* … and answer all polls now: "none". */
void park_end(struct park *, const char *reason);

/* Whoever is parked. */
uint32_t park_n(const struct park *);

#endif /* PARK_H */
