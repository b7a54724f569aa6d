/*
 * moment: a place in the past as a person names it: a cursor, or a time.
 *
 * A time is the place where the changes up to it end and later ones begin: the
 * change before is not later than the time, the one behind is.  Where the
 * clock was set back, several places may be such; it is one of them, the same
 * one each time.  A time beyond the head is the head: nobody can say yet what
 * else will be.
 *
 * Floor 2.
 */
#ifndef MOMENT_H
#define MOMENT_H

#include <stdbool.h>

#include "cursor.h"
#include "err.h"
#include "monotime.h"
#include "span.h"

struct store;

struct moment {
	bool is_time;
	struct cursor cursor; /* unless it is a time */
	struct walltime time;
};

/* A cursor, or what walltime_parse() takes; else ERR_BAD_REQUEST. */
const struct err *moment_parse(struct span text, struct moment *) MUST_CHECK;

/*
 * Where that is in the log; the cursor's epoch is the store's.  A log of which
 * nothing was trimmed reaches back to any time: before its first change there
 * was nothing (seq 0).
 *
 * oldest  out: the oldest place there is, whatever is returned but ERR_STORE
 *
 * NULL; ERR_GONE when the time is older than the log, or the cursor is, or is
 * beyond the head, or of another epoch; ERR_STORE.
 */
const struct err *moment_find(struct store *, const struct moment *,
    struct cursor *at, struct cursor *oldest) MUST_CHECK;

#endif /* MOMENT_H */
