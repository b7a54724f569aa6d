/*
 * publish_snapshot: the files of one collection, snapshot.json and the same
 * compressed (RFC 1952), made piece by piece, so that the watcher goes on
 * beside it and no more than a piece of them is in memory.
 *
 * Floor 3.
 */
#ifndef PUBLISH_SNAPSHOT_H
#define PUBLISH_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "cursor.h"
#include "err.h"
#include "monotime.h"

struct publish_dir;
struct publish_snapshot; /* opaque */
struct store;
struct store_coll;

/*
 * As the collection is in a view of the store that stays open until it is
 * over, and that is at the cursor.  Store and folder are borrowed.
 */
const struct err *publish_snapshot_new(struct publish_snapshot **,
    struct publish_dir *, struct store *, const struct store_coll *,
    struct cursor at) MUST_CHECK;
/* What was not put is removed; may be NULL. */
void publish_snapshot_free(struct publish_snapshot *);

/* Go on until then, or until it is over; at least one piece. */
const struct err *publish_snapshot_go_on(struct publish_snapshot *,
    struct monotime until, bool *is_over) MUST_CHECK;

/* It is over: put both in the place of those before. */
const struct err *publish_snapshot_put(struct publish_snapshot *) MUST_CHECK;

/* Of the JSON. */
uint64_t publish_snapshot_bytes(const struct publish_snapshot *);

#endif /* PUBLISH_SNAPSHOT_H */
