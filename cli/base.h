/*
 * base: the database that a command is about: found as the other programs find
 * theirs, and opened.
 *
 * Floor 3.
 */
#ifndef BASE_H
#define BASE_H

#include <stdbool.h>
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
	bool may_be_new;      /* that file need not be there yet */
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
/* Open what was found, to read.  Also good when it is open: it is opened
 * anew, since the file was replaced. */
const struct err *base_open_found(struct base *) MUST_CHECK;

/*
 * Open what was found, to write; the bell is one to ring.  A file that is not
 * a good database would be renamed aside: read it first.
 *
 * is_alone  out: no watcher runs, and none can start until it is closed
 */
const struct err *base_open_to_write(struct base *, bool *is_alone) MUST_CHECK;

/*
 * Call fn for the project that is named, or for each one.  fn opens what was
 * found; it is closed afterwards.
 */
typedef const struct err *base_fn(struct base *, void *arg);
const struct err *base_each(const struct place *, base_fn *fn, void *arg)
    MUST_CHECK;

#endif /* BASE_H */
