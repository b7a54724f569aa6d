/*
 * row: what the store remembers of a collection's files, so that a restart
 * reads only what has changed.  A cache: rows are written when there is
 * nothing better to do, and one that is missing costs one reading.  A row is
 * true as long as it is there: a change of the entity drops it, in the same
 * transaction.  Else a file that changes, and after a crash changes back,
 * would seem to be as it was.
 *
 * Floor 3.
 */
#ifndef ROW_H
#define ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct coll;
struct seen_file;

/* Bring what the store has into coll->seen, once. */
const struct err *row_load(struct coll *) MUST_CHECK;

/* The row of this file is not as the file is: have it written. */
void row_touch(struct coll *, struct seen_file *);

/* The file is gone, or is about to change its entity. */
const struct err *row_drop(struct coll *, struct seen_file *) MUST_CHECK;

/* Is there anything to write? */
bool row_is_due(const struct coll *);

/* Write at most n, and the root's own; in a transaction. */
const struct err *row_write(struct coll *, uint32_t n) MUST_CHECK;

#endif /* ROW_H */
