/*
 * Up to INTERN_FEW spans are compared one by one; beyond that a table with
 * open addressing, at most half full, leads to them.
 *
 * The hash is seeded with the address of the table, so that whoever writes a
 * document cannot choose keys that collide.  Numbers do not depend on it.
 */
#include "intern.h"

#include <stdlib.h>
#include <xxhash.h>

#include "mem.h"

enum { INTERN_FEW = 8, INTERN_FIRST_SLOTS = 32 };

void
intern_fini(struct intern *in)
{
	free(in->entry);
	free(in->slot);
	memset(in, 0, sizeof(*in));
}

static uint64_t
hash_of(const struct intern *in, struct span s)
{
	return XXH3_64bits_withSeed(s.p, s.len, (uint64_t)(uintptr_t)in);
}

/* The slot of a span, or the empty one where it would go. */
static size_t
find_slot(const struct intern *in, struct span s, uint64_t hash)
{
	size_t mask = in->n_slots - 1;
	size_t at = hash & mask;

	for (; in->slot[at] != 0; at = (at + 1) & mask) {
		const struct intern_entry *e = &in->entry[in->slot[at] - 1];

		if (e->hash == hash && span_eq(e->span, s))
			break;
	}
	return at;
}

static void
grow_slots(struct intern *in)
{
	size_t mask;

	in->n_slots = in->n_slots == 0 ? INTERN_FIRST_SLOTS : in->n_slots * 2;
	mask = in->n_slots - 1;
	if (in->slot == NULL)
		for (uint32_t i = 0; i < in->n; i++)
			in->entry[i].hash = hash_of(in, in->entry[i].span);
	free(in->slot);
	in->slot = mem_new(in->n_slots, sizeof(*in->slot));
	for (uint32_t i = 0; i < in->n; i++) {
		size_t at = in->entry[i].hash & mask;

		while (in->slot[at] != 0)
			at = (at + 1) & mask;
		in->slot[at] = i + 1;
	}
}

static bool
get_few(const struct intern *in, struct span s, uint32_t *number)
{
	for (uint32_t i = 0; i < in->n; i++) {
		if (span_eq(in->entry[i].span, s)) {
			*number = i;
			return true;
		}
	}
	return false;
}

bool
intern_get(const struct intern *in, struct span s, uint32_t *number)
{
	size_t at;

	if (in->slot == NULL)
		return get_few(in, s, number);
	at = find_slot(in, s, hash_of(in, s));
	if (in->slot[at] == 0)
		return false;
	*number = in->slot[at] - 1;
	return true;
}

uint32_t
intern_put(struct intern *in, struct span s)
{
	struct intern_entry *e;
	uint64_t hash = 0;
	uint32_t number;
	size_t at;

	if (in->slot == NULL && get_few(in, s, &number))
		return number;
	if (in->n >= INTERN_FEW && in->n >= in->n_slots / 2)
		grow_slots(in);
	if (in->slot != NULL) {
		hash = hash_of(in, s);
		at = find_slot(in, s, hash);
		if (in->slot[at] != 0)
			return in->slot[at] - 1;
		in->slot[at] = in->n + 1;
	}
	in->entry = mem_grow(in->entry, in->n, &in->cap, sizeof(*in->entry));
	e = &in->entry[in->n];
	e->span = s;
	e->hash = hash;
	return in->n++;
}
