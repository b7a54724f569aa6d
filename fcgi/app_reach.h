/*
 * app_reach: what a process that answers requests can still reach.
 *
 * Floor 3.
 */
#ifndef APP_REACH_H
#define APP_REACH_H

#include <stdbool.h>

struct config;

/*
 * Enter a sandbox (sandbox.h), for ever: of all files only the folders of the
 * stores, in which readers of SQLite write what they share, and /proc, for
 * metrics.  Descriptors that are open stay.
 *
 * is_told   say in the log what the kernel lacks for it
 */
void app_reach_limit(const struct config *, bool is_told);

/*
 * What became of the stores whose folders were not there then.  NOT_YET: look
 * again; BARRED: there is one now, for a process that starts now.
 */
enum app_reach { APP_REACH_ALL, APP_REACH_NOT_YET, APP_REACH_BARRED };
enum app_reach app_reach_look(const struct config *);

#endif /* APP_REACH_H */
