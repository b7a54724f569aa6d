/*
 * fcgi_floor: the least a FastCGI back end can do: one thread, epoll, a new
 * connection for each request, no HTTP, no routing, no store.
 *
 *	fcgi_floor SOCKET
 *
 * The end of the path says what a request gets:
 *
 *	/lp           the next publication, when it comes
 *	/sse          an event for each publication
 *	/pub          POST: its body is published; 204
 *	/1k           1 KB of JSON
 *
 * Any other is answered with a 304, except that one whose parameters hold
 * "wait=" is parked for good.  Runs until killed.
 */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgi_wire.h"

enum { EVENTS = 512, BACKLOG = 4096, FILES_MAX = 65536, BODY_BYTES = 1024 };

enum waiting { NOT_WAITING, FOR_ANSWER, FOR_EVENTS };

static uint8_t waiting[FILES_MAX]; /* by descriptor: enum waiting */
static int fd_end;                 /* above all that were waiting */
static int poster = -1;            /* whose POST has begun */

static struct wire_request not_modified, no_content, one_kilobyte, stream;

/* --- answers ---------------------------------------------------------------- */

static void
add_stdout(struct wire_request *r, const char *text)
{
	wire_add_head(r, WIRE_STDOUT, strlen(text));
	wire_add(r, text, strlen(text));
}

static void
add_end(struct wire_request *r)
{
	static const char end[8];

	wire_add_head(r, WIRE_STDOUT, 0);
	wire_add_head(r, WIRE_END, sizeof(end));
	wire_add(r, end, sizeof(end));
}

static void
prepare_answers(void)
{
	char text[BODY_BYTES + 256];

	add_stdout(&not_modified,
	    "Status: 304 Not Modified\r\n"
	    "ETag: \"1\"\r\n"
	    "Cache-Control: no-cache\r\n\r\n");
	add_end(&not_modified);
	add_stdout(&no_content, "Status: 204 No Content\r\n\r\n");
	add_end(&no_content);
	(void)snprintf(text, sizeof(text),
	    "Content-Type: application/json\r\n"
	    "Content-Length: %d\r\n"
	    "ETag: \"1\"\r\n"
	    "Cache-Control: no-cache\r\n\r\n"
	    "{\"n\":\"%0*d\"}",
	    BODY_BYTES, BODY_BYTES - 8, 0);
	add_stdout(&one_kilobyte, text);
	add_end(&one_kilobyte);
	add_stdout(&stream,
	    "Content-Type: text/event-stream\r\n"
	    "Cache-Control: no-store\r\n\r\n"
	    ": hello\n\n");
}

/* Whoever does not wait for the answer need not have it. */
static void
answer(int fd, const struct wire_request *r)
{
	(void)send(fd, r->bytes, r->len, MSG_NOSIGNAL);
	waiting[fd] = NOT_WAITING;
	(void)close(fd);
}

/* --- publication -------------------------------------------------------------- */

static void
publish(const char *body, size_t n)
{
	static struct wire_request event, whole;
	char text[WIRE_REQUEST_BYTES];

	event.len = whole.len = 0;
	(void)snprintf(text, sizeof(text), "data: %.*s\n\n", (int)n, body);
	add_stdout(&event, text);
	(void)snprintf(text, sizeof(text),
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n"
	    "%.*s",
	    n, (int)n, body);
	add_stdout(&whole, text);
	add_end(&whole);
	for (int fd = 0; fd < fd_end; fd++)
		if (waiting[fd] == FOR_EVENTS)
			(void)send(fd, event.bytes, event.len, MSG_NOSIGNAL);
		else if (waiting[fd] == FOR_ANSWER)
			answer(fd, &whole);
}

/* --- requests ----------------------------------------------------------------- */

static bool
ends_in(const char *path, size_t n, const char *end)
{
	size_t k = strlen(end);

	return n >= k && memcmp(path + n - k, end, k) == 0;
}

static void
park(int fd, enum waiting how)
{
	waiting[fd] = (uint8_t)how;
	if (fd >= fd_end)
		fd_end = fd + 1;
}

/* The body of the one small POST there is at a time; its records begin behind
   the parameters, and may come later than those. */
static void
take_post(int fd, const uint8_t *bytes, size_t n)
{
	static uint8_t post[WIRE_REQUEST_BYTES * 4];
	static size_t len;
	size_t at = 0, size;

	if (n > sizeof(post) - len)
		errx(1, "a POST of more than %zu bytes", sizeof(post));
	memcpy(post + len, bytes, n);
	len += n;
	while (len - at >= WIRE_HEAD_BYTES) {
		const uint8_t *head = post + at;

		size = (size_t)head[4] << 8 | head[5];
		if (len - at < WIRE_HEAD_BYTES + size + head[6])
			break;
		if (head[1] == WIRE_STDIN && size > 0)
			publish((const char *)head + WIRE_HEAD_BYTES, size);
		at += WIRE_HEAD_BYTES + size + head[6];
		if (head[1] == WIRE_STDIN && size == 0) {
			len = 0;
			poster = -1;
			answer(fd, &no_content);
			return;
		}
	}
	memmove(post, post + at, len - at);
	len -= at;
}

/* A web server sends a small request in one piece, and the end of stdin is
   its last record. */
static void
serve(int fd)
{
	static const char name[] = "REQUEST_URI";
	uint8_t bytes[WIRE_REQUEST_BYTES];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
	const char *uri;
	size_t len;

	if (n <= 0) {
		waiting[fd] = NOT_WAITING;
		(void)close(fd);
		return;
	}
	if (fd == poster) {
		take_post(fd, bytes, (size_t)n);
		return;
	}
	uri = memmem(bytes, (size_t)n, name, sizeof(name) - 1);
	if (uri == NULL || uri - (const char *)bytes < 2)
		errx(1, "a request without REQUEST_URI");
	len = (uint8_t)uri[-1];
	uri += sizeof(name) - 1;
	if (ends_in(uri, len, "/lp")) {
		park(fd, FOR_ANSWER);
	} else if (ends_in(uri, len, "/sse")) {
		(void)send(fd, stream.bytes, stream.len, MSG_NOSIGNAL);
		park(fd, FOR_EVENTS);
	} else if (ends_in(uri, len, "/pub")) {
		poster = fd;
		take_post(fd, bytes, (size_t)n);
	} else if (ends_in(uri, len, "/1k")) {
		answer(fd, &one_kilobyte);
	} else if (memmem(bytes, (size_t)n, "wait=", 5) == NULL) {
		answer(fd, &not_modified);
	}
}

static void
accept_all(int epoll, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct epoll_event event = { .events = EPOLLIN };

		event.data.fd = fd;
		if (fd >= FILES_MAX ||
		    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
			err(1, "connection %d", fd);
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
	prepare_answers();
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
