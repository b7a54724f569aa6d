/*
 * history: an entity as it was, rebuilt from the nearest kept body and the
 * patches after it.
 *
 * Which version it had is found from both ends: by the way back from its last
 * change, which is short for what seldom changes, then by reading the log
 * onwards from the place, where what often changes soon comes along.
 *
 * Floor 2.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdint.h>

#include "buf.h"
#include "err.h"

struct store;
struct store_entity; /* store.h */

/*
 * Append the canonical body that an entity had right after seq was committed.
 * Members may stand in another order than they did: no patch carries it.
 *
 * version  out: the seq of its last change then; 0 when it was not there
 *          (nothing is appended)
 *
 * NULL; ERR_NOT_FOUND when there never was such an entity; ERR_GONE when the
 * log no longer reaches back; ERR_STORE when the log contradicts itself.
 */
const struct err *history_body(struct store *, uint64_t eid, uint64_t seq,
    struct buf *body, uint64_t *version) MUST_CHECK;

/* The same for one that has been read, within the same view. */
const struct err *history_of(struct store *, const struct store_entity *,
    uint64_t seq, struct buf *body, uint64_t *version) MUST_CHECK;

/*
 * … in two steps: which version it had (0: it was not there), and the body of
 * one that it had.  The entity's own body is looked at only where it has not
 * changed since.
 */
const struct err *history_version(struct store *, const struct store_entity *,
    uint64_t seq, uint64_t *version) MUST_CHECK;
const struct err *history_build(struct store *, const struct store_entity *,
    uint64_t version, struct buf *body) MUST_CHECK;

/* The seq of its last change at or before seq, be it a deletion; 0: none. */
const struct err *history_last(struct store *, const struct store_entity *,
    uint64_t seq, uint64_t *last) MUST_CHECK;

/*
 * Append the body that the change of that seq made, which was no DELETE, as
 * patches lead to it: byte for byte the same whenever it is asked for.
 * ERR_GONE and ERR_STORE as above.
 */
const struct err *history_made(struct store *, uint64_t seq, struct buf *body)
    MUST_CHECK;

#endif /* HISTORY_H */
