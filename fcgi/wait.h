/*
 * wait: a request that waits for news: what it wants to hear of, where its
 * client stands, until when.  It holds a cursor, never messages, and no
 * statement.
 *
 * Waits that are alike (the same wish at the same place) have equal answers:
 * whoever parks them asks one of them and tells all.  A door joins the wait to
 * its list first and looks once more before it sleeps: a change between the
 * first look and the list would be missed otherwise.
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

struct app;
struct buf;
struct filter;
struct glance;
struct project;
struct response;
struct wait; /* opaque */

enum wait_shape {
	WAIT_CHANGES,  /* JSON as `changes` answers it */
	WAIT_ENTITIES, /* events of shape=entity; streams only */
};

struct wait_query {
	struct cursor since;   /* epoch 0: the client holds nothing */
	struct filter *filter; /* taken over */
	bool is_standard, is_strict;
	uint32_t steps; /* 0: squashed; else single changes, at most so many */
	bool is_stream; /* told again and again; else once */
	enum wait_shape shape;
	uint32_t ms; /* how long, unless it is a stream; with a random part of
	              * up to a sixteenth: a herd that began to wait at the same
	              * time does not come back at the same time */
	uint64_t address; /* of the client, for admission (slots.h) */
};

enum { WAIT_CHANCE_PART = 16 };

/* Nobody has looked yet; the time runs. */
struct wait *wait_new(struct app *, struct project *,
    const struct wait_query *);
void wait_free(struct wait *); /* may be NULL */

/* The same wish at the place behind the last answer. */
struct wait *wait_behind(const struct wait *);
/* … at the same place. */
struct wait *wait_again(const struct wait *);
/* … for another client, whose time begins now. */
struct wait *wait_for_another(const struct wait *, uint64_t address);

struct project *wait_project(const struct wait *);
struct monotime wait_deadline(const struct wait *);
uint64_t wait_address(const struct wait *);
bool wait_is_stream(const struct wait *);
enum wait_shape wait_shape(const struct wait *);

uint64_t wait_hash(const struct wait *);
bool wait_is_alike(const struct wait *, const struct wait *);

/*
 * Is there news?  True: response is filled (with news, an error, or, with
 * is_due, "none").  False: still nothing, sleep on.  Cheap when the bell says
 * so: no database is touched then.
 */
bool wait_answer(struct wait *, bool is_due, struct response *);

/* True: a glance says that nothing so far is of this wait's concern; the next
 * wait_answer() begins behind it. */
bool wait_skip(struct wait *, const struct glance *);

/* Nobody can hold it, nor so many others: answer "none", with the hint to poll
 * at a time that spreads them. */
void wait_refuse(struct wait *, uint32_t crowd, struct response *);

/*
 * For streams: events as text/event-stream, each appended whole.
 *
 * wait_event() has what the last wait_answer() said; what is appended stands
 * before the response's page, what is returned behind it.  NULL when that was
 * an error, which a stream outlives.
 */
const char *wait_event(const struct wait *, const struct response *,
    struct buf *head);

/*
 * An event that only moves the client's cursor, to behind what was found to be
 * none of its business; false when there was nothing such.
 */
bool wait_bookmark(struct wait *, struct buf *);

/* Sent by itself, WAIT_READY_MS after the first event (api_events.c), but not
 * with WAIT_ENTITIES. */
enum { WAIT_READY_MS = 250 };
void wait_ready(const struct wait *, struct buf *);

/* How often a stream that is silent shows that it lives. */
uint32_t wait_heartbeat_ms(const struct wait *);
void wait_heartbeat(const struct wait *, struct buf *);

/* The same of a stream: bye instead of it.  reason is a constant. */
void wait_dismiss(const struct wait *, uint32_t crowd, const char *reason,
    struct response *);

#endif /* WAIT_H */
