#include "stats.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static struct stats_sums sums;

/* A process with block i of the area; returns when it has done its work. */
static pid_t
start(struct stats_area *area, unsigned i, void (*work)(struct stats *))
{
	int done[2];
	char byte = 0;
	pid_t pid;

	if (pipe(done) != 0)
		exit(1);
	(void)fflush(stdout); /* or the child says it again */
	pid = fork();
	if (pid == 0) {
		work(stats_block(area, i));
		if (write(done[1], &byte, 1) == 1)
			(void)pause();
		_exit(1);
	}
	CHECK_INT(read(done[0], &byte, 1), 1);
	(void)close(done[0]);
	(void)close(done[1]);
	return pid;
}

static void
end(pid_t pid)
{
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
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
	pid_t first, third;

	if (!CHECK_OK(stats_new(&area, 3)))
		return;
	first = start(area, 0, serve_two);
	third = start(area, 2, serve_two);
	stats_sum(stats_block(area, 1), &sums);
	CHECK_INT(sums.counter[STATS_REQUESTS], 4);
	CHECK_INT(sums.counter[STATS_BYTES_SENT], INT64_C(10000000000));
	CHECK_INT(sums.gauge[STATS_CONNS], 4);
	CHECK_INT(sums.histogram[STATS_COMMIT_TO_WAKE].bucket[0], 2);
	CHECK_INT(sums.histogram[STATS_COMMIT_TO_WAKE].bucket[2], 2);
	CHECK_INT(sums.histogram[STATS_COMMIT_TO_WAKE].sum_us, 798);
	CHECK_INT(sums.histogram[STATS_WAKE_TO_LAST_WRITE].sum_us, 0);
	end(first);
	end(third);
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
	pid_t second;

	if (!CHECK_OK(stats_new(&area, 2)))
		return;
	end(start(area, 0, serve_two));
	stats_sum(stats_block(area, 1), &sums);
	CHECK_INT(sums.counter[STATS_REQUESTS], 2);
	CHECK_INT(sums.gauge[STATS_CONNS], 0);
	second = start(area, 0, serve_two);
	stats_sum(stats_block(area, 1), &sums);
	CHECK_INT(sums.counter[STATS_REQUESTS], 4);
	CHECK_INT(sums.gauge[STATS_CONNS], 2);
	end(second);
	stats_area_free(area);
}

static void
who_has_a_block_is_known(void)
{
	struct stats_area *area;
	struct stats_process process;
	struct stats *own;
	pid_t worker;

	if (!CHECK_OK(stats_new(&area, 3)))
		return;
	own = stats_block(area, 1);
	CHECK_INT(stats_n(own), 3);
	worker = start(area, 0, serve_two);
	if (CHECK(stats_process(own, 0, &process)))
		CHECK_INT(process.pid, worker);
	CHECK(walltime_now().ms - process.started.ms < 60000);
	if (CHECK(stats_process(own, 1, &process)))
		CHECK_INT(process.pid, getpid());
	CHECK(!stats_process(own, 2, &process));
	end(worker);
	CHECK(!stats_process(own, 0, &process));
	stats_area_free(area);
}

static void
the_longest_round_of_late_is_kept(void)
{
	struct monotime now = monotime_now();
	struct stats_area *area;
	struct stats *own;

	if (!CHECK_OK(stats_new(&area, 1)))
		return;
	own = stats_block(area, 0);
	stats_round(own, 9000, monotime_after_ms(now, -150000));
	stats_sum(own, &sums);
	CHECK_INT(sums.longest_us, 0);
	stats_round(own, 3000, now);
	stats_round(own, 7000, now);
	stats_round(own, 5000, now);
	stats_sum(own, &sums);
	CHECK_INT(sums.longest_us, 7000);
	CHECK_INT(sums.histogram[STATS_LOOP_ROUND].sum_us, 24000);
	/* Whoever comes next has held up nobody. */
	stats_sum(stats_block(area, 0), &sums);
	CHECK_INT(sums.longest_us, 0);
	stats_area_free(area);
}

TESTS(one_process_sees_the_sum_of_all, a_new_area_is_all_zeros,
    counters_outlive_their_worker_and_gauges_do_not, who_has_a_block_is_known,
    the_longest_round_of_late_is_kept)
