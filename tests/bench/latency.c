/*
 * latency: from the rename of a file to the client that has been told of it,
 * by one clock: this program renames, and it is the client.
 *
 *	latency ROUNDS GAP_MS KIND:PORT:FILE...
 *
 * KIND is poll (long-poll of project main below /api/v1/) or sse (Server-Sent
 * Events at /sse), on 127.0.0.1.  The targets take turns, so that they meet
 * the same machine; between two rounds lie GAP_MS and a random part of as
 * much again.  One line a target: p50, p99 and the longest, in milliseconds.
 *
 * A producer writes a hidden file beside FILE and renames it; the clock
 * starts just before rename(2), and stops when the whole answer that has the
 * new value is here.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum { TARGETS_MAX = 4, PATIENCE_MS = 20000, MARK_FIRST = 700000 };

struct target {
	bool is_sse;
	int fd;
	const char *file;
	char *hidden;
	char cursor[64]; /* poll: where the client stands */
	char bytes[65536];
	size_t len;
	double *ms;
};

/* --- the client --------------------------------------------------------------- */

static void
say(struct target *t, const char *text)
{
	if (send(t->fd, text, strlen(text), MSG_NOSIGNAL) !=
	    (ssize_t)strlen(text))
		err(1, "send");
}

/* Some more bytes; false when none came in time. */
static bool
receive(struct target *t, int ms)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, ms) == 0)
		return false;
	n = recv(t->fd, t->bytes + t->len, sizeof(t->bytes) - 1 - t->len, 0);
	if (n <= 0)
		errx(1, "%s: the server closed the connection", t->file);
	t->len += (size_t)n;
	t->bytes[t->len] = '\0';
	return true;
}

/* RFC 9112 section 6: the end of the body by its length, or by the last of
   its chunks. */
static bool
is_response_whole(const struct target *t)
{
	const char *body = strstr(t->bytes, "\r\n\r\n");
	const char *length = strcasestr(t->bytes, "\r\ncontent-length:");

	if (body == NULL)
		return false;
	body += 4;
	if (length != NULL && length < body)
		return t->len - (size_t)(body - t->bytes) >=
		    strtoul(length + 17, NULL, 10);
	return t->len >= 5 && strcmp(t->bytes + t->len - 5, "0\r\n\r\n") == 0;
}

static void
read_cursor(struct target *t)
{
	const char *to = strstr(t->bytes, "\"to\":\"");
	const char *end = to != NULL ? strchr(to + 6, '"') : NULL;

	if (end == NULL || (size_t)(end - to) >= sizeof(t->cursor))
		errx(1, "%s: no cursor in: %s", t->file, t->bytes);
	(void)snprintf(t->cursor, sizeof(t->cursor), "%.*s",
	    (int)(end - to - 6), to + 6);
}

static void
ask(struct target *t, int wait_s)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
	    "GET /api/v1/main/changes?since=%s&wait=%d HTTP/1.1\r\n"
	    "Host: 127.0.0.1\r\n\r\n",
	    t->cursor, wait_s);
	t->len = 0;
	t->bytes[0] = '\0';
	say(t, text);
}

/* The answer of a long-poll that had to wait for nothing new is asked for
   again. */
static bool
has_news(struct target *t, const char *mark)
{
	if (t->is_sse) {
		const char *at = strstr(t->bytes, mark);

		return at != NULL && strstr(at, "\n\n") != NULL;
	}
	if (!is_response_whole(t))
		return false;
	read_cursor(t);
	if (strstr(t->bytes, mark) != NULL)
		return true;
	ask(t, 25);
	return false;
}

