#include "cursor.h"

#include "check.h"

static void
text_and_cursor_are_inverse(void)
{
	char text[CURSOR_TEXT_BYTES];
	struct cursor c = { UINT64_C(0x0f2c61b0a4d3e871), CURSOR_SEQ_MAX };
	struct cursor back;

	CHECK_STR(cursor_text(c, text), "0f2c61b0a4d3e871.9007199254740991");
	CHECK_OK(cursor_parse(span_str(text), &back));
	CHECK(back.epoch == c.epoch && back.seq == c.seq);
}

static void
nothing_and_zero_are_no_cursor(void)
{
	struct cursor c = { 1, 1 };

	CHECK_OK(cursor_parse(span_str(""), &c));
	CHECK(c.epoch == 0 && c.seq == 0);
	CHECK_OK(cursor_parse(span_str("0"), &c));
	CHECK(c.epoch == 0 && c.seq == 0);
	CHECK_OK(cursor_parse(span_str("0000000000000001.0"), &c));
	CHECK(c.epoch == 1 && c.seq == 0);
}

static void
anything_else_is_malformed(void)
{
	static const char *const bad[] = { "x", "1", "0f2c61b0a4d3e871",
		"0f2c61b0a4d3e871.", "0f2c61b0a4d3e871.x", "0F2C61B0A4D3E871.1",
		"0f2c61b0a4d3e87.1", "0f2c61b0a4d3e8710.1",
		"0f2c61b0a4d3e871.01", "0f2c61b0a4d3e871.-1",
		"0f2c61b0a4d3e871.9007199254740992",
		"0f2c61b0a4d3e871.99999999999999999999", "0000000000000000.1",
		"0f2c61b0a4d3e871.1 ", " 0f2c61b0a4d3e871.1" };
	struct cursor c;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK_ERR(cursor_parse(span_str(bad[i]), &c),
			ERR_BAD_REQUEST))
			printf("#   %s\n", bad[i]);
}

TESTS(text_and_cursor_are_inverse, nothing_and_zero_are_no_cursor,
    anything_else_is_malformed)
