/*
 * base: the database that a command is about: found as the other programs find
 * theirs, and opened.
 *
 * Floor 3.
 */
#ifndef BASE_H
#define BASE_H

#include <stddef.h>

#include "err.h"
#include "store.h"

struct bell;
struct config;
struct config_project;

/* What the command line says; each may be NULL. */
struct place {
	const char *config;   /* -c */
	const char *project;  /* -p */
	const char *database; /* -d: a database file or a directory of state */
};

/* {0} may be closed. */
struct base {
	const struct config_project *project; /* NULL: no configuration */
	const char *path;                     /* of the database file */
	struct store *store;
	struct bell *bell; /* NULL: nobody has made one yet */
	struct config *config;
};

/*
 * The one that is meant.  A bell is opened to listen.  ERR_BAD_REQUEST when
 * the place names none, or one of several must be chosen; ERR_UNAVAILABLE when
 * there is no database yet.
 */
const struct err *base_open(struct base *, const struct place *) MUST_CHECK;
void base_close(struct base *);

/* Only where it is: path and project are set, nothing is opened. */
const struct err *base_find(struct base *, const struct place *) MUST_CHECK;
/* Open what was found; to write, too: then the bell is one to ring. */
const struct err *base_open_found(struct base *, enum store_mode) MUST_CHECK;

/* Open anew, since the file was replaced. */
const struct err *base_reopen(struct base *) MUST_CHECK;

/*
 * Call fn for the project that is named, or for each one.  fn opens what was
 * found; it is closed afterwards.
 */
typedef const struct err *base_fn(struct base *, void *arg);
const struct err *base_each(const struct place *, base_fn *, void *arg)
    MUST_CHECK;

#endif /* BASE_H */
