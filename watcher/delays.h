/*
 * delays: how long the changes of one transaction stood in their files.  A
 * file says when it changed by its ctime: every write and rename moves it, and
 * nobody can set it.  Linux may round it down to its last tick, so a delay can
 * seem longer by up to 10 ms.
 *
 * Floor 3.
 */
#ifndef DELAYS_H
#define DELAYS_H

#include <stdint.h>

#include "buf.h"

struct bell;

/* Longer than this, nobody was watching when the file changed. */
enum { DELAYS_MAX_MS = 60000 };

/* {0} holds none; free with delays_fini(). */
struct delays {
	struct buf ctimes; /* int64_t each */
};

void delays_fini(struct delays *);

/* The open transaction has a change of a file; ns since 1970. */
void delays_note(struct delays *, int64_t ctime_ns);

/* It is committed: count them in the bell. */
void delays_tell(struct delays *, struct bell *, int64_t now_ns);

/* It was rolled back. */
void delays_forget(struct delays *);

#endif /* DELAYS_H */
