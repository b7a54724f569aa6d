#include "work.h"

#include <stdlib.h>
#include <unistd.h>

#include "bell.h"
#include "coll.h"
#include "config.h"
#include "intake.h"
#include "log.h"
#include "look.h"
#include "publish.h"
#include "row.h"
#include "sandbox.h"
#include "store_coll.h"
#include "watch.h"

enum {
	ROWS_QUIET_MS = 3000, /* without work, before rows are written … */
	ROWS_LATE_MS = 10000, /* … or since they were due */
	ROWS_PAUSE_MS = 100,
	ROWS_SLICE = 1000
};

/* --- one collection's part of a slice ------------------------------------ */

static const struct err *
do_due(struct coll *c, struct slice *slice)
{
	const struct err *err = NULL;
	struct monotime now = monotime_now();

	while (err == NULL && slice_step(slice)) {
		struct seen_file *f = due_take(&c->due, now);

		if (f == NULL)
			break;
		slice->looks--;
		err = look(c, f, (struct look_at){ .dir = -1 });
	}
	return err;
}

static bool
is_due(const struct coll *c)
{
	struct monotime at;

	return due_next(&c->due, &at) && monotime_reached(at, monotime_now());
}

static const struct err *
do_scan(struct coll *c, struct slice *slice)
{
	const struct err *err = NULL;

	if (c->is_sweeping)
		err = coll_sweep(c, slice);
	if (err == NULL && scan_is_busy(c) && !slice_is_over(slice) &&
	    coll_enter(c)) {
		err = scan_go_on(c, slice);
		coll_leave(c);
	}
	return err;
}

/* It is empty now, as it was to be: drop it. */
static const struct err *
take_leave(struct coll *c)
{
	struct watch *w = c->watch;
	const struct err *err = watch_begin(w);

	if (err == NULL)
		err = watch_failed(w, store_coll_drop(w->store, c->cid));
	if (err == NULL)
		coll_close(c);
	return err;
}

/* --- a slice ------------------------------------------------------------- */

static const struct err *
do_slice(struct watch *w, struct slice *slice)
{
	const struct err *err = NULL;
	struct link *l, *next;

	for (l = w->colls.next; err == NULL && l != &w->colls; l = l->next) {
		struct coll *c = LIST_OF(l, struct coll, in_watch);

		if (!is_due(c) || !coll_enter(c))
			continue;
		err = do_due(c, slice);
		coll_leave(c);
	}
	for (l = w->colls.next; err == NULL && l != &w->colls; l = next) {
		struct coll *c = LIST_OF(l, struct coll, in_watch);

		next = l->next;
		err = do_scan(c, slice);
		if (err == NULL && c->is_leaving && !c->is_sweeping)
			err = take_leave(c);
		else if (err == NULL && coll_is_quiet(c))
			coll_settle(c);
	}
	/* Another one first, the next time. */
	if (!list_is_empty(&w->colls))
		list_append(&w->colls, w->colls.next);
	return err;
}

static const struct err *
commit(struct watch *w)
{
	const struct err *err = NULL;

	if (problems_are_dirty(&w->problems)) {
		err = watch_begin(w);
		if (err == NULL)
			err = watch_failed(w,
			    problems_write(&w->problems, w->store));
		w->is_told = false; /* how many there are */
	}
	if (err != NULL || !intake_is_open(w->intake))
		return err;
	err = watch_commit(w);
	if (err == NULL)
		w->revive_ms = WATCH_REVIVE_MS_MIN;
	return err;
}

static bool
is_busy(const struct watch *w)
{
	for (struct link *l = w->colls.next; l != &w->colls; l = l->next)
		if (coll_is_busy(LIST_OF(l, struct coll, in_watch)))
			return true;
	return false;
}

bool
work_is_crawling(const struct watch *w)
{
	for (struct link *l = w->colls.next; l != &w->colls; l = l->next) {
		struct coll *c = LIST_OF(l, struct coll, in_watch);

		if (c->scan.is_running && !c->is_crawled)
			return true;
	}
	return false;
}

/* --- the pulse ----------------------------------------------------------- */

