#include "json_keys.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "mem.h"

/* Up to this many keys are compared pairwise; beyond, by a hash table. */
enum { KEYS_PAIRWISE_MAX = 8 };

void
json_keys_fini(struct json_keys *keys)
{
	free(keys->slot);
}

static bool
same_key(const struct json *doc, uint32_t a, uint32_t b)
{
	return doc->node[a].len == doc->node[b].len &&
	    memcmp(doc->text.data + doc->node[a].pos,
		doc->text.data + doc->node[b].pos, doc->node[a].len) == 0;
}

static uint32_t
duplicate_pairwise(const struct json *doc, uint32_t object)
{
	uint32_t a, b, end = doc->n_nodes;

	for (a = object + 1; a < end; a = json_next_key(doc, a))
		for (b = object + 1; b < a; b = json_next_key(doc, b))
			if (same_key(doc, a, b))
				return a;
	return 0;
}

/* Key nodes by bytes, equal ones in document order. */
static int
by_key(const void *pa, const void *pb, void *arg)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	int order = span_cmp(json_span(arg, a), json_span(arg, b));

	return order != 0 ? order : (a > b) - (a < b);
}

static uint32_t
duplicate_sorted(struct json_keys *keys, struct json *doc, uint32_t object,
    uint32_t n)
{
	uint32_t key = object + 1;

	for (uint32_t i = 0; i < n; i++, key = json_next_key(doc, key))
		keys->slot[i] = key;
	qsort_r(keys->slot, n, sizeof(*keys->slot), by_key, doc);
	for (uint32_t i = 1; i < n; i++)
		if (same_key(doc, keys->slot[i - 1], keys->slot[i]))
			return keys->slot[i];
	return 0;
}

/*
 * Linear probing.  Keys that were made to collide cost at most 8 looks each
 * on average; then sorting decides.
 */
static uint32_t
duplicate_hashed(struct json_keys *keys, struct json *doc, uint32_t object,
    uint32_t n)
{
	size_t size = 16, looks = 0;

	while (size < (size_t)n * 2)
		size *= 2;
	if (size > keys->n_slots) {
		keys->slot = mem_resize(keys->slot, size, sizeof(*keys->slot));
		keys->n_slots = size;
	}
	memset(keys->slot, 0, size * sizeof(*keys->slot));
	for (uint32_t key = object + 1; key < doc->n_nodes;
	     key = json_next_key(doc, key)) {
		struct span bytes = json_span(doc, key);
		size_t i = XXH3_64bits(bytes.p, bytes.len) & (size - 1);

		for (; keys->slot[i] != 0; i = (i + 1) & (size - 1)) {
			if (same_key(doc, keys->slot[i], key))
				return key;
			if (++looks > (size_t)n * 8)
				return duplicate_sorted(keys, doc, object, n);
		}
		keys->slot[i] = key;
	}
	return 0;
}

uint32_t
json_keys_duplicate(struct json_keys *keys, struct json *doc, uint32_t object)
{
	uint32_t n = doc->node[object].count;

	return n <= KEYS_PAIRWISE_MAX ? duplicate_pairwise(doc, object)
				      : duplicate_hashed(keys, doc, object, n);
}
