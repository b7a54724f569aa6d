/*
 * park_later: the answers of a park that are made later (later.h).  Those that
 * wait for a cursor are asked whenever a bell rings, for 5 s at most.  Those
 * that are work form one queue, and the first of it goes on in slices of
 * PARK_LATER_SLICE_MS until it is done: who comes second may find in the cache
 * what the first one has made, and there is one body in the making at a time.
 *
 * Floor 3.  A part of park.
 */
#ifndef PARK_LATER_H
#define PARK_LATER_H

#include <stdbool.h>
#include <stdint.h>

struct bench;
struct park;
struct park_member;

enum { PARK_LATER_SLICE_MS = 4 };

void park_later_init(struct park *);

/* A project's bell rang. */
void park_later_ring(struct bench *);
/* … or nobody knows: ask the store itself. */
void park_later_look(struct bench *);

/* The client has gone; nothing happens to a member without one. */
void park_later_quit(struct park_member *);

/* Who waits is answered; what is being made will be. */
void park_later_end(struct park *);

/* park.c: see to it that a project's bell is heard. */
void park_keep_watch(struct park *, struct bench *);
/* park.c: false: no more may wait, or no more of this address. */
bool park_take_slot(struct park *, struct park_member *, uint64_t address);

#endif /* PARK_LATER_H */
