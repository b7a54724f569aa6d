/*
 * diff: what turns one document into another, as an RFC 6902 patch with the
 * two text operations of JSON Patch Extended (str_ins, str_del).
 *
 * Floor 1.
 */
#ifndef DIFF_H
#define DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "json.h"

struct diff_options {
	const char *const *keys; /* names that may identify array elements */
	size_t n_keys;
	bool is_standard; /* RFC 6902 only: a text changes by replace */
};

/* id, key, uuid, name; text operations allowed. */
extern const struct diff_options diff_default;

/*
 * Append a canonical patch such that patch(old) is new; "[]" when they are
 * the same value (the order of an object's keys is no difference).
 *
 * Bound: at most |new| + 42 bytes are appended.
 * A replace of all of the largest, deepest document is so much longer, and two
 * levels deeper, than json_scan() takes: keep the document itself then.
 * Cost: O(n log n) in the bytes of both; time and memory are bounded for any
 * input.
 */
void diff(const struct json *from, const struct json *to,
    const struct diff_options *, struct buf *patch);

#endif /* DIFF_H */