static void
start(struct target *t)
{
	if (t->is_sse) {
		say(t, "GET /sse HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
		while (strstr(t->bytes, "\r\n\r\n") == NULL)
			if (!receive(t, PATIENCE_MS))
				errx(1, "%s: no stream", t->file);
		return;
	}
	(void)snprintf(t->cursor, sizeof(t->cursor), "0");
	ask(t, 0);
	while (!is_response_whole(t))
		if (!receive(t, PATIENCE_MS))
			errx(1, "%s: no answer", t->file);
	read_cursor(t);
}

/* --- the producer ------------------------------------------------------------- */

static void
write_hidden(const struct target *t, int mark)
{
	FILE *file = fopen(t->hidden, "w");

	if (file == NULL ||
	    fprintf(file,
		"{\"state\":\"running\",\"step\":%d,\"owner\":{\"name\":\"ann\"},"
		"\"text\":\"%0200d\"}\n",
		mark, 0) < 0 ||
	    fclose(file) != 0)
		err(1, "%s", t->hidden);
}

/* Time passes, and what the server has to say meanwhile is read. */
static void
pass(struct target *t, int ms)
{
	double end = bench_seconds() + ms / 1e3, left;

	while ((left = end - bench_seconds()) > 0)
		if (receive(t, (int)(left * 1e3) + 1))
			(void)has_news(t, "\x01");
}

static double
round_trip(struct target *t, int mark, int gap_ms)
{
	char text[16];
	double at;

	(void)snprintf(text, sizeof(text), "%d", mark);
	t->len = 0;
	t->bytes[0] = '\0';
	if (!t->is_sse)
		ask(t, 25);
	pass(t, gap_ms + rand() % (gap_ms + 1)); /* NOLINT(cert-msc30-c) */
	write_hidden(t, mark);
	at = bench_seconds();
	if (rename(t->hidden, t->file) != 0)
		err(1, "%s", t->file);
	do {
		if (!receive(t, PATIENCE_MS))
			errx(1, "%s: nobody told of it", t->file);
	} while (!has_news(t, text));
	return (bench_seconds() - at) * 1e3;
}

/* --- the targets -------------------------------------------------------------- */

static int
connect_to(const char *port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0)
		err(1, "port %s", port);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static void
target_open(struct target *t, char *text, size_t rounds)
{
	const char *kind = strsep(&text, ":"), *port = strsep(&text, ":");
	const char *slash = text != NULL ? strrchr(text, '/') : NULL;

	if (slash == NULL || port == NULL)
		errx(2, "a target is KIND:PORT:/PATH/FILE");
	t->is_sse = strcmp(kind, "sse") == 0;
	t->file = text;
	if (asprintf(&t->hidden, "%.*s/.%s.tmp", (int)(slash - text), text,
		slash + 1) < 0)
		err(1, NULL);
	t->ms = calloc(rounds, sizeof(*t->ms));
	if (t->ms == NULL)
		err(1, NULL);
	t->fd = connect_to(port);
	start(t);
}

static void
target_close(struct target *t, size_t rounds)
{
	printf("%.2f %.2f %.2f\n", bench_quantile(t->ms, rounds, 0.5),
	    bench_quantile(t->ms, rounds, 0.99),
	    bench_quantile(t->ms, rounds, 1));
	(void)close(t->fd);
	free(t->hidden);
	free(t->ms);
}

int
main(int argc, char **argv)
{
	static struct target target[TARGETS_MAX];
	size_t rounds = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	int n = argc - 3, gap_ms, mark = MARK_FIRST;

	if (rounds == 0 || n > TARGETS_MAX)
		errx(2, "usage: latency ROUNDS GAP_MS KIND:PORT:FILE...");
	gap_ms = (int)strtol(argv[2], NULL, 10);
	for (int i = 0; i < n; i++)
		target_open(&target[i], argv[3 + i], rounds);
	for (size_t r = 0; r < rounds; r++)
		for (int i = 0; i < n; i++)
			target[i].ms[r] =
			    round_trip(&target[i], mark++, gap_ms);
	for (int i = 0; i < n; i++)
		target_close(&target[i], rounds);
	return 0;
}
