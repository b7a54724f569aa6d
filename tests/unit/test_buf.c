#include "buf.h"

#include <errno.h>
#include <stdlib.h>

#include "check.h"
#include "monotime.h"
#include "utf8.h"

static void
what_is_added_stands_in_order_before_a_nul(void)
{
	struct buf b = { 0 };

	CHECK_STR(buf_cstr(&b), "");
	buf_str(&b, "a");
	buf_byte(&b, 'b');
	buf_u64(&b, 0);
	buf_u64(&b, UINT64_MAX);
	buf_printf(&b, "%s-%03d", "c", 7);
	buf_span(&b, span_of("xyz", 2));
	CHECK_STR(b.data, "ab018446744073709551615c-007xy");
	CHECK_INT(b.len, strlen(b.data));
	buf_cut(&b, 2);
	CHECK_STR(b.data, "ab");
	buf_fini(&b);
}

static void
it_grows_to_whatever_is_needed(void)
{
	struct buf b = { 0 };

	for (int i = 0; i < 100000; i++)
		buf_add(&b, "0123456789", 10);
	CHECK_INT(b.len, 1000000);
	CHECK(b.data[999999] == '9' && b.data[1000000] == '\0');
	buf_fini(&b);
}

static void
taken_bytes_belong_to_the_taker(void)
{
	struct buf b = { 0 };
	size_t len = 0;
	char *bytes;

	buf_str(&b, "mine");
	bytes = buf_take(&b, &len);
	CHECK_STR(bytes, "mine");
	CHECK_INT(len, 4);
	CHECK(b.data == NULL && b.len == 0);
	free(bytes);
}

static void
spans_are_cut_at_each_separator(void)
{
	struct span rest = span_str("a,,b");

	CHECK(span_is(span_cut(&rest, ','), "a"));
	CHECK(span_is(span_cut(&rest, ','), ""));
	CHECK(span_is(span_cut(&rest, ','), "b"));
	CHECK_INT(rest.len, 0);
	CHECK(span_cmp(span_str("a"), span_str("ab")) < 0);
	CHECK(span_cmp(span_str("b"), span_str("ab")) > 0);
	CHECK(span_cmp(span_str(""), span_str("")) == 0);
}

static void
an_error_keeps_its_code_through_each_wrapping(void)
{
	const struct err *err;

	errno = ENOENT;
	err = err_sys("open %s", "x");
	CHECK_STR(err->msg, "open x: No such file or directory");
	err = err_wrap(err_new(ERR_GONE, "no %d", 1), "deep");
	for (int i = 0; i < 20; i++)
		err = err_wrap(err, "%d", i);
	CHECK_INT(err->code, ERR_GONE);
	CHECK(strncmp(err->msg, "19: 18: 17: ", 12) == 0);
	CHECK(strstr(err->msg, "deep: no 1") != NULL);
}

static void
an_error_too_long_is_cut_not_lost(void)
{
	char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK(strlen(err_new(ERR_SYS, "%s", text)->msg) > 900);
}

static void
wall_time_is_rfc_3339_with_milliseconds(void)
{
	char text[WALLTIME_TEXT_BYTES];
	struct walltime t = { INT64_C(1767323045678) };

	CHECK_STR(walltime_text(t, text), "2026-01-02T03:04:05.678Z");
	t.ms = -1;
	CHECK_STR(walltime_text(t, text), "1969-12-31T23:59:59.999Z");
}

static void
time_left_is_rounded_up_and_never_negative(void)
{
	struct monotime now = { 5000000 }, due = { 5000001 };

	CHECK_INT(monotime_left_ms(due, now), 1);
	CHECK_INT(monotime_left_ms(now, now), 0);
	CHECK_INT(monotime_left_ms(now, due), 0);
	CHECK(!monotime_reached(due, now));
	CHECK(monotime_reached(due, due));
	CHECK_INT(monotime_diff_us(monotime_after_ms(now, 3), now), 3000);
}

static void
only_well_formed_utf_8_has_a_length(void)
{
	static const struct {
		const char *bytes;
		size_t length;
	} rows[] = { { "a", 1 }, { "\xc3\xa9", 2 }, { "\xe2\x82\xac", 3 },
		{ "\xf0\x9f\x98\x80", 4 }, { "\xf4\x8f\xbf\xbf", 4 },
		{ "\xc0\x80", 0 }, { "\xe0\x80\x80", 0 }, { "\xed\xa0\x80", 0 },
		{ "\xf0\x80\x80\x80", 0 }, { "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 }, { "\x80", 0 }, { "\xe2\x82", 0 },
		{ "\xe2\x28\xa1", 0 }, { "", 0 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const unsigned char *p = (const unsigned char *)rows[i].bytes;

		CHECK_INT(utf8_length(p, p + strlen(rows[i].bytes)),
		    rows[i].length);
	}
}

TESTS(what_is_added_stands_in_order_before_a_nul,
    it_grows_to_whatever_is_needed, taken_bytes_belong_to_the_taker,
    spans_are_cut_at_each_separator,
    an_error_keeps_its_code_through_each_wrapping,
    an_error_too_long_is_cut_not_lost, wall_time_is_rfc_3339_with_milliseconds,
    time_left_is_rounded_up_and_never_negative,
    only_well_formed_utf_8_has_a_length)
