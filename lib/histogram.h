/*
 * histogram: how often something took how long, in buckets whose bounds are
 * the same everywhere, so that two can be added up.  Made to lie in memory
 * that other processes read: one writes, without a lock, and a reader sees
 * each number as it was or as it is.
 *
 * Floor 0.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 16 };

/* All zeros: nothing was observed. */
struct histogram {
	uint64_t sum_us;
	uint64_t bucket[HISTOGRAM_BUCKETS]; /* each counts its own alone */
};

/*
 * The longest time that falls into bucket i, in microseconds: 100 (0.1 ms) to
 * 5 000 000 (5 s); INT64_MAX for the last.
 */
int64_t histogram_bound_us(unsigned i);

/* us < 0: nobody knows; it is not counted. */
void histogram_observe(struct histogram *, int64_t us);

/* to is the caller's alone; from may be written to meanwhile. */
void histogram_add(struct histogram *to, const struct histogram *from);

#endif /* HISTOGRAM_H */
