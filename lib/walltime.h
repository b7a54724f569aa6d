/*
 * walltime: points in UTC as people and programs write them.
 *
 * Floor 0.
 */
#ifndef WALLTIME_H
#define WALLTIME_H

#include <stdbool.h>

#include "err.h"
#include "monotime.h"
#include "span.h"

/*
 * RFC 3339 (2026-01-02T03:04:05.678+01:00; a space may stand for T, and for a
 * "+" that a form decoder has taken away; a leap second is the one after it);
 * or a whole number: seconds since 1970, from 12 digits on milliseconds.
 * False when it is neither.  What is finer than a millisecond is cut off.
 */
bool walltime_parse(struct span text, struct walltime *) MUST_CHECK;

#endif /* WALLTIME_H */
