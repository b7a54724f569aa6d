/*
 * pair: compare two documents in both directions, with and without text
 * operations, and apply each patch: the result must be the other document and
 * the patch within its bound.
 */
#ifndef PAIR_H
#define PAIR_H

#include <stdlib.h>

#include "check.h"
#include "diff.h"
#include "patch.h"
#include "sorted.h"

static const struct diff_options pair_standard = {
	.is_standard = true,
};

static struct json from_doc, to_doc, patch_doc, result_doc;
static struct buf patch_bytes, result_bytes;

/* A scanned patch may be longer and deeper than a document, but not here. */
static inline bool
pair_leads_there(const struct json *from, const struct json *to,
    const struct diff_options *options)
{
	buf_clear(&patch_bytes);
	buf_clear(&result_bytes);
	diff(from, to, options, &patch_bytes);
	return CHECK(patch_bytes.len <= to->text.len + 42) &&
	    CHECK_OK(json_scan(&patch_doc, buf_as_span(&patch_bytes), NULL)) &&
	    CHECK(span_eq(buf_as_span(&patch_doc.text),
		buf_as_span(&patch_bytes))) &&
	    CHECK_OK(patch_apply(buf_as_span(&from->text), &patch_doc,
		&result_bytes)) &&
	    CHECK_OK(
		json_scan(&result_doc, buf_as_span(&result_bytes), NULL)) &&
	    CHECK(span_eq(buf_as_span(&result_doc.text),
		buf_as_span(&result_bytes))) &&
	    CHECK(sorted_same(&result_doc, to));
}

static inline bool
pair_has_text_operation(void)
{
	static const char op[] = "{\"op\":\"str_";

	return memmem(patch_bytes.data, patch_bytes.len, op, strlen(op)) !=
	    NULL;
}

/* All ways; patch_bytes is the one from a to b by default at the end. */
static inline bool
pair_check(struct span a, struct span b)
{
	bool is_good = CHECK_OK(json_scan(&from_doc, a, NULL)) &&
	    CHECK_OK(json_scan(&to_doc, b, NULL)) &&
	    pair_leads_there(&to_doc, &from_doc, &diff_default) &&
	    pair_leads_there(&from_doc, &to_doc, &pair_standard) &&
	    CHECK(!pair_has_text_operation()) &&
	    pair_leads_there(&from_doc, &to_doc, &diff_default);

	if (!is_good && a.len + b.len < 4000)
		printf("# from  %.*s\n# to    %.*s\n# patch %.*s\n# gives "
		       "%.*s\n",
		    SPAN_ARGS(a), SPAN_ARGS(b),
		    SPAN_ARGS(buf_as_span(&patch_bytes)),
		    SPAN_ARGS(buf_as_span(&result_bytes)));
	return is_good;
}

#endif /* PAIR_H */
