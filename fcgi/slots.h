/*
 * slots: who may wait.  A process holds so many waiting requests and no more,
 * and so many of one client; the others are told to poll, which costs them a
 * little time and us nothing.
 *
 * One client: an IPv4 address, or the first 64 bits of an IPv6 one, which is
 * what one customer is given.
 *
 * Floor 3.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "span.h"

struct slots; /* opaque */

struct slot { /* {0}: none is held */
	uint64_t address;
	bool is_held;
};

enum slots_verdict { SLOTS_OK, SLOTS_FULL, SLOTS_ADDRESS_FULL };

struct slots *slots_new(void);
void slots_free(struct slots *); /* no slot is held any more */

/* Who holds one already keeps it. */
void slots_limit(struct slots *, uint32_t in_all, uint32_t each_address);

/* A client by its REMOTE_ADDR; 0, which is not counted by, for anything that
 * is no address. */
uint64_t slots_address(struct span text);

enum slots_verdict slots_take(struct slots *, uint64_t address, struct slot *);
void slots_give(struct slots *, struct slot *); /* nothing when none is held */

/* How many were turned away in the second that just passes: they will come
 * back, and should not all at once. */
uint32_t slots_refused(struct slots *);

uint32_t slots_held(const struct slots *);
uint32_t slots_in_all(const struct slots *);

#endif /* SLOTS_H */
