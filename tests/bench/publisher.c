#include "publisher.h"

#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "bench.h"

enum { PATIENCE_S = 10 };

/* A part of it never changes. */
static void
write_document(const struct publisher *p, char document[PUBLISHER_BYTES + 1])
{
	int n = snprintf(document, PUBLISHER_BYTES + 1,
	    "{\"state\":\"running\",\"pubns\":%" PRIu64 ",\"text\":\"",
	    p->mark);

	(void)snprintf(document + n, PUBLISHER_BYTES + 1 - n, "%0*d\"}",
	    PUBLISHER_BYTES - n - 2, 0);
}

static void
write_hidden(struct publisher *p, const char *document)
{
	const char *slash = strrchr(p->file, '/');
	FILE *file;

	if (slash == NULL)
		errx(2, "%s: not an absolute path", p->file);
	(void)snprintf(p->hidden, sizeof(p->hidden), "%.*s/.%s.tmp",
	    (int)(slash - p->file), p->file, slash + 1);
	file = fopen(p->hidden, "w");
	if (file == NULL || fputs(document, file) < 0 || fclose(file) != 0)
		err(1, "%s", p->hidden);
}

/* A connection for each: a server closes one that is idle when it likes. */
static void
connect_to_server(struct publisher *p)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)p->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	int on = 1;

	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0 ||
	    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
	    setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience)) != 0 ||
	    connect(p->fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		err(1, "publisher, port %d", p->port);
}

void
publisher_prepare(struct publisher *p)
{
	char document[PUBLISHER_BYTES + 1];

	p->mark = bench_nanoseconds();
	if (p->file != NULL) {
		write_document(p, document);
		write_hidden(p, document);
	} else {
		connect_to_server(p);
	}
}

void
publisher_fire(struct publisher *p)
{
	char document[PUBLISHER_BYTES + 1], text[PUBLISHER_BYTES + 512];
	int n;

	if (p->file != NULL) {
		if (rename(p->hidden, p->file) != 0)
			err(1, "%s", p->file);
		return;
	}
	write_document(p, document);
	n = snprintf(text, sizeof(text),
	    "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Content-Type: application/json\r\nContent-Length: %d\r\n"
	    "Connection: close\r\n\r\n%s",
	    p->uri, PUBLISHER_BYTES, document);
	if (send(p->fd, text, n, MSG_NOSIGNAL) != n)
		err(1, "publisher, port %d", p->port);
}

void
publisher_finish(struct publisher *p)
{
	char text[1024];
	ssize_t n;

	if (p->file != NULL)
		return;
	n = recv(p->fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		err(1, "publisher, port %d", p->port);
	text[n] = '\0';
	if (strncmp(text, "HTTP/1.1 2", 10) != 0)
		errx(1, "publisher: %s", text);
	(void)close(p->fd);
}
