/*
 * fuzz_pointer: a pointer on the first line, a document on the rest.  What a
 * tape and what bare bytes lead to is the same; a pointer put together again
 * from its tokens is the same; and each value of the document is found by the
 * path that leads to it, and by no other.
 */
#include "pointer.h"

#include <assert.h>
#include <stdlib.h>

#include "fuzz.h"

/* Paths of a larger document are left alone: each costs a walk. */
enum { NODES_MAX = 200 };

static void
leads_to_the_same(const struct json *doc, struct span pointer, bool *is_found,
    struct span *value)
{
	uint32_t node;

	*is_found = pointer_find(doc, pointer, &node);
	assert(
	    pointer_seek(buf_as_span(&doc->text), pointer, value) == *is_found);
	if (*is_found) {
		assert(span_eq(*value, json_span(doc, node)));
		/* The very place, not one that looks like it. */
		assert(value->p == json_span(doc, node).p);
	}
}

static void
is_its_tokens(struct span pointer)
{
	struct buf again = { 0 }, token = { 0 };
	struct span rest = pointer;

	while (pointer_next(&rest, &token))
		pointer_add_key(&again, buf_as_span(&token));
	assert(span_eq(buf_as_span(&again), pointer));
	buf_fini(&again);
	buf_fini(&token);
}

/* A pointer, and where the value is that it leads to; p is NULL: nowhere. */
struct found {
	struct span pointer;
	const char *p;
};

/* From the node at path on; returns the node behind it. */
static uint32_t
each_is_found(const struct json *doc, uint32_t node, struct buf *path,
    const struct found *found)
{
	uint32_t at = node + 1, n = doc->node[node].count;
	size_t back = path->len;
	struct span value;
	bool is_found;

	leads_to_the_same(doc, buf_as_span(path), &is_found, &value);
	assert(is_found && value.p == json_span(doc, node).p);
	if (value.p == found->p)
		assert(span_eq(buf_as_span(path), found->pointer));
	for (uint32_t i = 0; i < n; i++) {
		if (json_kind(doc, node) == JSON_ARRAY)
			pointer_add_index(path, i);
		else
			pointer_add_key(path,
			    json_inside(json_span(doc, at++)));
		at = each_is_found(doc, at, path, found);
		buf_cut(path, back);
	}
	return at;
}

static void
check(const struct json *doc, struct span pointer)
{
	struct found found = { pointer, NULL };
	struct buf path = { 0 };
	struct span value;
	bool is_found;

	leads_to_the_same(doc, pointer, &is_found, &value);
	if (is_found)
		found.p = value.p;
	if (doc->n_nodes <= NODES_MAX)
		(void)each_is_found(doc, 0, &path, &found);
	buf_fini(&path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct span rest = span_of((const char *)bytes, n);
	struct span line = span_cut(&rest, '\n');
	struct buf pointer = { 0 };
	struct json doc = { 0 };

	json_escape(&pointer, line);
	if (pointer_check(buf_as_span(&pointer)) == NULL)
		is_its_tokens(buf_as_span(&pointer));
	else
		buf_clear(&pointer);
	if (json_scan(&doc, rest, NULL) == NULL)
		check(&doc, buf_as_span(&pointer));
	json_fini(&doc);
	buf_fini(&pointer);
	return 0;
}
