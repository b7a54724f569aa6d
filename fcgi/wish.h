/*
 * wish: what a client wants to be told of a project, wherever it stands.  One
 * object serves all who want the same, so that thousands cost little and are
 * found to be alike at once.
 *
 * Floor 3.  A part of wait.
 */
#ifndef WISH_H
#define WISH_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "wait.h"

struct wish {
	struct wish *next; /* in the table's bucket */
	struct wishes *table;
	uint32_t refs;
	uint64_t hash;
	struct project *project;
	struct filter *filter;
	bool is_standard, is_strict;
	uint32_t steps;
	enum wait_shape shape;
	struct buf key; /* equal for those who want the same of a project */
};

struct wishes; /* opaque: all that are alive */

struct wishes *wishes_new(void);
void wishes_free(struct wishes *); /* none is alive any more */

/* One reference; takes the query's filter over. */
struct wish *wish_get(struct wishes *, struct project *,
    const struct wait_query *);
struct wish *wish_ref(struct wish *);
void wish_unref(struct wish *);

#endif /* WISH_H */
