/*
 * fcgi_answer: enough of a FastCGI answer to know its headers, how long it is
 * and when it is whole.
 */
#ifndef FCGI_ANSWER_H
#define FCGI_ANSWER_H

#include <stdbool.h>

#include "fcgi_wire.h"

/* How far an answer has been read. */
struct wire_answer {
	uint8_t head[WIRE_HEAD_BYTES];
	size_t head_len, content_left;
	size_t stdout_bytes;
	char start[512]; /* of stdout */
	bool is_whole;
};

static inline size_t
wire_take_content(struct wire_answer *a, const uint8_t *p, size_t n)
{
	if (n > a->content_left)
		n = a->content_left;
	if (a->head[1] == WIRE_STDOUT) {
		size_t room = sizeof(a->start) - 1;

		if (a->stdout_bytes < room) {
			size_t k = room - a->stdout_bytes;

			memcpy(a->start + a->stdout_bytes, p, n < k ? n : k);
		}
		a->stdout_bytes += n;
	}
	a->content_left -= n;
	return n;
}

/* Bytes as they come; padding counts as content, nobody here sends any. */
static inline void
wire_take(struct wire_answer *a, const uint8_t *p, size_t n)
{
	while (n > 0 && !a->is_whole) {
		size_t k;

		if (a->content_left > 0) {
			k = wire_take_content(a, p, n);
		} else {
			a->head[a->head_len++] = *p;
			k = 1;
			if (a->head_len == WIRE_HEAD_BYTES) {
				a->head_len = 0;
				a->content_left =
				    (size_t)a->head[4] << 8 | a->head[5];
				a->content_left += a->head[6];
			}
		}
		p += k;
		n -= k;
		a->is_whole = a->head[1] == WIRE_END && a->head_len == 0 &&
		    a->content_left == 0;
	}
}

/* Waits for all of it; fd is blocking. */
static inline void
wire_receive(int fd, struct wire_answer *a)
{
	static uint8_t bytes[262144];

	memset(a, 0, sizeof(*a));
	while (!a->is_whole) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

		if (n < 0)
			err(1, "receive");
		if (n == 0)
			errx(1, "the connection ended before the answer did");
		wire_take(a, bytes, (size_t)n);
	}
}

/* The value of a header of the answer; "" where there is none. */
static inline const char *
wire_header(const struct wire_answer *a, const char *name, char value[256])
{
	const char *at = strcasestr(a->start, name);
	size_t n;

	value[0] = '\0';
	if (at == NULL || at[strlen(name)] != ':')
		return value;
	at += strlen(name) + 1;
	at += strspn(at, " ");
	n = strcspn(at, "\r\n");
	(void)snprintf(value, 256, "%.*s", (int)n, at);
	return value;
}

#endif /* FCGI_ANSWER_H */
