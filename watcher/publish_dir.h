/*
 * publish_dir: the folder of a project's published files, and how they get
 * there: under a hidden name beside the one that is to be, renamed when they
 * are whole.  So nobody ever reads half of one, also when we are killed.
 *
 * Nothing waits for the disk (no fsync): what a killed process has written is
 * there.  After a power cut it need not be, so nothing that was published
 * before the machine started is gone on from (publish.h).
 *
 * Errors name a file below the folder, never where that is: they are shown to
 * clients.
 *
 * Floor 3.
 */
#ifndef PUBLISH_DIR_H
#define PUBLISH_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "span.h"

struct publish_dir; /* opaque */

/*
 * dir/project, both made where they are missing.  ERR_CONFLICT: another process
 * publishes there; ERR_SYS.
 */
const struct err *publish_dir_open(struct publish_dir **, const char *dir,
    const char *project) MUST_CHECK;
void publish_dir_close(struct publish_dir *); /* may be NULL */

/* Is it still what is found under its name? */
bool publish_dir_is_there(const struct publish_dir *);

/* Names are relative, with one folder at most; that is made. */
const struct err *publish_dir_write(struct publish_dir *, const char *name,
    struct span bytes) MUST_CHECK;

/* At most most bytes from its beginning.  ERR_NOT_FOUND; ERR_SYS. */
const struct err *publish_dir_read(struct publish_dir *, const char *name,
    size_t most, struct buf *out) MUST_CHECK;

struct publish_stat {
	uint64_t bytes;
	int64_t age_ms; /* since it was written, or marked as of no use */
};

/* False: there is no such file. */
bool publish_dir_stat(const struct publish_dir *, const char *name,
    struct publish_stat *);

/* Its time is now; it need not be there. */
void publish_dir_touch(const struct publish_dir *, const char *name);
/* They need not be there; a folder stays unless it is empty. */
void publish_dir_remove(const struct publish_dir *, const char *name);
void publish_dir_remove_folder(const struct publish_dir *, const char *name);

/* What is in it, hidden files too, each with what is said of it. */
typedef void publish_dir_fn(void *arg, const char *name, bool is_folder);
const struct err *publish_dir_each(const struct publish_dir *, publish_dir_fn *,
    void *arg) MUST_CHECK;

/* --- a file that is written piece by piece --- */

struct publish_file {
	struct publish_dir *dir; /* borrowed */
	char *name, *hidden;
	int fd; /* -1 once all is written */
	uint64_t bytes;
};

const struct err *publish_file_create(struct publish_file *,
    struct publish_dir *, const char *name) MUST_CHECK;
const struct err *publish_file_write(struct publish_file *, struct span)
    MUST_CHECK;
const struct err *publish_file_end(struct publish_file *) MUST_CHECK;
/* Under its own name, in place of the one before. */
const struct err *publish_file_put(struct publish_file *) MUST_CHECK;
/* {0} is good; what was not put is removed. */
void publish_file_fini(struct publish_file *);

#endif /* PUBLISH_DIR_H */
