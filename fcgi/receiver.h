/*
 * receiver: the listening half of a FastCGI connection.  Bytes, in whatever
 * pieces they arrive, become one request at a time.  Pure: no sockets, no
 * clock; what has to be said back at once is put into a buffer.
 *
 *   IDLE ──BEGIN──► PARAMS ──empty PARAMS──► STDIN ──empty STDIN──► BUSY
 *     ▲                 │ too much: REFUSED     │ too much: REFUSED    │
 *     └─────────────────┴─── receiver_done() or ABORT ◄────────────────┘
 *
 * Rules (FastCGI 1.0), each tested:
 *   - version 1 only; id 0 is for management records only, and those come
 *     with id 0 only; anything else is BROKEN;
 *   - one request at a time: a BEGIN with another id while one is on its way
 *     is answered with CANT_MPX_CONN, with the same id it is BROKEN;
 *   - roles but RESPONDER are answered with UNKNOWN_ROLE;
 *   - records of requests that are over, or that were refused, are skipped;
 *   - a body is counted and dropped: no handler takes one.
 *
 * Limits: RECEIVER_PARAMS_MAX for all variables together (HTTP 431), since a
 * web server limits its clients' headers to less; RECEIVER_BODY_MAX (413).
 *
 * Floor 3.
 */
#ifndef RECEIVER_H
#define RECEIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "record.h"
#include "span.h"

enum {
	RECEIVER_PARAMS_MAX = 65536,
	RECEIVER_BODY_MAX = 1048576,
	RECEIVER_VALUES_MAX = 1024, /* content of a GET_VALUES */
};

enum receiver_state {
	RECEIVER_IDLE,
	RECEIVER_PARAMS,
	RECEIVER_STDIN,
	RECEIVER_BUSY, /* handed over, not answered yet */
};

enum receiver_event {
	RECEIVER_MORE,         /* nothing yet; all bytes are taken */
	RECEIVER_REQUEST,      /* complete: answer it, then receiver_done() */
	RECEIVER_PARAMS_LIMIT, /* too large: answer 431, then receiver_done() */
	RECEIVER_BODY_LIMIT,   /* 413 */
	RECEIVER_ABORTED,      /* the request was given up; it is over */
	RECEIVER_ROLE,         /* an unknown role was refused; it is over */
	RECEIVER_BROKEN,       /* this is no FastCGI: close */
};

struct receiver {
	enum receiver_state state;
	uint16_t id;        /* of the request, while there is one */
	bool keeps;         /* its FCGI_KEEP_CONN, good after it is over too */
	bool has_all;       /* nothing of it is still to come */
	uint32_t conns_max; /* what GET_VALUES is told */
	uint32_t body_bytes;
	struct buf params; /* the PARAMS stream so far */
	struct buf *spare; /* memory for it that was used before; NULL: none */
	/* The record that is being read. */
	uint8_t head[RECORD_HEAD_BYTES];
	uint8_t head_bytes; /* how much of head is there */
	uint8_t padding_left;
	uint16_t content_left;
	uint8_t begin[8];   /* content of a BEGIN */
	struct buf content; /* of a GET_VALUES */
};

/* spare: shared by many receivers, since few have variables at the same time;
 * the caller's; NULL for none. */
void receiver_init(struct receiver *, uint32_t conns_max, struct buf *spare);
void receiver_fini(struct receiver *);

/*
 * Take bytes off *in until there is an event.  Records to send back are
 * appended to reply.  Not to be called again after RECEIVER_BROKEN.
 */
enum receiver_event receiver_take(struct receiver *, struct span *in,
    struct buf *reply);

/*
 * The variables of a request, taken apart once for all who ask; those beyond
 * the first so many are looked for again each time.
 */
enum { RECEIVER_PAIRS = 64 };

struct receiver_variables {
	struct record_pair pair[RECEIVER_PAIRS];
	size_t n;
	struct span rest;
};

/* Borrowed until receiver_forget() or receiver_done(). */
void receiver_variables(const struct receiver *, struct receiver_variables *);

/* The first of that name, or an empty span (a request_env_fn). */
struct span receiver_variable(void *variables, const char *name);

/* Free the bytes of the variables: a waiting request does not need them. */
void receiver_forget(struct receiver *);

/* The request has its answer: the next one may come. */
void receiver_done(struct receiver *);

/* Nothing of a request or record has arrived. */
bool receiver_is_quiet(const struct receiver *);

#endif /* RECEIVER_H */
