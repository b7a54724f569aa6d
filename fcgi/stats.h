/*
 * stats: what the processes of a daemon have done and what they hold, in
 * memory that all of them share, so that whichever is asked can tell of all.
 *
 * An area has a block for each process, which alone writes to it: no lock and
 * no instruction that waits for another processor.  Counters and histograms
 * live as long as the area, however often a process is started again; gauges
 * as long as the process.
 *
 * To add one: its name in an enum here, its row in api_metrics.c,
 * docs/PROTOCOL.md.
 *
 * Floor 3.
 */
#ifndef STATS_H
#define STATS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "histogram.h"
#include "monotime.h"

struct stats_area; /* opaque: all blocks */
struct stats;      /* opaque: this process's block */

enum stats_counter {
	STATS_REQUESTS,
	STATS_POLLS_ANSWERED,
	STATS_EVENTS_SENT, /* to one client each */
	STATS_HEARTBEATS,
	STATS_BOOKMARKS,
	STATS_BYES,
	STATS_WAKES,   /* rings of a bell that were acted on */
	STATS_READS,   /* a group read the log */
	STATS_ENCODES, /* an answer or an event was made, for however many */
	STATS_GZIPS,   /* a body was compressed */
	STATS_BYTES_SENT,
	STATS_CACHE_HITS,
	STATS_CACHE_MISSES,
	STATS_DROP_SLOW,       /* did not read */
	STATS_DROP_HALF,       /* sent half a request */
	STATS_DROP_IDLE,       /* sent nothing */
	STATS_DROP_PROTOCOL,   /* no FastCGI */
	STATS_DROP_GONE,       /* hung up or aborted while it waited */
	STATS_REFUSED_FULL,    /* no slot for a waiter in this process */
	STATS_REFUSED_ADDRESS, /* none for its address */
	STATS_REFUSED_MEMORY,
	STATS_COUNTER__MAX
};

enum stats_gauge {
	STATS_CONNS,
	STATS_POLLS_WAITING,
	STATS_STREAMS_OPEN,
	STATS_GROUPS,
	STATS_SLOTS, /* waiters, polls and streams, that there is room for */
	STATS_QUEUE_BYTES,
	STATS_CACHE_BYTES,
	STATS_PAGE_BYTES,
	STATS_GAUGE__MAX
};

enum stats_histogram {
	STATS_WAKE_TO_LAST_WRITE,
	STATS_COMMIT_TO_WAKE,
	STATS_LOOP_ROUND, /* serving whoever was ready, and nobody else */
	STATS_HISTOGRAM__MAX
};

struct stats_sums {
	uint64_t counter[STATS_COUNTER__MAX];
	int64_t gauge[STATS_GAUGE__MAX];
	struct histogram histogram[STATS_HISTOGRAM__MAX];
	int64_t longest_us; /* STATS_LOOP_ROUND: of the last 1 to 2 minutes */
};

struct stats_process {
	pid_t pid;
	struct walltime started; /* when it took its block */
};

/* An area for n processes, all zeros; to be made before fork(2).  ERR_SYS. */
const struct err *stats_new(struct stats_area **, unsigned n) MUST_CHECK;
void stats_area_free(struct stats_area *); /* may be NULL */

/*
 * Take block i (0 .. n - 1) for this process, until it ends; what an earlier
 * process held is forgotten.  Borrowed from the
 * area.
 */
struct stats *stats_block(struct stats_area *, unsigned i);

void stats_add(struct stats *, enum stats_counter, uint64_t n);
void stats_move(struct stats *, enum stats_gauge, int64_t by);
void stats_set(struct stats *, enum stats_gauge, int64_t value);
/* us < 0: nobody knows; it is not counted. */
void stats_observe(struct stats *, enum stats_histogram, int64_t us);
/* A round of the loop, and when it began. */
void stats_round(struct stats *, int64_t us, struct monotime began);

/* Over all blocks of the area that this one is of. */
void stats_sum(const struct stats *, struct stats_sums *);

/* How many blocks that area has. */
unsigned stats_n(const struct stats *);
/* Who has block i; false when its process has ended, or there was none. */
bool stats_process(const struct stats *, unsigned i, struct stats_process *);

#endif /* STATS_H */
