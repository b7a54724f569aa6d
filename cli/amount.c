#include "amount.h"

#include <stddef.h>

void
amount_bytes(struct buf *out, uint64_t n)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB",
		"EB" };
	uint64_t tenths = n / 100;
	size_t unit = 0;

	if (n < 1000) {
		buf_printf(out, "%llu B", (unsigned long long)n);
		return;
	}
	for (; tenths >= 10000; tenths /= 1000)
		unit++;
	if (tenths < 100)
		buf_printf(out, "%u.%u %s", (unsigned)(tenths / 10),
		    (unsigned)(tenths % 10), units[unit]);
	else
		buf_printf(out, "%u %s", (unsigned)(tenths / 10), units[unit]);
}

void
amount_time(struct buf *out, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = { { INT64_C(86400000), "days" }, { 3600000, "h" },
		{ 60000, "min" }, { 1000, "s" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		/* From two on: the digit before would say too little. */
		if (ms >= 2 * units[i].ms) {
			buf_printf(out, "%lld %s",
			    (long long)(ms / units[i].ms), units[i].name);
			return;
		}
	buf_printf(out, "%lld ms", (long long)(ms < 0 ? 0 : ms));
}
