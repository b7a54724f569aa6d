/*
 * fcgi_wire: FastCGI 1.0 as a web server speaks it: one GET a connection.
 * Sections 3.3, 3.4 and 5 of the specification.
 */
#ifndef FCGI_WIRE_H
#define FCGI_WIRE_H

#include <err.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum wire_type {
	WIRE_BEGIN = 1,
	WIRE_END = 3,
	WIRE_PARAMS = 4,
	WIRE_STDIN = 5,
	WIRE_STDOUT = 6,
};

enum { WIRE_HEAD_BYTES = 8, WIRE_REQUEST_BYTES = 8192 };

struct wire_request {
	uint8_t bytes[WIRE_REQUEST_BYTES];
	size_t len;
};

static inline void
wire_add(struct wire_request *r, const void *p, size_t n)
{
	if (r->len + n > sizeof(r->bytes))
		errx(1, "request too long");
	memcpy(r->bytes + r->len, p, n);
	r->len += n;
}

static inline void
wire_add_length(struct wire_request *r, size_t n)
{
	uint8_t wire[4] = { (uint8_t)(n >> 24 | 0x80), (uint8_t)(n >> 16),
		(uint8_t)(n >> 8), (uint8_t)n };

	if (n < 0x80)
		wire_add(r, wire + 3, 1);
	else
		wire_add(r, wire, 4);
}

static inline void
wire_add_param(struct wire_request *r, const char *name, const char *value)
{
	wire_add_length(r, strlen(name));
	wire_add_length(r, strlen(value));
	wire_add(r, name, strlen(name));
	wire_add(r, value, strlen(value));
}

static inline void
wire_add_head(struct wire_request *r, enum wire_type type, size_t n)
{
	uint8_t head[WIRE_HEAD_BYTES] = { 1, (uint8_t)type, 0, 1,
		(uint8_t)(n >> 8), (uint8_t)n };

	wire_add(r, head, sizeof(head));
}

/* What lighttpd sends for a GET; etag may be NULL. */
static inline void
wire_get(struct wire_request *r, const char *uri, const char *etag)
{
	static const char begin[8] = { 0, 1 }; /* RESPONDER, no KEEP_CONN */
	const char *query = strchr(uri, '?');
	size_t params, n;

	r->len = 0;
	wire_add_head(r, WIRE_BEGIN, sizeof(begin));
	wire_add(r, begin, sizeof(begin));
	params = r->len;
	wire_add_head(r, WIRE_PARAMS, 0);
	wire_add_param(r, "CONTENT_LENGTH", "0");
	wire_add_param(r, "QUERY_STRING", query != NULL ? query + 1 : "");
	wire_add_param(r, "REQUEST_URI", uri);
	wire_add_param(r, "SCRIPT_NAME", "");
	wire_add_param(r, "SCRIPT_FILENAME", "");
	wire_add_param(r, "DOCUMENT_ROOT", "");
	wire_add_param(r, "REQUEST_METHOD", "GET");
	wire_add_param(r, "SERVER_PROTOCOL", "HTTP/1.1");
	wire_add_param(r, "SERVER_SOFTWARE", "test");
	wire_add_param(r, "GATEWAY_INTERFACE", "CGI/1.1");
	wire_add_param(r, "REMOTE_ADDR", "127.0.0.1");
	wire_add_param(r, "HTTP_HOST", "localhost");
	if (etag != NULL)
		wire_add_param(r, "HTTP_IF_NONE_MATCH", etag);
	n = r->len - params - WIRE_HEAD_BYTES;
	r->bytes[params + 4] = (uint8_t)(n >> 8);
	r->bytes[params + 5] = (uint8_t)n;
	wire_add_head(r, WIRE_PARAMS, 0);
	wire_add_head(r, WIRE_STDIN, 0);
}

/* flags: SOCK_NONBLOCK or 0 */
static inline int
wire_connect(const char *path, int flags)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (strlen(path) >= sizeof(addr.sun_path))
		errx(2, "socket path too long: %s", path);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0)
		err(1, "%s", path);
	return fd;
}

static inline void
wire_send(int fd, const struct wire_request *r)
{
	if (send(fd, r->bytes, r->len, MSG_NOSIGNAL) != (ssize_t)r->len)
		err(1, "send");
}

#endif /* FCGI_WIRE_H */
