/*
 * publish_places: the places in the log, oldest first, from each of which a
 * published segment leads to the next.  A client that stands on one of them
 * follows the segments; any other one takes the snapshots.  Pure.
 *
 * Floor 3.
 */
#ifndef PUBLISH_PLACES_H
#define PUBLISH_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PLACES_MAX = 128,
	/* From here on all segments together take no more than the snapshots,
	 * which would tell the same. */
	PLACES_BYTES_MIN = 64 << 10,
};

struct places {
	size_t n; /* 0: nothing is published */
	uint64_t seq[PLACES_MAX];
	uint64_t bytes[PLACES_MAX]; /* of the segment that leads there */
	uint64_t sum;               /* of all bytes but the first */
};

/* One place, the only one. */
void places_begin(struct places *, uint64_t seq);

bool places_is_full(const struct places *);
/* There is room. */
void places_add(struct places *, uint64_t seq, uint64_t bytes);

uint64_t places_last(const struct places *);
bool places_has(const struct places *, uint64_t seq);

/*
 * Let go of the oldest ones while there are more than most, or their segments
 * have more than bytes; but keep what leads on from `needed`.
 */
void places_trim(struct places *, size_t most, uint64_t bytes, uint64_t needed);

#endif /* PUBLISH_PLACES_H */
