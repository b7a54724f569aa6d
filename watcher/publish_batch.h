/*
 * publish_batch: snapshots that are made in one view of the store, so that all
 * of them are of one place in the log, and appear together.
 *
 * Floor 3.
 */
#ifndef PUBLISH_BATCH_H
#define PUBLISH_BATCH_H

#include <stdbool.h>

#include "cursor.h"
#include "err.h"
#include "monotime.h"

struct publish_colls;
struct publish_dir;
struct store;

struct publish_batch {
	struct store *store; /* borrowed; in a view while they are made */
	struct cursor at;    /* epoch 0: no batch is under way */
	bool is_made;        /* all are, and can be put in place */
	struct monotime began;
};

/*
 * For the collections that are wanted.  It is not begun when somebody else has
 * written meanwhile, so that the log is no longer at the place; or when nothing
 * is wanted.
 */
const struct err *publish_batch_begin(struct publish_batch *, struct store *,
    struct publish_colls *, struct cursor at) MUST_CHECK;

bool publish_batch_is_open(const struct publish_batch *);

/* Go on until then, or until all are made. */
const struct err *publish_batch_go_on(struct publish_batch *,
    struct publish_colls *, struct publish_dir *, struct monotime until)
    MUST_CHECK;

/* All are made: put them in place, and end. */
const struct err *publish_batch_put(struct publish_batch *,
    struct publish_colls *) MUST_CHECK;

/* Give it up, if there is one. */
void publish_batch_drop(struct publish_batch *, struct publish_colls *);

#endif /* PUBLISH_BATCH_H */
