/*
 * tidemark compact: lets the oldest changes go, and gives the room back.
 *
 * Two writers take turns (BEGIN IMMEDIATE), so trimming is safe beside a
 * watcher: short transactions, with time for the other between them.  Writing
 * the file anew is one long transaction, for which a watcher would have to
 * wait, and so would what it has to tell: where one runs it is left out,
 * unless it is asked for.  Where none runs, its lock is held meanwhile.
 */
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "amount.h"
#include "base.h"
#include "bell.h"
#include "buf.h"
#include "cmd.h"
#include "cursor.h"
#include "moment.h"
#include "options.h"
#include "out.h"
#include "store.h"
#include "store_trim.h"

enum { COMPACT_CHANGES, COMPACT_DAYS, COMPACT_VACUUM };

enum {
	STEPS = 500, /* of a transaction: a few ms */
	STEPS_ALONE = 20000,
	TURN_MS = 20, /* for the other writer */
	DAYS_MAX = 36500,
	DAY_MS = 86400000,
};

struct compact {
	struct store *store;
	bool is_alone; /* no watcher runs, and none can start */
	bool is_vacuum;
	uint64_t bytes_before, bytes_after;
	struct store_state before, after;
};

static uint64_t
bytes_of(const char *path)
{
	static const char *const suffixes[] = { "", "-wal" };
	struct buf name = { 0 };
	uint64_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		struct stat st;

		buf_clear(&name);
		buf_printf(&name, "%s%s", path, suffixes[i]);
		if (stat(buf_cstr(&name), &st) == 0)
			n += (uint64_t)st.st_size;
	}
	buf_fini(&name);
	return n;
}

/* The floor that is wanted; that of now when nothing is to go. */
static const struct err *
find_floor(struct compact *c, const struct cmd_call *call, uint64_t *floor)
{
	struct moment moment = { .is_time = true, .time = walltime_now() };
	struct cursor at, oldest;
	uint64_t n = 0;
	const struct err *err = NULL;

	*floor = c->before.floor;
	if (call->value[COMPACT_CHANGES] != NULL) {
		err = options_number("keep-changes",
		    call->value[COMPACT_CHANGES], CURSOR_SEQ_MAX, &n);
		if (err == NULL && n < c->before.head - *floor)
			*floor = c->before.head - n;
	}
	if (err != NULL || call->value[COMPACT_DAYS] == NULL)
		return err;
	err = options_number("keep-days", call->value[COMPACT_DAYS], DAYS_MAX,
	    &n);
	if (err != NULL)
		return err;
	moment.time.ms -= (int64_t)n * DAY_MS;
	err = moment_find(c->store, &moment, &at, &oldest);
	if (err == NULL && at.seq > *floor)
		*floor = at.seq;
	/* All of the log is younger. */
	return err != NULL && err->code == ERR_GONE ? NULL : err;
}

/* On a terminal, so that nobody thinks that it hangs. */
static void
tell_progress(uint64_t done, uint64_t all)
{
	if (isatty(STDERR_FILENO) == 1 && all > 0)
		(void)fprintf(stderr, "\rtrimming: %3llu %%%s",
		    (unsigned long long)(done * 100 / all),
		    done >= all ? "\n" : "");
}

static const struct err *
trim_some(struct compact *c, uint64_t floor, bool *is_done)
{
	const struct err *err = store_begin(c->store);

	if (err == NULL)
		err = store_trim(c->store, floor,
		    c->is_alone ? STEPS_ALONE : STEPS, is_done);
	if (err == NULL)
		return store_commit(c->store, &c->after);
	store_rollback(c->store);
	return err;
}

static const struct err *
trim(struct compact *c, uint64_t floor)
{
	uint64_t all = floor - c->before.floor;
	const struct err *err = NULL;
	bool is_done = all == 0;

	while (err == NULL && !is_done) {
		err = trim_some(c, floor, &is_done);
		tell_progress(is_done ? all : c->after.floor - c->before.floor,
		    all);
		/* A lock is taken by whoever asks first, not in turn. */
		if (!c->is_alone && !is_done)
			(void)poll(NULL, 0, TURN_MS);
	}
	return err;
}

