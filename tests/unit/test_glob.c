#include "glob.h"

#include "check.h"

struct row {
	const char *pattern, *text;
	bool is_match;
};

static void
ids_match_across_slashes(void)
{
	static const struct row rows[] = {
		{ "*", "", true },
		{ "*", "a/b", true },
		{ "a*c", "a/b/c", true },
		{ "a*c", "a/b/cd", false },
		{ "doc_1", "doc_1", true },
		{ "doc_1", "doc_11", false },
		{ "?", "\xc3\xa9", true },
		{ "??", "\xc3\xa9", false },
		/* No part of a character is one. */
		{ "*?", "\xe2\x82\xac", true },
		{ "*??b",
		    "\xe2\x82\xac"
		    "bb",
		    true },
		{ "*??bc",
		    "\xe2\x82\xac"
		    "bc",
		    false },
		{ "*a*b*c*", "xxaxxbxxcxx", true },
		{ "*a*b*c*", "xxaxxcxxbxx", false },
		{ "[a]", "[a]", true },
		{ "", "", true },
		{ "", "a", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!CHECK(glob_id(span_str(rows[i].pattern),
			       span_str(rows[i].text)) == rows[i].is_match))
			printf("#   %s on %s\n", rows[i].pattern, rows[i].text);
}

static void
paths_match_component_by_component(void)
{
	static const struct row rows[] = {
		{ "**/*.json", "a.json", true },
		{ "**/*.json", "a/b/c.json", true },
		{ "**/*.json", "a/b/c.jsonx", false },
		{ "*/state.json", "x/state.json", true },
		{ "*/state.json", "x/y/state.json", false },
		{ "*/state.json", "state.json", false },
		{ "a/**/z", "a/z", true },
		{ "a/**/z", "a/b/c/z", true },
		{ "a/**/z", "b/z", false },
		{ "**/a/**/b", "x/a/y/a/b", true },
		{ "**/a/**/b", "x/a/y/c", false },
		{ "*.log", "x.log", true },
		{ "*.log", "d/x.log", false },
		{ "[a-c]?.[!x]", "b1.y", true },
		{ "[a-c]?.[!x]", "d1.y", false },
		{ "[a-c]?.[!x]", "b1.x", false },
		{ "[\xc3\xa0-\xc3\xb6].x", "\xc3\xa9.x", true },
		{ "[\xc3\xa0-\xc3\xb6].x", "\xc3\xbf.x", false },
		{ "[\xc3\xa9z]", "\xc3\xa9", true },
		{ "[\xc3\xa9z]", "\xc3\xaa", false },
		{ "[!a]", "\xe2\x82\xac", true },
		{ "[!a][!a]", "\xe2\x82\xac", false },
		{ "[!a]", "\xff", true },
		{ "*??bc",
		    "\xe2\x82\xac"
		    "bc",
		    false },
		{ "[]-a]x", "]x", true },
		{ "[]-a]x", "_x", true },
		{ "[]-a]x", "bx", false },
		{ "[a-]", "-", true },
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "a*b*c", "aXbXbXc", true },
		{ "logs/**", "logs/a/b", true },
		{ "logs/**", "other/a", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!CHECK(glob_path(span_str(rows[i].pattern),
			       span_str(rows[i].text)) == rows[i].is_match))
			printf("#   %s on %s\n", rows[i].pattern, rows[i].text);
}

static void
a_walk_stays_out_of_where_nothing_can_be(void)
{
	static const struct row rows[] = {
		{ "*/state.json", "", true },
		{ "*/state.json", "a", true },
		{ "*/state.json", "a/b", false },
		{ "a/*.json", "a", true },
		{ "a/*.json", "b", false },
		{ "**/*.json", "x/y/z", true },
		{ "*.log", "", true },
		{ "*.log", "a.log", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!CHECK(glob_path_below(span_str(rows[i].pattern),
			       span_str(rows[i].text)) == rows[i].is_match))
			printf("#   %s on %s\n", rows[i].pattern, rows[i].text);
}

static void
a_pattern_that_can_never_match_is_refused(void)
{
	static const char *const bad[] = { "", "/a", "a/", "a//b", "../a",
		"a/./b", "a/..", "[a", "a/[!", "a\\" };
	static const char *const good[] = { "a", "**/*.json", "[]]", "\\[a",
		"a/[a-z]?" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK_ERR(glob_path_check(span_str(bad[i])),
			ERR_BAD_REQUEST))
			printf("#   %s\n", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK_OK(glob_path_check(span_str(good[i])));
}

/* Exponential matchers hang here. */
static void
many_stars_cost_no_more_than_their_product(void)
{
	char text[10001], pattern[2001];

	memset(text, 'a', 10000);
	text[10000] = '\0';
	for (size_t i = 0; i < 1000; i++)
		memcpy(pattern + 2 * i, "*a", 2);
	pattern[1999] = 'b';
	pattern[2000] = '\0';
	CHECK(!glob_id(span_str(pattern), span_str(text)));
	CHECK(!glob_path(span_str(pattern), span_str(text)));
}

TESTS(ids_match_across_slashes, paths_match_component_by_component,
    a_walk_stays_out_of_where_nothing_can_be,
    a_pattern_that_can_never_match_is_refused,
    many_stars_cost_no_more_than_their_product)
