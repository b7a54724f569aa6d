/*
 * work: when a project does what is due, and how much of it at one go.
 *
 * What is to be done is done in slices: each is one transaction, opened at the
 * first change, committed and then rung at its end.  The first hint after
 * quiet is acted on at once; then hints are gathered for WORK_GATHER_MS, or as
 * long as the last slice took when that is longer.  Files that are due go
 * before scans, and no collection is served twice while another waits.
 *
 * Floor 3.
 */
#ifndef WORK_H
#define WORK_H

#include <stdbool.h>

#include "monotime.h"

struct watch;

enum { WORK_GATHER_MS = 20 };

void work_init(struct watch *);
/* Its store and collections are open. */
void work_start(struct watch *);
void work_stop(struct watch *);

/* In the next round of the loop. */
void work_soon(struct watch *);

/* Something was named by a hint: have it looked at in work_round(). */
void work_hinted(struct watch *);
/* All hints of this round are in. */
void work_round(struct watch *);

/* Is a collection scanned for the first time? */
bool work_is_crawling(const struct watch *);
/* A collection's scan has ended. */
void work_scanned(struct watch *, struct monotime began);

#endif /* WORK_H */
