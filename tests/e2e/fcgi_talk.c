/*
 * fcgi_talk: a FastCGI peer that follows orders, also senseless ones.
 *
 *	fcgi_talk unix:PATH|PATH ORDER...
 *
 * Orders that say something:
 *	get URI, keep URI   a whole request (keep: with FCGI_KEEP_CONN)
 *	begin, params URI, params-end, stdin-end   its parts
 *	body BYTES          so many bytes of STDIN
 *	junk BYTES          so many bytes of one PARAMS pair
 *	role N              BEGIN for another role
 *	abort               ABORT_REQUEST
 *	values NAME         GET_VALUES for one name
 *	type N              an empty management record of that type
 *	raw TEXT            these bytes, as they are
 * How it is said:
 *	id N                of the records from here on; 1 at first
 *	whole, bytewise     one packet an order (the default); one a byte
 *	gather, send        one packet for all orders in between
 *	half                send but half of what was gathered, keep the rest
 *	finish              … and now the rest
 *	shut                say that no more will come
 *	said                print "said": all of the above is on its way
 *	pause               until a line, or the end, comes on stdin
 * What is heard, a line a record on stdout (type, id and what matters of it):
 *	hear                one record
 *	answer              all records up to END_REQUEST
 *	all                 count the bytes up to END_REQUEST: "STDOUT n bytes"
 *	end                 the connection ends: "closed"; else "still open"
 *	lost                … the peer has closed both ways: "lost"; reads
 *nothing
 *
 * Exit status: 0; 1 when something did not come within 30 s; 2 wrong usage.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	TYPE_BEGIN = 1,
	TYPE_ABORT,
	TYPE_END,
	TYPE_PARAMS,
	TYPE_STDIN,
	TYPE_STDOUT,
	TYPE_GET_VALUES = 9,
	CONTENT_MAX = 65535,
	PATIENCE_MS = 30000,
};

static const char *const type_names[12] = { "?", "BEGIN", "ABORT", "END",
	"PARAMS", "STDIN", "STDOUT", "STDERR", "DATA", "GET_VALUES", "VALUES",
	"UNKNOWN_TYPE" };

struct talk {
	int fd;
	uint8_t id;
	bool is_bytewise;
	bool is_gathering;
	char out[1 << 20];
	size_t n_out;
	uint8_t head[8];
	char content[CONTENT_MAX + 255 + 1];
	size_t n_content;
};

/* --- saying -------------------------------------------------------------------- */

/* What the peer does not take because it has gone, the next order shows. */
static void
put(const struct talk *talk, const char *p, size_t n)
{
	size_t step = talk->is_bytewise ? 1 : n;

	for (size_t at = 0; at < n; at += step)
		if (send(talk->fd, p + at, step, MSG_NOSIGNAL) < 0)
			return;
}

static void
flush(struct talk *talk, size_t n)
{
	put(talk, talk->out, n);
	talk->n_out -= n;
	memmove(talk->out, talk->out + n, talk->n_out);
}

static void
say(struct talk *talk, const void *p, size_t n)
{
	if (n > sizeof(talk->out) - talk->n_out)
		errx(2, "too much to gather");
	memcpy(talk->out + talk->n_out, p, n);
	talk->n_out += n;
	if (!talk->is_gathering)
		flush(talk, talk->n_out);
}

static void
say_record(struct talk *talk, uint8_t type, uint8_t id, const char *p, size_t n)
{
	char record[8 + CONTENT_MAX] = { 1, (char)type, 0, (char)id,
		(char)(n >> 8), (char)n, 0, 0 };

	memcpy(record + 8, p, n);
	say(talk, record, 8 + n);
}

static void
say_begin(struct talk *talk, uint8_t role, uint8_t flags)
{
	const char body[8] = { 0, (char)role, (char)flags };

	say_record(talk, TYPE_BEGIN, talk->id, body, sizeof(body));
}

/* One pair with lengths of four bytes each. */
static size_t
pair(char *to, const char *name, const char *value)
{
	size_t lengths[2] = { strlen(name), strlen(value) }, n = 0;

	for (int i = 0; i < 2; i++) {
		to[n++] = (char)(lengths[i] >> 24 | 0x80);
		to[n++] = (char)(lengths[i] >> 16);
		to[n++] = (char)(lengths[i] >> 8);
		to[n++] = (char)lengths[i];
	}
	memcpy(to + n, name, lengths[0]);
	memcpy(to + n + lengths[0], value, lengths[1]);
	return n + lengths[0] + lengths[1];
}

