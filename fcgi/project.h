/*
 * project: one tenant as a reader sees it: its store and its bell, opened when
 * they appear and opened again when they were replaced.
 *
 * Floor 3.
 */
#ifndef PROJECT_H
#define PROJECT_H

#include <stdbool.h>

#include "bell.h"
#include "err.h"

struct config_project;
struct cursor;
struct histogram;
struct project; /* opaque */
struct store;

struct project *project_new(const struct config_project *);
void project_free(struct project *);

const char *project_name(const struct project *);
const struct config_project *project_config(const struct project *);

/*
 * The store, opened or opened again if need be; borrowed until the next call.
 * ERR_UNAVAILABLE while the watcher has not made it yet.
 */
const struct err *project_store(struct project *, struct store **) MUST_CHECK;

/*
 * project_store() failed because the sandbox of this process does not reach it:
 * its folder was made later than that, or the configuration is another one.
 */
bool project_is_barred(const struct project *);

/*
 * Where the log ends, by the bell alone, while the store is not open here: a
 * process that serves one request need not open it to say that nothing is new.
 * False: only the store knows.  A watcher that was killed may have committed
 * and not rung, and a machine that was switched off may have lost the end of
 * the log.
 */
bool project_head_by_bell(struct project *, struct cursor *head);

/*
 * A process has met a damaged page in it.  The watcher is told by the bell, and
 * alone can mend that: by beginning anew.
 */
bool project_is_damaged(const struct project *);

/* Requests have scans done while nobody watches. */
void project_have_scanned(struct project *, bool);

/*
 * Zeros while there is no bell.  Where requests have scans done, they watch:
 * the pulse of the last one is that of a watcher who lives.
 */
void project_bell(struct project *, struct bell_ring *, struct bell_pulse *);

/* bell_delays(); zeros while there is no bell. */
void project_delays(struct project *, struct histogram *);

/*
 * Put an inotify watch for the bell (or, until it exists, for its directory)
 * on a descriptor of the caller's; out: the watch.  To be called again after
 * each event, since the bell may only now have appeared.  -1 when the kernel
 * gives none: then look every 2 s only (50 ms when somebody waits).
 */
int project_watch(struct project *, int inotify_fd);

#endif /* PROJECT_H */
