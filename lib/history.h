/*
 * history: an entity as it was, rebuilt from the nearest kept body and the
 * patches after it.
 *
 * Floor 2.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdint.h>

#include "buf.h"
#include "err.h"

struct store;

/*
 * Append the canonical body that an entity had right after seq was committed.
 * Members may stand in another order than they did: no patch carries it.
 *
 * version  out: the seq of its last change then; 0 when it was not there
 *          (nothing is appended)
 *
 * NULL; ERR_GONE when the log no longer reaches back; ERR_STORE when the log
 * contradicts itself.
 */
const struct err *history_body(struct store *, uint64_t eid, uint64_t seq,
    struct buf *body, uint64_t *version) MUST_CHECK;

#endif /* HISTORY_H */
