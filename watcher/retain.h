/*
 * retain: how much of the past is kept, by number, age and size (the limits
 * of struct config_keep), and what goes first on a full disk.
 *
 * Age is told by clocks that may be wrong.  Within an hour it takes at most a
 * RETAIN_HOURS-th of the log, or RETAIN_AGED_MIN changes where that is more:
 * a clock that is years ahead for an hour costs no more than that.  A change
 * whose time lies in the future is as old as the next one whose does not, so
 * what such a clock has left behind does not stay for years.
 *
 * Floor 3.
 */
#ifndef RETAIN_H
#define RETAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "monotime.h"

struct config_keep;
struct store;

enum {
	RETAIN_LOOK_MS = 2000,
	RETAIN_SLICE_MS = 5,
	RETAIN_PAUSE_MS = 20, /* after a slice, when there is more to do */
	RETAIN_HOURS = 24,
	RETAIN_AGED_MIN = 1000,
};

/* {0} begins; again for another store. */
struct retain {
	double allowance;      /* changes that age may take now */
	struct monotime since; /* when that was so; 0: never */
	uint64_t looked;       /* no change up to here is known to be young */
	uint64_t aged;         /* the floor that age wants */
};

/* What the clocks say: is it so old, and how long have we known. */
struct retain_now {
	struct walltime wall;
	struct monotime mono;
};

/*
 * Let go of what is beyond the limits, for RETAIN_SLICE_MS at most, in a
 * transaction of its own.
 *
 * is_done  out: nothing more is to be done at present
 */
const struct err *retain_slice(struct retain *, struct store *,
    const struct config_keep *, struct retain_now, bool *is_done) MUST_CHECK;

/*
 * The disk is full: the oldest changes make room for others, of as many bytes
 * as a WAL has in reserve.  is_any: out: some went.
 */
const struct err *retain_rescue(struct store *, bool *is_any) MUST_CHECK;

#endif /* RETAIN_H */