static struct bell_pulse
pulse_of(const struct watch *w)
{
	struct bell_pulse pulse = {
		.watcher_pid = (uint64_t)getpid(),
		.mode = BELL_WATCH_INOTIFY,
		.scanned = w->scanned,
		.scan_us = w->scan_us,
		.problems = w->problems.n,
		.sandbox = sandbox_parts(),
	};
	struct monotime now = monotime_now(), next;

	next = monotime_after_ms(now, 60000);
	for (struct link *l = w->colls.next; l != &w->colls; l = l->next) {
		struct coll *c = LIST_OF(l, struct coll, in_watch);

		pulse.entries += c->seen.files.n;
		if (!c->is_watched)
			pulse.mode = BELL_WATCH_SCAN;
		if (c->tick.slot != 0 && c->tick.due.ns < next.ns)
			next = c->tick.due;
	}
	pulse.next.ms = walltime_now().ms + monotime_left_ms(next, now);
	return pulse;
}

static void
tell(struct watch *w)
{
	struct bell_pulse pulse = pulse_of(w);

	bell_beat(w->bell, &pulse);
	w->is_told = true;
}

void
work_scanned(struct watch *w, struct monotime began)
{
	w->scan_us = (uint64_t)monotime_diff_us(monotime_now(), began);
	w->scanned = walltime_now();
	w->is_scanned = true;
	w->is_told = false;
}

/* --- what is kept of the past --------------------------------------------- */

static const struct err *
retain(struct watch *w, bool *is_done)
{
	struct retain_now now = { walltime_now(), monotime_now() };
	const struct err *err =
	    retain_slice(&w->retain, w->store, &w->conf->keep, now, is_done);

	if (err == NULL || err->code != ERR_UNAVAILABLE)
		return watch_failed(w, err);
	/* Another one writes, or the disk is full: it can wait. */
	log_debug("%s: old changes stay: %s", w->conf->name, err->msg);
	return NULL;
}

static void
on_keep(void *arg)
{
	struct watch *w = arg;
	bool is_done = true;
	const struct err *err = retain(w, &is_done);

	if (err != NULL) {
		watch_fail(w, err);
		return;
	}
	if (is_done)
		intake_rest(w->intake);
	loop_timer_set(w->env->loop, &w->keep,
	    monotime_after_ms(monotime_now(),
		is_done ? RETAIN_LOOK_MS : RETAIN_PAUSE_MS));
}

/* is_once: nobody comes back to do the rest. */
static const struct err *
retain_all(struct watch *w)
{
	const struct err *err = NULL;
	bool is_done = false;

	while (err == NULL && !is_done)
		err = retain(w, &is_done);
	return err;
}

/* --- when ---------------------------------------------------------------- */

/* When the first file that waits has its time; false: none does. */
static bool
next_due(const struct watch *w, struct monotime *at)
{
	struct monotime one = { 0 };
	bool is_any = false;

	for (struct link *l = w->colls.next; l != &w->colls; l = l->next) {
		struct coll *c = LIST_OF(l, struct coll, in_watch);

		if (!due_next(&c->due, &one) || (is_any && one.ns >= at->ns))
			continue;
		*at = one;
		is_any = true;
	}
	return is_any;
}

static bool
rows_are_due(const struct watch *w)
{
	for (struct link *l = w->colls.next; l != &w->colls; l = l->next)
		if (row_is_due(LIST_OF(l, struct coll, in_watch)))
			return true;
	return false;
}

static void
arm(struct watch *w, struct monotime now)
{
	struct loop *loop = w->env->loop;
	struct monotime at = { 0 };

	if (is_busy(w))
		loop_timer_set(loop, &w->work, now);
	else if (next_due(w, &at))
		loop_timer_set(loop, &w->work, at);
	else
		loop_timer_clear(loop, &w->work);
	if (w->rows.slot == 0 && rows_are_due(w)) {
		w->rows_due = now;
		loop_timer_set(loop, &w->rows,
		    monotime_after_ms(now, ROWS_QUIET_MS));
	}
}

static bool
is_settled(const struct watch *w)
{
	for (struct link *l = w->colls.next; l != &w->colls; l = l->next)
		if (!coll_is_settled(LIST_OF(l, struct coll, in_watch)))
			return false;
	return true;
}

/*
 * Hints that follow one another are gathered, and a slice that took ns is
 * followed by as much rest.  The first one after a look by the clock is no
 * burst, and does not wait.
 */
