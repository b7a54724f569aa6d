/*
 * look: one look at one file.  As it was (inode, size, times) → nothing.
 * Else it is read, and what came of it depends:
 *
 *   - good: its entities are up to date.  If it was written less than
 *     LOOK_RACY_MS ago, it is read again at the next scan, since a clock may
 *     tick more slowly than files are written.
 *   - half written (it does not parse, or changed while it was read), or
 *     unreadable: it is looked at again after 20, 50 and 200 ms; then it is a
 *     problem, until it is good.  Its last good version stays.
 *   - beyond a limit, an id that another file has: a problem at once.
 *   - not there: looked for once more after 20 ms, since many a program
 *     renames the old file away before it writes the new one; then its
 *     entities are deleted.
 *
 * Floor 3.
 */
#ifndef LOOK_H
#define LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct coll;
struct seen_dir;
struct seen_file;

enum { LOOK_RACY_MS = 20 };

/* Where to find the file: relative to an open directory. */
struct look_at {
	int dir;         /* -1: by its path below coll->root_fd */
	bool is_regular; /* the directory's listing says so */
};

/*
 * Between coll_enter() and coll_leave().  The file may be freed.  An error:
 * the watch has failed; what is wrong with the file is no error.
 */
const struct err *look(struct coll *, struct seen_file *, struct look_at)
    MUST_CHECK;

/* A time (ns since 1970) so close to now that the next may be equal. */
bool look_is_racy(int64_t mtime_ns, int64_t ctime_ns);

/* A directory is no longer there: so with all that is in it. */
void look_dir_gone(struct coll *, struct seen_dir *);

#endif /* LOOK_H */
