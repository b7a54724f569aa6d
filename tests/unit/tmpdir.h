/*
 * tmpdir: one directory for a test program, removed with its contents when
 * the program ends.
 *
 *	f = fopen(tmpdir_path("a.json"), "w");
 */
#ifndef TMPDIR_H
#define TMPDIR_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static pid_t tmpdir_owner;          /* 0: none made yet; never a child's */
static char tmpdir_name[4096 - 64]; /* leaves room for a name below it */

static inline int
tmpdir_unlink(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static inline void
tmpdir_remove(void)
{
	if (tmpdir_owner == getpid())
		(void)nftw(tmpdir_name, tmpdir_unlink, 16,
		    FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* A directory of this program alone, gone with its contents at exit. */
static inline const char *
tmpdir(void)
{
	const char *root = getenv("TMPDIR");

	if (tmpdir_owner != 0)
		return tmpdir_name;
	(void)snprintf(tmpdir_name, sizeof(tmpdir_name), "%s/tidemark.XXXXXX",
	    root != NULL ? root : "/tmp");
	if (mkdtemp(tmpdir_name) == NULL) {
		printf("Bail out! no temporary directory %s\n", tmpdir_name);
		exit(1);
	}
	tmpdir_owner = getpid();
	(void)atexit(tmpdir_remove);
	return tmpdir_name;
}

/* "a/b" in the temporary directory; good until the eighth call from now. */
static inline const char *
tmpdir_path(const char *name)
{
	static char paths[8][4096];
	static unsigned int next;
	char *path = paths[next++ % 8];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", tmpdir(), name);
	return path;
}

#endif /* TMPDIR_H */
