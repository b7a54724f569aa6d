#include "amount.h"

#include "check.h"

static const char *
bytes(uint64_t n)
{
	static struct buf out;

	buf_clear(&out);
	amount_bytes(&out, n);
	return buf_cstr(&out);
}

static const char *
duration(int64_t ms)
{
	static struct buf out;

	buf_clear(&out);
	amount_time(&out, ms);
	return buf_cstr(&out);
}

static void
bytes_change_their_unit_at_a_thousand(void)
{
	CHECK_STR(bytes(0), "0 B");
	CHECK_STR(bytes(999), "999 B");
	CHECK_STR(bytes(1000), "1.0 kB");
	CHECK_STR(bytes(9999), "9.9 kB");
	CHECK_STR(bytes(10000), "10 kB");
	CHECK_STR(bytes(999999), "999 kB");
	CHECK_STR(bytes(1000000), "1.0 MB");
	CHECK_STR(bytes(1234567890), "1.2 GB");
	CHECK_STR(bytes(UINT64_MAX), "18 EB");
}

static void
times_change_their_unit_at_two_of_it(void)
{
	CHECK_STR(duration(-5), "0 ms");
	CHECK_STR(duration(1999), "1999 ms");
	CHECK_STR(duration(2000), "2 s");
	CHECK_STR(duration(119999), "119 s");
	CHECK_STR(duration(120000), "2 min");
	CHECK_STR(duration(7199999), "119 min");
	CHECK_STR(duration(7200000), "2 h");
	CHECK_STR(duration(2 * INT64_C(86400000) - 1), "47 h");
	CHECK_STR(duration(2 * INT64_C(86400000)), "2 days");
}

TESTS(bytes_change_their_unit_at_a_thousand,
    times_change_their_unit_at_two_of_it)
