/*
 * due: files of a collection that are to be looked at, and when.  A file is on
 * one list at most; all of a list wait equally long, so each is in order.
 *
 * Floor 3.
 */
#ifndef DUE_H
#define DUE_H

#include <stdbool.h>

#include "list.h"
#include "monotime.h"

struct seen_file;

enum due_when {
	DUE_NOW,
	DUE_20MS,
	DUE_50MS,
	DUE_200MS,
	DUE_TICK, /* at the collection's next scan */
	DUE__MAX
};

struct due {
	struct link list[DUE__MAX];
};

void due_init(struct due *);

/* Move it there, from whatever list it is on. */
void due_put(struct due *, struct seen_file *, enum due_when,
    struct monotime now);

/* Take the next one whose time has come; NULL for none. */
struct seen_file *due_take(struct due *, struct monotime now);

/* Nothing can be looked at now: have all of it wait for the next scan. */
void due_postpone(struct due *);

/* A scan begins: what waits for one is due now. */
void due_tick(struct due *);

/* When the next one's time comes; false when none waits but for a scan. */
bool due_next(const struct due *, struct monotime *at);

#endif /* DUE_H */
