/*
 * json_keys: does an object have a key twice?  Private to the scanner.
 *
 * Floor 1.
 */
#ifndef JSON_KEYS_H
#define JSON_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "json.h"

/* Scratch memory for one scan; {0} to begin with. */
struct json_keys {
	uint32_t *slot; /* hash table of key nodes; 0 is free */
	size_t n_slots;
};

void json_keys_fini(struct json_keys *);

/*
 * The second node of two equal keys of the object, which is the last value on
 * the tape so far; 0 when all are different.  O(n log n) for any keys.
 */
uint32_t json_keys_duplicate(struct json_keys *, struct json *,
    uint32_t object);

/* From one key of an object to the next. */
static inline uint32_t
json_next_key(const struct json *doc, uint32_t key)
{
	return doc->node[key + 1].next;
}

#endif /* JSON_KEYS_H */
