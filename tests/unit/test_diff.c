#include "diff.h"

#include "pair.h"

/* The patch between two texts is exactly this. */
static void
check_patch(const char *from, const char *to, const char *patch)
{
	if (pair_check(span_str(from), span_str(to)))
		CHECK_STR(buf_cstr(&patch_bytes), patch);
}

/* --- exact patches ------------------------------------------------------- */

static void
equal_documents_need_nothing(void)
{
	check_patch("{\"a\":[1,{\"b\":2}]}", "{\"a\":[1,{\"b\":2}]}", "[]");
	check_patch("3", "3", "[]");
}

static void
the_order_of_keys_is_no_difference(void)
{
	check_patch("{\"a\":{\"x\":1,\"y\":2,\"z\":3},\"b\":2}",
	    "{\"b\":2,\"a\":{\"z\":3,\"y\":2,\"x\":1}}", "[]");
}

static void
the_text_of_a_number_is_a_difference(void)
{
	check_patch("{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1,\"n\":1}",
	    "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1,\"n\":1.0}",
	    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":1.0}]");
}

static void
members_are_replaced_added_and_removed_by_path(void)
{
	check_patch("{\"padding\":\"01234567890123456789\",\"a\":1}",
	    "{\"padding\":\"01234567890123456789\",\"a\":2}",
	    "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":2}]");
	check_patch("{\"padding\":\"01234567890123456789\"}",
	    "{\"padding\":\"01234567890123456789\",\"a/b~c\\\"\":2}",
	    "[{\"op\":\"add\",\"path\":\"/a~1b~0c\\\"\",\"value\":2}]");
	check_patch("{\"padding\":\"01234567890123456789\",\"a/b~c\":2}",
	    "{\"padding\":\"01234567890123456789\"}",
	    "[{\"op\":\"remove\",\"path\":\"/a~1b~0c\"}]");
}

static void
what_is_longer_than_a_replace_is_a_replace(void)
{
	check_patch("{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":4,\"b\":5,\"c\":6}",
	    "[{\"op\":\"replace\",\"path\":\"\","
	    "\"value\":{\"a\":4,\"b\":5,\"c\":6}}]");
	check_patch("[1]", "{\"a\":1}",
	    "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"a\":1}}]");
}

static void
an_element_moves_by_its_key(void)
{
	check_patch(
	    "[{\"id\":1,\"t\":\"aaaaaaaaaa\"},{\"id\":2,\"t\":\"bbbbbbbbbb\"},"
	    "{\"id\":3,\"t\":\"cccccccccc\"}]",
	    "[{\"id\":3,\"t\":\"cccccccccc\"},{\"id\":1,\"t\":\"aaaaaaaaaa\"},"
	    "{\"id\":2,\"t\":\"bbbbbbbbbb\"}]",
	    "[{\"op\":\"move\",\"from\":\"/2\",\"path\":\"/0\"}]");
}

static void
an_element_that_moves_may_change_too(void)
{
	check_patch("[{\"id\":1,\"t\":\"aaaaaaaaaaaaaaaaaaaaaa\",\"n\":1},"
		    "{\"id\":2,\"t\":\"bbbbbbbbbbbbbbbbbbbbbb\",\"n\":1},"
		    "{\"id\":3,\"t\":\"cccccccccccccccccccccc\",\"n\":1}]",
	    "[{\"id\":3,\"t\":\"cccccccccccccccccccccc\",\"n\":7},"
	    "{\"id\":1,\"t\":\"aaaaaaaaaaaaaaaaaaaaaa\",\"n\":1},"
	    "{\"id\":2,\"t\":\"bbbbbbbbbbbbbbbbbbbbbb\",\"n\":1}]",
	    "[{\"op\":\"move\",\"from\":\"/2\",\"path\":\"/0\"},"
	    "{\"op\":\"replace\",\"path\":\"/0/n\",\"value\":7}]");
}

static void
elements_without_keys_change_in_place(void)
{
	check_patch("[{\"t\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"n\":1},"
		    "{\"t\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbb\",\"n\":2},"
		    "{\"t\":\"cccccccccccccccccccccccccccc\",\"n\":3}]",
	    "[{\"t\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"n\":7},"
	    "{\"t\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbb\",\"n\":2},"
	    "{\"t\":\"cccccccccccccccccccccccccccc\",\"n\":8}]",
	    "[{\"op\":\"replace\",\"path\":\"/0/n\",\"value\":7},"
	    "{\"op\":\"replace\",\"path\":\"/2/n\",\"value\":8}]");
}

