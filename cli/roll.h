/*
 * roll: a list of entities, for people or for programs.  It is gathered before
 * it is written: a pipe may be slow, and a reader of a database must not be.
 *
 * Floor 3.
 */
#ifndef ROLL_H
#define ROLL_H

#include "buf.h"
#include "grid.h"

struct out;
struct store_entity;

struct roll {
	struct out *out;
	struct grid grid;
	struct buf text;
};

void roll_init(struct roll *, struct out *);
void roll_add(struct roll *, const struct store_entity *);
void roll_write(struct roll *);
void roll_fini(struct roll *);

/* One document with a body, as show and at print it. */
void roll_document(struct out *, const struct store_entity *);

#endif /* ROLL_H */
