/*
 * items: the entities of a collection as JSON, one object each, and what stands
 * around them: {"cursor","collection","items":[…]}.
 *
 * Floor 2.
 */
#ifndef ITEMS_H
#define ITEMS_H

#include "buf.h"
#include "cursor.h"
#include "monotime.h"
#include "span.h"

struct store_entity;

/* From item to item; {0} begins. */
struct items {
	struct walltime updated; /* what updated_text says */
	char updated_text[WALLTIME_TEXT_BYTES];
};

/* Up to the first item; "]}" ends it. */
void items_open(struct buf *out, struct cursor at, struct span collection);

/* All of an item before its document; "}" ends it. */
void items_head(struct items *, const struct store_entity *, struct buf *out);

#endif /* ITEMS_H */
