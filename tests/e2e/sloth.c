/*
 * sloth: clients of a web server that do not do their part.
 *
 *	sloth PORT N RATE URI
 *
 * N connections to 127.0.0.1, each of which asks for URI and then reads RATE
 * bytes a second: 1, 0, or "half", which asks with half a request.  Their
 * receive buffers and segments are small: with those of loopback the web
 * server's kernel holds megabytes for a client that does not read.  What the
 * server closes stays closed.  Goes on until it is killed; exit status 1 when a
 * connection cannot be made, 2 for wrong usage.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RECEIVE_BUFFER = 2048,
	SEGMENT = 536,
	SECOND_MS = 1000,
	REQUEST_MAX = 4096
};

static int
ask(uint16_t port, const char *request, size_t n)
{
	const struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int buffer = RECEIVE_BUFFER, segment = SEGMENT;
	const socklen_t size = sizeof(int);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	/* Before connect(2): the handshake tells of both. */
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, size) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, size) != 0 ||
	    connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0)
		err(1, "port %u", port);
	if (send(fd, request, n, MSG_NOSIGNAL) != (ssize_t)n)
		err(1, "send");
	return fd;
}

/* Closes what has ended. */
static void
read_a_byte(int *fds, size_t n)
{
	char byte;

	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0 && recv(fds[i], &byte, 1, MSG_DONTWAIT) == 0) {
			(void)close(fds[i]);
			fds[i] = -1;
		}
}

int
main(int argc, char **argv)
{
	char request[REQUEST_MAX];
	bool is_half;
	size_t n, length;
	int *fds;

	if (argc != 5 || strlen(argv[4]) > REQUEST_MAX / 2)
		errx(2, "usage: sloth PORT N RATE URI");
	n = strtoul(argv[2], NULL, 10);
	is_half = strcmp(argv[3], "half") == 0;
	fds = calloc(n > 0 ? n : 1, sizeof(*fds));
	if (fds == NULL)
		err(1, NULL);
	length = (size_t)snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: localhost\r\n%s", argv[4],
	    is_half ? "Acc" : "\r\n");
	for (size_t i = 0; i < n; i++)
		fds[i] =
		    ask((uint16_t)strtoul(argv[1], NULL, 10), request, length);
	for (;;) {
		(void)poll(NULL, 0, SECOND_MS);
		if (strcmp(argv[3], "1") == 0)
			read_a_byte(fds, n);
	}
}
