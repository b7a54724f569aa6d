/*
 * watch: one project at work: its store, bell and lock, and its collections.
 *
 * When a transaction fails (disk full, database broken or replaced), nothing
 * in memory is believed any more: everything is closed, and begun again from
 * the store and the files after a while.
 *
 * Floor 3.
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "delays.h"
#include "err.h"
#include "json.h"
#include "list.h"
#include "loop.h"
#include "problem.h"
#include "retain.h"

struct bell;
struct config_coll;
struct config_project;
struct coll;
struct every;
struct hint;
struct intake;
struct publish;
struct store;

enum { WATCH_REVIVE_MS_MIN = 1000, WATCH_REVIVE_MS_MAX = 30000 };

/* What all projects of a process share. */
struct watch_env {
	struct loop *loop;
	struct hint *hint; /* NULL: everything is scanned */
	bool is_once;      /* one full scan, then done */
	uint32_t poll_ms;  /* what clients that poll are told */
	void (*on_done)(void *arg, bool is_failed); /* is_once */
	void (*on_lost)(void *arg); /* a new process could go on */
	void *arg;
};

struct watch {
	const struct watch_env *env;
	const struct config_project *conf;
	struct store *store;
	struct bell *bell;
	struct intake *intake;
	struct problems problems;
	struct delays delays;
	struct link colls; /* struct coll; the next one to get its turn first */
	struct publish *publish; /* NULL unless it is to be */
	struct every *every;     /* NULL unless every sub-directory is one */

	struct retain retain;
	struct loop_timer work, rows, keep, revive;
	struct monotime pace;     /* hints wait until then */
	struct monotime quiet;    /* since then nothing was to be done */
	struct monotime rows_due; /* since then rows are to be written */
	uint64_t scan_us;         /* of the last scan, of any collection … */
	struct walltime scanned;  /* … and its end */
	uint32_t revive_ms;
	struct monotime check_after; /* before that, no complaint is heard */
	bool is_hinted;              /* since the last slice */
	bool is_scanned;             /* a scan ended in this slice */
	bool is_told;                /* the pulse says what is so */
	bool is_failed;              /* until everything was begun again */
	bool is_done;                /* is_once: on_done was called */

	/* Scratch, good until the next call of whoever uses it. */
	struct buf path, id, bytes, text;
	struct json doc, part;
};

/*
 * ERR_CONFLICT: another watcher has the project, the text says which; else
 * ERR_STORE, ERR_SYS.  env and conf are borrowed.
 */
const struct err *watch_open(struct watch **, const struct watch_env *,
    const struct config_project *conf) MUST_CHECK;

/* A clean end: what is known of the files is written to the store. */
void watch_close(struct watch *);

/*
 * Another configuration for the same store: what is not changed goes on, and
 * is looked at fully.
 */
void watch_reload(struct watch *, const struct config_project *conf);

/* Events are missing, or may be: look at everything. */
void watch_hurry(struct watch *);

/* A transaction is open, or the watch has failed. */
const struct err *watch_begin(struct watch *) MUST_CHECK;
/* Commit the one that is open; and ring. */
const struct err *watch_commit(struct watch *) MUST_CHECK;
/* Pass a store's error on, and remember that the watch has failed. */
const struct err *watch_failed(struct watch *, const struct err *) MUST_CHECK;
/* Is the store still the file at its path, and the bell? */
const struct err *watch_check(struct watch *) MUST_CHECK;
/* Give everything up, and begin again after a while. */
void watch_fail(struct watch *, const struct err *);

/* The collection of that name, but for one that is leaving; NULL: none. */
struct coll *watch_coll(const struct watch *, const char *name);
/* Begin one.  own: conf is freed with it, or here when that fails. */
const struct err *watch_add(struct watch *, const struct config_coll *conf,
    bool own) MUST_CHECK;

#endif /* WATCH_H */
