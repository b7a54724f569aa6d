/*
 * store_log: the change log, and the bodies from which the past is rebuilt.
 *
 * A body is never stored twice: the newest stands in its entity alone and is
 * copied into the log when it is about to change, if patches do not lead to
 * it.  At a CREATE or PUT they never do; at a PATCH they no longer do, by rule,
 * once the patches since the last kept body, with STORE_STEP_BYTES for each,
 * are 2.5 times as long as the body, 2 times from STORE_LARGE_BYTES on; or when
 * they are so many that each has STORE_BODY_SHARE_BYTES of the body to bear,
 * but not less than STORE_STEPS_MIN nor more than STORE_STEPS_MAX.
 *
 * So a change takes at most 1.5 times its patch and 64 bytes, kept bodies
 * included: a row is about 34 bytes and the patch, and a kept body's share 0.4
 * of the patch and 8 bytes (0.5 and 10 of large ones); the rest is for pages
 * that are not full, of which small bodies have more.  Above 144 KB, documents
 * with small patches take more than that: the time that it takes to rebuild one
 * is worth more, which is 1 to 2 us a step, and reading and writing the body.
 *
 * Floor 2.  Include store.h.
 */
#ifndef STORE_LOG_H
#define STORE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "change.h"
#include "err.h"
#include "span.h"

struct store; /* store.h */

enum {
	STORE_STEPS_MIN = 2000,
	STORE_STEPS_MAX = 4000,
	STORE_BODY_SHARE_BYTES = 36,
	STORE_LARGE_BYTES = 65536,
	STORE_STEP_BYTES = 20,
	/* What a change and a kept body take beside their texts, about. */
	STORE_CHANGE_BYTES = 32,
	STORE_KEYFRAME_BYTES = 16,
};

/* Return false to stop the walk; the change is borrowed until then. */
typedef bool store_change_fn(const struct change *, void *arg);

struct store_range {
	uint64_t after;
	uint64_t until; /* 0: the head */
	bool with_patches;
};

/*
 * Walk the changes with after < seq <= until, oldest first.  patch spans are
 * filled only when with_patches.  ERR_GONE when after is below the floor.
 */
const struct err *store_changes(struct store *, struct store_range,
    store_change_fn *fn, void *arg) MUST_CHECK;

/*
 * One change by its seq, with patch; spans point into hold, which is
 * overwritten.  ERR_GONE when it was trimmed, which not all are that are below
 * the floor; ERR_NOT_FOUND when it never was.
 */
const struct err *store_change_get(struct store *, uint64_t seq,
    struct change *, struct buf *hold) MUST_CHECK;

/*
 * When a version was made that an entity had at the floor or later, though
 * its change may have been trimmed.  ERR_GONE, ERR_NOT_FOUND: as above.
 */
const struct err *store_version_time(struct store *, uint64_t seq,
    struct walltime *at) MUST_CHECK;

/* What all changes and kept bodies take: the sum of store_coll.log. */
const struct err *store_log_bytes(struct store *, uint64_t *bytes) MUST_CHECK;

/*
 * Append the full body that is kept for a change: what a CREATE or PUT set, or
 * a keyframe made at a PATCH, which may be the body of today: the same one as
 * long as the log reaches back to it.  ERR_NOT_FOUND when none is.
 */
const struct err *store_keyframe(struct store *, uint64_t seq, struct buf *body)
    MUST_CHECK;

/*
 * Append one change and bring entity and counters up to date, inside a
 * transaction of the writer.
 *
 * change  cid, op, at, actor, mutation; eid for anything but CREATE of a new
 *         id (then 0, and id is used); seq and prev are given by the store,
 *         or (seq != 0, for a log that comes from elsewhere) taken over when
 *         they continue it, ignored when already there
 * body    the entity's new canonical body; empty for DELETE
 * made    out: the change as it stands in the log; may be NULL
 *
 * NULL; ERR_CONFLICT, and nothing is done, when the change does not fit what is
 * there (a CREATE of a live entity, one with eid 0 of an id that ever was
 * there, a DELETE of a gone one, a gap in the log); ERR_NOT_FOUND when there is
 * no such eid; ERR_STORE, ERR_UNAVAILABLE: roll back.
 */
const struct err *store_append(struct store *, const struct change *,
    struct span body, struct change *made) MUST_CHECK;

#endif /* STORE_LOG_H */
