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
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_MS = 60000, ANSWER_MAX = 65536, URI_MAX_BYTES = 2000 };

static size_t
add_pair(char *to, const char *name, const char *value)
{
	size_t n = strlen(name), v = strlen(value);
	const char lengths[5] = { (char)n, (char)(v >> 24 | 0x80),
		(char)(v >> 16), (char)(v >> 8), (char)v };

	memcpy(to, lengths, 5);
	memcpy(to + 5, name, n);
	memcpy(to + 5 + n, value, v);
	return 5 + n + v;
}

static size_t
request(char *to, const char *uri)
{
	static const char begin[16] = { 1, 1, 0, 1, 0, 8, 0, 0, 0, 1 };
	static const char end[16] = { 1, 4, 0, 1, 0, 0, 0, 0, 1, 5, 0, 1 };
	size_t n = add_pair(to + 24, "REQUEST_METHOD", "GET");
	char params[8] = { 1, 4, 0, 1 };

	n += add_pair(to + 24 + n, "REQUEST_URI", uri);
	params[4] = (char)(n >> 8);
	params[5] = (char)n;
	memcpy(to, begin, 16);
	memcpy(to + 16, params, 8);
	memcpy(to + 24 + n, end, 16);
	return 24 + n + 16;
}

static int
ask(const char *path, const char *bytes, size_t n)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0)
		err(1, "%s", path);
	if (send(fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
		err(1, "send");
	return fd;
}

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
	static char bytes[URI_MAX_BYTES + 200];
	size_t n, length;
	bool is_complete;
	int *fds;

	if (argc != 4 || strlen(argv[3]) > URI_MAX_BYTES)
		errx(2, "usage: fcgi_herd SOCKET N URI");
	n = strtoul(argv[2], NULL, 10);
	fds = calloc(n > 0 ? n : 1, sizeof(*fds));
	if (fds == NULL)
		err(1, NULL);
	raise_limit();
	length = request(bytes, argv[3]);
	for (size_t i = 0; i < n; i++)
		fds[i] = ask(argv[1], bytes, length);
	printf("waiting %zu\n", n);
	(void)fflush(stdout);
	is_complete = gather(fds, n);
	free(fds);
	return !is_complete;
}
