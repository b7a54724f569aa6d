#include "table.h"

#include <stdlib.h>

#include "mem.h"

enum { TABLE_SLOTS_MIN = 64 };

void
table_fini(struct table *t)
{
	free(t->slot);
	*t = (struct table){ 0 };
}

static struct table_node **
slot_of(const struct table *t, uint64_t hash)
{
	return &t->slot[hash & (t->n_slots - 1)];
}

static void
grow(struct table *t)
{
	struct table old = *t;

	t->n_slots = old.n_slots == 0 ? TABLE_SLOTS_MIN : old.n_slots * 2;
	t->slot = mem_new(t->n_slots, sizeof(struct table_node *));
	for (size_t i = 0; i < old.n_slots; i++)
		while (old.slot[i] != NULL) {
			struct table_node *n = old.slot[i];
			struct table_node **to = slot_of(t, n->hash);

			old.slot[i] = n->next;
			n->next = *to;
			*to = n;
		}
	free(old.slot);
}

void
table_add(struct table *t, struct table_node *n, uint64_t hash)
{
	struct table_node **slot;

	if (t->n == t->n_slots)
		grow(t);
	slot = slot_of(t, hash);
	n->hash = hash;
	n->next = *slot;
	*slot = n;
	t->n++;
}

void
table_remove(struct table *t, struct table_node *n)
{
	struct table_node **at = slot_of(t, n->hash);

	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	t->n--;
}

struct table_node *
table_find(const struct table *t, uint64_t hash)
{
	struct table_node *n;

	if (t->n == 0)
		return NULL;
	for (n = *slot_of(t, hash); n != NULL && n->hash != hash;)
		n = n->next;
	return n;
}

struct table_node *
table_again(const struct table_node *n)
{
	uint64_t hash = n->hash;
	struct table_node *more = n->next;

	while (more != NULL && more->hash != hash)
		more = more->next;
	return more;
}
