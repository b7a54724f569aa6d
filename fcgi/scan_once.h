/*
 * scan_once: where nobody watches, the processes that a web server starts have
 * tidemark-watcher --once do a scan when the last one is older than the
 * interval.  A request waits for it for limits.spawned_scan_ms at most.
 *
 * Whether one is due is read from the bells (scan_due.c).  One at a time is
 * done, however many ask (scan_record.c), by a process of its own
 * (scan_attendant.c).  Who may not write beside the store, since it is
 * somebody else's, has none done.
 *
 * Floor 3.
 */
#ifndef SCAN_ONCE_H
#define SCAN_ONCE_H

#include <stdbool.h>

#include "monotime.h"

struct config;
struct scan_once; /* opaque */

/*
 * To be made before anything is read from anybody, and before a sandbox is
 * entered.  The configuration is borrowed.
 *
 * is_short   for one request: should a watcher be at work now, so it will then
 */
struct scan_once *scan_once_new(const struct config *, bool is_short);
void scan_once_free(struct scan_once *); /* may be NULL; a scan goes on */

/* Do requests that come here have scans done? */
bool scan_once_is_able(const struct scan_once *);

/* Begin a scan if one is due, and see how the last one went.  Returns when to
 * call again, for who waits meanwhile. */
struct monotime scan_once_tend(struct scan_once *);

/* The same, and wait for it: what a request finds is then as fresh as can be.
 */
void scan_once_refresh(struct scan_once *);

/* For a person who finds that nobody watches: why requests do not help, and
 * what to do.  NULL: where none are spawned. */
const char *scan_once_advice(const struct scan_once *);

#endif /* SCAN_ONCE_H */
