/*
 * feed_write: one element of "changes", and the snapshot made of such.
 *
 * Floor 2.  A part of feed.
 */
#ifndef FEED_WRITE_H
#define FEED_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "monotime.h"
#include "span.h"

struct filter;
struct store;

enum feed_op { FEED_PUT, FEED_PATCH, FEED_DELETE, FEED_OP__MAX };

struct feed_element {
	uint64_t seq;
	uint64_t base;
	struct walltime at;
	enum feed_op op;
	struct span collection, id;
	struct span mutation; /* may be empty */
	struct span content;  /* patch or body; empty for a delete */
};

/* Append it, with a comma before it unless it is the first in out ("["). */
void feed_write(struct buf *out, const struct feed_element *);

/* What feed_write makes of a put, at least, beside name, id and body. */
extern const size_t feed_write_put_bytes;

/*
 * Append "[…]" with a put for every selected entity, oldest version first.
 *
 * bytes_max  give up as soon as it gets longer, or so many entities were
 *            looked at in vain that it is dear to find out; 0: no limit
 * is_whole   out: false when given up; out is then as it was before
 */
const struct err *feed_write_snapshot(struct store *, const struct filter *,
    size_t bytes_max, struct buf *out, bool *is_whole) MUST_CHECK;

#endif /* FEED_WRITE_H */
