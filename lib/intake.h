/*
 * intake: the pipeline that every change takes, whoever made it:
 * canonical document → diff against the last version → append to the log →
 * commit → ring the bell.  Commit always comes before the ring.
 *
 * Floor 2.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "json.h"
#include "span.h"

struct bell;
struct diff_options;
struct intake; /* opaque */
struct store;

enum intake_outcome {
	INTAKE_SAME,
	INTAKE_CREATED,
	INTAKE_CHANGED,
	INTAKE_DELETED
};

struct intake_entity {
	uint32_t cid;
	struct span id;                  /* 1 .. STORE_ID_BYTES_MAX bytes */
	struct span actor, mutation;     /* may be empty */
	const struct diff_options *diff; /* NULL: diff_default */
};

/* store and bell are borrowed. */
struct intake *intake_new(struct store *, struct bell *);
void intake_free(struct intake *);

/*
 * One transaction a batch.  begin looks at the room left first (store_room.h):
 * ERR_UNAVAILABLE when too little is left to be sure of a commit.
 */
const struct err *intake_begin(struct intake *) MUST_CHECK;
/* seq: out: the log's head; may be NULL.  Rings when anything changed. */
const struct err *intake_commit(struct intake *, uint64_t *seq) MUST_CHECK;
void intake_rollback(struct intake *);

/*
 * No batch is open, and none comes at once: time for what waits for the disk.
 * Between the batches of a long run it would be done over and over.
 */
void intake_rest(struct intake *);

/* Is a batch open?  And how many changes does it have? */
bool intake_is_open(const struct intake *);
uint64_t intake_n_changes(const struct intake *);

/*
 * The entity now is doc.  eid and outcome are out, and may be NULL.
 * ERR_BAD_REQUEST for an id that is no id (empty, too long, not UTF-8, a
 * control character).
 */
const struct err *intake_put(struct intake *, const struct intake_entity *,
    const struct json *doc, uint64_t *eid, enum intake_outcome *) MUST_CHECK;

/* The entity is gone; INTAKE_SAME when it was not there. */
const struct err *intake_delete(struct intake *, const struct intake_entity *,
    enum intake_outcome *) MUST_CHECK;

/* What intake_put refuses as an id; also for other doors. */
const struct err *intake_check_id(struct span id) MUST_CHECK;

#endif /* INTAKE_H */
