/*
 * vigil: a process that the web server has started, and that can do one thing
 * at a time, waits with one request: for the project's bell, for the peer to go
 * away, for SIGTERM; for VIGIL_MS at most, since it keeps a process of the host
 * from doing anything else.
 *
 * Floor 3.
 */
#ifndef VIGIL_H
#define VIGIL_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "span.h"

struct later;
struct response;
struct scan_once;
struct wait;

enum { VIGIL_MS = 25000 };

struct vigil {
	int signal_fd;  /* SIGTERM, SIGINT and SIGUSR1 are read from it */
	int inotify_fd; /* -1: not needed yet, or the kernel gives none */
	struct scan_once *scan; /* where nobody watches, who waits has scans
	                         * done, or would wait in vain */
};

/* Whom to watch, and how to tell him something. */
struct vigil_peer {
	int fd;
	short hangup; /* poll events beside POLLERR and POLLHUP */
	bool (*write)(void *arg, struct span); /* all of it, now; false: gone */
	void *arg;
};

/* Block the signals and open the descriptors.  The scans are borrowed. */
const struct err *vigil_init(struct vigil *, struct scan_once *) MUST_CHECK;
void vigil_fini(struct vigil *);

/* Do nothing for so long, or until SIGTERM.  False: the peer has gone. */
bool vigil_pause(const struct vigil *, const struct vigil_peer *, uint32_t ms);

/* A poll.  False: the peer has gone.  True: response is filled. */
bool vigil_poll(struct vigil *, struct wait *, const struct vigil_peer *,
    struct response *);

/* An answer that is made later.  As above. */
bool vigil_later(struct vigil *, struct later *, const struct vigil_peer *,
    struct response *);

/*
 * A stream whose first event is written: the rest of it, to bye or until the
 * peer has gone.  Takes the wait over.
 */
void vigil_stream(struct vigil *, struct wait *, const struct vigil_peer *);

#endif /* VIGIL_H */
