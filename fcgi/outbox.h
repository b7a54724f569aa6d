/*
 * outbox: what is on its way to one peer.  As much as the socket takes is sent
 * at once; only the rest is queued, as a small head of our own and a reference
 * to the page, which other connections share.
 *
 * The queue is bounded by its owner: conn.c reads nothing from a peer that has
 * something waiting here, so it cannot ask for more.
 *
 * Floor 3.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "span.h"

struct outbox_item; /* opaque */
struct page;

struct outbox { /* {0} is empty */
	struct outbox_item *first, *last;
};

enum outbox_state {
	OUTBOX_EMPTY,  /* all is sent */
	OUTBOX_FULL,   /* call outbox_flush() when the socket can be written */
	OUTBOX_BROKEN, /* the peer has gone */
};

void outbox_fini(struct outbox *);

/* Records, whole and ready; copied if need be. */
enum outbox_state outbox_add(struct outbox *, int fd, struct span) MUST_CHECK;

/* A CGI answer; body lies in page, which may be NULL when body is empty. */
struct outbox_answer {
	uint16_t id;      /* of the request */
	struct buf *head; /* its bytes may be taken over */
	struct page *page;
	struct span body;
};

/* Frame it and send it, with END_REQUEST behind it. */
enum outbox_state outbox_answer(struct outbox *, int fd,
    const struct outbox_answer *) MUST_CHECK;

enum outbox_state outbox_flush(struct outbox *, int fd) MUST_CHECK;

#endif /* OUTBOX_H */
