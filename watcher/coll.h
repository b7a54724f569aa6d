/*
 * coll: one collection at work: what was seen of its directory, which file
 * feeds which entity, what is due, and the way of its entities to the store.
 *
 * A collection whose directory is away:
 *   - not there: a problem.  Missing in two scans, an interval apart, while
 *     the place where it was is on the same device as before, it was removed:
 *     its entities are deleted.  Else something is unmounted (or was never
 *     mounted): they stay.
 *   - empty, and on another device than before: unmounted; they stay.
 *   - there again: the problem is solved, everything is looked at.
 * The device is kept over restarts, as the row "." of the store's cache.
 *
 * Floor 3.
 */
#ifndef COLL_H
#define COLL_H

#include <stdbool.h>
#include <stdint.h>

#include "claim.h"
#include "config.h"
#include "diff.h"
#include "due.h"
#include "err.h"
#include "list.h"
#include "loop.h"
#include "scan.h"
#include "seen.h"
#include "span.h"

struct json;
struct source;
struct watch;

struct coll {
	struct watch *watch;
	struct link in_watch;
	const struct config_coll *conf;
	struct config_coll *own_conf; /* the same, when it is ours to free */
	const struct source *source;
	struct diff_options diff;
	uint32_t cid;
	uint32_t mark;    /* the newest given to claims */
	uint32_t listing; /* of struct every, in which it was met */

	struct seen seen;
	struct claims claims;
	struct due due;
	struct link dirs_due; /* directories to be listed soon */
	struct link rows;     /* files whose rows are to be written */
	struct scan scan;
	struct loop_timer tick;

	int root_fd;       /* -1 except while it is worked on */
	uint32_t n_freed;  /* ids that nothing claims any more, so far */
	uint32_t n_away;   /* scans in a row that found no directory */
	bool is_remote;    /* a file system on which inotify is silent */
	bool is_root_kept; /* the row "." is as the root is */
	bool is_ticked;    /* for the first time, at least */
	bool is_away;
	bool is_watched;  /* every directory of it has a watch */
	bool is_crawled;  /* the first full scan is through */
	bool is_ended;    /* a scan, and coll_settle() has not seen it */
	bool is_settled;  /* … and all that followed from it is done */
	bool is_sweeping; /* what is nobody's is being deleted */
	bool is_leaving;  /* no longer wanted: freed when it is empty */
	bool is_hurried;  /* scan as soon as possible, fully */
};

/* Loads what the store has.  own: free conf with it. */
const struct err *coll_open(struct coll **, struct watch *,
    const struct config_coll *conf, bool own) MUST_CHECK;
void coll_close(struct coll *);

struct span coll_name(const struct coll *);

/*
 * Open the root to work on it; false (and the problem is set) when it is
 * away.  Until coll_leave() the collection's root_fd is good.
 */
bool coll_enter(struct coll *);
void coll_leave(struct coll *);

/* A scan is due: begin it, or count the directory as away. */
void coll_tick(struct coll *);
void coll_tick_at(struct coll *, struct monotime);

/* Another, equal configuration, which stays longer than the present one. */
void coll_reconfigure(struct coll *, const struct config_coll *);

/* Nothing that it has is wanted any more: delete it, then go. */
void coll_dismiss(struct coll *);

/*
 * A scan has ended, and nothing that it found is left to be looked at again.
 * So a problem that was not met again is none; and when every directory could
 * be read, what is nobody's is to be deleted.
 */
void coll_settle(struct coll *);

/* Is there work that needs no waiting? */
bool coll_is_busy(const struct coll *);
/* Neither that, nor a file that waits for less than the next scan. */
bool coll_is_quiet(const struct coll *);
/* … and it was scanned, and nothing follows from that any more. */
bool coll_is_settled(const struct coll *);

/*
 * The entity of that id, for the file.  ERR_BAD_REQUEST: it is no id;
 * ERR_CONFLICT: it is another file's; ERR_LIMIT: the collection is full.
 */
const struct err *coll_claim(struct coll *, struct seen_file *, struct span id,
    struct claim **) MUST_CHECK;
/* ERR_STORE and the like: the watch has failed, say it upwards. */
const struct err *coll_put(struct coll *, struct claim *, const struct json *)
    MUST_CHECK;
/* claim is freed. */
const struct err *coll_delete(struct coll *, struct claim *) MUST_CHECK;
/* Delete some of what is nobody's; until the slice ends. */
const struct err *coll_sweep(struct coll *, struct slice *) MUST_CHECK;

/* id: as it is; what is not readable in it is made so. */
void coll_problem(struct coll *, struct span id, const char *reason,
    const void *owner);
void coll_solved(struct coll *, struct span id);

#endif /* COLL_H */
