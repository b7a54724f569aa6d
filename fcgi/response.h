/*
 * response: status, header lines and a page, not yet on any wire.  One table
 * here maps error codes to HTTP status and to RFC 9457 problem documents.
 *
 * Floor 3.
 */
#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>

#include "buf.h"
#include "err.h"

struct page;
struct request;

struct response {
	int status;         /* 200 … */
	struct buf headers; /* "Name: value\r\n" lines, without Status */
	struct page *page;  /* NULL: no body */
	bool may_gzip;
};

void response_init(struct response *);
void response_fini(struct response *);

/* Add a header line; CR, LF and NUL in the value are dropped. */
void response_header(struct response *, const char *name, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* 200, application/json; takes the bytes of body over. */
void response_json(struct response *, struct buf *body);

/* 304 or another answer without a body. */
void response_empty(struct response *, int status);

/*
 * Whatever was there is replaced by application/problem+json (RFC 9457):
 * {"type":"urn:tidemark:error:…","title","status","detail"}, no-store.
 */
void response_error(struct response *, const struct err *);
/* … with a status of its own: 405, 406, 501 … */
void response_problem(struct response *, int status, const char *detail, ...)
    PRINTF_LIKE(3, 4);

/*
 * The head as CGI wants it (RFC 3875 section 6.2): "Status: …\r\n", the
 * headers, Content-Length, Content-Encoding, Vary, an empty line.  body is out:
 * the bytes to send after it (borrowed from the page; empty for HEAD and 304).
 */
void response_head(struct response *, const struct request *, struct buf *head,
    struct span *body);

#endif /* RESPONSE_H */
