/*
 * fcgi_hold: clients that ask, and then do not read, straight over FastCGI.
 *
 *	fcgi_hold SOCKET N BYTES URI
 *
 * Connects N times and asks for URI, with the number of the connection (1 …)
 * instead of each '#' in it; reads so many bytes of each answer, one by one,
 * and prints "holding N".  On SIGUSR1 it reads the rest, and prints a line for
 * each connection: status, bytes of the body, and their FNV-1a hash; "cut" for
 * an answer that ended before it was whole.
 *
 * Exit status: 0; 1 when something did not come within 30 s; 2 wrong usage.
 */
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi_wire.h"

enum {
	PATIENCE_MS = 30000,
	URI_MAX_BYTES = 2000,
};

struct hold {
	int fd;
	uint8_t head[WIRE_HEAD_BYTES];
	size_t n_head, n_content, n_padding;
	char status[4];
	size_t n_status; /* of "Status: nnn" */
	char end[4];     /* the last bytes of the headers */
	bool is_body, is_whole;
	size_t n_body;
	uint64_t hash;
};

/* --- asking ------------------------------------------------------------------ */

static void
number(char *to, const char *uri, size_t i)
{
	size_t n = 0;

	for (; *uri != '\0' && n < URI_MAX_BYTES; uri++)
		if (*uri == '#')
			n += (size_t)snprintf(to + n, URI_MAX_BYTES + 1 - n,
			    "%zu", i);
		else
			to[n++] = *uri;
	if (n > URI_MAX_BYTES)
		errx(2, "the URI is too long");
	to[n] = '\0';
}

static int
ask(const char *path, const char *uri)
{
	struct wire_request request;
	int fd = wire_connect(path, 0);

	wire_get(&request, uri, NULL);
	wire_send(fd, &request);
	return fd;
}

/* --- hearing ----------------------------------------------------------------- */

static void
take_text(struct hold *h, char c)
{
	static const char status[] = "Status: ";
	size_t skip = sizeof(status) - 1;

	if (h->is_body) {
		h->n_body++;
		h->hash = (h->hash ^ (uint8_t)c) * 1099511628211U;
		return;
	}
	if (h->n_status >= skip && h->n_status < skip + 3)
		h->status[h->n_status - skip] = c;
	h->n_status++;
	memmove(h->end, h->end + 1, 3);
	h->end[3] = c;
	h->is_body = memcmp(h->end, "\r\n\r\n", 4) == 0;
}

static void
take_byte(struct hold *h, char c)
{
	if (h->n_head < WIRE_HEAD_BYTES) {
		h->head[h->n_head++] = (uint8_t)c;
		h->n_content = (size_t)(h->head[4] << 8 | h->head[5]);
		h->n_padding = h->head[6];
	} else if (h->n_content > 0) {
		h->n_content--;
		if (h->head[1] == WIRE_STDOUT)
			take_text(h, c);
	} else {
		h->n_padding--;
	}
	if (h->n_head < WIRE_HEAD_BYTES || h->n_content + h->n_padding > 0)
		return;
	h->is_whole |= h->head[1] == WIRE_END;
	h->n_head = 0;
}

/* At most n bytes; false at the end of the connection. */
static bool
hear(struct hold *h, size_t n)
{
	static char bytes[65536];
	struct pollfd fds = { .fd = h->fd, .events = POLLIN };
	ssize_t got;

	if (poll(&fds, 1, PATIENCE_MS) <= 0)
		errx(1, "nothing came");
	got = recv(h->fd, bytes, n < sizeof(bytes) ? n : sizeof(bytes), 0);
	for (ssize_t i = 0; i < got; i++)
		take_byte(h, bytes[i]);
	return got > 0;
}

static void
finish(struct hold *h)
{
	while (!h->is_whole && hear(h, SIZE_MAX))
		;
	if (h->is_whole)
		printf("%s %zu %016llx\n", h->status, h->n_body,
		    (unsigned long long)h->hash);
	else
		printf("cut\n");
	(void)close(h->fd);
}

/* --- the whole --------------------------------------------------------------- */

static void
await_signal(const sigset_t *set)
{
	int signo;

	if (sigwait(set, &signo) != 0)
		errx(1, "sigwait");
}

int
main(int argc, char **argv)
{
	char uri[URI_MAX_BYTES + 32];
	size_t n, bytes;
	struct hold *hold;
	sigset_t set;

	if (argc != 5)
		errx(2, "usage: fcgi_hold SOCKET N BYTES URI");
	n = strtoul(argv[2], NULL, 10);
	bytes = strtoul(argv[3], NULL, 10);
	hold = calloc(n > 0 ? n : 1, sizeof(*hold));
	if (hold == NULL)
		err(1, NULL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < n; i++) {
		number(uri, argv[4], i + 1);
		hold[i].fd = ask(argv[1], uri);
		hold[i].hash = 14695981039346656037U;
	}
	for (size_t k = 0; k < bytes; k++)
		for (size_t i = 0; i < n; i++)
			(void)hear(&hold[i], 1);
	printf("holding %zu\n", n);
	(void)fflush(stdout);
	await_signal(&set);
	for (size_t i = 0; i < n; i++)
		finish(&hold[i]);
	free(hold);
	return 0;
}
