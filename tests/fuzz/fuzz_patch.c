/*
 * fuzz_patch: a document and a patch, one a line.  Whatever the patch, the
 * result is a canonical document, the same when the operations come one by
 * one; or there is an error and no result.
 */
#include <assert.h>
#include <stdlib.h>

#include "fuzz.h"
#include "patch.h"

static void
is_document(const struct buf *body)
{
	struct json doc = { 0 };

	assert(json_scan(&doc, buf_as_span(body), NULL) == NULL);
	assert(span_eq(buf_as_span(&doc.text), buf_as_span(body)));
	json_fini(&doc);
}

/* One operation at a time on one document must come to the same. */
static void
is_same_in_steps(struct span body, const struct json *patch,
    const struct buf *want)
{
	struct patch_doc *doc = patch_doc_new(body);
	struct buf got = { 0 }, one = { 0 };
	struct json step = { 0 };

	for (uint32_t i = 1; i < patch->n_nodes; i = patch->node[i].next) {
		buf_clear(&one);
		buf_byte(&one, '[');
		buf_span(&one, json_span(patch, i));
		buf_byte(&one, ']');
		assert(json_scan(&step, buf_as_span(&one), NULL) == NULL);
		assert(patch_doc_apply(doc, &step) == NULL);
	}
	patch_doc_write(doc, &got);
	assert(span_eq(buf_as_span(&got), buf_as_span(want)));
	patch_doc_free(doc);
	buf_fini(&got);
	buf_fini(&one);
	json_fini(&step);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct span rest = span_of((const char *)bytes, n);
	struct span line = span_cut(&rest, '\n');
	struct json doc = { 0 }, patch = { 0 };
	struct buf result = { 0 };

	if (json_scan(&doc, line, NULL) == NULL &&
	    json_scan(&patch, rest, NULL) == NULL) {
		struct span body = buf_as_span(&doc.text);

		if (patch_apply(body, &patch, &result) == NULL) {
			is_document(&result);
			is_same_in_steps(body, &patch, &result);
		} else {
			assert(result.len == 0);
		}
	}
	json_fini(&doc);
	json_fini(&patch);
	buf_fini(&result);
	return 0;
}
