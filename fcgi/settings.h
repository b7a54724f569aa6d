/*
 * settings: the configuration of a daemon, which its master reads and its
 * workers follow.  What the file said when it was read last is kept where all
 * of them can see it: a worker need not be able to open the file.
 *
 * Floor 3.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "err.h"

struct config;
struct settings; /* opaque */

/*
 * dir     serve this directory, without a file; or NULL
 * file    the configuration's file, else
 *
 * Both are borrowed.  To be made before fork(2).  ERR_SYS.
 */
const struct err *settings_new(struct settings **, const char *dir,
    const char *file) MUST_CHECK;
void settings_free(struct settings *); /* may be NULL */

/*
 * Read them from the file; free with config_free().  Errors are those of
 * config_load(): what was read before stays.
 */
const struct err *settings_read(struct settings *, struct config **) MUST_CHECK;

/* What settings_read() read last, here or in the master. */
const struct err *settings_copy(const struct settings *, struct config **)
    MUST_CHECK;

#endif /* SETTINGS_H */
