/*
 * bench: what every benchmark needs: a clock and a median.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

static inline double
bench_clock(clockid_t id)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(id, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline double
bench_seconds(void)
{
	return bench_clock(CLOCK_MONOTONIC);
}

static inline double
bench_cpu_seconds(void)
{
	return bench_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static inline int
bench_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts the values in place. */
static inline double
bench_median(double *value, size_t n)
{
	qsort(value, n, sizeof(*value), bench_order);
	return value[n / 2];
}

#endif /* BENCH_H */
