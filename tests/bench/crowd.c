#include "crowd.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "http_answer.h"

enum {
	EVENTS = 512,
	SOURCES = 4, /* 127.0.0.2 and on */
	ASKED_AT_ONCE = 64,
	ASKED_MS = 4,
	PATIENCE_S = 20,
	REQUEST_BYTES = 1024,
};

struct client {
	int fd;
	struct http_answer answer;
	char cursor[48];
};

struct crowd {
	const struct crowd_plan *plan;
	int epoll;
	struct client *client;
	size_t n, begun; /* begun: streams that have a head */
	struct crowd_counts counts;
};

static void
ask(struct crowd *crowd, struct client *c)
{
	char text[REQUEST_BYTES];
	const struct crowd_plan *plan = crowd->plan;
	int n;

	n = snprintf(text, sizeof(text),
	    "GET %s%s HTTP/1.1\r\n"
	    "Host: 127.0.0.1\r\n"
	    "Accept: %s\r\n",
	    plan->uri, c->cursor,
	    plan->kind == CROWD_STREAM ? "text/event-stream"
				       : "application/json");
	if (plan->follow == CROWD_VALIDATORS && c->answer.etag[0] != '\0')
		n += snprintf(text + n, sizeof(text) - n,
		    "If-None-Match: %s\r\n", c->answer.etag);
	if (plan->follow == CROWD_VALIDATORS && c->answer.modified[0] != '\0')
		n += snprintf(text + n, sizeof(text) - n,
		    "If-Modified-Since: %s\r\n", c->answer.modified);
	n += snprintf(text + n, sizeof(text) - n, "\r\n");
	if (send(c->fd, text, n, MSG_NOSIGNAL) != n)
		crowd->counts.lost++;
}

static void
open_client(struct crowd *crowd, struct client *c)
{
	size_t i = (size_t)(c - crowd->client);
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)crowd->plan->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	}, from = { .sin_family = AF_INET };
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = i };
	int on = 1;

	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + i % SOURCES);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
	    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
		sizeof(on)) != 0 ||
	    bind(c->fd, (const struct sockaddr *)&from, sizeof(from)) != 0 ||
	    connect(c->fd, (const struct sockaddr *)&to, sizeof(to)) != 0 ||
	    epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
		err(1, "client %zu, port %d", i, crowd->plan->port);
	http_answer_reset(&c->answer);
	ask(crowd, c);
}

static void
close_client(struct client *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
}

/* --- what has come -------------------------------------------------------- */

static void
take_cursor(struct client *c)
{
	const char *text = c->answer.bytes;
	const char *to = memmem(text, c->answer.len, "\"to\":\"", 6), *end;

	if (to == NULL)
		return;
	to += 6;
	end = memchr(to, '"', c->answer.len - (size_t)(to - text));
	if (end != NULL && (size_t)(end - to) < sizeof(c->cursor))
		(void)snprintf(c->cursor, sizeof(c->cursor), "%.*s",
		    (int)(end - to), to);
}

static void
take_answer(struct crowd *crowd, struct client *c)
{
	const struct crowd_plan *plan = crowd->plan;

	crowd->counts.answers++;
	if (plan->follow == CROWD_CURSOR)
		take_cursor(c);
	plan->heard(plan->arg, (size_t)(c - crowd->client), c->answer.bytes,
	    c->answer.len);
	if (c->answer.is_closing) {
		close_client(c);
		open_client(crowd, c);
		return;
	}
	http_answer_reset(&c->answer);
	ask(crowd, c);
}

/* The empty line that ends an event; NULL: not there yet.  memchr(3) takes
   megabytes of long lines in a tenth of the time that memmem(3) does. */
static char *
find_gap(char *at, const char *end)
{
	char *line = at;

	while ((line = memchr(line, '\n', (size_t)(end - line))) != NULL) {
		if (++line == end)
			return NULL;
		if (*line == '\n')
			return line - 1;
	}
	return NULL;
}

/* Every event that is whole; what follows the last stays. */
static void
take_events(struct crowd *crowd, struct client *c)
{
	const struct crowd_plan *plan = crowd->plan;
	char *at = c->answer.bytes, *end = at + c->answer.len, *gap;

	while ((gap = find_gap(at, end)) != NULL) {
		plan->heard(plan->arg, (size_t)(c - crowd->client), at,
		    (size_t)(gap - at));
		at = gap + 2;
	}
	c->answer.len = (size_t)(end - at);
	memmove(c->answer.bytes, at, c->answer.len);
}

