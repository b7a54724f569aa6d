/*
 * handover: SIGUSR2 changes the program under a socket that stays open.
 *
 * The process that owns the socket, the master of those that serve it,
 * starts anew the file that it was itself started from, with the same
 * arguments.  Beside 0, 1 and 2 the new process is given two descriptors:
 *
 *   3, LISTEN_FDS …            the socket: listener.h
 *   4, TIDEMARK_HANDOVER=PID   one end of a socket pair; for process PID
 *
 *   old                                 new
 *   starts it, serves on
 *                                       reads its configuration, accepts
 *                                       connections, writes a byte (each of
 *                                       its workers does)
 *   puts the new pid into the pid file,
 *   shuts its end of the pair, ends as
 *   for SIGTERM                         is the owner
 *
 * Until then the old one is the owner.  A new one that ends, which shuts the
 * other end of the pair, or is ended because it says nothing for HANDOVER_MS,
 * leaves the path of the socket and the pid file alone, and the old one goes
 * on.  When the old one dies, the new one is the owner at once.
 *
 * Floor 3.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

#include "err.h"

struct handover; /* opaque: both sides, that to our predecessor as well */
struct listener;
struct loop;

enum { HANDOVER_MS = 10000, HANDOVER_KILL_MS = 5000 };

/* The new process serves: end. */
typedef void handover_fn(void *arg);

/*
 * argv as main() got it, in that order; pid_file or NULL.  All is borrowed.
 * Takes TIDEMARK_HANDOVER out of the environment.
 */
struct handover *handover_new(char *const *argv, const struct listener *,
    const char *pid_file);
void handover_free(struct handover *);

/* Does this process, when it ends, remove the path of the socket? */
bool handover_is_owner(const struct handover *);

/* Connections are accepted here: whoever started us may go. */
void handover_serves(struct handover *);

/*
 * SIGUSR2 starts a new process from now on, or when whoever started us has let
 * go; done is called once, when it serves.  The caller watches SIGCHLD and then
 * calls handover_reap().  In a process that has called handover_leave() nothing
 * is watched.
 */
const struct err *handover_watch(struct handover *, struct loop *,
    handover_fn *done, void *arg) MUST_CHECK;
void handover_reap(struct handover *);

/* We end: no process is started any more, and one that is starting ends too. */
void handover_cancel(struct handover *);

/* In a process that was forked from the owner: it is not the owner. */
void handover_leave(struct handover *);

#endif /* HANDOVER_H */
