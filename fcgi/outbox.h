/*
 * outbox: what is on its way to one peer.  As much as the socket takes is sent
 * at once; only for the rest a reference to the frame is queued.
 *
 * The queue is bounded by its owner: conn.c reads nothing from a peer that has
 * something waiting here, so it cannot ask for more, and sends no second event
 * while the first one waits.
 *
 * Floor 3.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stddef.h>

#include "err.h"
#include "span.h"

struct frame;
struct outbox_item; /* opaque */

struct outbox { /* {0} is empty */
	struct outbox_item *first, *last;
};

enum outbox_state {
	OUTBOX_EMPTY,  /* all is sent */
	OUTBOX_FULL,   /* call outbox_flush() when the socket can be written */
	OUTBOX_BROKEN, /* the peer has gone */
};

void outbox_fini(struct outbox *);

enum outbox_state outbox_send(struct outbox *, int fd, struct frame *)
    MUST_CHECK;

/* Records, whole and ready; copied if need be. */
enum outbox_state outbox_add(struct outbox *, int fd, struct span) MUST_CHECK;

enum outbox_state outbox_flush(struct outbox *, int fd) MUST_CHECK;

/* What waits in it. */
size_t outbox_bytes(const struct outbox *);

#endif /* OUTBOX_H */
