#include "walltime.h"

#include <stdlib.h>
#include <time.h>

#include "check.h"

static int64_t
parsed(const char *text)
{
	struct walltime t = { -1 };

	if (!CHECK(walltime_parse(span_str(text), &t)))
		printf("#   %s\n", text);
	return t.ms;
}

static void
a_time_is_read_in_all_its_forms(void)
{
	CHECK_INT(parsed("1970-01-01T00:00:00Z"), 0);
	CHECK_INT(parsed("2026-01-02T03:04:05.678Z"), 1767323045678);
	CHECK_INT(parsed("2026-01-02t03:04:05.678z"), 1767323045678);
	CHECK_INT(parsed("2026-01-02 03:04:05Z"), 1767323045000);
	CHECK_INT(parsed("2026-01-02T03:04:05.6Z"), 1767323045600);
	CHECK_INT(parsed("2026-01-02T03:04:05.6789999999Z"), 1767323045678);
	CHECK_INT(parsed("2026-01-02T04:34:05+01:30"), 1767323045000);
	CHECK_INT(parsed("2026-01-02T04:34:05 01:30"), 1767323045000);
	CHECK_INT(parsed("2026-01-01T23:04:05-04:00"), 1767323045000);
	CHECK_INT(parsed("2016-12-31T23:59:60Z"),
	    parsed("2017-01-01T00:00:00Z"));
	CHECK_INT(parsed("1969-12-31T23:59:59.999Z"), -1);
}

static void
a_number_is_seconds_or_milliseconds(void)
{
	CHECK_INT(parsed("0"), 0);
	CHECK_INT(parsed("1767323045"), 1767323045000);
	CHECK_INT(parsed("99999999999"), 99999999999000);
	CHECK_INT(parsed("100000000000"), 100000000000);
	CHECK_INT(parsed("1767323045678"), 1767323045678);
	CHECK_INT(parsed("999999999999999"), 999999999999999);
}

static void
anything_else_is_none(void)
{
	static const char *const bad[] = { "", "x", "-1", "1.5", " 1",
		"9999999999999999", "2026-01-02", "2026-01-02T03:04Z",
		"2026-01-02T03:04:05", "2026-01-02T03:04:05.Z",
		"2026-01-02T03:04:05+0100", "2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+01:60", "2026-01-02T03:04:05ZZ",
		"2026-00-02T03:04:05Z", "2026-13-02T03:04:05Z",
		"2026-01-00T03:04:05Z", "2026-04-31T03:04:05Z",
		"2026-02-29T03:04:05Z", "1900-02-29T03:04:05Z",
		"2026-01-02T24:04:05Z", "2026-01-02T03:60:05Z",
		"2026-01-02T03:04:61Z", "26-01-02T03:04:05Z",
		"0123456789abcdef.7" };
	struct walltime t;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK(!walltime_parse(span_str(bad[i]), &t)))
			printf("#   %s\n", bad[i]);
	CHECK(!walltime_parse(span_of("1\0", 2), &t));
	CHECK(!walltime_parse(span_of("2026-01-02\0"
				      "03:04:05Z",
				  20),
	    &t));
}

/* As the C library counts. */
static void
every_day_has_its_number(void)
{
	char text[64];
	struct tm tm;
	time_t at;

	for (int64_t day = -719528; day < 2932896 && !check_failed; day++) {
		at = (time_t)day * 86400;
		(void)gmtime_r(&at, &tm);
		(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT00:00:00Z",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		CHECK_INT(parsed(text), day * 86400000);
	}
}

static void
what_is_written_is_read_again(void)
{
	char text[WALLTIME_TEXT_BYTES];
	struct walltime t = { 0 };

	srand(5);
	for (int i = 0; i < 1000; i++) {
		t.ms = (int64_t)rand() * 1000 + rand() % 1000;
		CHECK_INT(parsed(walltime_text(t, text)), t.ms);
	}
}

TESTS(a_time_is_read_in_all_its_forms, a_number_is_seconds_or_milliseconds,
    anything_else_is_none, every_day_has_its_number,
    what_is_written_is_read_again)
