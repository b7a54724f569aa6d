/*
 * response: status, header lines and a page, not yet on any wire.  One table
 * here maps error codes to HTTP status and to RFC 9457 problem documents.
 *
 * Floor 3.
 */
#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "cursor.h"
#include "err.h"
#include "probe.h"

struct frame;
struct later;
struct page;
struct project;
struct request_form;

/* What the store had when an answer was begun that depends on nothing else. */
struct response_basis {
	struct project *project; /* NULL: it depends on the moment */
	uint64_t epoch, seq;     /* of the last ring */
};

struct response {
	int status;         /* 200 … */
	struct buf headers; /* "Name: value\r\n" lines, without Status */
	struct page *page;  /* NULL: no body */
	bool may_gzip;
	bool is_open;       /* the page is only the beginning: a stream */
	struct probe probe; /* chunks of it that follow the page */
	struct response_basis basis;
	/* As it goes over the wire, plain and compressed, once it was asked
	 * for: many get the same answer. */
	struct frame *frame[2];
	struct later *later; /* instead of all that: it is yet to be made */
};

void response_init(struct response *);
void response_fini(struct response *);

/* The page is the same one.  The copy needs no init, but its own fini. */
void response_copy(struct response *, const struct response *);

/* To be set before anything is read of the store; an error clears it. */
void response_base(struct response *, struct project *);
/* Has nothing been committed since? */
bool response_basis_holds(const struct response_basis *);

/* Add a header line; CR, LF and NUL in the value are dropped. */
void response_header(struct response *, const char *name, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* 200, application/json; takes the bytes of body over. */
void response_json(struct response *, struct buf *body);

/* The same with a Content-Type of its own. */
void response_text(struct response *, const char *type, struct buf *body);

/*
 * 200, text/event-stream, with what keeps those between from holding it back;
 * takes the bytes of body over.  Is_open: more events follow.
 */
void response_events(struct response *, struct buf *body, bool is_open);
/* 200, application/json: the beginning of a probe, or all of it, sent as events
 * are; takes the bytes of body over. */
void response_probe(struct response *, struct buf *body, const struct probe *);
/* The same with a page that others may have too; it gets a reference. */
void response_page(struct response *, struct page *);

/* 304 or another answer without a body. */
void response_empty(struct response *, int status);

/*
 * Whatever was there is replaced by application/problem+json (RFC 9457):
 * {"type":"urn:tidemark:error:…","title","status","detail"}, no-store.
 */
void response_error(struct response *, const struct err *);
/* … of code ERR_GONE, with the oldest cursor that the log still knows, for a
 * client to go on with: "oldest". */
void response_gone(struct response *, const struct err *, struct cursor oldest);
/* … with a status of its own: 405, 406, 501 … */
void response_problem(struct response *, int status, const char *detail, ...)
    PRINTF_LIKE(3, 4);

/*
 * Does this answer wait for a gzip form that is yet to be made, and takes long?
 * (See page_is_unsqueezed(); response_head() makes it at once.)
 */
bool response_is_unsqueezed(const struct response *, struct request_form);

/*
 * The head as CGI wants it (RFC 3875 section 6.2): "Status: …\r\n", the
 * headers, Content-Length (unless it is open), Content-Encoding, Vary, an empty
 * line.  body is out: the bytes to send after it (borrowed from the page; empty
 * for HEAD and 304).
 */
void response_head(struct response *, struct request_form, struct buf *head,
    struct span *body);

/* Head and body framed for the request of that id; the caller unrefs it. */
struct frame *response_frame(struct response *, struct request_form,
    uint16_t id);

#endif /* RESPONSE_H */
