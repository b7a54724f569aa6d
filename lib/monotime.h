/*
 * monotime: a point on the monotonic clock, and walltime: a point in UTC.
 * Both are structs so that they, seconds and milliseconds cannot be mixed.
 * Deadlines are monotime; only what is shown to people is walltime.
 *
 * Floor 0.
 */
#ifndef MONOTIME_H
#define MONOTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct monotime {
	int64_t ns; /* CLOCK_MONOTONIC */
};

struct walltime {
	int64_t ms; /* since 1970-01-01T00:00:00Z */
};

struct monotime monotime_now(void);

static inline struct monotime
monotime_after_ms(struct monotime t, int64_t ms)
{
	t.ns += ms * 1000000;
	return t;
}

/* a - b; negative when a is the earlier one. */
static inline int64_t
monotime_diff_us(struct monotime a, struct monotime b)
{
	return (a.ns - b.ns) / 1000;
}

/* Whole milliseconds from now until t, rounded up; 0 when t has passed. */
static inline int64_t
monotime_left_ms(struct monotime t, struct monotime now)
{
	return t.ns <= now.ns ? 0 : (t.ns - now.ns + 999999) / 1000000;
}

static inline bool
monotime_reached(struct monotime t, struct monotime now)
{
	return now.ns >= t.ns;
}

struct walltime walltime_now(void);

/* Room for whatever an int may print as, not only for our years. */
enum { WALLTIME_TEXT_BYTES = 80 };

/* RFC 3339, UTC: 2026-01-02T03:04:05.678Z; fills and returns text. */
char *walltime_text(struct walltime, char text[WALLTIME_TEXT_BYTES]);

#endif /* MONOTIME_H */
