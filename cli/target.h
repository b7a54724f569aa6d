/*
 * target: what a command is about: everything, a collection, or the entities
 * of it whose ids fit.
 *
 * Floor 3.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>

#include "err.h"
#include "span.h"
#include "store_coll.h"

struct change;
struct store;

struct target {
	bool is_all; /* no collection was named */
	struct store_coll coll;
	struct span id; /* as it was given; empty: the whole collection */
};

/* Also a collection that was dropped since: it has a past. */
enum target_when { TARGET_NOW, TARGET_EVER };

/*
 * text: "collection" or "collection/id", borrowed; NULL: everything.
 * ERR_NOT_FOUND, saying which there are, when there is no such collection.
 */
const struct err *target_find(struct store *, const char *text,
    enum target_when, struct target *) MUST_CHECK;

/* Does it have a * or ?, so that it is good for more than one id? */
bool target_is_glob(const struct target *);

/* Is the change of what is meant?  The id is a glob (glob.h). */
bool target_has(const struct target *, const struct change *);
bool target_has_id(const struct target *, struct span id);

#endif /* TARGET_H */
