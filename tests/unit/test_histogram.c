#include "histogram.h"

#include "check.h"

static struct histogram histogram;

static void
begin(void)
{
	histogram = (struct histogram){ 0 };
}

static void
a_bound_belongs_to_its_bucket(void)
{
	begin();
	histogram_observe(&histogram, 0);
	histogram_observe(&histogram, 100);
	histogram_observe(&histogram, 101);
	histogram_observe(&histogram, 5000000);
	CHECK_INT(histogram.bucket[0], 2);
	CHECK_INT(histogram.bucket[1], 1);
	CHECK_INT(histogram.bucket[HISTOGRAM_BUCKETS - 2], 1);
	CHECK_INT(histogram.sum_us, 5000201);
}

static void
what_is_longer_than_all_bounds_is_counted(void)
{
	begin();
	histogram_observe(&histogram, 5000001);
	CHECK_INT(histogram.bucket[HISTOGRAM_BUCKETS - 1], 1);
	CHECK_INT(histogram.sum_us, 5000001);
}

static void
the_unknown_is_not_counted(void)
{
	begin();
	histogram_observe(&histogram, -1);
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		CHECK_INT(histogram.bucket[i], 0);
	CHECK_INT(histogram.sum_us, 0);
}

static void
bounds_grow_and_the_last_has_none(void)
{
	for (unsigned i = 1; i < HISTOGRAM_BUCKETS; i++)
		CHECK(histogram_bound_us(i) > histogram_bound_us(i - 1));
	CHECK_INT(histogram_bound_us(0), 100);
	CHECK_INT(histogram_bound_us(HISTOGRAM_BUCKETS - 1), INT64_MAX);
}

static void
two_add_up(void)
{
	struct histogram sum = { 0 };

	begin();
	histogram_observe(&histogram, 700);
	histogram_add(&sum, &histogram);
	histogram_observe(&histogram, 90);
	histogram_add(&sum, &histogram);
	CHECK_INT(sum.bucket[0], 1);
	CHECK_INT(sum.bucket[3], 2);
	CHECK_INT(sum.sum_us, 1490);
}

TESTS(a_bound_belongs_to_its_bucket, what_is_longer_than_all_bounds_is_counted,
    the_unknown_is_not_counted, bounds_grow_and_the_last_has_none, two_add_up)
