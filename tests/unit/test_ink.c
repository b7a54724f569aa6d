#include "ink.h"

#include <locale.h>

#include "check.h"

static const struct ink shielded = { .is_shielded = true };
static const struct ink coloured = { true, true };

static const char *
text_of(struct ink ink, struct span text)
{
	static struct buf out;

	buf_clear(&out);
	ink_text(ink, &out, text);
	return buf_cstr(&out);
}

static void
a_terminal_gets_no_orders_from_a_text(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "\033[31mred", "\\u001b[31mred" },
		{ "a\nb\rc\td\x7f", "a\\u000ab\\u000dc\\u0009d\\u007f" },
		{ "\xc2\x80\xc2\x9b\xc2\x9f", "\\u0080\\u009b\\u009f" },
		{ "\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "\\u061c\\u200e\\u200f" },
		{ "\xe2\x80\xa8\xe2\x80\xae", "\\u2028\\u202e" },
		{ "\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_STR(text_of(shielded, span_str(rows[i].text)),
		    rows[i].want);
}

static void
letters_of_any_script_stay(void)
{
	/* Just outside of each range: space, U+00A0, U+2010, U+202F. */
	const char *text = "~ \xc2\xa0\xe2\x80\x90\xe2\x80\xaf\xe2\x81\xaa "
			   "\xc3\xa4\xe6\xb0\xb4\xf0\x9f\x8c\x8a";

	CHECK_STR(text_of(shielded, span_str(text)), text);
}

static void
bytes_that_are_no_utf8_are_told_as_such(void)
{
	CHECK_STR(text_of(shielded, span_str("a\xff\xc3z\x9b")),
	    "a\\xff\\xc3z\\x9b");
	CHECK_STR(text_of(shielded, span_of("\0", 1)), "\\u0000");
}

static void
a_pipe_gets_the_bytes_as_they_are(void)
{
	CHECK_STR(text_of((struct ink){ 0 }, span_str("\033\xff\n")),
	    "\033\xff\n");
}

static void
a_colour_ends_where_its_text_does(void)
{
	struct buf out = { 0 };

	ink_paint(coloured, &out, INK_RED, span_str("a\033"));
	ink_word(coloured, &out, INK_PLAIN, "b");
	CHECK_STR(buf_cstr(&out), "\033[31ma\\u001b\033[0mb");
	buf_clear(&out);
	ink_word(shielded, &out, INK_RED, "a");
	CHECK_STR(buf_cstr(&out), "a");
	buf_fini(&out);
}

static void
columns_are_what_the_eye_sees(void)
{
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	CHECK_INT(ink_columns(span_str("")), 0);
	CHECK_INT(ink_columns(span_str("abc")), 3);
	CHECK_INT(ink_columns(span_str("\033[1mabc\033[0m")), 3);
	CHECK_INT(ink_columns(span_str("\xc3\xa4\xc3\xb6")), 2);
	CHECK_INT(ink_columns(span_str("\xe6\xb0\xb4")), 2);
	CHECK_INT(ink_columns(span_str("a\xcc\x88")), 1);
	CHECK_INT(ink_columns(span_str("\xff\xfe")), 2);
	CHECK_INT(ink_columns(span_str("\033[31")), 0);
}

TESTS(a_terminal_gets_no_orders_from_a_text, letters_of_any_script_stay,
    bytes_that_are_no_utf8_are_told_as_such, a_pipe_gets_the_bytes_as_they_are,
    a_colour_ends_where_its_text_does, columns_are_what_the_eye_sees)
