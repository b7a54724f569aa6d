/*
 * wait: a request that waits for news: what it selects, where its client
 * stands, until when.  It holds a cursor, never messages, and no statement.
 *
 * Waits with equal keys are one group: whoever parks them asks the first and
 * gives its answer to all.  A door joins the wait to its list first and asks
 * wait_answer() once more before it sleeps: a change between the first look
 * and the list would be missed otherwise.
 *
 * Floor 3.
 */
#ifndef WAIT_H
#define WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "cursor.h"
#include "err.h"
#include "monotime.h"
#include "span.h"

struct app;
struct filter;
struct project;
struct response;
struct wait; /* opaque */

struct wait_query {
	struct cursor since;   /* epoch 0: the client holds nothing */
	struct filter *filter; /* taken over */
	bool is_standard, is_strict;
};

/* Not parked yet: no slot is taken, and nobody has looked. */
struct wait *wait_new(struct app *, struct project *,
    const struct wait_query *);

/*
 * Take a slot, until so many milliseconds from now.  False when this process
 * holds as many waits as it can.
 */
bool wait_park(struct wait *, uint32_t ms);

/*
 * Answer "none", with the hint to poll, to a wait that found no slot and no
 * news.
 */
void wait_refuse(struct wait *, struct response *);

void wait_free(struct wait *); /* gives the slot back; may be NULL */

struct project *wait_project(const struct wait *);
struct monotime wait_deadline(const struct wait *);

/* Equal for waits whose answers are equal. */
struct span wait_key(const struct wait *);

/*
 * Is there news?  True: response is filled (with news, an error, or, with
 * is_due, "none").  False: still nothing, sleep on.  Cheap when the bell says
 * so: no database is touched then.
 */
bool wait_answer(struct wait *, bool is_due, struct response *);

#endif /* WAIT_H */
