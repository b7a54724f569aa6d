/*
 * listener: the socket on which web servers reach the daemon.
 *
 * Whoever can connect can send any request, so a unix socket is 0660: put the
 * web server into the owner's group.  A path on which nobody listens any more
 * is replaced; one that is served is left alone.
 *
 * Floor 3.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "err.h"

struct listener; /* opaque */

/*
 * where is "unix:PATH" or "tcp:ADDR:PORT" (a number; IPv6 in brackets).
 * Non-blocking, backlog 4096.  ERR_BAD_REQUEST for anything else; ERR_CONFLICT
 * when somebody serves there, or the path is no socket; ERR_SYS.
 */
const struct err *listener_open(struct listener **, const char *where)
    MUST_CHECK;

/*
 * The socket that whoever started us hands over as descriptor 3, for which
 * LISTEN_PID and LISTEN_FDS (sd_listen_fds(3)) are in the environment; they
 * are taken out of it.  *out is NULL when there is none.
 *
 * where is NULL for a socket of systemd's, whose path is not ours.  For one of
 * listener_bequeath() it is what listener_open() was given.
 *
 * ERR_BAD_REQUEST for anything else than one listening socket, or when it
 * comes on top of where.
 */
enum { LISTENER_FIRST_INHERITED = 3 };
const struct err *listener_inherit(struct listener **out, const char *where)
    MUST_CHECK;

/*
 * In a child that is about to exec: the socket becomes descriptor 3, and the
 * environment says so.
 */
const struct err *listener_bequeath(const struct listener *) MUST_CHECK;

int listener_fd(const struct listener *);

/* Take no more connections.  Where nobody else has the socket, whoever
 * connects from now on is refused, not kept waiting. */
void listener_shut(struct listener *);

/* Remove the path, if it is ours and still our socket. */
void listener_remove(const struct listener *);

/* The path stays. */
void listener_close(struct listener *);

#endif /* LISTENER_H */
