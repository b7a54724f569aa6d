/*
 * scan: the walk over one collection's directory.  It is the truth.
 *
 * With a healthy watch on a directory, a scan looks at its mtime only; when
 * that moved (a name came, went or changed its inode), at the names and inodes
 * in it.  What is written in place moves neither: inotify tells of that, and a
 * part of all files is checked besides in each scan, so that every file is
 * reached within SCAN_ROLL_MS.  A directory without a watch is listed, and
 * every file in it looked at, in each scan.
 *
 * The walk stops when its slice of time ends and goes on later.  What changes
 * meanwhile is found, because a file that was not met is looked for by its
 * name before it counts as gone.
 *
 * Floor 3.
 */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "monotime.h"
#include "span.h"

struct coll;
struct seen_dir;

enum { SCAN_ROLL_MS = 60000 };

/* How much may be done at one go, and in one transaction. */
struct slice {
	struct monotime end;
	uint32_t looks; /* files that may still be read */
	uint32_t steps; /* until the clock is looked at again */
};

struct scan {
	bool is_running;
	bool is_full; /* look at every file */
	struct monotime began;
	struct monotime said; /* when the last word on a long one was said */
	uint32_t number;      /* of this scan */
	uint64_t roll_left;   /* files still to be checked by turns */
	uint32_t n_rolled;    /* times that the turns began anew */
	uint32_t n_unwatched; /* directories without a watch */

	/* The directory that is being listed: coll->seen.visiting. */
	int fd;
	bool is_visit_full;
	bool is_visit_first; /* nothing is known yet of what is in it */
	uint32_t listing;    /* number of the present listing */
	char *entries;
	size_t at, len;
};

/* is_crawl: some collection has not been through its first scan. */
struct slice slice_begin(bool is_crawl);
/* Count a step, or a look; false when the slice is used up. */
bool slice_step(struct slice *);
bool slice_is_over(const struct slice *);

void scan_fini(struct scan *);

/* Begin a scan, from the root. */
void scan_begin(struct coll *, bool is_full);

/* List a directory soon, whether a scan runs or not. */
void scan_dir_soon(struct coll *, struct seen_dir *);

/* Is there something to go on with? */
bool scan_is_busy(const struct coll *);

/* Between coll_enter() and coll_leave().  An error: the watch has failed. */
const struct err *scan_go_on(struct coll *, struct slice *) MUST_CHECK;

/* Stop it; a directory that is half listed is listed again. */
void scan_stop(struct coll *);

#endif /* SCAN_H */
