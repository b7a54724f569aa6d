/*
 * nearest: which of the words that exist was meant by one that does not.
 *
 * Floor 3; pure.
 */
#ifndef NEAREST_H
#define NEAREST_H

#include "span.h"

/* The best so far.  {0} to begin with, but for the word. */
struct nearest {
	struct span word;
	const char *found; /* NULL: nothing is near enough */
	unsigned distance;
};

/*
 * Look at one more candidate, which is borrowed.  Near is what differs by a
 * third of its letters at most, or begins with the word.
 */
void nearest_try(struct nearest *, const char *candidate);

#endif /* NEAREST_H */
