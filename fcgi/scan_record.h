/*
 * scan_record: a file beside the first store of a configuration,
 * "<store>-scan", about the scans that requests have done.  It is the lock
 * under which one is done, and says when that was begun, what tidemark-watcher
 * wrote to its stderr meanwhile, and how it ended:
 *
 *   begun 1767225600000      milliseconds since 1970
 *   …                        lines of the log
 *   ended well               or "ended badly", or "ended badly, as was told"
 *
 * The lock (flock(2)) is that of an open file: who is begun with it as stdout
 * and stderr holds it until its end, whatever becomes of who has begun it.
 *
 * Floor 3.
 */
#ifndef SCAN_RECORD_H
#define SCAN_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct config;

enum scan_end {
	SCAN_NEVER,      /* none was begun yet */
	SCAN_ENDED_WELL, /* the watcher's status was 0 */
	SCAN_ENDED_BADLY,
	SCAN_ENDED_TOLD, /* badly; a log of tidemark-fcgi has it */
};

struct scan_past {
	enum scan_end end;
	int64_t begun_ms;
	struct buf said; /* the lines between */
};

/* Does this user own the files well enough to have a scan done? */
bool scan_record_is_ours(const struct config *);

/*
 * A descriptor that holds the lock until it is closed, here and in whoever was
 * given it; -1 and errno: EWOULDBLOCK while a scan is being done.
 */
int scan_record_lock(const struct config *);

/* Is a scan being done, since a request came? */
bool scan_record_is_locked(const struct config *);

/* To be freed by buf_fini(&past.said).  One that was cut short ended badly. */
struct scan_past scan_record_read(int fd);

/* The same without the lock; while a scan is being done it is SCAN_NEVER. */
struct scan_past scan_record_look(const struct config *);

/* Begin anew; then a line of a log; then how it ended.  In vain when the disk
 * is full. */
void scan_record_begin(int fd);
void scan_record_say(int fd, const char *line);
void scan_record_end(int fd, enum scan_end);

#endif /* SCAN_RECORD_H */
