#include "patching.h"

static void
texts_change_at_utf_16_positions(void)
{
	/* a 1, U+1F600 2, \n 1, é 1 */
	static const char body[] = "{\"t\":\"a\U0001f600\\n\u00e9\"}";

	check_becomes(body,
	    "[{\"op\":\"str_ins\",\"path\":\"/t\",\"pos\":3,\"str\":\"\\t\"}]",
	    "{\"t\":\"a\U0001f600\\t\\n\u00e9\"}");
	check_becomes(body,
	    "[{\"op\":\"str_ins\",\"path\":\"/t\",\"pos\":5,\"str\":\"z\"},"
	    "{\"op\":\"str_ins\",\"path\":\"/t\",\"pos\":0,\"str\":\"y\"}]",
	    "{\"t\":\"ya\U0001f600\\n\u00e9z\"}");
	check_becomes(body,
	    "[{\"op\":\"str_del\",\"path\":\"/t\",\"pos\":1,\"len\":3}]",
	    "{\"t\":\"a\u00e9\"}");
	check_becomes(body,
	    "[{\"op\":\"str_del\",\"path\":\"/t\",\"pos\":0,\"len\":5},"
	    "{\"op\":\"str_ins\",\"path\":\"/t\",\"pos\":0,\"str\":\"\"},"
	    "{\"op\":\"str_ins\",\"path\":\"/t\",\"pos\":0,\"str\":\"b\"}]",
	    "{\"t\":\"b\"}");
}

static void
positions_beyond_the_end_or_within_a_pair_are_conflicts(void)
{
	static const char *const operations[] = {
		"[{\"op\":\"str_ins\",\"path\":\"\",\"pos\":2,\"str\":\"x\"}]",
		"[{\"op\":\"str_ins\",\"path\":\"\",\"pos\":5,\"str\":\"x\"}]",
		"[{\"op\":\"str_ins\",\"path\":\"\","
		"\"pos\":18446744073709551617,\"str\":\"x\"}]",
		"[{\"op\":\"str_del\",\"path\":\"\",\"pos\":2,\"len\":2}]",
		"[{\"op\":\"str_del\",\"path\":\"\",\"pos\":0,\"len\":2}]",
		"[{\"op\":\"str_del\",\"path\":\"\",\"pos\":3,\"len\":2}]",
		"[{\"op\":\"str_del\",\"path\":\"\",\"pos\":1,"
		"\"len\":18446744073709551615}]",
	};

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		check_refused("\"a\U0001f600b\"", operations[i], ERR_CONFLICT);
	check_refused("{\"a\":\"b\"}",
	    "[{\"op\":\"str_ins\",\"path\":\"/a\",\"pos\":0,\"str\":\"\"},"
	    "{\"op\":\"add\",\"path\":\"/a/0\",\"value\":1}]",
	    ERR_CONFLICT);
	check_refused("1",
	    "[{\"op\":\"str_ins\",\"path\":\"\",\"pos\":0,\"str\":\"\"}]",
	    ERR_CONFLICT);
}

static void
an_escape_is_one_position(void)
{
	check_becomes("\"\\\\\\\"\\u0001/\"",
	    "[{\"op\":\"str_ins\",\"path\":\"\",\"pos\":1,\"str\":\"-\"},"
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":3,\"str\":\"-\"},"
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":5,\"str\":\"-\"}]",
	    "\"\\\\-\\\"-\\u0001-/\"");
}

/* One patch of n times the same operation. */
static void
add_operations(struct buf *operations, const char *operation, size_t n)
{
	buf_byte(operations, '[');
	for (size_t i = 0; i < n; i++)
		buf_printf(operations, "%s%s", i > 0 ? "," : "", operation);
	buf_byte(operations, ']');
}

/*
 * Were the text read or shifted for each operation, this would be refused as
 * too much work, as what follows below is.
 */
static void
a_log_that_grows_costs_what_is_added(void)
{
	struct buf body = { 0 }, operations = { 0 }, want = { 0 };

	add_text(&body, "\u00e9 tick\\n", 300000);
	buf_byte(&operations, '[');
	for (size_t i = 0; i < 2000; i++)
		buf_printf(&operations,
		    "%s{\"op\":\"str_del\",\"path\":\"\",\"pos\":0,\"len\":7},"
		    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":%d,"
		    "\"str\":\"\\u00e9 tock\\n\"}",
		    i > 0 ? "," : "", 299999 * 7);
	buf_byte(&operations, ']');
	add_text(&want, "\u00e9 tick\\n", 298000);
	buf_cut(&want, want.len - 1);
	for (size_t i = 0; i < 2000; i++)
		buf_str(&want, "\u00e9 tock\\n");
	buf_byte(&want, '"');
	CHECK_OK(apply(buf_cstr(&body), buf_cstr(&operations)));
	CHECK(span_eq(buf_as_span(&patched), buf_as_span(&want)));
	buf_fini(&body);
	buf_fini(&operations);
	buf_fini(&want);
}

