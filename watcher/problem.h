/*
 * problem: what cannot be read at present, by collection and id, for the
 * store's problem table.  A problem that an earlier run left there stays,
 * with its "since", until the first full scan has met it again or has not.
 *
 * Floor 3.
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "list.h"
#include "span.h"
#include "table.h"

struct store;

struct problems {
	struct table by_id;
	struct link kept;  /* as the store has them, or will not have to */
	struct link dirty; /* set or solved, not in the store yet */
	size_t n;          /* that are not solved */
};

void problems_init(struct problems *);
void problems_fini(struct problems *);

/* What the store has, to be met again. */
const struct err *problems_load(struct problems *, struct store *) MUST_CHECK;

/*
 * owner: who sets it, so that all of one owner's can be solved together.  A
 * new one is logged.
 */
void problem_set(struct problems *, struct span collection, struct span id,
    const char *reason, const void *owner);
void problem_solve(struct problems *, struct span collection, struct span id);
void problem_solve_all(struct problems *, const void *owner);

/* Is it known from an earlier run only? */
bool problem_is_unmet(const struct problems *, struct span collection,
    struct span id);

/* The collection was scanned: what was loaded and not met again is solved. */
void problem_solve_unmet(struct problems *, struct span collection);
/* The collection is no more. */
void problem_solve_collection(struct problems *, struct span collection);

/* Is there anything for the store?  Then write it, in a transaction. */
bool problems_are_dirty(const struct problems *);
const struct err *problems_write(struct problems *, struct store *) MUST_CHECK;

#endif /* PROBLEM_H */
