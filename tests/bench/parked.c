/*
 * parked: what a parked request costs the program that holds it.
 *
 *	parked SOCKET URI N PID [FILE]
 *
 * Asks for URI, which must wait, on N connections, then for /api/v1/health
 * three times, which is answered when the others have been read, and prints:
 * bytes of RSS for each waiter, threads of PID, and, when FILE is given,
 * milliseconds from a new FILE until all have their answer (0: no FILE).
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"
#include "fcgi_answer.h"
#include "processes.h"

enum { SETTLING_ASKS = 3, SETTLE_MS = 300 };

static void
ask_health(const char *path)
{
	static struct wire_request request;
	static struct wire_answer answer;
	int fd = wire_connect(path, 0);

	wire_get(&request, "/api/v1/health", NULL);
	wire_send(fd, &request);
	wire_receive(fd, &answer);
	(void)close(fd);
}

static void
park(int *fd, size_t n, const char *path, const char *uri)
{
	static struct wire_request request;

	wire_get(&request, uri, NULL);
	for (size_t i = 0; i < n; i++) {
		fd[i] = wire_connect(path, 0);
		wire_send(fd[i], &request);
	}
}

/* An answer now means that it was not parked. */
static void
expect_silence(const int *fd, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct pollfd p = { .fd = fd[i], .events = POLLIN };

		if (poll(&p, 1, i == 0 ? SETTLE_MS : 0) != 0)
			errx(1, "request %zu was answered, not parked", i);
	}
}

static double
wake(const int *fd, size_t n, const char *name)
{
	static struct wire_answer answer;
	double start = bench_seconds();
	FILE *file = fopen(name, "w");

	if (file == NULL || fputs("{\"n\":2}", file) < 0 || fclose(file) != 0)
		err(1, "%s", name);
	for (size_t i = 0; i < n; i++)
		wire_receive(fd[i], &answer);
	return (bench_seconds() - start) * 1e3;
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	struct processes set = { 0 };
	double woken = 0, before, after;
	size_t n;
	int *fd, pid;

	if (argc != 5 && argc != 6)
		errx(2, "usage: parked SOCKET URI N PID [FILE]");
	n = strtoul(argv[3], NULL, 10);
	pid = (int)strtol(argv[4], NULL, 10);
	processes_add(&set, pid);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	fd = calloc(n, sizeof(*fd));
	if (n == 0 || fd == NULL)
		errx(2, "N: at least 1");
	ask_health(argv[1]);
	before = processes_rss_bytes(&set);
	park(fd, n, argv[1], argv[2]);
	for (int i = 0; i < SETTLING_ASKS; i++)
		ask_health(argv[1]);
	expect_silence(fd, n);
	after = processes_rss_bytes(&set);
	if (argc == 6)
		woken = wake(fd, n, argv[5]);
	printf("%.0f %ld %.1f\n", (after - before) / (double)n,
	    processes_threads(&set), woken);
	free(fd);
	return 0;
}
