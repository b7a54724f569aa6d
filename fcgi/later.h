/*
 * later: an answer that is not made at one go.  It waits until the store has
 * reached a cursor (min=), or it is work that would keep everybody else waiting
 * and is done in slices; or one after the other.
 *
 * A handler leaves it in its response instead of an answer.  The door that
 * finds it there keeps the request with it, and asks it to go on until it has
 * an answer: the daemon between other things (park_later.c), a process that the
 * web server has started at once (vigil.c).
 *
 * Floor 3.
 */
#ifndef LATER_H
#define LATER_H

#include <stdbool.h>

#include "api.h"
#include "cursor.h"
#include "err.h"
#include "monotime.h"

struct later; /* opaque */
struct request;
struct response;

enum { LATER_AWAIT_MS = 5000 };

struct later_work {
	/* Go on until a time, or a little longer; true: response is filled. */
	bool (*go_on)(void *arg, struct monotime until, struct response *);
	void (*free)(void *arg);
};

/*
 * For handlers: work that follows.  The request stays until it is done or
 * given up, and arg is freed then.
 */
void later_do(struct response *, const struct later_work *, void *arg);

/*
 * For route(): the same handler is to be asked when the store has reached the
 * cursor in the parameter min; *is_later says so.  ERR_BAD_REQUEST; ERR_GONE
 * when it is of another log; what the store says.
 */
const struct err *later_await(const struct api *, api_fn *answer,
    struct response *, bool *is_later) MUST_CHECK;

/* --- for doors --- */

/* The request that it came from is its own from now on. */
void later_keep(struct later *, struct request *);
void later_free(struct later *); /* may be NULL */

/* The project whose store has yet to reach a cursor; NULL: there is work. */
struct project *later_awaits(const struct later *);
struct monotime later_deadline(const struct later *); /* of waiting */
/* Does it wait no more, since the log is there?  (Or is another one.) */
bool later_is_reached(const struct later *, struct cursor head);
/* Where the store is now; false when it cannot be read. */
bool later_head(struct project *, struct cursor *);
struct span later_address(const struct later *); /* of the client */

/* Work until a time, or a little longer; true: response is filled. */
bool later_go_on(struct later *, struct monotime until, struct response *);

/* It has waited too long; or it may not wait, since too many do. */
void later_late(const struct later *, struct response *);
void later_refuse(struct response *);

#endif /* LATER_H */