static void
say_params(struct talk *talk, const char *uri)
{
	static char body[CONTENT_MAX];
	size_t n = 0;

	if (strlen(uri) > 60000)
		errx(2, "URI too long");
	n += pair(body + n, "REQUEST_METHOD", "GET");
	n += pair(body + n, "REQUEST_URI", uri);
	n += pair(body + n, "REMOTE_ADDR", "127.0.0.1");
	say_record(talk, TYPE_PARAMS, talk->id, body, n);
}

static void
say_request(struct talk *talk, const char *uri, uint8_t flags)
{
	bool was_gathering = talk->is_gathering;

	talk->is_gathering = true;
	say_begin(talk, 1, flags);
	say_params(talk, uri);
	say_record(talk, TYPE_PARAMS, talk->id, "", 0);
	say_record(talk, TYPE_STDIN, talk->id, "", 0);
	talk->is_gathering = was_gathering;
	if (!was_gathering)
		flush(talk, talk->n_out);
}

/* A stream of n bytes; PARAMS get a header that makes them one pair. */
static void
say_stream(struct talk *talk, uint8_t type, size_t n)
{
	static char zeros[CONTENT_MAX];

	if (type == TYPE_PARAMS) {
		const char lengths[5] = { 0, (char)((n - 5) >> 24 | 0x80),
			(char)((n - 5) >> 16), (char)((n - 5) >> 8),
			(char)(n - 5) };

		say_record(talk, type, talk->id, lengths, sizeof(lengths));
		n -= sizeof(lengths);
	}
	while (n > 0) {
		size_t part = n < CONTENT_MAX ? n : CONTENT_MAX;

		say_record(talk, type, talk->id, zeros, part);
		n -= part;
	}
}

static void
say_values(struct talk *talk, const char *name)
{
	static char body[CONTENT_MAX];

	if (strlen(name) > 100)
		errx(2, "name too long");
	say_record(talk, TYPE_GET_VALUES, 0, body, pair(body, name, ""));
}

/* --- hearing ---------------------------------------------------------------------- */

