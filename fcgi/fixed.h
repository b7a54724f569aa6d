/*
 * fixed: what leads from one cursor to another.  Neither moves, so the answer
 * is the same for ever: whoever has it may keep it (RFC 9111, RFC 8246), and it
 * has nothing in it that is true today only.
 *
 * Floor 3.
 */
#ifndef FIXED_H
#define FIXED_H

#include "err.h"

struct api;
struct feed_query;
struct response;

/*
 * query has both cursors, since not behind until.  ERR_GONE when the log does
 * not know one of them; ERR_BUSY, ERR_STORE, ERR_UNAVAILABLE.
 */
const struct err *fixed_answer(const struct api *, const struct feed_query *,
    struct response *) MUST_CHECK;

#endif /* FIXED_H */
