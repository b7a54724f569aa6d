/*
 * feed: the answer to "what happened since this cursor?": at most one net
 * change an entity, never longer than the snapshot of the same selection; or
 * every single change.  Transport-free JSON; long-poll, SSE and published files
 * all carry it.
 *
 * Floor 2.
 */
#ifndef FEED_H
#define FEED_H

#include <stdbool.h>

#include "buf.h"
#include "cursor.h"
#include "err.h"

struct feed_form; /* feed_write.h */
struct feed_kept; /* feed_kept.h */
struct filter;
struct store;

enum feed_kind { FEED_NONE, FEED_DELTA, FEED_SNAPSHOT };

struct feed_query {
	struct cursor since; /* epoch 0: the client holds nothing */
	/*
	 * Not before since, and in the log like it, or it is ERR_GONE: then the
	 * answer is what leads from one to the other, byte for byte the same
	 * for ever, and always a delta.  Epoch 0: the head.
	 */
	struct cursor until;
	const struct filter *filter;  /* borrowed */
	const struct feed_form *form; /* of changes; NULL: feed_json */
	struct feed_kept *kept;       /* from answer to answer; or NULL */
	bool is_standard;             /* RFC 6902 only */
	bool is_strict;               /* an unknown cursor is ERR_GONE */
	/*
	 * 0: squashed; else single changes, at most so many, as feed_json, and
	 * strict: for a client that holds nothing, from the first one on.
	 */
	uint32_t steps;
};

struct feed {
	enum feed_kind kind;
	bool is_reset;      /* the cursor was unknown */
	bool is_paged;      /* these are steps … */
	bool has_more;      /* … and there are more behind them */
	struct cursor from; /* as asked */
	struct cursor to;   /* where the client stands afterwards */
	struct buf changes; /* the elements, in the form that was asked for */
	size_t last; /* where the last one begins; as long when there is none */
};

void feed_fini(struct feed *);

/* Does the log know where the answer is to begin and to end?  ERR_GONE. */
const struct err *feed_check(struct store *, const struct feed_query *)
    MUST_CHECK;

/*
 * out is overwritten (its buffer is re-used).  NULL; ERR_GONE with is_strict,
 * until or steps; ERR_STORE.
 */
const struct err *feed_since(struct store *, const struct feed_query *,
    struct feed *out) MUST_CHECK;

#endif /* FEED_H */
