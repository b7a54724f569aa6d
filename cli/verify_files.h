/*
 * verify_files: are the entities what their files say?
 *
 * Files may change at any time, and the watcher follows.  A file that is not
 * as the watcher saw it last (inode, size, times) is looked at again, until it
 * is, or has been as it is for so long that the watcher should have seen it.
 * Where no watcher runs, that is no problem of the database, and is only told.
 *
 * Floor 3.
 */
#ifndef VERIFY_FILES_H
#define VERIFY_FILES_H

struct base;
struct report;

void verify_files(struct base *, struct report *);

/* Does the bell tell of the log that is there? */
void verify_bell(struct base *, struct report *);

#endif /* VERIFY_FILES_H */
