/*
 * ticks: follows a watcher by its pulse.
 *
 *	ticks STORE PID N            after N scans: median and most CPU of one,
 *ms ticks STORE PID log HEAD     when the log's end has reached HEAD: ms
 *
 * A tick's CPU is what the process used between the ends of two scans, by
 * /proc/PID/schedstat: all of it, also what is not the walk.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bell.h"
#include "bench.h"

enum { LOOK_MS = 5, TICKS_MAX = 1000, PATIENCE_S = 60 };

static void
rest(double until)
{
	const struct timespec ms = { .tv_nsec = LOOK_MS * 1000000L };

	if (bench_seconds() > until)
		errx(1, "waited for too long");
	(void)nanosleep(&ms, NULL);
}

/* Zeros while the watcher has not begun yet. */
static struct bell_pulse
read_bell(struct bell *bell, struct bell_ring *ring)
{
	struct bell_pulse pulse = { 0 };
	const struct err *problem = bell_read(bell, ring, &pulse);

	if (problem == NULL)
		return pulse;
	if (problem->code != ERR_UNAVAILABLE)
		errx(1, "%s", problem->msg);
	*ring = (struct bell_ring){ 0 };
	return (struct bell_pulse){ 0 };
}

static struct bell *
open_bell(const char *store)
{
	double until = bench_seconds() + PATIENCE_S;
	const struct err *problem;
	struct bell *bell;

	while ((problem = bell_open(&bell, store, BELL_LISTEN)) != NULL) {
		if (problem->code != ERR_UNAVAILABLE)
			errx(1, "%s", problem->msg);
		rest(until);
	}
	return bell;
}

static int64_t
next_scan(struct bell *bell, int64_t after)
{
	double until = bench_seconds() + PATIENCE_S;
	struct bell_ring ring;

	for (;;) {
		struct bell_pulse pulse = read_bell(bell, &ring);

		if (pulse.scanned.ms != after)
			return pulse.scanned.ms;
		rest(until);
	}
}

static void
measure_ticks(struct bell *bell, int pid, size_t n)
{
	double used[TICKS_MAX], before;
	int64_t scan = next_scan(bell, 0);

	scan = next_scan(bell, scan);
	before = bench_cpu_seconds_of(pid);
	for (size_t i = 0; i < n; i++) {
		double now;

		scan = next_scan(bell, scan);
		now = bench_cpu_seconds_of(pid);
		used[i] = (now - before) * 1e3;
		before = now;
	}
	printf("%.3f %.3f\n", bench_median(used, n),
	    bench_quantile(used, n, 1));
}

static void
wait_for_head(struct bell *bell, uint64_t head)
{
	double start = bench_seconds();
	struct bell_ring ring;

	for (;;) {
		(void)read_bell(bell, &ring);
		if (ring.seq >= head)
			break;
		rest(start + PATIENCE_S);
	}
	printf("%.3f\n", (bench_seconds() - start) * 1e3);
}

int
main(int argc, char **argv)
{
	struct bell *bell;

	if (argc < 4)
		errx(2, "usage: ticks STORE PID N|log HEAD");
	bell = open_bell(argv[1]);
	if (strcmp(argv[3], "log") == 0 && argc == 5) {
		wait_for_head(bell, strtoull(argv[4], NULL, 10));
	} else {
		size_t n = strtoul(argv[3], NULL, 10);

		if (n == 0 || n > TICKS_MAX)
			errx(2, "N is 1 to %d", TICKS_MAX);
		measure_ticks(bell, (int)strtol(argv[2], NULL, 10), n);
	}
	bell_close(bell);
	return 0;
}
