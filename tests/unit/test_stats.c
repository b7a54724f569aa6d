#include "stats.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static struct stats_sums sums;

/* As worker i, in a process of its own. */
static void
in_worker(struct stats_area *area, unsigned i, void (*work)(struct stats *))
{
	int status = -1;
	pid_t pid;

	(void)fflush(stdout); /* or the child says it again */
	pid = fork();
	if (pid == 0) {
		work(stats_block(area, i));
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

static void
serve_two(struct stats *stats)
{
	stats_add(stats, STATS_REQUESTS, 2);
	stats_add(stats, STATS_BYTES_SENT, UINT64_C(5000000000));
	stats_move(stats, STATS_CONNS, 3);
	stats_move(stats, STATS_CONNS, -1);
	stats_observe(stats, STATS_COMMIT_TO_WAKE, 99);
	stats_observe(stats, STATS_COMMIT_TO_WAKE, 300);
}

static void
one_process_sees_the_sum_of_all(void)
{
	struct stats_area *area;

	if (!CHECK_OK(stats_new(&area, 3)))
		return;
	in_worker(area, 0, serve_two);
	in_worker(area, 2, serve_two);
	stats_sum(stats_block(area, 1), &sums);
	CHECK_INT(sums.counter[STATS_REQUESTS], 4);
	CHECK_INT(sums.counter[STATS_BYTES_SENT], INT64_C(10000000000));
	CHECK_INT(sums.gauge[STATS_CONNS], 4);
	CHECK_INT(sums.histogram[STATS_COMMIT_TO_WAKE].bucket[0], 2);
	CHECK_INT(sums.histogram[STATS_COMMIT_TO_WAKE].bucket[2], 2);
	CHECK_INT(sums.histogram[STATS_COMMIT_TO_WAKE].sum_us, 798);
	CHECK_INT(sums.histogram[STATS_WAKE_TO_LAST_WRITE].sum_us, 0);
	stats_area_free(area);
}

static void
a_new_area_is_all_zeros(void)
{
	struct stats_area *area;

	if (!CHECK_OK(stats_new(&area, 2)))
		return;
	stats_sum(stats_block(area, 0), &sums);
	for (unsigned i = 0; i < STATS_COUNTER__MAX; i++)
		CHECK_INT(sums.counter[i], 0);
	for (unsigned i = 0; i < STATS_GAUGE__MAX; i++)
		CHECK_INT(sums.gauge[i], 0);
	stats_area_free(area);
}

static void
counters_outlive_their_worker_and_gauges_do_not(void)
{
	struct stats_area *area;

	if (!CHECK_OK(stats_new(&area, 2)))
		return;
	in_worker(area, 0, serve_two);
	in_worker(area, 0, serve_two);
	stats_sum(stats_block(area, 1), &sums);
	CHECK_INT(sums.counter[STATS_REQUESTS], 4);
	CHECK_INT(sums.gauge[STATS_CONNS], 2);
	stats_area_free(area);
}

TESTS(one_process_sees_the_sum_of_all, a_new_area_is_all_zeros,
    counters_outlive_their_worker_and_gauges_do_not)
