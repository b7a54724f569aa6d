/*
 * table: a hash table of things through a node inside themselves.  The caller
 * hashes, and compares what has an equal hash:
 *
 *	for (n = table_find(t, hash); n != NULL; n = table_again(n))
 *
 * Floor 3.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_node {
	struct table_node *next;
	uint64_t hash;
};

/* {0} is an empty table. */
struct table {
	struct table_node **slot;
	size_t n_slots; /* a power of two, or 0 */
	size_t n;
};

/* Forget what is in it (nothing of which is freed) and free the table. */
void table_fini(struct table *);

void table_add(struct table *, struct table_node *, uint64_t hash);
void table_remove(struct table *, struct table_node *);

/* The first, and each further, node with this hash; NULL for no more. */
struct table_node *table_find(const struct table *, uint64_t hash);
struct table_node *table_again(const struct table_node *);

#endif /* TABLE_H */
