/*
 * workers: the processes that serve a listening socket, and the master that
 * looks after them.  A worker that ends unasked is started again, after 0.1 s
 * at first, then twice as long each time, up to 10 s; one that lived for 10 s
 * begins anew.  The master serves nothing.
 *
 *   SIGTERM, SIGINT   end all; who does not within WORKERS_END_MS is killed
 *   SIGHUP            reload here, for workers to come, and in each worker
 *   SIGUSR2           handover.h; when the new process serves, as for SIGTERM
 *   a master that dies takes its workers along (SIGTERM, by the kernel)
 *
 * Floor 3.
 */
#ifndef WORKERS_H
#define WORKERS_H

#include <stdbool.h>

#include "err.h"

struct handover;
struct listener;

enum { WORKERS_MAX = 64, WORKERS_END_MS = 4800 };

struct workers_job {
	/* In worker 0 .. n - 1; returns its exit status. */
	int (*work)(void *arg, unsigned number);
	/* In the master; false: to no avail, all goes on as it was. */
	bool (*reload)(void *arg);
	void *arg;
};

/* Returns when all workers have ended; the listener is shut then. */
const struct err *workers_run(unsigned n, struct listener *, struct handover *,
    const struct workers_job *) MUST_CHECK;

#endif /* WORKERS_H */
