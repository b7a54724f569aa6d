/*
 * store_check: does a database say the same wherever it says something twice?
 * For whoever wants to be sure; nothing here is needed to work.
 *
 * Floor 2.  Include store.h.
 */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "err.h"
#include "span.h"

struct store; /* store.h */

struct store_fault {
	const char *check; /* a word for what was looked at */
	struct span where; /* "collection/id", "change 17", …; may be empty */
	struct span what;  /* what is wrong there, for a person */
};

/* Spans are borrowed for the call. */
typedef void store_fault_fn(const struct store_fault *, void *arg);

enum { STORE_FAULTS_MAX = 20 }; /* that are told of one kind */

/* Every page, index and value, as SQLite sees them; reads the whole file. */
const struct err *store_check_pages(struct store *, store_fault_fn *fn,
    void *arg) MUST_CHECK;

/*
 * Counters, links and marks, each table against the others, by statements that
 * see one moment each.  Bodies and patches are not looked into.
 */
const struct err *store_check_tables(struct store *, store_fault_fn *fn,
    void *arg) MUST_CHECK;

#endif /* STORE_CHECK_H */
