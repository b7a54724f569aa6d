/*
 * fuzz_diff: two documents, one a line.  The patch between them is canonical,
 * within its bound, and leads from the first to the second, with text
 * operations and without.
 */
#include <assert.h>
#include <stdlib.h>

#include "diff.h"
#include "fuzz.h"
#include "patch.h"
#include "sorted.h"

static const struct diff_options standard = { .is_standard = true };

static void
leads_there(const struct json *from, const struct json *to,
    const struct diff_options *options)
{
	struct json patch = { 0 }, result = { 0 };
	struct buf bytes = { 0 }, body = { 0 };

	diff(from, to, options, &bytes);
	assert(bytes.len <= to->text.len + 42);
	/* A replace of what is as deep as can be is too deep to be scanned. */
	if (json_scan(&patch, buf_as_span(&bytes), NULL) == NULL) {
		assert(span_eq(buf_as_span(&patch.text), buf_as_span(&bytes)));
		assert(patch_apply(buf_as_span(&from->text), &patch, &body) ==
		    NULL);
		assert(json_scan(&result, buf_as_span(&body), NULL) == NULL);
		assert(span_eq(buf_as_span(&result.text), buf_as_span(&body)));
		assert(sorted_same(&result, to));
	}
	json_fini(&patch);
	json_fini(&result);
	buf_fini(&bytes);
	buf_fini(&body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct span rest = span_of((const char *)bytes, n);
	struct span line = span_cut(&rest, '\n');
	struct json from = { 0 }, to = { 0 };

	if (json_scan(&from, line, NULL) == NULL &&
	    json_scan(&to, rest, NULL) == NULL) {
		leads_there(&from, &to, &diff_default);
		leads_there(&to, &from, &diff_default);
		leads_there(&from, &to, &standard);
	}
	json_fini(&from);
	json_fini(&to);
	return 0;
}
