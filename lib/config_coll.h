/*
 * config_coll: one collection of a configuration file.
 *
 * Floor 2.  Private to config*.c.
 */
#ifndef CONFIG_COLL_H
#define CONFIG_COLL_H

#include "config.h"
#include "config_place.h"
#include "err.h"

/* coll is zeroed storage; config_coll_fini() is due in any case. */
const struct err *config_coll_take(const struct config_place *,
    struct config_coll *) MUST_CHECK;
void config_coll_fini(struct config_coll *);

#endif /* CONFIG_COLL_H */
