/*
 * wire: what a web server sends, built by hand for the tests of FastCGI, so
 * that the encoder under test is not its own judge.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdint.h>

#include "buf.h"
#include "span.h"

/* A record with any header at all; the content may be NULL when n is 0. */
static inline void
wire_record(struct buf *b, uint8_t type, uint16_t id, const char *content,
    size_t n, uint8_t padding)
{
	const uint8_t head[8] = { 1, type, (uint8_t)(id >> 8), (uint8_t)id,
		(uint8_t)(n >> 8), (uint8_t)n, padding, 0 };
	static const char zeros[255];

	buf_add(b, head, sizeof(head));
	buf_add(b, content, n);
	buf_add(b, zeros, padding);
}

static inline void
wire_begin(struct buf *b, uint16_t id, uint8_t role, uint8_t flags)
{
	const char body[8] = { 0, (char)role, (char)flags };

	wire_record(b, 1, id, body, sizeof(body), 0);
}

/* Both lengths below 128. */
static inline void
wire_pair(struct buf *b, const char *name, const char *value)
{
	buf_byte(b, (char)strlen(name));
	buf_byte(b, (char)strlen(value));
	buf_str(b, name);
	buf_str(b, value);
}

/* A whole GET, as lighttpd sends it. */
static inline void
wire_get(struct buf *b, uint16_t id, uint8_t flags, const char *uri)
{
	struct buf params = { 0 };

	wire_pair(&params, "REQUEST_METHOD", "GET");
	wire_pair(&params, "REQUEST_URI", uri);
	wire_begin(b, id, 1, flags);
	wire_record(b, 4, id, params.data, params.len, 3);
	wire_record(b, 4, id, NULL, 0, 0);
	wire_record(b, 5, id, NULL, 0, 0);
	buf_fini(&params);
}

#endif /* WIRE_H */
