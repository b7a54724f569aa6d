/*
 * store_step: the change log by numbers alone (seq, prev, eid, op, at), several
 * times as fast as with ids and patches; and what leads from one version of an
 * entity to the next.
 *
 * Floor 2.  Include store.h.
 */
#ifndef STORE_STEP_H
#define STORE_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "change.h"
#include "err.h"
#include "monotime.h"
#include "store_log.h"

struct store; /* store.h */

/*
 * Walk the changes with after < seq <= until, oldest first; until 0: to the
 * head.  The spans of each change are empty.  No floor is asked for: what was
 * trimmed is not there.
 */
const struct err *store_steps(struct store *, struct store_range,
    store_change_fn *fn, void *arg) MUST_CHECK;

/* One change.  ERR_GONE when it was trimmed; ERR_NOT_FOUND when it never was.
 */
const struct err *store_step(struct store *, uint64_t seq, struct change *)
    MUST_CHECK;

/*
 * The first change of an entity in a range, found by reading the range; seq is
 * 0 when there is none.
 */
const struct err *store_step_of(struct store *, uint64_t eid,
    struct store_range, struct change *) MUST_CHECK;

/*
 * When the newest change at or before seq was; is_known false when there is
 * none any more.
 */
const struct err *store_step_time(struct store *, uint64_t seq,
    struct walltime *, bool *is_known) MUST_CHECK;

struct store_link {
	bool is_body;  /* the body kept for that version, else the patch … */
	uint64_t prev; /* … from this one */
};

/*
 * Append the body that is kept for a version, else its patch, to out.  ERR_GONE
 * when neither is there any more; ERR_STORE when it can only have had a body.
 */
const struct err *store_link(struct store *, uint64_t seq, struct store_link *,
    struct buf *out) MUST_CHECK;

/* How long the body is that is kept for a version, without reading it; false
 * when none is. */
bool store_kept_bytes(struct store *, uint64_t seq, uint64_t *bytes);

#endif /* STORE_STEP_H */
