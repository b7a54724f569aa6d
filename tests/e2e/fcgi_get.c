/*
 * fcgi_get: one FastCGI request from the command line, without a web server.
 *
 *	fcgi_get [-b|-i] [-m METHOD] [-H 'Name: value']... [-p NAME=value]...
 *	    [-d body|@file] [-t seconds] SOCKET URI
 *
 * SOCKET is a path, unix:PATH or tcp:ADDR:PORT.  Prints the answer as CGI
 * has it, always with a Status line first; -b the body alone, -i all but the
 * body.  -p sets a parameter as it is, or takes away one that is sent by
 * default ("-p REQUEST_URI").  Exit status: 0 for a complete answer, 1 for
 * none or half of one, 2 for wrong usage.
 *
 * Wire: FastCGI 1.0 section 3; everything goes out as id 1 without
 * KEEP_CONN, and the answer is read to END_REQUEST.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	FCGI_BEGIN = 1,
	FCGI_END = 3,
	FCGI_PARAMS = 4,
	FCGI_STDIN = 5,
	FCGI_STDOUT = 6,
	FCGI_STDERR = 7,
	FCGI_CONTENT_MAX = 65535,
	PARAMS_MAX = 128,
};

struct bytes {
	char *p;
	size_t len;
};

struct param {
	const char *name;
	const char *value;
};

/* Later ones override; a NULL value takes the parameter away. */
struct params {
	struct param list[PARAMS_MAX];
	size_t n;
};

static void
append(struct bytes *b, const void *p, size_t n)
{
	b->p = realloc(b->p, b->len + n + 1);
	if (b->p == NULL)
		err(1, NULL);
	memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

static void
params_set(struct params *params, const char *name, const char *value)
{
	size_t i = 0;

	while (i < params->n && strcmp(params->list[i].name, name) != 0)
		i++;
	if (i == PARAMS_MAX)
		errx(2, "too many parameters");
	params->list[i] = (struct param){ name, value };
	if (i == params->n)
		params->n++;
}

/* "Name: value" becomes HTTP_NAME, but for the two that CGI names bare. */
static void
params_set_header(struct params *params, const char *header)
{
	char *name;
	const char *colon = strchr(header, ':');

	if (colon == NULL)
		errx(2, "not a header: %s", header);
	if (asprintf(&name, "HTTP_%.*s", (int)(colon - header), header) < 0)
		err(1, NULL);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	if (strcmp(name, "HTTP_CONTENT_TYPE") == 0 ||
	    strcmp(name, "HTTP_CONTENT_LENGTH") == 0)
		name += strlen("HTTP_");
	params_set(params, name, colon + 1 + strspn(colon + 1, " "));
}

static void
params_set_pair(struct params *params, char *pair)
{
	char *equals = strchr(pair, '=');

	if (equals != NULL)
		*equals++ = '\0';
	params_set(params, pair, equals);
}

/* FastCGI 1.0 section 3.4: one byte, or four with the top bit set. */
static void
append_length(struct bytes *b, size_t n)
{
	uint8_t wire[4] = { (uint8_t)(n >> 24 | 0x80), (uint8_t)(n >> 16),
		(uint8_t)(n >> 8), (uint8_t)n };

	if (n < 0x80)
		append(b, wire + 3, 1);
	else
		append(b, wire, 4);
}

static struct bytes
params_encode(const struct params *params)
{
	struct bytes out = { 0 };

	for (size_t i = 0; i < params->n; i++) {
		const struct param *p = &params->list[i];

		if (p->value == NULL)
			continue;
		append_length(&out, strlen(p->name));
		append_length(&out, strlen(p->value));
		append(&out, p->name, strlen(p->name));
		append(&out, p->value, strlen(p->value));
	}
	return out;
}

static void
append_record(struct bytes *out, uint8_t type, const char *p, size_t n)
{
	uint8_t head[8] = { 1, type, 0, 1, (uint8_t)(n >> 8), (uint8_t)n };

	append(out, head, sizeof(head));
	if (n > 0)
		append(out, p, n);
}

/* A stream is its bytes in records, then an empty one (section 3.3). */
static void
append_stream(struct bytes *out, uint8_t type, struct bytes b)
{
	for (size_t at = 0; at < b.len; at += FCGI_CONTENT_MAX) {
		size_t n = b.len - at;

		append_record(out, type, b.p + at,
		    n < FCGI_CONTENT_MAX ? n : FCGI_CONTENT_MAX);
	}
	append_record(out, type, NULL, 0);
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(addr.sun_path))
		errx(2, "socket path too long: %s", path);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0)
		err(1, "%s", path);
	return fd;
}

