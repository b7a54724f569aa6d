/*
 * hint: inotify says "look here soon".  It is never the truth: events get
 * lost, come late or not at all, and everything is scanned besides.
 *
 * One instance serves a process.  Two owners may watch one directory (two
 * collections in one folder): they share the kernel's watch.
 *
 * Floor 3.
 * Source: inotify(7); of libinotify-tools only its header is used, since the
 * library has no descriptor that a loop could wait on.
 */
#ifndef HINT_H
#define HINT_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "list.h"
#include "span.h"
#include "table.h"

struct hint; /* opaque */
struct loop;
struct hint_watch;

/*
 * events  IN_… as inotify(7) has them; with IN_IGNORED the watch is off
 * name    within the directory; empty: the directory itself
 */
typedef void hint_event_fn(struct hint_watch *, uint32_t events,
    struct span name);

/* After all events that were there have been handed over.  is_lost: the
 * kernel's queue was full, so any event may be missing. */
typedef void hint_round_fn(void *arg, bool is_lost);

struct hint_watch {
	struct table_node node; /* of the first owner only */
	struct link same;       /* ring of the owners of one watch */
	int wd;                 /* -1: off */
	bool is_first;
	hint_event_fn *fn;
};

/* ERR_SYS when the kernel gives no (more) instances. */
const struct err *hint_open(struct hint **, struct loop *, hint_round_fn *,
    void *arg) MUST_CHECK;
void hint_close(struct hint *);

/*
 * Watch a directory; w->fn is set.  False when it cannot be watched, and the
 * caller scans instead; that the limit is reached is logged here, once.
 */
bool hint_add(struct hint *, struct hint_watch *w, const char *path);

/* Also good for one that is off. */
void hint_remove(struct hint *, struct hint_watch *w);

#endif /* HINT_H */