static void
set_pace(struct watch *w, struct monotime now, bool was_hinted, int64_t ns)
{
	w->pace = now;
	if (ns > WORK_GATHER_MS * INT64_C(1000000))
		w->pace.ns = now.ns + ns;
	else if (was_hinted)
		w->pace = monotime_after_ms(now, WORK_GATHER_MS);
}

/* The one full scan has ended. */
static void
finish(struct watch *w)
{
	const struct err *err = retain_all(w);
	bool is_published = true;

	if (err == NULL) {
		/* It has said why not. */
		is_published = publish_all(w->publish) == NULL;
		err = commit(w);
	}
	if (err != NULL) {
		watch_fail(w, err);
		return;
	}
	w->is_done = true;
	w->env->on_done(w->env->arg, !is_published);
}

static void
work(struct watch *w)
{
	struct monotime began = monotime_now(), now;
	struct slice slice = slice_begin(work_is_crawling(w));
	bool was_hinted = w->is_hinted, is_quiet;
	const struct err *err = NULL;

	w->is_hinted = false;
	err = do_slice(w, &slice);
	/* A look by the clock that finds nothing is no work. */
	is_quiet = !was_hinted && !intake_is_open(w->intake);
	if (err == NULL)
		err = commit(w);
	if (err == NULL && w->is_scanned)
		err = watch_check(w);
	if (err != NULL) {
		watch_fail(w, err);
		return;
	}
	/* Nothing to say before the first scan has ended. */
	if (!w->is_told && w->scanned.ms != 0)
		tell(w);
	w->is_scanned = false;
	now = monotime_now();
	set_pace(w, now, was_hinted, now.ns - began.ns);
	if (!is_quiet || is_busy(w))
		w->quiet = now;
	arm(w, now);
	if (!is_busy(w))
		intake_rest(w->intake);
	if (w->env->is_once && !w->is_done && is_settled(w))
		finish(w);
}

static void
on_work(void *arg)
{
	work(arg);
}

void
work_soon(struct watch *w)
{
	if (!w->is_failed)
		loop_timer_set(w->env->loop, &w->work, monotime_now());
}

void
work_hinted(struct watch *w)
{
	w->is_hinted = true;
}

void
work_round(struct watch *w)
{
	if (!w->is_hinted || w->is_failed)
		return;
	if (monotime_reached(w->pace, monotime_now()))
		work(w);
	else if (w->work.slot == 0 || w->work.due.ns > w->pace.ns)
		loop_timer_set(w->env->loop, &w->work, w->pace);
}

/* --- rows, when nothing else is to be done ------------------------------- */

static void
on_rows(void *arg)
{
	struct watch *w = arg;
	struct monotime now = monotime_now();
	struct monotime from = monotime_after_ms(w->quiet, ROWS_QUIET_MS);
	struct monotime late = monotime_after_ms(w->rows_due, ROWS_LATE_MS);
	const struct err *err = NULL;

	if (late.ns < from.ns)
		from = late;
	if (!monotime_reached(from, now)) {
		loop_timer_set(w->env->loop, &w->rows, from);
		return;
	}
	for (struct link *l = w->colls.next; l != &w->colls; l = l->next) {
		struct coll *c = LIST_OF(l, struct coll, in_watch);

		if (!row_is_due(c))
			continue;
		err = row_write(c, ROWS_SLICE);
		break;
	}
	if (err == NULL)
		err = commit(w);
	if (err != NULL)
		watch_fail(w, err);
	else if (rows_are_due(w))
		loop_timer_set(w->env->loop, &w->rows,
		    monotime_after_ms(now, ROWS_PAUSE_MS));
	else
		intake_rest(w->intake);
}

void
work_start(struct watch *w)
{
	w->is_failed = false;
	if (!w->env->is_once)
		loop_timer_set(w->env->loop, &w->keep,
		    monotime_after_ms(monotime_now(), RETAIN_LOOK_MS));
}

void
work_init(struct watch *w)
{
	w->keep = (struct loop_timer){ .fn = on_keep, .arg = w };
	w->work = (struct loop_timer){ .fn = on_work, .arg = w };
	w->rows = (struct loop_timer){ .fn = on_rows, .arg = w };
}

void
work_stop(struct watch *w)
{
	loop_timer_clear(w->env->loop, &w->work);
	loop_timer_clear(w->env->loop, &w->rows);
	loop_timer_clear(w->env->loop, &w->keep);
	w->is_hinted = false;
	w->is_scanned = false;
}
