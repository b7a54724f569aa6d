/*
 * fcgi_floor: the least a FastCGI back end can do: one thread, epoll, a new
 * connection for each request, no HTTP, no routing, no store.
 *
 *	fcgi_floor SOCKET
 *
 * A request whose parameters hold "wait=" is parked for good; any other is
 * answered with a 304 once its (empty) stdin has ended.  Runs until killed.
 */
#include <err.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgi_wire.h"

enum { EVENTS = 256, BACKLOG = 4096 };

static struct wire_request answer;

static void
prepare_answer(void)
{
	static const char text[] = "Status: 304 Not Modified\r\n"
				   "ETag: W/\"1\"\r\n"
				   "Cache-Control: no-cache\r\n\r\n";
	static const char end[8];

	wire_add_head(&answer, WIRE_STDOUT, sizeof(text) - 1);
	wire_add(&answer, text, sizeof(text) - 1);
	wire_add_head(&answer, WIRE_STDOUT, 0);
	wire_add_head(&answer, WIRE_END, sizeof(end));
	wire_add(&answer, end, sizeof(end));
}

/* A web server sends a small request in one piece, and the end of stdin is
   its last record. */
static void
serve(int fd)
{
	uint8_t bytes[WIRE_REQUEST_BYTES];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	if (n > 0 && memmem(bytes, (size_t)n, "wait=", 5) != NULL)
		return;
	/* Whoever does not wait for the answer need not have it. */
	if (n >= WIRE_HEAD_BYTES && bytes[n - 7] == WIRE_STDIN)
		(void)send(fd, answer.bytes, answer.len, MSG_NOSIGNAL);
	(void)close(fd);
}

static void
accept_all(int epoll, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct epoll_event event = { .events = EPOLLIN };

		event.data.fd = fd;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
			err(1, "epoll_ctl");
	}
}

static int
listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(addr.sun_path))
		errx(2, "socket path too long: %s", path);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0 ||
	    listen(fd, BACKLOG) != 0)
		err(1, "%s", path);
	return fd;
}

int
main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN }, events[EVENTS];
	struct rlimit files;
	int epoll, listener;

	if (argc != 2)
		errx(2, "usage: fcgi_floor SOCKET");
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	prepare_answer();
	listener = listen_at(argv[1]);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	event.data.fd = listener;
	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0)
		err(1, "epoll");
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		if (n < 0 && errno != EINTR)
			err(1, "epoll_wait");
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_all(epoll, listener);
			else
				serve(events[i].data.fd);
		}
	}
}
