/*
 * snapshot_row: one entity in an answer that has many.
 *
 * Floor 3.
 */
#ifndef SNAPSHOT_ROW_H
#define SNAPSHOT_ROW_H

#include <stddef.h>

#include "buf.h"
#include "items.h"

struct projection;
struct store_entity;

struct snapshot_row {
	struct projection *projection;
	size_t bytes_max; /* of all rows together */
	/* {0}; scratch is to be given back: */
	struct buf scratch;
	struct items items;
};

/* {"id","version","updated","data"}; arg: a struct snapshot_row. */
void snapshot_row_item(const struct store_entity *, void *arg, struct buf *out);

/* The bare document; an object that has no id gets the entity's. */
void snapshot_row_document(const struct store_entity *, void *arg,
    struct buf *out);

#endif /* SNAPSHOT_ROW_H */
