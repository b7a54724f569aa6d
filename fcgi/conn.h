/*
 * conn: the connections of web servers to this process.  One request at a time
 * on each (no web server multiplexes), any number after one another when the
 * peer set FCGI_KEEP_CONN.
 *
 *   IDLE → HEAD → BODY → (PARKED) → SENDING → IDLE, or closed, or DRAINING
 *                    ├─► PROBING ⇄ SENDING
 *                    └─► GREETING → STREAMING ⇄ SENDING
 *
 * Every phase but those of waiting has a deadline here (conn.c); a parked poll
 * has its own, a stream none.  A peer that hangs up, breaks the protocol or is
 * too slow loses its connection at once, and nobody else notices.
 *
 * A stream whose peer has not taken its last event is sent no other: it is
 * held, by its cursor, and follows again when the event is gone, with all that
 * happened meanwhile in one.
 *
 * What one costs while it waits: struct conn; the buffers for reading and
 * writing belong to all connections together.
 *
 * Floor 3.
 */
#ifndef CONN_H
#define CONN_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "loop.h"
#include "park.h"

struct app;
struct conns; /* opaque: all connections of this process */
struct stats;

/* Some connection was closed: there is a free descriptor. */
typedef void conns_fn(void *arg);

/* stats: borrowed, as is all that conns_serve() is given. */
struct conns *conns_new(struct loop *, struct stats *, uint32_t conns_max,
    conns_fn *closed, void *arg);
/* Closes all of them; closed() is not called any more. */
void conns_free(struct conns *);

/* Requests that are complete from now on are for this app and park.  Streams
 * that are not in a park at the moment are sent away. */
void conns_serve(struct conns *, struct app *, struct park *);
/* What a park must be made with. */
extern const struct park_calls conns_calls;

/* Take over a connected, non-blocking descriptor. */
void conns_add(struct conns *, int fd);
uint32_t conns_n(const struct conns *);

/* The end is near: close those that have their answer, the rest when they have
 * it.  Who has just connected does so to ask, and is not turned away. */
void conns_end(struct conns *);

#endif /* CONN_H */
