/*
 * park: the requests of one process that wait for news, and what wakes them.
 *
 *   bell rings ──inotify──► each group of that project is asked once
 *   every 2 s  ───────────► each group is asked once
 *   a deadline ───────────► that member is answered "none"
 *
 * Waits with equal keys are one group: one wait_answer(), one page, N sends.
 * A group that is being answered is off the books, so whoever comes back
 * joins a new one.  Work is done in slices of PARK_SLICE_MS, so that a herd of
 * waiters does not keep other requests waiting.
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

struct app;
struct park;       /* opaque */
struct park_group; /* opaque */
struct response;
struct wait;

/*
 * News for a member, or its time is up.  The response is borrowed, and shared
 * with others.  The member has left the park and its wait is freed.
 */
typedef void park_fn(void *arg, struct response *);

/* One waiting request; storage is the caller's, zeroed before its first use. */
struct park_member {
	void *arg; /* for the park's function; the caller's to set */
	struct park_group *group; /* NULL: not parked */
	struct park_member *prev, *next;
	struct wait *wait; /* owned */
	struct loop_timer timer;
};

const struct err *park_new(struct park **, struct loop *, struct app *,
    park_fn *) MUST_CHECK;
/* Nobody may be parked any more. */
void park_free(struct park *);

/*
 * Takes the wait over.  False: it is parked.  True: something happened in the
 * meantime; response is filled, and nothing is parked.
 */
bool park_join(struct park *, struct park_member *, struct wait *,
    struct response *);

/* The client has gone; nothing happens to one that is not parked. */
void park_leave(struct park_member *);

/* Answer everybody now: "none". */
void park_end(struct park *);

uint32_t park_n(const struct park *);

#endif /* PARK_H */
