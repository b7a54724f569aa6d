#include "filter.h"

#include "check.h"

static struct span
text(const char *str)
{
	return span_str(str);
}

static bool
where_holds(const char *where, const char *body)
{
	struct filter *filter = filter_new();
	bool holds;

	CHECK_OK(filter_add_where(filter, text(where)));
	CHECK(filter_has_where(filter));
	holds = filter_wants_body(filter, text(body));
	filter_free(filter);
	return holds;
}

static void
where_compares_scalars(void)
{
	static const struct {
		const char *where, *body;
		bool holds;
	} rows[] = {
		{ "/s:eq:run", "{\"s\":\"run\"}", true },
		{ "/s:eq:run", "{\"s\":\"runs\"}", false },
		{ "/s:ne:run", "{\"s\":\"stop\"}", true },
		{ "/s:eq:\"10\"", "{\"s\":\"10\"}", true },
		{ "/s:eq:10", "{\"s\":\"10\"}", false },
		{ "/s:lt:b", "{\"s\":\"a\"}", true },
		{ "/s:ge:b", "{\"s\":\"a\"}", false },
		{ "/n:eq:1", "{\"n\":1.0}", true },
		{ "/n:eq:1e2", "{\"n\":100}", true },
		{ "/n:ge:10", "{\"n\":9}", false },
		{ "/n:ge:10", "{\"n\":10}", true },
		{ "/n:gt:10", "{\"n\":10}", false },
		{ "/n:le:-2", "{\"n\":-3}", true },
		{ "/n:lt:0", "{\"n\":-0}", false },
		{ "/n:eq:0", "{\"n\":-0}", true },
		{ "/n:eq:0.0", "{\"n\":-0}", true },
		{ "/n:lt:2.5", "{\"n\":2}", true },
		/* Beyond what a double tells apart. */
		{ "/n:eq:18446744073709551616", "{\"n\":18446744073709551617}",
		    false },
		{ "/n:gt:18446744073709551616", "{\"n\":18446744073709551617}",
		    true },
		{ "/n:lt:-18446744073709551616",
		    "{\"n\":-18446744073709551617}", true },
		{ "/b:eq:true", "{\"b\":true}", true },
		{ "/b:eq:null", "{\"b\":null}", true },
		{ "/b:lt:true", "{\"b\":false}", false },
		{ "/a:eq:[]", "{\"a\":[]}", false },
		{ "/a:ne:x", "{\"a\":[]}", true },
		{ "/a/1:eq:2", "{\"a\":[1,2]}", true },
		{ ":eq:5", "5", true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (where_holds(rows[i].where, rows[i].body) != rows[i].holds)
			CHECK_STR(rows[i].where, rows[i].body);
}

static void
a_pointer_that_leads_nowhere_satisfies_ne_and_has_false_only(void)
{
	static const char *const ops[] = { "eq", "lt", "le", "gt", "ge" };
	char where[32];

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		(void)snprintf(where, sizeof(where), "/x:%s:1", ops[i]);
		CHECK(!where_holds(where, "{\"n\":1}"));
	}
	CHECK(where_holds("/x:ne:1", "{\"n\":1}"));
	CHECK(where_holds("/x:has:false", "{\"n\":1}"));
	CHECK(!where_holds("/x:has:true", "{\"n\":1}"));
	CHECK(where_holds("/n:has:true", "{\"n\":null}"));
	CHECK(!where_holds("/n:has:false", "{\"n\":null}"));
}

static void
where_is_split_at_the_first_operator(void)
{
	CHECK(where_holds("/s:eq:a:ne:b", "{\"s\":\"a:ne:b\"}"));
	CHECK(where_holds("/a:b:eq:1", "{\"a:b\":1}"));
	CHECK(where_holds("/s:eq:", "{\"s\":\"\"}"));
}

static void
pointers_reach_keys_that_need_escapes(void)
{
	CHECK(where_holds("/a~1b~0c:eq:1", "{\"a/b~c\":1}"));
	CHECK(where_holds("/q\"\t:eq:1", "{\"q\\\"\\t\":1}"));
	CHECK(where_holds("/s:lt:\"#\"", "{\"s\":\"\\\"\"}"));
}

static void
all_wheres_must_hold(void)
{
	struct filter *filter = filter_new();

	CHECK_OK(filter_add_where(filter, text("/a:eq:1")));
	CHECK_OK(filter_add_where(filter, text("/b:eq:2")));
	CHECK(filter_wants_body(filter, text("{\"a\":1,\"b\":2}")));
	CHECK(!filter_wants_body(filter, text("{\"a\":1,\"b\":3}")));
	CHECK(!filter_wants_body(filter, text("{\"a\":0,\"b\":2}")));
	filter_free(filter);
}

static void
any_match_is_enough(void)
{
	struct filter *filter = filter_new();

	CHECK_OK(filter_add_match(filter, text("doc*:a-?"), false));
	CHECK_OK(filter_add_match(filter, text("jobs:x:y"), false));
	CHECK(filter_wants_collection(filter, text("docs")));
	CHECK(filter_wants_collection(filter, text("jobs")));
	CHECK(!filter_wants_collection(filter, text("logs")));
	CHECK(filter_wants_id(filter, text("docs"), text("a-1")));
	CHECK(!filter_wants_id(filter, text("docs"), text("a-12")));
	CHECK(filter_wants_id(filter, text("jobs"), text("x:y")));
	CHECK(!filter_wants_id(filter, text("jobs"), text("a-1")));
	CHECK(!filter_wants_id(filter, text("logs"), text("a-1")));
	filter_free(filter);
}

static void
inside_a_collection_match_is_of_ids_alone(void)
{
	struct filter *filter = filter_new();

	CHECK_OK(filter_add_match(filter, text("a:*"), true));
	CHECK(filter_wants_id(filter, text("any"), text("a:1/2")));
	CHECK(!filter_wants_id(filter, text("any"), text("b")));
	filter_free(filter);
}

static void
collections_and_match_narrow_each_other(void)
{
	struct filter *filter = filter_new();

	CHECK(filter_is_all(filter));
	CHECK(filter_is_by_collection(filter));
	CHECK_OK(filter_add_collections(filter, text("a,b")));
	CHECK(filter_is_by_collection(filter));
	CHECK(!filter_is_all(filter));
	CHECK(filter_wants_collection(filter, text("b")));
	CHECK(!filter_wants_collection(filter, text("c")));
	CHECK_OK(filter_add_match(filter, text("*:x"), false));
	CHECK(!filter_is_by_collection(filter));
	CHECK(filter_wants_id(filter, text("a"), text("x")));
	CHECK(!filter_wants_id(filter, text("a"), text("y")));
	CHECK(!filter_wants_id(filter, text("c"), text("x")));
	filter_free(filter);
}

static void
malformed_terms_are_refused(void)
{
	static const char *const wheres[] = { "", "/a", "/a:like:x", "a:eq:1",
		"/a~2:eq:1", "/a:has:1", "/a:eq", "/a:has" };
	static const char *const matches[] = { "", "docs", ":a", "docs:" };
	static const char *const collections[] = { "", "A", "a,,b", "_a", "a b",
		",a" };
	struct filter *filter = filter_new();

	for (size_t i = 0; i < sizeof(wheres) / sizeof(wheres[0]); i++)
		if (!CHECK_ERR(filter_add_where(filter, text(wheres[i])),
			ERR_BAD_REQUEST))
			CHECK_STR(wheres[i], "refused");
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++)
		CHECK_ERR(filter_add_match(filter, text(matches[i]), false),
		    ERR_BAD_REQUEST);
	CHECK_ERR(filter_add_match(filter, text(""), true), ERR_BAD_REQUEST);
	for (size_t i = 0; i < sizeof(collections) / sizeof(collections[0]);
	     i++)
		CHECK_ERR(filter_add_collections(filter, text(collections[i])),
		    ERR_BAD_REQUEST);
	filter_free(filter);
}

