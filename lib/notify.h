/*
 * notify: what a service tells whoever looks after it, as systemd wants it: a
 * datagram to the socket that NOTIFY_SOCKET names.  Without that variable
 * nothing is told.
 *
 * Floor 2.
 * Source: sd_notify(3), sd_watchdog_enabled(3).
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdint.h>

#include "loop.h"

/* Lines as in sd_notify(3): "READY=1", "STOPPING=1" …  What cannot be sent is
 * logged: the service itself goes on. */
void notify(const char *lines);

/* In a process that was forked from the service: it is not the service. */
void notify_leave(void);

/* Says that a loop still turns; storage is the caller's. */
struct notify_watchdog {
	struct loop *loop;
	struct loop_timer timer;
	int64_t every_ms;
};

/* Begin, if WATCHDOG_USEC (for this process, WATCHDOG_PID) asks for it: twice
 * in that time.  Runs until the loop ends. */
void notify_watchdog_start(struct notify_watchdog *, struct loop *);

#endif /* NOTIFY_H */