static int
connect_tcp(const char *text)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *addr;
	char *host = strdup(text);
	char *port = host != NULL ? strrchr(host, ':') : NULL;
	int fd;

	if (port == NULL)
		errx(2, "not ADDR:PORT: %s", text);
	*port++ = '\0';
	if (getaddrinfo(host, port, &hints, &addr) != 0)
		errx(1, "no such address: %s", text);
	fd = socket(addr->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, addr->ai_addr, addr->ai_addrlen) != 0)
		err(1, "%s", text);
	freeaddrinfo(addr);
	free(host);
	return fd;
}

static int
connect_to(const char *where, int seconds)
{
	const struct timeval limit = { .tv_sec = seconds };
	int fd;

	if (strncmp(where, "tcp:", 4) == 0)
		fd = connect_tcp(where + 4);
	else
		fd = connect_unix(
		    strncmp(where, "unix:", 5) == 0 ? where + 5 : where);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0)
		err(1, "SO_RCVTIMEO");
	return fd;
}

/* The peer may answer and close before it has read all: that is no error. */
static void
send_all(int fd, struct bytes b)
{
	for (size_t at = 0; at < b.len;) {
		ssize_t n = send(fd, b.p + at, b.len - at, MSG_NOSIGNAL);

		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return;
		if (n < 0)
			err(1, "send");
		at += (size_t)n;
	}
}

static void
receive(int fd, void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = recv(fd, (char *)p + at, n - at, 0);

		if (got < 0)
			err(1, "receive");
		if (got == 0)
			errx(1, "the connection ended before the answer did");
		at += (size_t)got;
	}
}

/* Everything the program wrote to its stdout; its stderr goes to ours. */
static struct bytes
receive_answer(int fd)
{
	struct bytes out = { 0 };
	static char content[FCGI_CONTENT_MAX + 255];
	uint8_t head[8];

	append(&out, "", 0);
	for (;;) {
		receive(fd, head, sizeof(head));
		size_t n = (size_t)(head[4] << 8 | head[5]);

		receive(fd, content, n + head[6]);
		if (head[0] != 1 || head[2] != 0 || head[3] != 1)
			errx(1, "record of version %d, id %d", head[0],
			    head[2] << 8 | head[3]);
		if (head[1] == FCGI_STDOUT)
			append(&out, content, n);
		else if (head[1] == FCGI_STDERR)
			(void)fwrite(content, 1, n, stderr);
		else if (head[1] != FCGI_END || n != 8)
			errx(1, "unexpected record of type %d", head[1]);
		else if (content[4] != 0)
			errx(1, "refused: protocol status %d", content[4]);
		else
			return out;
	}
}

static void
print_answer(struct bytes answer, char part)
{
	const char *blank = strstr(answer.p, "\r\n\r\n");
	size_t head;

	if (blank == NULL)
		errx(1, "no end of headers in: %s", answer.p);
	head = (size_t)(blank - answer.p) + 4;
	if (part != 'b' && strncasecmp(answer.p, "Status:", 7) != 0)
		(void)fputs("Status: 200 OK\r\n", stdout);
	if (part != 'b')
		(void)fwrite(answer.p, 1, head, stdout);
	if (part != 'i')
		(void)fwrite(answer.p + head, 1, answer.len - head, stdout);
	if (fflush(stdout) != 0)
		err(1, "stdout");
}

