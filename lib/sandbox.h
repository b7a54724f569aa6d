/*
 * sandbox: what a process gives up once it has started, so that whoever makes
 * it do something by what it reads can do little with it.  Three parts, each
 * of which the kernel may lack:
 *
 *   no_new_privs   no program that it might start has more rights than it has
 *   Landlock       files below the folders that it was allowed; no TCP; no
 *                  signals to others
 *   seccomp        the system calls of sandbox_calls.c, and no other
 *
 * There is no way back, for what it starts neither.  What is refused fails as
 * any system call may, with EACCES by Landlock, EPERM or ENOSYS by seccomp:
 * the process reports it and goes on.  It is not killed: a C library that tries
 * a new call first and an old one then would be ended for that.
 *
 * Landlock knows a folder by its inode, not by its name: one that is made anew
 * in the place of another is out of reach.
 *
 * Builds with WITHOUT_SANDBOX (sanitizers, coverage) enter none: their
 * instruments need files and system calls of their own.
 *
 * Floor 2.
 * Source: https://docs.kernel.org/userspace-api/landlock.html, seccomp(2).
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

struct buf;
struct sandbox; /* opaque: one that is being prepared */

/* Bits; in the pulse of a bell as well (bell.h). */
enum sandbox_part {
	SANDBOX_ENTERED = 1, /* tried, at least */
	SANDBOX_NO_NEW_PRIVS = 2,
	SANDBOX_LANDLOCK = 4,
	SANDBOX_SECCOMP = 8,
	SANDBOX_WHOLE = 15,
};

/* The more, the later. */
enum sandbox_access {
	/* The file, or what is in the folder and below.  Where it is not there
	 * yet, that above it which is. */
	SANDBOX_READ,
	/* The same, but its folders are not listed. */
	SANDBOX_READ_FILES,
	/* Files in it are made, written, renamed and removed as well.  Where
	 * it is not there yet, nothing. */
	SANDBOX_WRITE,
	/* And folders are made and removed. */
	SANDBOX_WRITE_FOLDERS,
};

struct sandbox *sandbox_new(void);
/* path: absolute. */
void sandbox_allow(struct sandbox *, enum sandbox_access, const char *path);
/* The folder that a file is in, and where it is a link, that of the file. */
void sandbox_allow_beside(struct sandbox *, enum sandbox_access,
    const char *file);
/* No way back.  Frees it; tells the log what the kernel lacks for it, unless
 * whose, the program's name, is NULL. */
void sandbox_enter(struct sandbox *, const char *whose);

/* The parts that this process is in; 0: it has entered none. */
unsigned sandbox_parts(void);

/*
 * Is it the sandbox that keeps this process from a folder that it could read
 * otherwise?  Then a process that starts now can be allowed it.
 */
bool sandbox_bars(const char *folder);

/*
 * Append sentences for a person that say what is missing, and what that means;
 * nothing when nothing is.
 *
 * whose   the program's name
 */
void sandbox_explain(unsigned parts, const char *whose, struct buf *);

#endif /* SANDBOX_H */
