/*
 * store_trim: letting go of the oldest changes, so that the log stays within
 * bounds.  The floor rises and never falls; the epoch stays.  Every cursor
 * from the floor on is answered as before, and every entity can be rebuilt as
 * it was at the floor and at any time since.
 *
 * Floor 2.  Include store.h.
 */
#ifndef STORE_TRIM_H
#define STORE_TRIM_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct store; /* store.h */

/*
 * Raise the floor to a seq, or part of the way, inside a transaction of the
 * writer.  The newest change stays in any case.
 *
 * until    the floor that is wanted; beyond the head's predecessor it is that
 * steps    changes to pass, at least 1: to do it in transactions as short as
 *          wanted.  A few us each, but for one that carries a large document
 *          or is the last of a long chain (STORE_STEPS_MAX)
 * is_done  out: nothing is left to be done
 */
const struct err *store_trim(struct store *, uint64_t until, uint32_t steps,
    bool *is_done) MUST_CHECK;

/*
 * Write the file anew, without the pages that became free: it keeps its size
 * otherwise, and what comes next is put into them.  Outside a transaction;
 * takes as long as copying the file, and as much room on the disk again.
 * ERR_UNAVAILABLE when somebody else is writing.
 */
const struct err *store_compact(struct store *) MUST_CHECK;

#endif /* STORE_TRIM_H */
