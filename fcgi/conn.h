/*
 * conn: the connections of web servers to this process.  One request at a time
 * on each (no web server multiplexes), any number after one another when the
 * peer set FCGI_KEEP_CONN.
 *
 *   IDLE → HEAD → BODY → (PARKED) → SENDING → IDLE, or closed, or DRAINING
 *
 * Every phase but PARKED has a deadline here (conn.c); a parked request has
 * its wait's.  A peer that hangs up, breaks the protocol or is too slow loses
 * its connection at once, and nobody else notices.
 *
 * What one costs while parked: struct conn, its request and its wait; the
 * buffers for reading and writing belong to all connections together.
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

/* Some connection was closed: there is a free descriptor. */
typedef void conns_fn(void *arg);

struct conns *conns_new(struct loop *, uint32_t conns_max, conns_fn *closed,
    void *arg);
/* Closes all of them; closed() is not called any more. */
void conns_free(struct conns *);

/* Requests that are complete from now on are for this app and park. */
void conns_serve(struct conns *, struct app *, struct park *);
/* What a park must be made with: it answers a connection's request. */
park_fn conns_answer;

/* Take over a connected, non-blocking descriptor. */
void conns_add(struct conns *, int fd);
uint32_t conns_n(const struct conns *);

/* The end is near: close those that want nothing, the rest when answered. */
void conns_end(struct conns *);

#endif /* CONN_H */
