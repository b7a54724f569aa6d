#include "delta.h"

#include "check.h"

static const struct ink plain = { 0 };

/* A delta_fn. */
static void
add(const struct delta_place *place, void *arg)
{
	delta_line(plain, place, arg);
	buf_byte(arg, '\n');
}

static const char *
between(const char *from, const char *to)
{
	static struct buf out;
	struct json a = { 0 }, b = { 0 };

	buf_clear(&out);
	CHECK_OK(json_scan(&a, span_str(from), NULL));
	CHECK_OK(json_scan(&b, span_str(to), NULL));
	delta(&a, &b, add, &out);
	json_fini(&a);
	json_fini(&b);
	return buf_cstr(&out);
}

static void
members_are_changed_added_and_removed(void)
{
	CHECK_STR(between("{\"a\":1,\"b\":2,\"c\":{\"d\":\"x\"}}",
		      "{\"c\":{\"d\":\"y\",\"e\":[]},\"b\":2}"),
	    "- /a  1\n"
	    "~ /c/d  \"x\" \xe2\x86\x92 \"y\"\n"
	    "+ /c/e  []\n");
	CHECK_STR(between("{\"a/b\":{\"~\":1}}", "{\"a/b\":{\"~\":2}}"),
	    "~ /a~1b/~0  1 \xe2\x86\x92 2\n");
}

static void
the_order_of_keys_is_no_difference(void)
{
	CHECK_STR(between("{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}"), "");
	CHECK_STR(between("[{\"a\":1,\"b\":2}]", "[{\"b\":2,\"a\":1}]"), "");
}

static void
values_of_another_kind_are_told_as_a_whole(void)
{
	CHECK_STR(between("1", "\"1\""), "~ (all)  1 \xe2\x86\x92 \"1\"\n");
	CHECK_STR(between("{\"a\":{}}", "{\"a\":[]}"),
	    "~ /a  {} \xe2\x86\x92 []\n");
}

static void
elements_are_partners_by_what_names_them(void)
{
	CHECK_STR(between("[{\"id\":1,\"v\":1},{\"id\":2,\"v\":1}]",
		      "[{\"id\":0},{\"id\":1,\"v\":2},{\"id\":2,\"v\":1}]"),
	    "+ /0  {\"id\":0}\n"
	    "~ /1/v  1 \xe2\x86\x92 2\n");
	CHECK_STR(between("[{\"name\":\"a\"},{\"name\":\"b\",\"v\":1},7]",
		      "[{\"name\":\"b\",\"v\":2},7]"),
	    "- /0  {\"name\":\"a\"}\n"
	    "~ /0/v  1 \xe2\x86\x92 2\n");
}

static void
equal_elements_are_partners_and_the_rest_comes_and_goes(void)
{
	CHECK_STR(between("[1,2,3]", "[1,3]"), "- /1  2\n");
	CHECK_STR(between("[1,3]", "[1,2,3]"), "+ /1  2\n");
	CHECK_STR(between("[1,2]", "[2,1]"), "+ /0  2\n- /1  2\n");
	CHECK_STR(between("[1,1,1]", "[1]"), "- /1  1\n- /2  1\n");
	CHECK_STR(between("[]", "[[]]"), "+ /0  []\n");
}

static void
elements_without_partners_are_compared_by_position(void)
{
	CHECK_STR(between("[1,2]", "[3,4]"),
	    "~ /0  1 \xe2\x86\x92 3\n~ /1  2 \xe2\x86\x92 4\n");
	CHECK_STR(between("[[1,9],5]", "[[2,9],5]"),
	    "~ /0/0  1 \xe2\x86\x92 2\n");
}

/* 60 bytes with the quotes are the least of which a part is left out. */
static void
of_long_texts_the_equal_parts_are_left_out(void)
{
	char a[64], b[64];

	(void)snprintf(a, sizeof(a), "\"%058d\"", 1);
	(void)snprintf(b, sizeof(b), "\"%058d\"", 2);
	CHECK_STR(between(a, b),
	    "~ (all)  \xe2\x80\xa6"
	    "0000000000001\" \xe2\x86\x92 \xe2\x80\xa6"
	    "0000000000002\"\n");
	(void)snprintf(a, sizeof(a), "\"%057d\"", 1);
	CHECK(strstr(between(a, b), "\"0000000000000000") != NULL);
}

static void
neither_characters_nor_escapes_are_cut_in_two(void)
{
	struct buf a = { 0 }, b = { 0 };

	for (int i = 0; i < 2; i++) {
		struct buf *text = i == 0 ? &a : &b;

		buf_byte(text, '"');
		for (int k = 0; k < 40; k++)
			buf_str(text, "\xc3\xa4\xe6\xb0\xb4");
		buf_str(text, i == 0 ? "x" : "y");
		for (int k = 0; k < 40; k++)
			buf_str(text, "\\\\\\u0001");
		buf_byte(text, '"');
	}
	CHECK_STR(between(buf_cstr(&a), buf_cstr(&b)),
	    "~ (all)  \xe2\x80\xa6"
	    "\xe6\xb0\xb4\xc3\xa4\xe6\xb0\xb4\xc3\xa4\xe6\xb0\xb4x"
	    "\\\\\\u0001\\\\\\u0001\xe2\x80\xa6 \xe2\x86\x92 \xe2\x80\xa6"
	    "\xe6\xb0\xb4\xc3\xa4\xe6\xb0\xb4\xc3\xa4\xe6\xb0\xb4y"
	    "\\\\\\u0001\\\\\\u0001\xe2\x80\xa6\n");
	buf_fini(&a);
	buf_fini(&b);
}

static void
long_values_are_cut_and_their_length_told(void)
{
	struct buf a = { 0 };

	buf_byte(&a, '[');
	for (int i = 0; i < 98; i++)
		buf_str(&a, "1,");
	buf_str(&a, "11]");
	CHECK_INT(a.len, 200);
	CHECK(strstr(between("1", buf_cstr(&a)), "bytes") == NULL);
	buf_cut(&a, a.len - 1);
	buf_str(&a, "1]");
	CHECK(strstr(between("1", buf_cstr(&a)),
		  "\xe2\x80\xa6 (201 bytes)\n") != NULL);
	buf_fini(&a);
}

TESTS(members_are_changed_added_and_removed, the_order_of_keys_is_no_difference,
    values_of_another_kind_are_told_as_a_whole,
    elements_are_partners_by_what_names_them,
    equal_elements_are_partners_and_the_rest_comes_and_goes,
    elements_without_partners_are_compared_by_position,
    of_long_texts_the_equal_parts_are_left_out,
    neither_characters_nor_escapes_are_cut_in_two,
    long_values_are_cut_and_their_length_told)
