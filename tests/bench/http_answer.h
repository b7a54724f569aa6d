/*
 * http_answer: enough of HTTP/1.1 (RFC 9112) to know where an answer ends and
 * what its body is, from bytes in any pieces.
 */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

enum http_phase {
	HTTP_HEAD,
	HTTP_BODY, /* of a known length */
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK,
	HTTP_CHUNK_END,
	HTTP_LAST_END, /* of the last chunk; nobody here sends trailers */
	HTTP_UNTIL_CLOSE,
	HTTP_WHOLE,
};

struct http_answer { /* {0} expects a head */
	enum http_phase phase;
	int status;
	bool is_closing; /* the connection carries no further answer */
	size_t left;     /* of the body or chunk */
	char *bytes;     /* the head, then as much of the body as there is */
	size_t len, room;
	char etag[64], modified[64];
};

/* Bytes used; fewer than n only when the answer is whole. */
size_t http_answer_take(struct http_answer *, const char *, size_t n);

/* Ready for the next answer; validators and memory stay. */
void http_answer_reset(struct http_answer *);

void http_answer_fini(struct http_answer *);

#endif /* HTTP_ANSWER_H */
