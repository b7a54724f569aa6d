#include "stats.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mem.h"

/* The longest round that began in one minute of the monotonic clock. */
struct longest {
	int64_t minute;
	int64_t us;
};

/* Whole cache lines: no two processes write to the same one. */
struct stats {
	uint32_t place, n; /* which of how many, one behind another */
	int32_t pid;       /* 0: nobody's yet */
	struct walltime started;
	struct stats_sums own;     /* but for longest_us: */
	struct longest longest[2]; /* the even minutes, the odd ones */
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
	__atomic_store_n(&stats->longest[0].us, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&stats->longest[1].us, 0, __ATOMIC_RELAXED);
	stats->started = walltime_now();
	__atomic_store_n(&stats->pid, (int32_t)getpid(), __ATOMIC_RELEASE);
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
stats_set(struct stats *stats, enum stats_gauge gauge, int64_t value)
{
	__atomic_store_n(&stats->own.gauge[gauge], value, __ATOMIC_RELAXED);
}

void
stats_observe(struct stats *stats, enum stats_histogram histogram, int64_t us)
{
	histogram_observe(&stats->own.histogram[histogram], us);
}

static int64_t
minute_of(struct monotime t)
{
	return t.ns / INT64_C(60000000000);
}

void
stats_round(struct stats *stats, int64_t us, struct monotime began)
{
	int64_t minute = minute_of(began);
	struct longest *longest = &stats->longest[minute & 1];

	stats_observe(stats, STATS_LOOP_ROUND, us);
	if (longest->minute == minute && longest->us >= us)
		return;
	/* In this order: nobody reads an old time as one of this minute. */
	__atomic_store_n(&longest->us, us, __ATOMIC_RELEASE);
	__atomic_store_n(&longest->minute, minute, __ATOMIC_RELEASE);
}

static int64_t
longest_us(const struct stats *stats)
{
	int64_t now = minute_of(monotime_now()), longest = 0;

	for (int i = 0; i < 2; i++) {
		const struct longest *one = &stats->longest[i];
		int64_t minute =
		    __atomic_load_n(&one->minute, __ATOMIC_ACQUIRE);
		int64_t us = __atomic_load_n(&one->us, __ATOMIC_ACQUIRE);

		if (minute >= now - 1 && us > longest)
			longest = us;
	}
	return longest;
}

static bool
is_alive(const struct stats *stats)
{
	int32_t pid = __atomic_load_n(&stats->pid, __ATOMIC_ACQUIRE);

	return pid != 0 && (kill(pid, 0) == 0 || errno != ESRCH);
}

static void
sum_gauges(const struct stats *stats, struct stats_sums *sums)
{
	int64_t us = longest_us(stats);

	for (unsigned i = 0; i < STATS_GAUGE__MAX; i++)
		sums->gauge[i] +=
		    __atomic_load_n(&stats->own.gauge[i], __ATOMIC_RELAXED);
	if (us > sums->longest_us)
		sums->longest_us = us;
}

static void
sum_block(const struct stats *stats, struct stats_sums *sums)
{
	const struct stats_sums *own = &stats->own;

	for (unsigned i = 0; i < STATS_COUNTER__MAX; i++)
		sums->counter[i] +=
		    __atomic_load_n(&own->counter[i], __ATOMIC_RELAXED);
	for (unsigned i = 0; i < STATS_HISTOGRAM__MAX; i++)
		histogram_add(&sums->histogram[i], &own->histogram[i]);
	if (is_alive(stats))
		sum_gauges(stats, sums);
}

static const struct stats *
block_at(const struct stats *stats, unsigned i)
{
	assert(i < stats->n);
	return stats - stats->place + i;
}

void
stats_sum(const struct stats *stats, struct stats_sums *sums)
{
	memset(sums, 0, sizeof(*sums));
	for (unsigned i = 0; i < stats->n; i++)
		sum_block(block_at(stats, i), sums);
}

unsigned
stats_n(const struct stats *stats)
{
	return stats->n;
}

bool
stats_process(const struct stats *stats, unsigned i,
    struct stats_process *process)
{
	const struct stats *block = block_at(stats, i);

	process->pid = __atomic_load_n(&block->pid, __ATOMIC_ACQUIRE);
	process->started = block->started;
	return is_alive(block);
}