static void
terms_have_limits(void)
{
	static char longest[FILTER_TERM_BYTES_MAX + 1];
	struct filter *filter = filter_new();

	memset(longest, 'x', sizeof(longest));
	CHECK_OK(filter_add_match(filter,
	    span_of(longest, FILTER_TERM_BYTES_MAX), true));
	CHECK_ERR(filter_add_match(filter,
		      span_of(longest, FILTER_TERM_BYTES_MAX + 1), true),
	    ERR_LIMIT);
	for (int i = 1; i < FILTER_TERMS_MAX; i++)
		CHECK_OK(filter_add_where(filter, text("/a:eq:1")));
	CHECK_ERR(filter_add_where(filter, text("/a:eq:1")), ERR_LIMIT);
	CHECK_ERR(filter_add_match(filter, text("a"), true), ERR_LIMIT);
	CHECK_ERR(filter_add_collections(filter, text("a")), ERR_LIMIT);
	filter_free(filter);
}

static void
keys_are_equal_for_equal_filters_only(void)
{
	static const char *const wheres[] = { "/a:eq:1", "/a:eq:1", "/a:ne:1",
		"/a:eq:12", "/a/b:eq:1" };
	struct buf keys[5] = { 0 };

	for (size_t i = 0; i < 5; i++) {
		struct filter *filter = filter_new();

		CHECK_OK(filter_add_where(filter, text(wheres[i])));
		filter_key(filter, &keys[i]);
		filter_free(filter);
	}
	CHECK(span_eq(buf_as_span(&keys[0]), buf_as_span(&keys[1])));
	for (size_t i = 2; i < 5; i++)
		CHECK(!span_eq(buf_as_span(&keys[0]), buf_as_span(&keys[i])));
	for (size_t i = 0; i < 5; i++)
		buf_fini(&keys[i]);
}

TESTS(where_compares_scalars,
    a_pointer_that_leads_nowhere_satisfies_ne_and_has_false_only,
    where_is_split_at_the_first_operator, pointers_reach_keys_that_need_escapes,
    all_wheres_must_hold, any_match_is_enough,
    inside_a_collection_match_is_of_ids_alone,
    collections_and_match_narrow_each_other, malformed_terms_are_refused,
    terms_have_limits, keys_are_equal_for_equal_filters_only)
