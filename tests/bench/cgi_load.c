/*
 * cgi_load: what a CGI program costs, one request after the other.
 *
 *	NAME=value... cgi_load RUNS PROGRAM
 *
 * The program is started RUNS times with the environment of this one, and what
 * it writes goes nowhere.  Prints, in ms, the median of the time that it was
 * there, and the processor time that it took, of the system and of its own.
 */
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monotime.h"

enum { RUNS_MAX = 100000 };

extern char **environ;

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Its processor time, in s. */
static double
run(char *program, const posix_spawn_file_actions_t *files)
{
	char *argv[] = { program, NULL };
	struct rusage usage;
	int status;
	pid_t pid;

	if (posix_spawn(&pid, program, files, NULL, argv, environ) != 0)
		errx(1, "%s does not start", program);
	if (wait4(pid, &status, 0, &usage) != pid || status != 0)
		errx(1, "%s: status %#x", program, status);
	return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

static int
by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char **argv)
{
	posix_spawn_file_actions_t files;
	static int64_t us[RUNS_MAX];
	double cpu = 0;
	long middle, runs = argc == 3 ? strtol(argv[1], NULL, 10) : 0;

	if (runs < 1 || runs > RUNS_MAX)
		errx(2, "usage: cgi_load RUNS PROGRAM");
	if (posix_spawn_file_actions_init(&files) != 0 ||
	    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
		O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null",
		O_WRONLY, 0) != 0)
		errx(1, "no file actions");
	for (long i = 0; i < runs; i++) {
		struct monotime began = monotime_now();

		cpu += run(argv[2], &files);
		us[i] = monotime_diff_us(monotime_now(), began);
	}
	qsort(us, (size_t)runs, sizeof(us[0]), by_size);
	middle = runs / 2;
	printf("%.3f %.3f\n", (double)us[middle] / 1e3,
	    cpu * 1e3 / (double)runs);
	return 0;
}
