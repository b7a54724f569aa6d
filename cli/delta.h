/*
 * delta: where two documents differ, for people: old and new value of each
 * place, in document order.  A patch says what to do; this says what is.
 *
 * Floor 3; pure.
 */
#ifndef DELTA_H
#define DELTA_H

#include <stdbool.h>

#include "ink.h"
#include "json.h"
#include "span.h"

struct delta_place {
	struct span pointer; /* JSON Pointer, as it stands in a string */
	struct span from;    /* canonical; empty: it was not there */
	struct span to;      /* empty: it is no longer there */
};

typedef void delta_fn(const struct delta_place *, void *arg);

/*
 * Call fn for each place.  Elements of arrays are partners by the first of id,
 * key, uuid, name that they have, or when they are the same, or by position
 * when none is and there are as many; the index is the new one, and of those
 * that are gone the old one.  The order of an object's keys is no difference.
 */
void delta(const struct json *from, const struct json *to, delta_fn *fn,
    void *arg);

/*
 * Append a line: "~ /a  1 → 2", "+ /a  2" or "- /a  1".  Of long texts that
 * have the same beginning or end, that is left out; long values are cut.
 */
void delta_line(struct ink, const struct delta_place *, struct buf *);

#endif /* DELTA_H */
