/*
 * point: a place in the log as a person names it: a seq, a cursor, a time, or
 * one of the words head, floor and now.
 *
 * Floor 3.
 */
#ifndef POINT_H
#define POINT_H

#include <stdint.h>

#include "err.h"

struct store;

/* What the manual pages say of it. */
#define POINT_HELP                                                             \
	"A PLACE in the log is a seq (1042), a cursor as the HTTP API gives\n" \
	"it, a time (2026-01-02T03:04:05Z, also with an offset), a time ago\n" \
	"(90s, 10m, 2h, 3d), or a word: head or now for the newest place,\n"   \
	"floor for the oldest from which the log can be read.\n"

/*
 * The seq of the last change that had happened there, floor .. head.
 * ERR_BAD_REQUEST when it is no place; ERR_GONE, ERR_NOT_FOUND when the log
 * does not reach so far.
 */
const struct err *point_find(struct store *, const char *text, uint64_t *seq)
    MUST_CHECK;

#endif /* POINT_H */
