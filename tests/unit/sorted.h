/*
 * sorted: a value written with the keys of every object in byte order.  Two
 * values are the same when these bytes are.  Shares nothing with what it
 * checks but the tape.
 */
#ifndef SORTED_H
#define SORTED_H

#include <stdlib.h>

#include "buf.h"
#include "json.h"

struct sorted_member {
	struct span key;
	uint32_t value;
};

static inline int
sorted_order(const void *a, const void *b)
{
	return span_cmp(((const struct sorted_member *)a)->key,
	    ((const struct sorted_member *)b)->key);
}

static inline void sorted_write(const struct json *, uint32_t, struct buf *);

static inline void
sorted_object(const struct json *doc, uint32_t i, struct buf *out)
{
	uint32_t n = doc->node[i].count, key = i + 1;
	struct sorted_member *all = calloc((size_t)n + 1, sizeof(*all));

	if (all == NULL)
		abort();
	for (uint32_t m = 0; m < n; m++) {
		all[m].key = json_span(doc, key);
		all[m].value = key + 1;
		key = doc->node[key + 1].next;
	}
	qsort(all, n, sizeof(*all), sorted_order);
	buf_byte(out, '{');
	for (uint32_t m = 0; m < n; m++) {
		if (m > 0)
			buf_byte(out, ',');
		buf_span(out, all[m].key);
		buf_byte(out, ':');
		sorted_write(doc, all[m].value, out);
	}
	buf_byte(out, '}');
	free(all);
}

static inline void
sorted_write(const struct json *doc, uint32_t i, struct buf *out)
{
	uint32_t end = doc->node[i].next;

	if (json_kind(doc, i) == JSON_OBJECT) {
		sorted_object(doc, i, out);
	} else if (json_kind(doc, i) == JSON_ARRAY) {
		buf_byte(out, '[');
		for (uint32_t e = i + 1; e < end; e = doc->node[e].next) {
			if (e > i + 1)
				buf_byte(out, ',');
			sorted_write(doc, e, out);
		}
		buf_byte(out, ']');
	} else {
		buf_span(out, json_span(doc, i));
	}
}

static inline bool
sorted_same(const struct json *a, const struct json *b)
{
	struct buf x = { 0 }, y = { 0 };
	bool is_same;

	sorted_write(a, 0, &x);
	sorted_write(b, 0, &y);
	is_same = span_eq(buf_as_span(&x), buf_as_span(&y));
	buf_fini(&x);
	buf_fini(&y);
	return is_same;
}

#endif /* SORTED_H */
