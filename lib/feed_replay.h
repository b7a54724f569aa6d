/*
 * feed_replay: the documents of a walk through the log, change by change: each
 * is made of the one before, so that the walk costs its patches and not, at
 * every change, the way back to the nearest kept body.
 *
 * Floor 2.  A part of feed.
 */
#ifndef FEED_REPLAY_H
#define FEED_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "json.h"
#include "span.h"

struct change; /* change.h */
struct store;

/* What does not fit is rebuilt when it is asked for again. */
enum { FEED_REPLAY_SLOTS = 512, FEED_REPLAY_BYTES_MAX = 16 << 20 };

struct feed_replay {
	struct store *store; /* borrowed; all else begins as {0} */
	struct json patch;
	struct buf next;
	size_t bytes; /* of all bodies */
	struct feed_replay_slot {
		uint64_t version; /* that made body; 0: the slot is free */
		struct buf body;
	} slot[FEED_REPLAY_SLOTS];
};

void feed_replay_fini(struct feed_replay *);

/*
 * The document that a change found, and the one that it made.  Empty when there
 * was none.  Borrowed until the next call.  ERR_GONE when the log no longer
 * reaches back to it; ERR_STORE when it contradicts itself.
 */
const struct err *feed_replay_before(struct feed_replay *,
    const struct change *, struct span *body) MUST_CHECK;
const struct err *feed_replay_after(struct feed_replay *, const struct change *,
    struct span *body) MUST_CHECK;

#endif /* FEED_REPLAY_H */