/* Were all of it shifted or counted, this would be refused as well. */
static void
a_change_within_a_long_text_costs_a_piece_of_it(void)
{
	struct buf body = { 0 }, operations = { 0 };

	add_text(&body, "0123456789abcdef", 500000);
	add_operations(&operations,
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":4000000,"
	    "\"str\":\"x\"},"
	    "{\"op\":\"str_del\",\"path\":\"\",\"pos\":2000000,"
	    "\"len\":1}",
	    2000);
	CHECK_OK(apply(buf_cstr(&body), buf_cstr(&operations)));
	CHECK_INT(patched.len, body.len);
	buf_fini(&body);
	buf_fini(&operations);
}

/* {"a":"…","b":0}, a patch that has a changed and copies it n times to b. */
static void
prepare_copies(struct buf *body, struct buf *operations, size_t n)
{
	buf_str(body, "{\"a\":");
	add_text(body, "0123456789abcdef", 60000);
	buf_str(body, ",\"b\":0}");
	buf_str(operations,
	    "[{\"op\":\"str_ins\",\"path\":\"/a\",\"pos\":0,\"str\":\"x\"}");
	for (size_t i = 0; i < n; i++)
		buf_str(operations,
		    ",{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}");
	buf_byte(operations, ']');
}

static void
little_patch_with_endless_work_is_beyond_the_limit(void)
{
	struct buf body = { 0 }, operations = { 0 };

	prepare_copies(&body, &operations, 200);
	check_refused(buf_cstr(&body), buf_cstr(&operations), ERR_LIMIT);
	buf_fini(&body);
	buf_fini(&operations);
}

static void
each_patch_may_do_much_work(void)
{
	struct buf body = { 0 }, operations = { 0 };
	struct patch_doc *doc;

	prepare_copies(&body, &operations, 40);
	CHECK_OK(json_scan(&patch, buf_as_span(&operations), NULL));
	doc = patch_doc_new(buf_as_span(&body));
	for (int i = 0; i < 4; i++)
		CHECK_OK(patch_doc_apply(doc, &patch));
	patch_doc_free(doc);
	buf_fini(&body);
	buf_fini(&operations);
}

/* --- a text against a plain list ----------------------------------------- */

static const struct {
	const char *bytes;
	int units;
} characters[] = { { "a", 1 }, { "\u00e9", 1 }, { "\u20ac", 1 },
	{ "\U0001f600", 2 }, { "\\n", 1 }, { "\\\\", 1 }, { "\\u0001", 1 },
	{ "b", 1 } };

struct model {
	int character[60000]; /* several pieces of patch_text.c */
	int n;
	unsigned random;
};

static int
any(struct model *m, int below)
{
	m->random = m->random * 1664525 + 1013904223;
	return (int)(m->random >> 8) % below;
}

static int
units_before(const struct model *m, int at)
{
	int units = 0;

	for (int i = 0; i < at; i++)
		units += characters[m->character[i]].units;
	return units;
}

static void
model_move(struct model *m, int from, int to)
{
	memmove(m->character + to, m->character + from,
	    (size_t)(m->n - from) * sizeof(m->character[0]));
	m->n += to - from;
}

/* One operation on both. */
static void
model_step(struct model *m, struct buf *operations)
{
	int at = any(m, m->n + 1), n = any(m, any(m, 4) > 0 ? 6 : 5000);

	if ((any(m, 2) == 0 || m->n > 50000) && at + n <= m->n) {
		buf_printf(operations,
		    "{\"op\":\"str_del\",\"path\":\"\",\"pos\":%d,\"len\":%d}",
		    units_before(m, at),
		    units_before(m, at + n) - units_before(m, at));
		model_move(m, at + n, at);
		return;
	}
	buf_printf(operations,
	    "{\"op\":\"str_ins\",\"path\":\"\",\"pos\":%d,\"str\":\"",
	    units_before(m, at));
	model_move(m, at, at + n);
	for (int i = at; i < at + n; i++) {
		m->character[i] = any(m, 8);
		buf_str(operations, characters[m->character[i]].bytes);
	}
	buf_str(operations, "\"}");
}

static void
model_write(const struct model *m, struct buf *to)
{
	buf_byte(to, '"');
	for (int i = 0; i < m->n; i++)
		buf_str(to, characters[m->character[i]].bytes);
	buf_byte(to, '"');
}

static void
a_text_does_what_a_plain_list_does(void)
{
	struct buf body = { 0 }, operations = { 0 }, want = { 0 };
	static struct model m = { .random = 1 };

	for (int round = 0; round < 300; round++) {
		buf_clear(&body);
		buf_clear(&operations);
		buf_clear(&want);
		model_write(&m, &body);
		for (int i = 0; i < 10; i++) {
			buf_byte(&operations, i > 0 ? ',' : '[');
			model_step(&m, &operations);
		}
		buf_byte(&operations, ']');
		model_write(&m, &want);
		check_becomes(buf_cstr(&body), buf_cstr(&operations),
		    buf_cstr(&want));
	}
	buf_fini(&body);
	buf_fini(&operations);
	buf_fini(&want);
}

TESTS(texts_change_at_utf_16_positions,
    positions_beyond_the_end_or_within_a_pair_are_conflicts,
    an_escape_is_one_position, a_log_that_grows_costs_what_is_added,
    a_change_within_a_long_text_costs_a_piece_of_it,
    little_patch_with_endless_work_is_beyond_the_limit,
    each_patch_may_do_much_work, a_text_does_what_a_plain_list_does)
