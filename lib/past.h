/*
 * past: a collection as it was at a place in the log, entity by entity, in the
 * order of their ids.
 *
 * What was, stays as it was: a walk may be cut into slices, each with the store
 * as it is then, and they fit together, as long as the log reaches back to the
 * place.  Cost: one row for each entity that there ever was, and a rebuild
 * (history.h) for each that has changed since.
 *
 * Floor 2.
 */
#ifndef PAST_H
#define PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "monotime.h"
#include "span.h"
#include "store.h"

struct past; /* opaque */

/*
 * cid    also of a collection that was dropped since (store_coll_ever())
 * seq    the place; who asks has seen to it that it is of this epoch
 * after  begin behind this id; empty: with the first
 */
struct past *past_new(uint32_t cid, uint64_t seq, struct span after);
void past_free(struct past *); /* may be NULL */

/*
 * Go on until a time (after which one more entity may be finished; INT64_MAX:
 * to the end), or until fn returns false.  fn gets version, updated (ms 0: no
 * longer known) and body of then; born is not filled.
 *
 * is_over  out: the end was reached, or fn wants no more
 *
 * NULL; ERR_GONE when the log no longer reaches back to seq; ERR_STORE.
 */
const struct err *past_walk(struct past *, struct store *,
    struct monotime until, store_entity_fn *fn, void *arg, bool *is_over)
    MUST_CHECK;

#endif /* PAST_H */
