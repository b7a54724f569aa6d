/*
 * door: the two ways in.  Both hand requests to route().
 *
 * door_daemon   we listen on a socket and speak FastCGI records ourselves, on
 *               one epoll loop; waiting requests are parked in it.
 * door_spawned  the web server started us: FastCGI on descriptor 0, or plain
 *               CGI; one request at a time, a waiting one waits on the bell.
 *
 * Floor 3.
 */
#ifndef DOOR_H
#define DOOR_H

#include <stdbool.h>

#include "err.h"

struct config;
struct handover;
struct listener;
struct scan_once;
struct stats;

/* The configuration as it is now; free with config_free(). */
typedef const struct err *door_config_fn(void *arg, struct config **);

/*
 * Serve until SIGTERM or SIGINT; then answer every waiter and return within
 * DOOR_END_MS.  SIGHUP asks reload for the configuration: new requests follow
 * it, those that wait end under the old one.
 *
 * Takes the configuration over; what happens is counted in stats.  Shuts the
 * listener, but leaves it to be closed by the caller.
 */
enum { DOOR_END_MS = 4000 };
const struct err *door_daemon(struct config *, struct stats *,
    struct listener *, struct handover *, door_config_fn *reload, void *arg)
    MUST_CHECK;

/* Did a web server start us, and how? */
enum door_spawn { DOOR_NOT_SPAWNED, DOOR_FASTCGI, DOOR_CGI };
enum door_spawn door_spawn(void);

/* Serve what the web server hands over; returns when it wants no more.  All are
 * borrowed. */
const struct err *door_spawned(const struct config *, struct scan_once *,
    enum door_spawn) MUST_CHECK;

#endif /* DOOR_H */
