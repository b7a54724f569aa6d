/*
 * intern: gives equal spans equal numbers, counted from 0 in the order of
 * their first appearance.  Equality is of the bytes; hashes only lead there.
 *
 * Floor 1.
 */
#ifndef INTERN_H
#define INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

struct intern_entry {
	struct span span;
	uint64_t hash;
};

/*
 * {0} is an empty one; it must stay where it is.  entry[number] is what a
 * number stands for.
 */
struct intern {
	struct intern_entry *entry;
	uint32_t n;
	size_t cap;
	uint32_t *slot; /* number + 1, or 0; NULL while there are few */
	size_t n_slots; /* a power of two */
};

void intern_fini(struct intern *);

/* The number of a span, a new one when needed.  The bytes stay borrowed. */
uint32_t intern_put(struct intern *, struct span);

/* True and *number, or false. */
bool intern_get(const struct intern *, struct span, uint32_t *number);

#endif /* INTERN_H */
