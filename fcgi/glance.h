/*
 * glance: which entities of a project have changed since the last glance, by
 * name alone: read once for all who wait, so that those who wait for others
 * need not read the log at all.  A thousand clients that follow a document each
 * cost one read a change, and a comparison each.
 *
 * Floor 3.
 */
#ifndef GLANCE_H
#define GLANCE_H

#include <stdbool.h>

#include "cursor.h"
#include "feed_net.h"

struct filter;
struct project;

struct glance {                     /* {0} has seen nothing yet */
	struct cursor after, until; /* it tells of what lies between */
	bool is_good;               /* else nobody can go by it */
	struct feed_net net;
};

void glance_fini(struct glance *);

/* Look again: what is told begins where the last glance ended. */
void glance_take(struct glance *, struct project *);

/*
 * Could anything from a place on be selected by a filter?  False: it is quiet
 * up to glance->until.
 */
bool glance_concerns(const struct glance *, struct cursor place,
    const struct filter *);

#endif /* GLANCE_H */
