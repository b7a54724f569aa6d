/*
 * parked: what a parked request costs the program that holds it.
 *
 *	parked SOCKET URI N PID [FILE]
 *
 * Asks for URI, which must wait, on N connections, then for /api/v1/health
 * three times, which is answered when the others have been read, and prints:
 * bytes of RSS for each waiter, threads of PID, and, when FILE is given,
 * milliseconds from a new FILE until all have its content, and microseconds of
 * PID's CPU for each (0: no FILE).  A URI with "/events" is a stream, which
 * waits once it has said "ready"; any other waits for its answer.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"
#include "fcgi_answer.h"
#include "processes.h"
#include "publisher.h"

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

/* Until the text has come; fd is blocking. */
static void
await_text(int fd, const char *text)
{
	static char bytes[65536];
	size_t len = 0;

	do {
		ssize_t n = recv(fd, bytes + len, sizeof(bytes) - len, 0);

		if (n <= 0)
			errx(1, "\"%s\" does not come", text);
		len += (size_t)n;
	} while (memmem(bytes, len, text, strlen(text)) == NULL);
}

/* Sets microseconds of CPU for each. */
static double
wake(const int *fd, size_t n, char *name, int pid, double *cpu_us)
{
	struct publisher publisher = { .file = name };
	double cpu = bench_cpu_seconds_of(pid), start;
	char mark[24];

	publisher_prepare(&publisher);
	(void)snprintf(mark, sizeof(mark), "%" PRIu64, publisher.mark);
	start = bench_seconds();
	publisher_fire(&publisher);
	for (size_t i = 0; i < n; i++)
		await_text(fd[i], mark);
	start = bench_seconds() - start;
	*cpu_us = (bench_cpu_seconds_of(pid) - cpu) * 1e6 / (double)n;
	return start * 1e3;
}

static void
allow_many_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

int
main(int argc, char **argv)
{
	struct processes set = { 0 };
	double woken = 0, cpu_us = 0, before, after;
	bool is_stream;
	size_t n;
	int *fd, pid;

	if (argc != 5 && argc != 6)
		errx(2, "usage: parked SOCKET URI N PID [FILE]");
	is_stream = strstr(argv[2], "/events") != NULL;
	n = strtoul(argv[3], NULL, 10);
	pid = (int)strtol(argv[4], NULL, 10);
	processes_add(&set, pid);
	allow_many_files();
	fd = calloc(n, sizeof(*fd));
	if (n == 0 || fd == NULL)
		errx(2, "N: at least 1");
	ask_health(argv[1]);
	before = processes_rss_bytes(&set);
	park(fd, n, argv[1], argv[2]);
	for (size_t i = 0; is_stream && i < n; i++)
		await_text(fd[i], "event: ready");
	for (int i = 0; i < SETTLING_ASKS; i++)
		ask_health(argv[1]);
	expect_silence(fd, n);
	after = processes_rss_bytes(&set);
	if (argc == 6)
		woken = wake(fd, n, argv[5], pid, &cpu_us);
	printf("%.0f %ld %.3f %.2f\n", (after - before) / (double)n,
	    processes_threads(&set), woken, cpu_us);
	free(fd);
	return 0;
}
