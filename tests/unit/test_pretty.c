#include "pretty.h"

#include "check.h"

static const struct ink plain = { 0 };

static const char *
pretty(struct ink ink, const char *body)
{
	static struct buf out;

	buf_clear(&out);
	pretty_write(ink, span_str(body), &out);
	return buf_cstr(&out);
}

static void
each_member_has_a_line(void)
{
	CHECK_STR(pretty(plain,
		      "{\"a\":1,\"b\":[true,{\"c\":null}],\"d\":\"x\"}"),
	    "{\n"
	    "  \"a\": 1,\n"
	    "  \"b\": [\n"
	    "    true,\n"
	    "    {\n"
	    "      \"c\": null\n"
	    "    }\n"
	    "  ],\n"
	    "  \"d\": \"x\"\n"
	    "}");
}

static void
what_is_empty_stays_on_its_line(void)
{
	CHECK_STR(pretty(plain, "{}"), "{}");
	CHECK_STR(pretty(plain, "[[],{}]"), "[\n  [],\n  {}\n]");
}

static void
marks_within_strings_mean_nothing(void)
{
	CHECK_STR(pretty(plain, "\"{,[:\\\"]}\""), "\"{,[:\\\"]}\"");
	CHECK_STR(pretty(plain, "{\"a:{\":-1.50e3}"),
	    "{\n  \"a:{\": -1.50e3\n}");
}

static void
a_line_has_no_white_space_of_its_own(void)
{
	struct buf out = { 0 };

	pretty_line(plain, span_str("{\"a\":[1,{\"b\":\"c d\"}]}"), &out);
	CHECK_STR(buf_cstr(&out), "{\"a\":[1,{\"b\":\"c d\"}]}");
	buf_fini(&out);
}

static void
keys_and_values_are_told_apart_by_colours(void)
{
	CHECK_STR(pretty((struct ink){ true, true }, "{\"k\":\"v\"}"),
	    "{\n  \033[34m\"k\"\033[0m: \033[32m\"v\"\033[0m\n}");
}

static void
strings_are_shielded(void)
{
	CHECK_STR(pretty((struct ink){ false, true }, "\"\xc2\x9b\x7f\""),
	    "\"\\u009b\\u007f\"");
}

static void
a_damaged_body_is_written_somehow(void)
{
	CHECK(strlen(pretty(plain, "}}]]")) < 100);
	CHECK_STR(pretty(plain, "\"abc"), "\"abc");
	CHECK_STR(pretty(plain, "\"ab\\"), "\"ab\\");
	CHECK_STR(pretty(plain, "["), "[\n  ");
}

TESTS(each_member_has_a_line, what_is_empty_stays_on_its_line,
    marks_within_strings_mean_nothing, a_line_has_no_white_space_of_its_own,
    keys_and_values_are_told_apart_by_colours, strings_are_shielded,
    a_damaged_body_is_written_somehow)