/* False: the connection has ended first. */
static bool
take(const struct talk *talk, void *p, size_t n)
{
	struct pollfd fds = { .fd = talk->fd, .events = POLLIN };

	for (size_t at = 0; at < n;) {
		ssize_t got;

		if (poll(&fds, 1, PATIENCE_MS) <= 0)
			errx(1, "nothing came for %d ms", PATIENCE_MS);
		got = recv(talk->fd, (char *)p + at, n - at, 0);
		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

static bool
hear(struct talk *talk)
{
	size_t n;

	if (!take(talk, talk->head, sizeof(talk->head)))
		return false;
	n = (size_t)(talk->head[4] << 8 | talk->head[5]);
	if (talk->head[0] != 1)
		errx(1, "record of version %d", talk->head[0]);
	if (!take(talk, talk->content, n + talk->head[6]))
		return false;
	talk->content[n] = '\0';
	talk->n_content = n;
	return true;
}

/* "STDOUT 1 Status: 200 OK", "END 1 status 0", "VALUES 0 NAME=7" */
static void
show(const struct talk *talk)
{
	uint8_t type = talk->head[1];
	const char *c = talk->content;

	printf("%s %d", type_names[type < 12 ? type : 0],
	    talk->head[2] << 8 | talk->head[3]);
	if (type == TYPE_STDOUT && talk->n_content > 0)
		printf(" %.*s", (int)strcspn(c, "\r\n"), c);
	else if (type == TYPE_END)
		printf(" status %d", c[4]);
	else if (type == 10 && talk->n_content > 2)
		printf(" %.*s=%.*s", c[0], c + 2, c[1], c + 2 + c[0]);
	else if (type == 11)
		printf(" %d", c[0]);
	putchar('\n');
}

static void
hear_answer(struct talk *talk, bool shows_all)
{
	size_t sum = 0;

	do {
		if (!hear(talk)) {
			puts("closed");
			return;
		}
		if (talk->head[1] == TYPE_STDOUT)
			sum += talk->n_content;
		if (shows_all)
			show(talk);
	} while (talk->head[1] != TYPE_END);
	if (!shows_all)
		printf("STDOUT %zu bytes\n", sum);
}

static void
hear_end(struct talk *talk)
{
	struct pollfd fds = { .fd = talk->fd, .events = POLLIN };
	char c;

	if (poll(&fds, 1, PATIENCE_MS) <= 0)
		puts("still open");
	else
		puts(recv(talk->fd, &c, 1, 0) <= 0 ? "closed" : "more came");
}

/* POLLHUP comes when nobody is there either to write or to read. */
static void
wait_lost(const struct talk *talk)
{
	struct pollfd fds = { .fd = talk->fd };

	puts(poll(&fds, 1, PATIENCE_MS) > 0 ? "lost" : "still there");
}

/* --- orders -------------------------------------------------------------------------- */

static bool
obey_alone(struct talk *talk, const char *order)
{
	if (strcmp(order, "begin") == 0)
		say_begin(talk, 1, 0);
	else if (strcmp(order, "params-end") == 0)
		say_record(talk, TYPE_PARAMS, talk->id, "", 0);
	else if (strcmp(order, "stdin-end") == 0)
		say_record(talk, TYPE_STDIN, talk->id, "", 0);
	else if (strcmp(order, "abort") == 0)
		say_record(talk, TYPE_ABORT, talk->id, "", 0);
	else if (strcmp(order, "whole") == 0)
		talk->is_bytewise = false;
	else if (strcmp(order, "bytewise") == 0)
		talk->is_bytewise = true;
	else if (strcmp(order, "gather") == 0)
		talk->is_gathering = true;
	else if (strcmp(order, "half") == 0)
		flush(talk, talk->n_out / 2);
	else if (strcmp(order, "send") == 0 || strcmp(order, "finish") == 0) {
		talk->is_gathering = false;
		flush(talk, talk->n_out);
	} else if (strcmp(order, "said") == 0)
		puts("said");
	else if (strcmp(order, "pause") == 0)
		(void)scanf("%*[^\n]");
	else if (strcmp(order, "shut") == 0)
		(void)shutdown(talk->fd, SHUT_WR);
	else
		return false;
	return true;
}

static bool
obey_hearing(struct talk *talk, const char *order)
{
	if (strcmp(order, "hear") == 0) {
		if (hear(talk))
			show(talk);
		else
			puts("closed");
	} else if (strcmp(order, "answer") == 0)
		hear_answer(talk, true);
	else if (strcmp(order, "all") == 0)
		hear_answer(talk, false);
	else if (strcmp(order, "end") == 0)
		hear_end(talk);
	else if (strcmp(order, "lost") == 0)
		wait_lost(talk);
	else
		return false;
	return true;
}

static void
obey_with(struct talk *talk, const char *order, const char *what)
{
	size_t n = strtoul(what, NULL, 10);

	if (strcmp(order, "get") == 0)
		say_request(talk, what, 0);
	else if (strcmp(order, "keep") == 0)
		say_request(talk, what, 1);
	else if (strcmp(order, "params") == 0)
		say_params(talk, what);
	else if (strcmp(order, "body") == 0)
		say_stream(talk, TYPE_STDIN, n);
	else if (strcmp(order, "junk") == 0)
		say_stream(talk, TYPE_PARAMS, n);
	else if (strcmp(order, "role") == 0)
		say_begin(talk, (uint8_t)n, 0);
	else if (strcmp(order, "values") == 0)
		say_values(talk, what);
	else if (strcmp(order, "type") == 0)
		say_record(talk, (uint8_t)n, 0, "", 0);
	else if (strcmp(order, "raw") == 0)
		say(talk, what, strlen(what));
	else if (strcmp(order, "id") == 0)
		talk->id = (uint8_t)n;
	else
		errx(2, "no such order: %s", order);
}

int
main(int argc, char **argv)
{
	static struct talk talk = { .id = 1 };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path;

	if (argc < 2)
		errx(2, "usage: fcgi_talk SOCKET ORDER...");
	path = strncmp(argv[1], "unix:", 5) == 0 ? argv[1] + 5 : argv[1];
	if (strlen(path) >= sizeof(addr.sun_path))
		errx(2, "%s: too long", path);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	talk.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (talk.fd < 0 ||
	    connect(talk.fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0)
		err(1, "%s", path);
	if (setvbuf(stdout, NULL, _IOLBF, 0) != 0)
		err(1, "stdout");
	for (int i = 2; i < argc; i++) {
		if (obey_alone(&talk, argv[i]) || obey_hearing(&talk, argv[i]))
			continue;
		if (i + 1 == argc)
			errx(2, "%s what?", argv[i]);
		obey_with(&talk, argv[i], argv[i + 1]);
		i++;
	}
	return 0;
}
