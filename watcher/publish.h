/*
 * publish: a project as files, for web servers that have nothing else: what the
 * API would answer, byte for byte.  In the project's folder:
 *
 *   head.json              how far it is, in a few bytes; renamed last
 *   manifest.json          `GET {project}`, and where in the log each snapshot
 *                          stands
 *   NAME/snapshot.json     `GET {project}/NAME`, now and then
 *   NAME/snapshot.json.gz  the same
 *   EPOCH.A-B.json         `GET {project}/changes?since=A&until=B`: a segment,
 *                          which never changes
 *
 * At most every PUBLISH_TICK_MS, and less often when it takes long, a segment
 * leads from the last place in the log to the present one.  Snapshots are made
 * beside that, in slices, when it is their time (publish_colls.c).
 *
 * Invariants:
 *  - Whatever head.json and manifest.json tell of is there, and stays for
 *    PUBLISH_GRACE_MS when they no longer do.
 *  - From the place of each snapshot on segments lead to the head.
 *  - It is a reader of the store like any other.  When it fails (no room, no
 *    permission) what was published stays, a problem is set, and it begins
 *    again after PUBLISH_RETRY_MS from what is there.
 *  - It goes on from what an earlier process has published, unless that was of
 *    another epoch, or before the machine started: then the files need not be
 *    whole.
 *
 * When, and in which order, is here; the rest:
 *
 *   publish_dir        the folder; a file is whole or not there
 *   publish_places     from where segments lead to where
 *   publish_segment    one of them
 *   publish_colls      the collections, and how good their snapshots are
 *   publish_batch      snapshots that are made together
 *   publish_snapshot   one of them, in pieces
 *   publish_manifest   manifest.json
 *   publish_head       head.json, written and read
 *   publish_sweep      what is of no use any more
 *
 * Floor 3.
 */
#ifndef PUBLISH_H
#define PUBLISH_H

#include "err.h"

struct publish; /* opaque */
struct watch;

enum {
	PUBLISH_TICK_MS = 1000,
	PUBLISH_HEARTBEAT_MS = 60000, /* head.json is written anyway */
	PUBLISH_RETRY_MS = 5000,
};

/* NULL when the project is not to be published; the watch is borrowed, and open
 * until it is freed. */
struct publish *publish_new(struct watch *);
/* A clean end: tell of what is committed, as far as that takes no time. */
void publish_end(struct publish *);  /* may be NULL */
void publish_free(struct publish *); /* may be NULL */

/* Something was committed, or is otherwise than it was; may be NULL. */
void publish_soon(struct publish *);

/* All that is to be done, at one go; may be NULL. */
const struct err *publish_all(struct publish *) MUST_CHECK;

#endif /* PUBLISH_H */
