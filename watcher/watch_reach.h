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
struct config_project;

/*
 * Enter a sandbox (sandbox.h), for ever.  Written to are the folders of the
 * stores alone, and those for published files.  Read is what a collection's
 * folder lies in: one that is removed and made anew, or mounted again, is
 * another to the kernel, but in the same place.  And the folder of the
 * configuration, for SIGHUP.
 */
void watch_reach_limit(const struct config *);

/* ERR_CONFLICT: there is a folder in it that only a new process can reach. */
const struct err *watch_reach_check(const struct config *) MUST_CHECK;

/*
 * The folder of its store, or the one for published files, was removed or
 * replaced: only a new process can go on.
 */
bool watch_reach_is_lost(const struct config_project *);

#endif /* WATCH_REACH_H */
