/*
 * publish_colls: the collections of a project, and how good the published
 * snapshot of each one is.
 *
 * A snapshot is of one place in the log.  While nothing changes in its
 * collection it stays as good, at each place that comes: `good` is the last of
 * these, from where segments lead on.
 *
 * Floor 3.
 */
#ifndef PUBLISH_COLLS_H
#define PUBLISH_COLLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "monotime.h"
#include "publish_places.h"
#include "store.h"

struct publish_dir;
struct publish_snapshot;

struct publish_coll {
	struct store_coll coll; /* when it was looked at last */
	bool is_published;
	/* Only when it is: */
	uint64_t seq, good;
	uint64_t bytes;
	struct monotime written;
	/* Of the present batch (publish_batch.h): */
	bool is_wanted, is_made;
	struct publish_snapshot *fresh;
};

struct publish_colls {
	struct publish_coll *coll; /* in order of their names */
	size_t n, cap;
};

void publish_colls_fini(struct publish_colls *);

/* What there is now, when the log is at the last one of the places. */
const struct err *publish_colls_look(struct publish_colls *, struct store *,
    uint64_t last) MUST_CHECK;

/* After a look at the start: which snapshots are there that can be gone on
 * from? */
void publish_colls_load(struct publish_colls *, struct publish_dir *,
    uint64_t epoch, const struct places *);

bool publish_colls_have(const struct publish_colls *, const char *name);
/* Each one has a snapshot. */
bool publish_colls_are_whole(const struct publish_colls *);
/* No snapshot that is there is of any use. */
void publish_colls_forget(struct publish_colls *);
/* Segments are needed from here on. */
uint64_t publish_colls_needed(const struct publish_colls *, uint64_t last);
uint64_t publish_colls_bytes(const struct publish_colls *);

/* It is not made anew after all. */
void publish_coll_drop(struct publish_coll *);

/* When the snapshot is to be written anew, by the clock; false: not by it. */
bool publish_coll_due(const struct publish_coll *, struct monotime *at);

/* [{"name","seq","place"}], what a client has to know of them. */
void publish_colls_write(const struct publish_colls *, struct buf *out);

#endif /* PUBLISH_COLLS_H */
