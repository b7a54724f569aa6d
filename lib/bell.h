/*
 * bell: a small file beside the database, "<store>-bell", that says "look at
 * the log".  It carries no data that anybody relies on: rings merge or get
 * lost, and every waiter also looks by itself after at most 2 s.
 *
 *   offset  0  ring, 64 bytes, one pwrite(2) after each COMMIT:
 *              magic epoch seq boot time_ms pid mono_ns, then zeros
 *   offset 64  pulse, 64 bytes, stored through a mapping after each scan (no
 *              write(2), so nobody who watches the file is woken)
 *   offset 128 delays, a struct histogram in 192 bytes: from a change of a
 *              file to its commit; stored like the pulse, and never reset
 *
 * All fields are 8 bytes, host order.  A bell without delays grows when it is
 * opened to be rung; until then it has none.  The file is never replaced:
 * watches are on its inode.  An exclusive flock(2) on it is held by the one
 * watcher of a project for as long as it lives.  A listener, who may write
 * nothing, holds a shared fcntl(2) lock on the byte behind its end while it
 * meets damaged pages in the database, which the watcher then has to check.
 *
 * Floor 2.
 */
#ifndef BELL_H
#define BELL_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "monotime.h"

struct bell; /* opaque */
struct histogram;

enum bell_mode { BELL_LISTEN, BELL_RING };

struct bell_ring {
	uint64_t epoch;
	uint64_t seq;
	uint64_t boot; /* first 8 bytes of the kernel's boot id */
	struct walltime at;
	uint64_t pid;
	struct monotime struck; /* ns 0: not since this machine started */
};

enum bell_watch_mode { BELL_WATCH_NONE, BELL_WATCH_INOTIFY, BELL_WATCH_SCAN };

struct bell_pulse {
	uint64_t watcher_pid; /* 0 after a clean end */
	enum bell_watch_mode mode;
	struct walltime scanned; /* end of the last scan */
	struct walltime next;    /* when the next is due; 0 after a clean end */
	uint64_t scan_us;        /* how long it took */
	uint64_t entries;        /* files looked after */
	uint64_t problems;       /* rows in the problem table */
	uint64_t sandbox;        /* enum sandbox_part, sandbox.h */
};

/*
 * Open the bell of a store; BELL_RING makes the file where it is missing.
 * ERR_UNAVAILABLE when BELL_LISTEN finds none yet; ERR_GONE when BELL_RING has
 * no folder to make it in; ERR_SYS.
 */
const struct err *bell_open(struct bell **, const char *store_path,
    enum bell_mode) MUST_CHECK;
void bell_close(struct bell *);

/*
 * Become the project's watcher.  ERR_CONFLICT, with the pid of the holder in
 * the text, when there is one who does not end within ms (0: now).
 */
const struct err *bell_lock(struct bell *, int ms) MUST_CHECK;

/* After COMMIT.  The rest of the ring is filled in here. */
const struct err *bell_strike(struct bell *, uint64_t epoch, uint64_t seq)
    MUST_CHECK;
void bell_beat(struct bell *, const struct bell_pulse *);
/* A change was committed so many microseconds after it stood in a file. */
void bell_delay(struct bell *, int64_t us);

/*
 * One pread(2) of all of it.  ERR_UNAVAILABLE when it is not a bell (yet).
 * Times and pids that cannot be are 0.
 */
const struct err *bell_read(struct bell *, struct bell_ring *,
    struct bell_pulse *) MUST_CHECK;

/* out: since there is this bell.  ERR_SYS. */
const struct err *bell_delays(struct bell *, struct histogram *) MUST_CHECK;

/* Microseconds since the strike; -1 when nobody knows. */
int64_t bell_age_us(const struct bell_ring *, struct monotime now);

/* A listener met a damaged page, or does not any more.  In vain where the file
 * system knows no such locks. */
void bell_complain(struct bell *, bool);
/* Does any listener complain? */
bool bell_has_complaint(struct bell *);

/* Another file stands at its path by now, or none. */
bool bell_is_replaced(const struct bell *);

/* The path, for an inotify watch (IN_MODIFY); borrowed. */
const char *bell_path(const struct bell *);

/* Of the running kernel; 0 when unknown. */
uint64_t bell_boot(void);

#endif /* BELL_H */
