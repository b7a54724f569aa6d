/*
 * feed_kept: fresh diffs from one version of an entity to another, kept for
 * others who missed the same: when many come back at once, each from a place of
 * his own, the places lie between the same few versions.  A version is rebuilt
 * (history.h) and compared once, not for each of them.
 *
 * Bounded: there are two halves, of which one takes what is new.  When it is
 * full the other one is emptied for that.
 *
 * Floor 2.  A part of feed.
 */
#ifndef FEED_KEPT_H
#define FEED_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

struct feed_kept; /* opaque */

/* A version is of one entity only. */
struct feed_kept_key {
	uint64_t epoch;
	uint64_t from, to; /* versions */
	bool is_standard;  /* RFC 6902 alone */
	bool is_fixed;     /* to the body as it is rebuilt, not that of today */
};

/* bytes: of all that is kept, keys and patches. */
struct feed_kept *feed_kept_new(size_t bytes);
void feed_kept_free(struct feed_kept *); /* may be NULL */

/*
 * patch is borrowed until the next call; cost as it was given with it.  False,
 * and nothing is out, when there is none.  The first may be NULL: there never
 * is one.
 */
bool feed_kept_find(struct feed_kept *, const struct feed_kept_key *,
    struct span *patch, size_t *cost);

/* A patch that is not there yet; one of more than a quarter of all bytes is not
 * kept.  The first may be NULL. */
void feed_kept_add(struct feed_kept *, const struct feed_kept_key *,
    struct span patch, size_t cost);

#endif /* FEED_KEPT_H */
