/*
 * point: a place in the log as a person names it.
 *
 * Floor 3.
 */
#ifndef POINT_H
#define POINT_H

#include <stdint.h>

#include "err.h"

struct store;

/* What the manual pages say of it. */
#define POINT_HELP                                                              \
	"A place in the log is a seq (1042), a cursor as the HTTP API gives\n"  \
	"it, or a word: head for the newest, floor for the oldest place from\n" \
	"which the log can be read.\n"

/*
 * The seq of the last change that had happened there, floor .. head.
 * ERR_BAD_REQUEST when it is no place; ERR_GONE, ERR_NOT_FOUND when the log
 * does not reach so far.
 */
const struct err *point_find(struct store *, const char *text, uint64_t *seq)
    MUST_CHECK;

#endif /* POINT_H */
