/*
 * feed_steps: every change between two places in the log, one by one, as an
 * auditor reads it: a page of them, and where it ends.
 *
 * With a where the edges of the selection are told change by change, so that
 * whoever applies them holds at each seq what was selected then:
 *
 *   was  is
 *    -    -   nothing
 *    -    +   put, base 0, whatever the change was
 *    +    -   delete
 *    +    +   the change as it happened
 *
 * Floor 2.  A part of feed.
 */
#ifndef FEED_STEPS_H
#define FEED_STEPS_H

#include "err.h"

struct feed;
struct feed_query;
struct store;

/*
 * A page ends before it would hold more bytes, unless it is a single change;
 * or when so many changes were looked at, most of them in vain.
 */
enum {
	FEED_STEPS_MAX = 1000, /* most changes of a page */
	FEED_STEPS_BYTES_MAX = 1 << 20,
	FEED_STEPS_LOOKS_MAX = 20000,
};

/*
 * Write the page behind query->since, which the log knows, up to out->to, which
 * becomes the place where it ends; inside a view.
 */
const struct err *feed_steps(struct store *, const struct feed_query *,
    struct feed *out) MUST_CHECK;

#endif /* FEED_STEPS_H */
