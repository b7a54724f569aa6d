/*
 * bench: what every benchmark needs: a clock, a median, and a way out.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

static inline uint64_t
bench_nanoseconds(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static inline double
bench_cpu_seconds(void)
{
	return bench_clock(CLOCK_PROCESS_CPUTIME_ID);
}

/* CPU time that the first thread of another process has used; 0 for none. */
static inline double
bench_cpu_seconds_of(int pid)
{
	char path[64];
	unsigned long long ns = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%llu", &ns) != 1) /* NOLINT(cert-err34-c) */
		ns = 0;
	(void)fclose(file);
	return (double)ns / 1e9;
}

static inline int
bench_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value that a share of them (0 .. 1) does not reach.  Sorts in place. */
static inline double
bench_quantile(double *value, size_t n, double share)
{
	size_t i = (size_t)((double)n * share);

	qsort(value, n, sizeof(*value), bench_order);
	return value[i < n ? i : n - 1];
}

/* Sorts the values in place. */
static inline double
bench_median(double *value, size_t n)
{
	return bench_quantile(value, n, 0.5);
}

/* What else runs on the machine can only add.  Sorts the values in place. */
static inline double
bench_least(double *value, size_t n)
{
	return bench_quantile(value, n, 0);
}

#endif /* BENCH_H */
