#include "stats.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mem.h"

/* Whole cache lines: no two processes write to the same one. */
struct stats {
	uint32_t place, n; /* which of how many, one behind another */
	struct stats_sums own;
} __attribute__((aligned(64)));

struct stats_area {
	struct stats *block;
	unsigned n;
};

const struct err *
stats_new(struct stats_area **out, unsigned n)
{
	void *map = mmap(NULL, n * sizeof(struct stats), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct stats_area *area;

	if (map == MAP_FAILED)
		return err_sys("statistics of %u processes", n);
	area = mem_new(1, sizeof(*area));
	area->block = map;
	area->n = n;
	for (unsigned i = 0; i < n; i++) {
		area->block[i].place = i;
		area->block[i].n = n;
	}
	*out = area;
	return NULL;
}

void
stats_area_free(struct stats_area *area)
{
	if (area == NULL)
		return;
	/* Fails for what is no mapping only. */
	(void)munmap(area->block, area->n * sizeof(struct stats));
	free(area);
}

struct stats *
stats_block(struct stats_area *area, unsigned i)
{
	struct stats *stats;

	assert(i < area->n);
	stats = &area->block[i];
	for (unsigned g = 0; g < STATS_GAUGE__MAX; g++)
		__atomic_store_n(&stats->own.gauge[g], 0, __ATOMIC_RELAXED);
	return stats;
}

void
stats_add(struct stats *stats, enum stats_counter counter, uint64_t n)
{
	uint64_t *at = &stats->own.counter[counter];

	/* Nobody else writes: nothing is lost between load and store. */
	__atomic_store_n(at, __atomic_load_n(at, __ATOMIC_RELAXED) + n,
	    __ATOMIC_RELAXED);
}

void
stats_move(struct stats *stats, enum stats_gauge gauge, int64_t by)
{
	int64_t *at = &stats->own.gauge[gauge];

	__atomic_store_n(at, __atomic_load_n(at, __ATOMIC_RELAXED) + by,
	    __ATOMIC_RELAXED);
}

void
stats_observe(struct stats *stats, enum stats_histogram histogram, int64_t us)
{
	histogram_observe(&stats->own.histogram[histogram], us);
}

static void
sum_block(const struct stats *stats, struct stats_sums *sums)
{
	const struct stats_sums *own = &stats->own;

	for (unsigned i = 0; i < STATS_COUNTER__MAX; i++)
		sums->counter[i] +=
		    __atomic_load_n(&own->counter[i], __ATOMIC_RELAXED);
	for (unsigned i = 0; i < STATS_GAUGE__MAX; i++)
		sums->gauge[i] +=
		    __atomic_load_n(&own->gauge[i], __ATOMIC_RELAXED);
	for (unsigned i = 0; i < STATS_HISTOGRAM__MAX; i++)
		histogram_add(&sums->histogram[i], &own->histogram[i]);
}

void
stats_sum(const struct stats *stats, struct stats_sums *sums)
{
	const struct stats *first = stats - stats->place;

	memset(sums, 0, sizeof(*sums));
	for (uint32_t i = 0; i < stats->n; i++)
		sum_block(&first[i], sums);
}
