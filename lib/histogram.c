#include "histogram.h"

static const int64_t bounds_us[HISTOGRAM_BUCKETS] = {
	100,
	250,
	500,
	1000,
	2500,
	5000,
	10000,
	25000,
	50000,
	100000,
	250000,
	500000,
	1000000,
	2500000,
	5000000,
	INT64_MAX,
};

int64_t
histogram_bound_us(unsigned i)
{
	return bounds_us[i];
}

/* One writer: nothing is lost between load and store. */
static void
grow(uint64_t *number, uint64_t by)
{
	__atomic_store_n(number, __atomic_load_n(number, __ATOMIC_RELAXED) + by,
	    __ATOMIC_RELAXED);
}

void
histogram_observe(struct histogram *histogram, int64_t us)
{
	unsigned i = 0;

	if (us < 0)
		return;
	while (us > bounds_us[i])
		i++;
	grow(&histogram->bucket[i], 1);
	grow(&histogram->sum_us, (uint64_t)us);
}

void
histogram_add(struct histogram *to, const struct histogram *from)
{
	to->sum_us += __atomic_load_n(&from->sum_us, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->bucket[i] +=
		    __atomic_load_n(&from->bucket[i], __ATOMIC_RELAXED);
}