static void
take(struct crowd *crowd, struct client *c, const char *p, size_t n)
{
	enum http_phase before = c->answer.phase;
	size_t used = http_answer_take(&c->answer, p, n);

	crowd->counts.bytes += n;
	if (c->answer.phase == HTTP_HEAD)
		return;
	if (before == HTTP_HEAD) {
		crowd->counts.status = c->answer.status;
		crowd->begun++;
	}
	if (used < n)
		errx(1, "more than one answer: %.*s", (int)(n - used),
		    p + used);
	if (crowd->plan->kind == CROWD_STREAM)
		take_events(crowd, c);
	else if (c->answer.phase == HTTP_WHOLE)
		take_answer(crowd, c);
}

/* A server may close a connection between two answers; a request that had
   crossed with that is asked again. */
static void
lose(struct crowd *crowd, struct client *c)
{
	close_client(c);
	crowd->counts.lost++;
	if (crowd->plan->kind == CROWD_POLL)
		open_client(crowd, c);
}

static void
receive(struct crowd *crowd, struct client *c)
{
	static char bytes[262144];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n > 0)
		take(crowd, c, bytes, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		lose(crowd, c);
}

/* --- the crowd ------------------------------------------------------------ */

static void
allow_many_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

struct crowd *
crowd_new(const struct crowd_plan *plan, size_t room)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));

	if (crowd == NULL)
		err(1, NULL);
	allow_many_files();
	crowd->plan = plan;
	crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
	crowd->client = calloc(room, sizeof(*crowd->client));
	if (crowd->epoll < 0 || crowd->client == NULL)
		err(1, "a crowd of %zu", room);
	return crowd;
}

void
crowd_free(struct crowd *crowd)
{
	for (size_t i = 0; i < crowd->n; i++) {
		close_client(&crowd->client[i]);
		http_answer_fini(&crowd->client[i].answer);
	}
	(void)close(crowd->epoll);
	free(crowd->client);
	free(crowd);
}

/* A few at a time: the server's queue of connections is not what is meant. */
void
crowd_grow(struct crowd *crowd, size_t n)
{
	const struct crowd_plan *plan = crowd->plan;
	double end = bench_seconds() + PATIENCE_S;

	while (crowd->n < n) {
		struct client *c = &crowd->client[crowd->n];

		if (plan->follow == CROWD_CURSOR)
			(void)snprintf(c->cursor, sizeof(c->cursor), "%s",
			    plan->cursor);
		open_client(crowd, c);
		crowd->n++;
		if (crowd->n % ASKED_AT_ONCE == 0 || crowd->n == n)
			crowd_run(crowd, bench_seconds() + ASKED_MS / 1e3);
		while (plan->kind == CROWD_STREAM &&
		    crowd->begun + (crowd->n < n ? ASKED_AT_ONCE : 0) <
			crowd->n) {
			if (bench_seconds() > end)
				errx(1, "port %d: %zu of %zu streams begin",
				    plan->port, crowd->begun, crowd->n);
			crowd_turn(crowd, end);
		}
	}
}

void
crowd_turn(struct crowd *crowd, double until)
{
	struct epoll_event events[EVENTS];
	double left = until - bench_seconds();
	struct timespec time = { 0 };
	int n;

	if (left > 0) {
		time.tv_sec = (time_t)left;
		time.tv_nsec = (long)((left - (double)time.tv_sec) * 1e9);
	}
	n = epoll_pwait2(crowd->epoll, events, EVENTS, &time, NULL);
	if (n < 0 && errno != EINTR)
		err(1, "epoll_pwait2");
	for (int i = 0; i < n; i++)
		receive(crowd, &crowd->client[events[i].data.u64]);
}

void
crowd_run(struct crowd *crowd, double until)
{
	while (bench_seconds() < until)
		crowd_turn(crowd, until);
}

int
crowd_fd(const struct crowd *crowd)
{
	return crowd->epoll;
}

const struct crowd_counts *
crowd_counts(const struct crowd *crowd)
{
	return &crowd->counts;
}
