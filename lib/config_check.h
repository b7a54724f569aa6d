/*
 * config_check: what depends on the file as a whole: stores that must not be
 * shared or watched, aliases that must lead somewhere.
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

#endif /* CONFIG_CHECK_H */
