#include "producer.h"

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "publisher.h"

static struct publisher *
publishers_new(const struct producer_plan *plan)
{
	struct publisher *p = calloc(plan->files, sizeof(*p));

	if (p == NULL)
		err(1, NULL);
	for (size_t i = 0; i < plan->files; i++)
		if (asprintf(&p[i].file, "%s/f%zu.json", plan->dir, i) < 0)
			err(1, NULL);
	return p;
}

static void
rest(double seconds)
{
	const struct timespec ts = { .tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) };

	(void)nanosleep(&ts, NULL);
}

/* Returns ms by which it was behind at the worst. */
static double
produce(const struct producer_plan *plan)
{
	struct publisher *p = publishers_new(plan);
	double start = bench_seconds(), late = 0;

	for (size_t k = 0; (double)k < plan->rate * plan->seconds; k++) {
		struct publisher *one = &p[k % plan->files];
		double left = start + (double)k / plan->rate - bench_seconds();

		if (left > 0)
			rest(left);
		else if (-left > late)
			late = -left;
		publisher_prepare(one);
		publisher_fire(one);
	}
	for (size_t i = 0; i < plan->files; i++)
		free(p[i].file);
	free(p);
	return late * 1e3;
}

void
producer_start(struct producer *producer, const struct producer_plan *plan)
{
	int ends[2];
	double late;

	if (pipe(ends) != 0 || (producer->pid = fork()) < 0)
		err(1, "producer");
	producer->lateness = ends[0];
	if (producer->pid > 0) {
		(void)close(ends[1]);
		return;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	late = produce(plan);
	if (write(ends[1], &late, sizeof(late)) != sizeof(late))
		err(1, "producer");
	exit(0);
}

double
producer_end(struct producer *producer)
{
	double late;

	if (read(producer->lateness, &late, sizeof(late)) != sizeof(late))
		errx(1, "the producer has not come to its end");
	(void)close(producer->lateness);
	if (waitpid(producer->pid, NULL, 0) < 0)
		err(1, "waitpid");
	return late;
}
