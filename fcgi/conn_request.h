/*
 * conn_request: what a connection does with a request: hands it on, parks it,
 * streams, and sends what comes of it.  conn.c brings the bytes and keeps the
 * time.
 *
 * Floor 3.  A part of conn.
 */
#ifndef CONN_REQUEST_H
#define CONN_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "conn.h"
#include "loop.h"
#include "outbox.h"
#include "park.h"
#include "probe.h"
#include "receiver.h"
#include "request.h"

enum { CONN_READ_BYTES = 65536 };

enum conn_phase {
	CONN_IDLE,     /* nothing of a request is here */
	CONN_HEAD,     /* its variables are on their way */
	CONN_BODY,     /* its body is */
	CONN_PARKED,   /* it waits for news, or for a gzip form */
	CONN_PROBING,  /* a probe, between two chunks */
	CONN_GREETING, /* a stream that shows that nothing holds it back */
	CONN_STREAMING,
	CONN_SENDING,  /* the peer is slower than we */
	CONN_DRAINING, /* answered early: let the peer finish writing */
	CONN__MAX
};

struct conns {
	struct loop *loop;
	struct stats *stats;
	struct app *app;
	struct park *park;
	struct press *press;
	conns_fn *closed;
	void *arg;
	struct conn *first;
	uint32_t n;
	uint32_t n_probes;
	uint32_t conns_max;
	bool is_ending;
	struct buf params; /* the receivers' spare one */
	struct buf reply;  /* scratch */
	struct buf key;    /* of the request that is being taken; empty: none */
	char bytes[CONN_READ_BYTES];
};

struct conn {
	struct conns *set;
	struct conn *prev, *next;
	struct loop_io io;
	struct loop_timer timer; /* of phase */
	enum conn_phase phase;
	bool is_kept;    /* it has asked before */
	bool is_eof;     /* the peer will send no more */
	bool is_broken;  /* it has gone, or speaks no FastCGI */
	bool is_last;    /* close after what is in the outbox */
	bool is_drained; /* … at once: nothing is still to come */
	bool is_stream;
	bool is_greeted;   /* a stream that need not wait to follow */
	bool is_dismissed; /* … that goes when what is on its way is taken */
	struct receiver receiver;
	struct request_form form; /* of the request that waits */
	struct park_member member;
	struct wait *wait; /* of a stream that is not in the park */
	struct probe probe;
	struct press_member
	    *pressed; /* of an answer that is being compressed */
	struct outbox outbox;
	size_t queued;     /* bytes in it, as the stats know them */
	struct buf unread; /* came behind a request whose answer is not sent */
};

static inline bool
conn_is_sending(const struct conn *conn)
{
	return conn->outbox.first != NULL;
}

/* A request is complete, or too large. */
void conn_take_request(struct conn *, enum receiver_event);

/* The request has its answer, or needs none. */
void conn_end_request(struct conn *);

/* WAIT_READY_MS have passed since the first event. */
void conn_greet(struct conn *);

/* The next chunk of a probe. */
void conn_probe(struct conn *);
/* No more of them. */
void conn_end_probe(struct conn *);

/* A stream outside of the park has nothing on its way any more. */
void conn_go_on(struct conn *);

/* For the park's calls: conn.c settles the connection after them. */
void conn_answer(struct conn *, struct response *);
void conn_event(struct conn *, struct frame *);

#endif /* CONN_REQUEST_H */
