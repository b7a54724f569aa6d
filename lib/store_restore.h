/*
 * store_restore: an empty database becomes what another one was at some place
 * of its log, under the other's epoch; store_append() goes on from there with
 * the other's seqs, and a cursor is good in both.
 *
 * Floor 2.  Include store.h.
 */
#ifndef STORE_RESTORE_H
#define STORE_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct store;        /* store.h */
struct store_entity; /* store_entity.h */

/* Has nothing ever been in it?  Inside a transaction. */
const struct err *store_is_empty(struct store *, bool *is_so) MUST_CHECK;

/* Take epoch and floor over, in a transaction of the writer. */
const struct err *store_restore(struct store *, uint64_t epoch, uint64_t seq)
    MUST_CHECK;

/*
 * One entity as it was there: id, version, updated and body are taken.
 * ERR_CONFLICT when the id is known, or the version is beyond that place.
 */
const struct err *store_restore_entity(struct store *, uint32_t cid,
    const struct store_entity *) MUST_CHECK;

#endif /* STORE_RESTORE_H */