static struct bytes
body_of(const char *text)
{
	struct bytes body = { 0 };
	char chunk[4096];
	FILE *file;
	size_t n;

	if (text[0] != '@') {
		append(&body, text, strlen(text));
		return body;
	}
	file = fopen(text + 1, "rb");
	if (file == NULL)
		err(2, "%s", text + 1);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		append(&body, chunk, n);
	(void)fclose(file);
	return body;
}

/* What a web server sends with any request. */
static void
params_set_defaults(struct params *params, const char *uri)
{
	const char *query = strchr(uri, '?');

	params_set(params, "GATEWAY_INTERFACE", "CGI/1.1");
	params_set(params, "SERVER_PROTOCOL", "HTTP/1.1");
	params_set(params, "REQUEST_METHOD", "GET");
	params_set(params, "REQUEST_URI", uri);
	params_set(params, "QUERY_STRING", query != NULL ? query + 1 : "");
	params_set(params, "SCRIPT_NAME", "");
	params_set(params, "REMOTE_ADDR", "127.0.0.1");
	params_set(params, "HTTP_HOST", "localhost");
	params_set(params, "CONTENT_LENGTH", "0");
}

/* What the command line asks for. */
struct request {
	struct params params;
	struct bytes body;
	char body_length[32];
	char part; /* 'b' body, 'i' headers, 'a' all */
	int seconds;
};

static void
usage(void)
{
	errx(2,
	    "usage: fcgi_get [-b|-i] [-m METHOD] [-H 'Name: value'] "
	    "[-p NAME=value] [-d body|@file] [-t seconds] SOCKET URI");
}

static void
request_set_body(struct request *request, const char *text)
{
	free(request->body.p);
	request->body = body_of(text);
	(void)snprintf(request->body_length, sizeof(request->body_length),
	    "%zu", request->body.len);
	params_set(&request->params, "CONTENT_LENGTH", request->body_length);
}

static void
request_set_option(struct request *request, int option, char *value)
{
	switch (option) {
	case 'b':
	case 'i':
		request->part = (char)option;
		break;
	case 'd':
		request_set_body(request, value);
		break;
	case 'H':
		params_set_header(&request->params, value);
		break;
	case 'm':
		params_set(&request->params, "REQUEST_METHOD", value);
		break;
	case 'p':
		params_set_pair(&request->params, value);
		break;
	case 't':
		request->seconds = (int)strtol(value, NULL, 10);
		break;
	default:
		usage();
	}
}

static void
request_send(const struct request *request, int fd)
{
	static const char begin[8] = { 0, 1 }; /* RESPONDER, no KEEP_CONN */
	struct bytes params = params_encode(&request->params);
	struct bytes out = { 0 };

	append_record(&out, FCGI_BEGIN, begin, sizeof(begin));
	append_stream(&out, FCGI_PARAMS, params);
	append_stream(&out, FCGI_STDIN, request->body);
	send_all(fd, out);
	free(params.p);
	free(out.p);
}

int
main(int argc, char **argv)
{
	static struct request request = { .part = 'a', .seconds = 60 };
	struct bytes answer;
	int option, fd;

	if (argc < 3)
		usage();
	params_set_defaults(&request.params, argv[argc - 1]);
	while ((option = getopt(argc, argv, "bd:H:im:p:t:")) != -1)
		request_set_option(&request, option, optarg);
	if (optind != argc - 2)
		usage();

	fd = connect_to(argv[optind], request.seconds);
	request_send(&request, fd);
	answer = receive_answer(fd);
	print_answer(answer, request.part);
	free(answer.p);
	free(request.body.p);
	return 0;
}
