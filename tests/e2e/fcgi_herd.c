/*
 * fcgi_herd: many waiting requests at once, straight over FastCGI.
 *
 *	fcgi_herd SOCKET N URI
 *
 * Connects N times and asks for URI each time; prints "waiting N" when all has
 * been said.  Then reads to the end of each answer and prints "answered N":
 * how many were complete, and "bodies N": how many different ones there were.
 * Exit status: 0 when all were answered within 60 s; 1; 2 for wrong usage.
 */
#include <err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi_wire.h"

enum { PATIENCE_MS = 60000, ANSWER_MAX = 65536 };

/* Up to the end of the connection; true when that is behind END_REQUEST. */
static bool
read_answer(int fd, char *answer, size_t *n)
{
	struct pollfd fds = { .fd = fd, .events = POLLIN };
	ssize_t got;

	for (*n = 0; *n < ANSWER_MAX; *n += (size_t)got) {
		if (poll(&fds, 1, PATIENCE_MS) <= 0)
			return false;
		got = recv(fd, answer + *n, ANSWER_MAX - *n, 0);
		if (got < 0)
			return false;
		if (got == 0)
			break;
	}
	return *n > 16 && answer[*n - 16] == 1 && answer[*n - 15] == 3;
}

static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		err(1, "RLIMIT_NOFILE");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		err(1, "RLIMIT_NOFILE");
}

/* Prints what came back; true when all of it did. */
static bool
gather(const int *fds, size_t n)
{
	static char answers[2][ANSWER_MAX];
	size_t lengths[2] = { 0, 0 }, complete = 0, bodies = 0;

	for (size_t i = 0; i < n; i++) {
		bool is_same;

		complete += read_answer(fds[i], answers[1], &lengths[1]);
		is_same = lengths[0] == lengths[1] &&
		    memcmp(answers[0], answers[1], lengths[1]) == 0;
		bodies += !is_same;
		memcpy(answers[0], answers[1], lengths[1]);
		lengths[0] = lengths[1];
		(void)close(fds[i]);
	}
	printf("answered %zu\nbodies %zu\n", complete, bodies);
	return complete == n;
}

int
main(int argc, char **argv)
{
	struct wire_request request;
	size_t n;
	bool is_complete;
	int *fds;

	if (argc != 4)
		errx(2, "usage: fcgi_herd SOCKET N URI");
	n = strtoul(argv[2], NULL, 10);
	fds = calloc(n > 0 ? n : 1, sizeof(*fds));
	if (fds == NULL)
		err(1, NULL);
	raise_limit();
	wire_get(&request, argv[3], NULL);
	for (size_t i = 0; i < n; i++) {
		fds[i] = wire_connect(argv[1], 0);
		wire_send(fds[i], &request);
	}
	printf("waiting %zu\n", n);
	(void)fflush(stdout);
	is_complete = gather(fds, n);
	free(fds);
	return !is_complete;
}
