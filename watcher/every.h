/*
 * every: each sub-directory of one directory is a collection, also one that
 * appears later; one that goes takes its collection with it, as coll.h says.
 * Hidden names are passed over; one that can name no collection is a problem.
 *
 * Floor 3.
 */
#ifndef EVERY_H
#define EVERY_H

#include <stdbool.h>

#include "err.h"

struct every; /* opaque */
struct watch;

/* Begins what is there now.  An error: the watch has failed. */
const struct err *every_open(struct every **, struct watch *) MUST_CHECK;

/* These take NULL, too. */
void every_close(struct every *);
void every_stop(struct every *);
void every_hurry(struct every *);

#endif /* EVERY_H */