static const struct err *
compact(struct compact *c, const struct cmd_call *call)
{
	uint64_t floor;
	const struct err *err = store_state(c->store, &c->before);

	c->after = c->before;
	if (err == NULL)
		err = find_floor(c, call, &floor);
	if (err == NULL)
		err = trim(c, floor);
	c->is_vacuum = c->is_alone || call->value[COMPACT_VACUUM] != NULL;
	if (err == NULL && c->is_vacuum)
		err = store_compact(c->store);
	return err;
}

static void
tell(const struct compact *c, struct out *out)
{
	struct buf text = { 0 };
	uint64_t gone = c->after.floor - c->before.floor;

	if (out->is_json) {
		buf_printf(&text,
		    "{\"floor\":%llu,\"trimmed\":%llu,\"bytes_before\":%llu,"
		    "\"bytes_after\":%llu,\"vacuum\":%s}",
		    (unsigned long long)c->after.floor,
		    (unsigned long long)gone,
		    (unsigned long long)c->bytes_before,
		    (unsigned long long)c->bytes_after,
		    c->is_vacuum ? "true" : "false");
	} else {
		buf_printf(&text,
		    "%llu changes let go, %llu kept; the floor is %llu\n",
		    (unsigned long long)gone,
		    (unsigned long long)(c->after.head - c->after.floor),
		    (unsigned long long)c->after.floor);
		amount_bytes(&text, c->bytes_before);
		buf_str(&text, " before, ");
		amount_bytes(&text, c->bytes_after);
		buf_str(&text, " now");
		if (!c->is_vacuum)
			buf_str(&text,
			    "; a watcher is running, so the file was not "
			    "written anew (--vacuum does it), and what is "
			    "free in it is used again");
	}
	(void)out_line(out, &text);
	buf_fini(&text);
}

/* Reading first: what is no database of ours must not be opened to write. */
static const struct err *
open_to_write(struct base *base, const struct place *place, bool *is_alone)
{
	const struct err *err = base_open(base, place);

	*is_alone = false;
	if (err == NULL)
		err = base_open_to_write(base, is_alone);
	return err;
}

static const struct err *
run(struct cmd_call *call)
{
	struct base base = { 0 };
	struct compact c = { 0 };
	const struct err *err = open_to_write(&base, call->place, &c.is_alone);

	if (err == NULL) {
		c.store = base.store;
		c.bytes_before = bytes_of(base.path);
		err = compact(&c, call);
		c.bytes_after = bytes_of(base.path);
		if (err == NULL)
			tell(&c, call->out);
	}
	base_close(&base);
	return err;
}

static const struct cmd_option options[] = {
	[COMPACT_CHANGES] = { 0, "keep-changes", "N",
	    "let go of all but the newest N changes" },
	[COMPACT_DAYS] = { 0, "keep-days", "D",
	    "let go of changes that are older than D days" },
	[COMPACT_VACUUM] = { 0, "vacuum", NULL,
	    "write the file anew though a watcher runs, which waits" },
	{ 0 },
};

const struct cmd cmd_compact = {
	.name = "compact",
	.summary = "let old changes go, and give the room back",
	.synopsis = "[options]",
	.text =
	    "Trims the log: what --keep-changes or --keep-days would let go is\n"
	    "deleted; with both, what either would.  Documents stay, and can\n"
	    "still be shown as they were at any place from the new floor on.\n"
	    "Then the file is written anew, without the room that became free,\n"
	    "for which as much again is needed on the disk meanwhile.\n"
	    "\n"
	    "Beside a running watcher the log is trimmed in short steps, which\n"
	    "take turns with it, and the file keeps its size: what is free in it\n"
	    "is used again.  --vacuum writes it anew all the same; the watcher\n"
	    "then waits, and reports what changed meanwhile as soon as it can.\n"
	    "Where none runs, none can be started until this has ended.\n"
	    "\n"
	    "Whoever follows by a cursor below the new floor is sent a snapshot.\n",
	.examples = "  tidemark compact --keep-days 7\n"
		    "  tidemark compact --keep-changes 1000 -d /srv/state\n",
	.options = options,
	.run = run,
};
