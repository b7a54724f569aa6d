/*
 * press: makes the gzip forms of large pages in slices of PRESS_SLICE_MS, while
 * the requests for them wait, so that nobody else does: 10 MB take 100 ms and
 * more.  One page after the other; who asks for one that is being made joins
 * those who wait for it.
 *
 * Floor 3.
 */
#ifndef PRESS_H
#define PRESS_H

#include "loop.h"

enum { PRESS_SLICE_MS = 4 };

struct press;        /* opaque */
struct press_member; /* opaque: one waiting request */
struct response;

/* The page of this response has its gzip form, or is found to need none. */
typedef void press_fn(void *arg, struct response *);

struct press *press_new(struct loop *, press_fn *);
/* Nobody may wait any more. */
void press_free(struct press *);

/*
 * Wait until page_is_unsqueezed() is false for the response's page; then the
 * press's function is called with arg, and the member has gone.
 */
struct press_member *press_join(struct press *, const struct response *,
    void *arg);

/* The client has gone; member may be NULL. */
void press_leave(struct press *, struct press_member *);

#endif /* PRESS_H */
