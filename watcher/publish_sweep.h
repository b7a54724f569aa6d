/*
 * publish_sweep: what is of no use any more in the folder of published files.
 * Nothing else is ever removed from there.
 *
 * Floor 3.
 */
#ifndef PUBLISH_SWEEP_H
#define PUBLISH_SWEEP_H

#include <stdint.h>

#include "err.h"

struct places;
struct publish_colls;
struct publish_dir;

enum {
	/* Who has just read the old head.json may still want them. */
	PUBLISH_GRACE_MS = 60000,
};

/* These segments are told of no longer: from now on they are of no use. */
void publish_sweep_mark(struct publish_dir *, uint64_t epoch,
    const struct places *before, const struct places *now);

/*
 * Segments that are not between two of the places, and files that were never
 * finished, after PUBLISH_GRACE_MS; at once what collections have left that
 * are no more.
 */
const struct err *publish_sweep(struct publish_dir *, uint64_t epoch,
    const struct places *, const struct publish_colls *) MUST_CHECK;

#endif /* PUBLISH_SWEEP_H */