static void
scalars_that_change_alone_change_in_place(void)
{
	check_patch("[1111111111,2222222222,3333333333,4444444444,5555555555,"
		    "6666666666,7777777777,8888888888,9999999999,0,0,0,0,0,0]",
	    "[5555555555,2222222222,\"b\",4444444444,1111111111,6666666666,"
	    "7777777777,8888888888,9999999999,0,0,0,0,0,0]",
	    "[{\"op\":\"replace\",\"path\":\"/0\",\"value\":5555555555},"
	    "{\"op\":\"replace\",\"path\":\"/2\",\"value\":\"b\"},"
	    "{\"op\":\"replace\",\"path\":\"/4\",\"value\":1111111111}]");
	/* Neighbours that change may have moved. */
	check_patch("[1111111111,2222222222,3333333333,4444444444,5555555555]",
	    "[2222222222,3333333333,1111111111,4444444444,5555555555]",
	    "[{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/2\"}]");
}

static void
a_key_that_is_not_unique_identifies_nothing(void)
{
	static const char text[] = "as long as a removal, about";
	struct buf from = { 0 }, to = { 0 };

	for (int i = 0; i < 8; i++) {
		buf_printf(&from, "%s{\"id\":1,\"t\":\"%s %d\"}",
		    i > 0 ? "," : "[", text, i);
		if (i != 2 && i != 5)
			buf_printf(&to, "%s{\"id\":1,\"t\":\"%s %d\"}",
			    i > 0 ? "," : "[", text, i);
	}
	buf_byte(&from, ']');
	buf_byte(&to, ']');
	check_patch(buf_cstr(&from), buf_cstr(&to),
	    "[{\"op\":\"remove\",\"path\":\"/5\"},"
	    "{\"op\":\"remove\",\"path\":\"/2\"}]");
	buf_fini(&from);
	buf_fini(&to);
}

enum { ROWS = 97 }; /* a prime */

/* The row at place k when they are shuffled. */
static int
shuffled(int k, int step)
{
	return (k * step + 1) % ROWS;
}

/* The longest ascending sequence of these, by trying all. */
static int
longest_ascending(int step)
{
	int longest[ROWS] = { 0 }, max = 0;

	for (int k = 0; k < ROWS; k++) {
		for (int j = 0; j < k; j++)
			if (shuffled(j, step) < shuffled(k, step) &&
			    longest[j] > longest[k])
				longest[k] = longest[j];
		if (++longest[k] > max)
			max = longest[k];
	}
	return max;
}

static int
count_moves(int step)
{
	static const char row[] = "%s{\"id\":%d,\"t\":\"longer than what it "
				  "takes to move this element, and more\"}";
	struct buf from = { 0 }, to = { 0 };
	int moves = 0;

	for (int k = 0; k < ROWS; k++) {
		buf_printf(&from, row, k > 0 ? "," : "[", k);
		buf_printf(&to, row, k > 0 ? "," : "[", shuffled(k, step));
	}
	buf_byte(&from, ']');
	buf_byte(&to, ']');
	pair_check(buf_as_span(&from), buf_as_span(&to));
	for (const char *p = buf_cstr(&patch_bytes);
	     (p = strstr(p, "\"move\"")) != NULL; p++)
		moves++;
	buf_fini(&from);
	buf_fini(&to);
	return moves;
}

static void
no_more_elements_move_than_must(void)
{
	for (int step = 1; step < ROWS; step += 12)
		CHECK_INT(count_moves(step), ROWS - longest_ascending(step));
}

/* --- texts --------------------------------------------------------------- */

#define LONG "0123456789 0123456789 0123456789 0123456789 0123456789"

static void
a_text_changes_in_place(void)
{
	check_patch("\"" LONG "\"", "\"" LONG " more\"",
	    "[{\"op\":\"str_ins\",\"path\":\"\",\"pos\":54,"
	    "\"str\":\" more\"}]");
	check_patch("\"" LONG "\"", "\"0" LONG "\"",
	    "[{\"op\":\"str_ins\",\"path\":\"\",\"pos\":1,\"str\":\"0\"}]");
	check_patch("\"" LONG LONG " a " LONG "\"",
	    "\"" LONG LONG " b " LONG "\"",
	    "[{\"op\":\"str_del\",\"path\":\"\",\"pos\":109,\"len\":1},"
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":109,"
	    "\"str\":\"b\"}]");
}

static void
positions_count_utf_16_units(void)
{
	/* é 1, U+10348 2, \n 1, \u0001 1: 5 units before. */
	check_patch("\"\u00e9\U00010348\\n\\u0001" LONG LONG "\"",
	    "\"\u00e9\U00010348\\n\\u0001+" LONG LONG "\"",
	    "[{\"op\":\"str_ins\",\"path\":\"\",\"pos\":5,\"str\":\"+\"}]");
}

