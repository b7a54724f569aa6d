/*
 * beneath: opens what lies below a directory, wherever a symbolic link may
 * point: no path leads out of it.
 *
 * Floor 3.
 * Source: openat2(2); on a kernel without it (before 5.6) no symbolic link is
 * followed at all.
 */
#ifndef BENEATH_H
#define BENEATH_H

#include <stdbool.h>
#include <stdint.h>

#include "seen.h"

/* What one look at an inode tells. */
struct beneath_stat {
	struct seen_stat stat;
	uint64_t dev;
	uint32_t mode;  /* as in struct stat */
	bool is_shared; /* it has other names, too */
};

/*
 * Each returns a descriptor, or -1 and errno.  EXDEV or ELOOP: a link leads
 * out of the root, or is where none may be.
 */
int beneath_open_dir(int root, const char *path); /* "" is the root */
int beneath_open_file(int root, const char *path);
/* One name in a directory that itself was opened in this way. */
int beneath_open_name(int dir, const char *name);
/* Links that stay below the root are followed. */
int beneath_open_link(int root, const char *path);

/* Of an open descriptor; 0, or -1 and errno. */
int beneath_stat(int fd, struct beneath_stat *);
/* The same by path, relative to an open directory; no last link is followed. */
int beneath_stat_at(int dir, const char *path, struct beneath_stat *);

/* Has this open directory no entries?  Its position is moved. */
bool beneath_is_empty(int dir);

#endif /* BENEATH_H */
