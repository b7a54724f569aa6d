/*
 * fuzz_json: whatever is accepted is canonical (a second scan gives the same
 * bytes), is walked to its end by json_skip(), no deeper than may be, and its
 * tape is in order.
 */
#include <assert.h>
#include <stdlib.h>

#include "fuzz.h"
#include "json.h"

static void
tape_is_in_order(const struct json *doc)
{
	assert(doc->node[0].next == doc->n_nodes);
	for (uint32_t i = 0; i < doc->n_nodes; i++) {
		assert(doc->node[i].next > i);
		assert(doc->node[i].next <= doc->n_nodes);
		assert(doc->node[i].pos + doc->node[i].len <= doc->text.len);
	}
}

static void
is_not_too_deep(const struct json *doc)
{
	unsigned depth = 0, deepest = 0;
	bool is_string = false;

	for (size_t i = 0; i < doc->text.len; i++) {
		char c = doc->text.data[i];

		if (c == '"')
			is_string = !is_string;
		else if (is_string)
			i += c == '\\';
		else
			depth +=
			    (c == '[' || c == '{') - (c == ']' || c == '}');
		deepest = depth > deepest ? depth : deepest;
	}
	assert(depth == 0 && deepest <= JSON_DEPTH_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct json first = { 0 }, second = { 0 };
	struct json_fault fault = { 0 };

	if (json_scan(&first, span_of((const char *)bytes, n), &fault) !=
	    NULL) {
		assert(fault.offset <= n && fault.line > 0);
	} else {
		const char *end = first.text.data + first.text.len;

		tape_is_in_order(&first);
		is_not_too_deep(&first);
		assert(json_skip(first.text.data, end) == end);
		assert(
		    json_scan(&second, buf_as_span(&first.text), NULL) == NULL);
		assert(span_eq(buf_as_span(&first.text),
		    buf_as_span(&second.text)));
	}
	json_fini(&first);
	json_fini(&second);
	return 0;
}
