/*
 * projects: all projects of a configuration, and what they share.
 *
 * Floor 3.
 */
#ifndef PROJECTS_H
#define PROJECTS_H

#include <stdbool.h>

#include "err.h"

struct config;
struct loop;
struct projects; /* opaque */

/*
 * Watch everything; config is given away, and freed here on an error, too.
 * With is_once the loop is stopped when all was scanned.
 * ERR_CONFLICT: another watcher has one of them, the text says which.
 */
const struct err *projects_open(struct projects **, struct loop *,
    struct config *, bool is_once) MUST_CHECK;

/* A clean end. */
void projects_close(struct projects *);

/*
 * Go over to another configuration.  On an error the present one stays, and
 * nothing has changed; config is given away in any case.
 */
const struct err *projects_reload(struct projects *, struct config *)
    MUST_CHECK;

/* Did one fail, for good? */
bool projects_have_failed(const struct projects *);

#endif /* PROJECTS_H */