static void
characters_are_never_cut(void)
{
	/* The same first three bytes of four, the same first two of three. */
	check_patch("\"" LONG LONG "\U0001f600" LONG "\"",
	    "\"" LONG LONG "\U0001f601" LONG "\"",
	    "[{\"op\":\"str_del\",\"path\":\"\",\"pos\":108,\"len\":2},"
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":108,"
	    "\"str\":\"\U0001f601\"}]");
	/* The same last three bytes. */
	check_patch("\"" LONG LONG "\U0001f600" LONG "\"",
	    "\"" LONG LONG "\U0002f600" LONG "\"",
	    "[{\"op\":\"str_del\",\"path\":\"\",\"pos\":108,\"len\":2},"
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":108,"
	    "\"str\":\"\U0002f600\"}]");
}

static void
escapes_are_never_cut(void)
{
	check_patch("\"" LONG LONG "\\u0001" LONG "\"",
	    "\"" LONG LONG "\\u0011" LONG "\"",
	    "[{\"op\":\"str_del\",\"path\":\"\",\"pos\":108,\"len\":1},"
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":108,"
	    "\"str\":\"\\u0011\"}]");
	check_patch("\"" LONG LONG "\\t" LONG "\"",
	    "\"" LONG LONG "\\n" LONG "\"",
	    "[{\"op\":\"str_del\",\"path\":\"\",\"pos\":108,\"len\":1},"
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":108,"
	    "\"str\":\"\\n\"}]");
	/* Ends alike in bytes: a backslash and n, a line feed. */
	check_patch("\"" LONG LONG "\\\\n" LONG "\"",
	    "\"" LONG LONG "x\\n" LONG "\"",
	    "[{\"op\":\"str_del\",\"path\":\"\",\"pos\":108,\"len\":2},"
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":108,"
	    "\"str\":\"x\\n\"}]");
}

static void
a_log_whose_window_slid_loses_its_head_and_grows(void)
{
	static const char del[] =
	    "[{\"op\":\"str_del\",\"path\":\"\",\"pos\":0,\"len\":";
	struct buf from = { 0 }, to = { 0 };

	buf_byte(&from, '"');
	buf_byte(&to, '"');
	for (int i = 0; i < 1000; i++) {
		struct buf *only = i < 10 ? &from : i >= 990 ? &to : NULL;

		if (only != &to)
			buf_printf(&from, "line %d of the log\\n", i * i);
		if (only != &from)
			buf_printf(&to, "line %d of the log\\n", i * i);
	}
	buf_byte(&from, '"');
	buf_byte(&to, '"');
	pair_check(buf_as_span(&from), buf_as_span(&to));
	CHECK(patch_bytes.len < 400);
	CHECK(span_eq(span_of(patch_bytes.data, strlen(del)), span_str(del)));
	buf_fini(&from);
	buf_fini(&to);
}

/* The new head is in the old text, but behind half an escape. */
static void
a_log_does_not_slide_into_an_escape(void)
{
	pair_check(span_str("\"something else\\n" LONG LONG "\""),
	    span_str("\"n" LONG LONG "and as much that is new, and ends in no "
		     "way as the old text did, for more than its head\""));
}

/* --- figures ------------------------------------------------------------- */

static void
add_rows(struct buf *out, int first, int last, int skip)
{
	buf_byte(out, '[');
	for (int i = first; i < last; i++) {
		if (i == skip)
			continue;
		buf_printf(out,
		    "%s{\"id\":\"row-%d\",\"status\":\"running\",\"n\":%d,"
		    "\"text\":\"something about row %d\"}",
		    out->data[out->len - 1] == '[' ? "" : ",", i, i % 7, i);
	}
	buf_byte(out, ']');
}

static void
one_row_removed_of_1000_takes_64_bytes(void)
{
	struct buf from = { 0 }, to = { 0 };

	add_rows(&from, 0, 1000, -1);
	add_rows(&to, 0, 1000, 500);
	pair_check(buf_as_span(&from), buf_as_span(&to));
	CHECK(patch_bytes.len <= 64);
	buf_fini(&from);
	buf_fini(&to);
}

static void
one_row_appended_to_1000_takes_200_bytes(void)
{
	struct buf from = { 0 }, to = { 0 };

	add_rows(&from, 0, 1000, -1);
	add_rows(&to, 0, 1001, -1);
	pair_check(buf_as_span(&from), buf_as_span(&to));
	CHECK(patch_bytes.len <= 200);
	buf_fini(&from);
	buf_fini(&to);
}

