/* Texts of many lines: each edit where it is. */
#include "diff.h"

#include "pair.h"

enum { LINES = 200, EDITS_MAX = 32 };

/* A line; units: 21 and its number. */
static void
add_line(struct buf *text, int i)
{
	buf_printf(text, "line %03d of the report\\n", i);
}

static void
add_lines(struct buf *text, int from, int to)
{
	for (int i = from; i < to; i++)
		add_line(text, i);
}

/* The patch between the two, in quotes, is exactly this. */
static void
check_patch(struct buf *from, struct buf *to, const char *patch)
{
	struct buf a = { 0 }, b = { 0 };

	buf_printf(&a, "\"%s\"", buf_cstr(from));
	buf_printf(&b, "\"%s\"", buf_cstr(to));
	if (pair_check(buf_as_span(&a), buf_as_span(&b)) && patch != NULL)
		CHECK_STR(buf_cstr(&patch_bytes), patch);
	buf_fini(&a);
	buf_fini(&b);
	buf_fini(from);
	buf_fini(to);
}

static size_t
n_operations(void)
{
	return patch_doc.node[0].count;
}

static void
both_ends_of_a_text_change(void)
{
	struct buf from = { 0 }, to = { 0 };

	buf_str(&from, "at 03:04:05\\n");
	buf_str(&to, "at 03:04:06\\n");
	add_lines(&from, 0, 10);
	add_lines(&to, 0, 11);
	check_patch(&from, &to,
	    "[{\"op\":\"str_del\",\"path\":\"\",\"pos\":10,\"len\":1},"
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":10,\"str\":\"6\"},"
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":242,\"str\":"
	    "\"line 010 of the report\\n\"}]");
}

/* The first one is longer by three units then. */
static void
an_edit_moves_the_positions_behind_it(void)
{
	struct buf from = { 0 }, to = { 0 };

	buf_str(&from, "\U00010348\\u0001\\n");
	buf_str(&to, "+\U00010348\u00e9\\u0001\\n");
	add_lines(&from, 0, 20);
	add_lines(&to, 0, 9);
	buf_str(&to, "-");
	add_lines(&to, 9, 18);
	add_lines(&to, 19, 20);
	check_patch(&from, &to,
	    "[{\"op\":\"str_del\",\"path\":\"\",\"pos\":0,\"len\":2},"
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":0,"
	    "\"str\":\"+\U00010348\u00e9\"},"
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":213,\"str\":\"-\"},"
	    "{\"op\":\"str_del\",\"path\":\"\",\"pos\":421,\"len\":23}]");
}

/* A backslash and an n end no line, and no edit cuts them. */
static void
only_a_line_feed_ends_a_line(void)
{
	struct buf from = { 0 }, to = { 0 };

	buf_str(&from, "0\\\\n");
	buf_str(&to, "1\\\\n");
	for (int i = 0; i < 20; i++) {
		buf_str(&from, "all of this is one line\\\\n\\t");
		buf_str(&to, "all of this is one line\\\\n\\t");
	}
	buf_str(&from, "\\n0");
	buf_str(&to, "\\n1");
	check_patch(&from, &to, NULL);
	CHECK_INT(n_operations(), 4);
}

/* Every sixth line changes, in n of them. */
static void
check_edits(int n, size_t n_expected)
{
	struct buf from = { 0 }, to = { 0 };

	for (int i = 0; i < LINES; i++) {
		if (i % 6 == 1 && i / 6 < n)
			buf_byte(&to, 'x');
		add_line(&from, i);
		add_line(&to, i);
	}
	check_patch(&from, &to, NULL);
	CHECK_INT(n_operations(), n_expected);
}

/* Beyond that it is one: whoever applies it shifts the rest each time. */
static void
there_are_32_edits_at_most(void)
{
	check_edits(EDITS_MAX, EDITS_MAX);
	check_edits(EDITS_MAX + 1, 2);
}

static void
lines_that_all_changed_are_one_edit(void)
{
	struct buf from = { 0 }, to = { 0 };

	buf_str(&from, "head\\n");
	buf_str(&to, "head\\n");
	for (int i = 0; i < 6; i++) {
		buf_printf(&from, "old %d\\n", i);
		buf_printf(&to, "the new one %d, longer\\n", i * 7);
	}
	add_lines(&from, 0, 50);
	add_lines(&to, 0, 50);
	check_patch(&from, &to, NULL);
	CHECK_INT(n_operations(), 2);
}

static void
the_clock_of_a_report_of_25_kb_and_a_line_take_250_bytes(void)
{
	struct buf from = { 0 }, to = { 0 };

	buf_str(&from, "written at 03:04:05\\n");
	buf_str(&to, "written at 03:04:06\\n");
	add_lines(&from, 0, 1000);
	add_lines(&to, 0, 1001);
	check_patch(&from, &to, NULL);
	CHECK(patch_bytes.len <= 250);
}

TESTS(both_ends_of_a_text_change, an_edit_moves_the_positions_behind_it,
    only_a_line_feed_ends_a_line, there_are_32_edits_at_most,
    lines_that_all_changed_are_one_edit,
    the_clock_of_a_report_of_25_kb_and_a_line_take_250_bytes)
