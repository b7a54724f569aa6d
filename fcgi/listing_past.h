/*
 * listing_past: a listing of a collection as it was, made in slices.
 *
 * Floor 3.  A part of listing.
 */
#ifndef LISTING_PAST_H
#define LISTING_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "listing.h"
#include "monotime.h"

struct listing_past; /* opaque */

/*
 * As it was at seq.  The query's coll, filter, after and arg are
 * borrowed to the end.
 */
struct listing_past *listing_past_new(const struct listing_query *,
    uint64_t seq);
void listing_past_free(struct listing_past *); /* may be NULL */

/*
 * Go on until a time, or a little longer: append rows to out, which is the same
 * each time.  ERR_GONE when the log no longer reaches back; otherwise as
 * listing_write().
 */
const struct err *listing_past_write(struct listing_past *, struct store *,
    struct monotime until, struct buf *out, bool *is_over) MUST_CHECK;

/* When it is over. */
const struct listing *listing_past_result(const struct listing_past *);

#endif /* LISTING_PAST_H */
