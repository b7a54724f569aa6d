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
 * The socket that systemd hands over (sd_listen_fds(3)); *out is NULL when
 * there is none.
 */
const struct err *listener_inherit(struct listener **out) MUST_CHECK;

int listener_fd(const struct listener *);

/* Take no more connections: whoever connects now is refused, not kept waiting.
 * In this process alone, when others share the socket. */
void listener_shut(struct listener *);

/* … and remove the path, if it is still our socket. */
void listener_close(struct listener *);

#endif /* LISTENER_H */
