/*
 * watch_reach: what the watcher can still reach once it has started.
 *
 * Floor 3.
 */
#ifndef WATCH_REACH_H
#define WATCH_REACH_H

#include <stdbool.h>

#include "err.h"

struct config;
struct watch;

/*
 * Enter a sandbox (sandbox.h), for ever.  Written to are the folders of the
 * stores and those for published files, and what they lie in, where this
 * process could make them anew; read is what a collection's folder lies in: one
 * that is removed and made anew, or mounted again, is another to the kernel,
 * but in the same place.  And the folder of the configuration, for SIGHUP.
 *
 * is_told   say in the log what the kernel lacks for it
 */
void watch_reach_limit(const struct config *, bool is_told);

/* ERR_CONFLICT: there is a folder in it that only a new process can reach. */
const struct err *watch_reach_check(const struct config *) MUST_CHECK;

/*
 * Has it failed, by err, because the folder of its store, or the one for
 * published files, was removed or replaced?  Then only a new process can go on,
 * and this one ends.
 */
bool watch_reach_end_if_lost(const struct watch *, const struct err *);

/* The same of a folder that files are looked for in, and cannot be opened. */
void watch_reach_end_if_barred(const struct watch *, const char *folder);

#endif /* WATCH_REACH_H */
