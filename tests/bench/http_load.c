/*
 * http_load: answers a second of a web server on 127.0.0.1.
 *
 *	http_load PORT URI get|revalidate PID CLIENTS MS
 *
 * Each client has a connection that is kept, and asks again when it has the
 * answer; with revalidate, whether the answer has changed.  Prints: answers a
 * second, microseconds of PID's CPU for each, the status of the last, and
 * bytes of each answer with its head.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "crowd.h"
#include "processes.h"

enum { WARM_MS = 200 };

static void
heard(void *arg, size_t i, const char *text, size_t len)
{
	(void)arg;
	(void)i;
	(void)text;
	(void)len;
}

int
main(int argc, char **argv)
{
	struct crowd_plan plan = { .kind = CROWD_POLL, .heard = heard };
	struct processes set = { 0 };
	struct crowd_counts before, after;
	struct crowd *crowd;
	double start, seconds, cpu, answers;
	size_t n;

	if (argc != 7)
		errx(2,
		    "usage: http_load PORT URI get|revalidate PID CLIENTS MS");
	plan.port = (int)strtol(argv[1], NULL, 10);
	plan.uri = argv[2];
	if (strcmp(argv[3], "revalidate") == 0)
		plan.follow = CROWD_VALIDATORS;
	n = strtoul(argv[5], NULL, 10);
	processes_add(&set, (int)strtol(argv[4], NULL, 10));
	crowd = crowd_new(&plan, n);
	crowd_grow(crowd, n);
	crowd_run(crowd, bench_seconds() + WARM_MS / 1e3);

	before = *crowd_counts(crowd);
	cpu = processes_cpu_seconds(&set);
	start = bench_seconds();
	crowd_run(crowd, start + strtod(argv[6], NULL) / 1e3);
	seconds = bench_seconds() - start;
	cpu = processes_cpu_seconds(&set) - cpu;
	after = *crowd_counts(crowd);
	answers = (double)(after.answers - before.answers);
	if (answers == 0)
		errx(1, "no answer");
	printf("%.0f %.2f %d %.0f\n", answers / seconds, cpu * 1e6 / answers,
	    after.status, (double)(after.bytes - before.bytes) / answers);
	crowd_free(crowd);
	return 0;
}
