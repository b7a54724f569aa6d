/*
 * config_check: what depends on the file as a whole: stores that must not be
 * shared or watched, published files that must not be watched, aliases that
 * must lead somewhere.
 *
 * Floor 2.  Private to config*.c.
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "config.h"
#include "config_place.h"
#include "err.h"

/* root: the place that the configuration was taken from. */
const struct err *config_check(const struct config_place *root, struct config *)
    MUST_CHECK;

/* Which collection would watch the files that are published; NULL: none. */
const char *config_publish_watcher(const struct config_project *);

#endif /* CONFIG_CHECK_H */