static void
a_log_of_1_mb_that_grows_by_100_bytes_takes_200(void)
{
	struct buf from = { 0 }, to = { 0 };

	buf_str(&from, "{\"log\":\"");
	while (from.len < 1 << 20)
		buf_printf(&from, "%zu: \u00e9vent\\n", from.len);
	buf_span(&to, buf_as_span(&from));
	for (int i = 0; i < 10; i++)
		buf_str(&to, "ten bytes\\n");
	buf_str(&from, "\"}");
	buf_str(&to, "\"}");
	pair_check(buf_as_span(&from), buf_as_span(&to));
	CHECK(patch_bytes.len <= 200);
	buf_fini(&from);
	buf_fini(&to);
}

static void
a_ring_of_small_numbers_turns_for_two_operations(void)
{
	struct buf from = { 0 }, to = { 0 };

	buf_byte(&from, '[');
	buf_byte(&to, '[');
	for (int i = 0; i <= 1000; i++) {
		int value = i * i % 17 % 5;

		if (i < 1000)
			buf_printf(&from, "%s%d", i > 0 ? "," : "", value);
		if (i > 0)
			buf_printf(&to, "%s%d", i > 1 ? "," : "", value);
	}
	buf_byte(&from, ']');
	buf_byte(&to, ']');
	pair_check(buf_as_span(&from), buf_as_span(&to));
	CHECK(patch_bytes.len <= 100);
	buf_fini(&from);
	buf_fini(&to);
}

/* --- bounds -------------------------------------------------------------- */

/* Every level opens n objects, then all are closed over a value. */
static void
add_deep(struct buf *out, int n, size_t key_len, int value)
{
	for (int i = 0; i < n; i++) {
		buf_str(out, "{\"");
		for (size_t k = 0; k < key_len; k++)
			buf_byte(out, 'k');
		buf_str(out, "\":");
	}
	buf_printf(out, "%d", value);
	for (int i = 0; i < n; i++)
		buf_byte(out, '}');
}

static void
a_path_too_long_for_a_patch_ends_higher_up(void)
{
	struct buf from = { 0 }, to = { 0 };

	add_deep(&from, 60, 100, 1);
	add_deep(&to, 60, 100, 2);
	pair_check(buf_as_span(&from), buf_as_span(&to));
	CHECK(patch_bytes.len < to.len);
	buf_fini(&from);
	buf_fini(&to);
}

static void
equal_elements_by_the_thousand_end_in_time(void)
{
	struct buf from = { 0 }, to = { 0 };

	buf_byte(&from, '[');
	buf_byte(&to, '[');
	for (int i = 0; i < 200000; i++) {
		buf_printf(&from, "%s%d", i > 0 ? "," : "", i % 3 == 0);
		buf_printf(&to, "%s%d", i > 0 ? "," : "", i % 7 == 0);
	}
	buf_byte(&from, ']');
	buf_byte(&to, ']');
	pair_check(buf_as_span(&from), buf_as_span(&to));
	buf_fini(&from);
	buf_fini(&to);
}

static void
a_large_array_turned_round_ends_in_time(void)
{
	struct buf from = { 0 }, to = { 0 };
	static const char row[] =
	    "%s{\"id\":%d,\"t\":\"as long as a move or a bit longer\"}";

	buf_byte(&from, '[');
	buf_byte(&to, '[');
	for (int i = 0; i < 20000; i++) {
		buf_printf(&from, row, i > 0 ? "," : "", i);
		buf_printf(&to, row, i > 0 ? "," : "", 19999 - i);
	}
	buf_byte(&from, ']');
	buf_byte(&to, ']');
	pair_check(buf_as_span(&from), buf_as_span(&to));
	CHECK(patch_bytes.len < to.len);
	buf_fini(&from);
	buf_fini(&to);
}

TESTS(equal_documents_need_nothing, the_order_of_keys_is_no_difference,
    the_text_of_a_number_is_a_difference,
    members_are_replaced_added_and_removed_by_path,
    what_is_longer_than_a_replace_is_a_replace, an_element_moves_by_its_key,
    an_element_that_moves_may_change_too, elements_without_keys_change_in_place,
    scalars_that_change_alone_change_in_place,
    a_key_that_is_not_unique_identifies_nothing,
    no_more_elements_move_than_must, a_log_does_not_slide_into_an_escape,
    a_text_changes_in_place, positions_count_utf_16_units,
    characters_are_never_cut, escapes_are_never_cut,
    a_log_whose_window_slid_loses_its_head_and_grows,
    one_row_removed_of_1000_takes_64_bytes,
    one_row_appended_to_1000_takes_200_bytes,
    a_log_of_1_mb_that_grows_by_100_bytes_takes_200,
    a_ring_of_small_numbers_turns_for_two_operations,
    a_path_too_long_for_a_patch_ends_higher_up,
    equal_elements_by_the_thousand_end_in_time,
    a_large_array_turned_round_ends_in_time)
