/*
 * diff_changes: documents before and after a change, of many kinds, for
 * whoever makes or measures patches.
 */
#ifndef DIFF_CHANGES_H
#define DIFF_CHANGES_H

#include <stddef.h>

#include "buf.h"

struct diff_change {
	const char *name;
	/* Append the document before (to = 0) or after (1) the change. */
	void (*make)(struct buf *, int to);
};

extern const struct diff_change diff_changes[];
extern const size_t diff_n_changes;

#endif /* DIFF_CHANGES_H */
