#include "publish.h"

#include <stdlib.h>

#include "bell.h"
#include "config.h"
#include "log.h"
#include "loop.h"
#include "manifest.h"
#include "mem.h"
#include "problem.h"
#include "publish_batch.h"
#include "publish_colls.h"
#include "publish_dir.h"
#include "publish_head.h"
#include "publish_manifest.h"
#include "publish_places.h"
#include "publish_segment.h"
#include "publish_sweep.h"
#include "store.h"
#include "watch.h"
#include "watch_reach.h"
#include "work.h"

enum {
	/* Changes in one segment, so that it takes a few ms … */
	SEGMENT_CHANGES = 2000,
	/* … and so many segments at most; who is further behind begins anew. */
	BEHIND_MAX = 16 * SEGMENT_CHANGES,
	/* So much rest after work, as a multiple of it. */
	REST_TIMES = 4,
	SLICE_MS = 5,
	SWEEP_MS = 10000,
	EARLY_MS = 100,
	/* With so many places snapshots that hold on to the older half are made
	 * anew, whenever that was done last. */
	PLACES_MANY = PLACES_MAX * 3 / 4,
};

static const char problem_id[] = "published files";

struct publish {
	struct watch *watch;
	struct loop_timer timer;
	bool is_started;
	bool is_wanted; /* something has happened */
	struct monotime tick_at, batch_at, beat_at, sweep_at;
	/* While dir is open: */
	struct publish_dir *dir;
	struct store *reader, *slow; /* the latter has the batch's view */
	uint64_t epoch;
	struct places places; /* n 0: nothing, begin anew */
	struct publish_colls colls;
	struct publish_batch batch;
	/* What head.json tells: */
	struct publish_head told;
	struct publish_manifest manifest;
	struct buf text;
};

static const struct config_project *
conf_of(const struct publish *p)
{
	return p->watch->conf;
}

/* --- open and close ------------------------------------------------------- */

static void
close_files(struct publish *p)
{
	publish_batch_drop(&p->batch, &p->colls);
	publish_colls_fini(&p->colls);
	store_close(p->reader);
	store_close(p->slow);
	publish_dir_close(p->dir);
	p->reader = p->slow = NULL;
	p->dir = NULL;
	p->places.n = 0;
	p->told = (struct publish_head){ 0 };
	p->manifest = (struct publish_manifest){ 0 };
}

/* What an earlier process has published, if it is to be gone on from. */
static const struct err *
load(struct publish *p)
{
	struct publish_head head;
	struct store_state state;
	const struct err *err = store_state(p->reader, &state);

	if (err == NULL)
		err = publish_dir_read(p->dir, "head.json",
		    PUBLISH_HEAD_BYTES_MAX, &p->text);
	if (err != NULL)
		return err->code == ERR_NOT_FOUND ? NULL : err;
	if (!publish_head_parse(buf_as_span(&p->text), &head) ||
	    head.epoch != state.epoch || head.boot != bell_boot() ||
	    places_last(&head.places) > state.head)
		return NULL;
	p->told = head;
	if (!publish_segments_find(p->dir, head.epoch, &head.places))
		return NULL;
	p->epoch = head.epoch;
	p->places = head.places;
	err = publish_colls_look(&p->colls, p->reader, places_last(&p->places));
	if (err == NULL)
		publish_colls_load(&p->colls, p->dir, p->epoch, &p->places);
	return err;
}

static const struct err *
open_files(struct publish *p)
{
	const char *store = conf_of(p)->store;
	const struct err *err =
	    publish_dir_open(&p->dir, conf_of(p)->publish, conf_of(p)->name);

	if (err == NULL)
		err = store_open(&p->reader, store, STORE_READ, 0);
	if (err == NULL)
		err = store_open(&p->slow, store, STORE_READ, 0);
	return err != NULL ? err : load(p);
}

/* --- the log -------------------------------------------------------------- */

/* Nobody who follows can go on from here: he takes the snapshots. */
static void
begin_anew(struct publish *p, const struct store_state *state)
{
	publish_batch_drop(&p->batch, &p->colls);
	publish_colls_forget(&p->colls);
	p->epoch = state->epoch;
	p->manifest.etag[0] = '\0';
	places_begin(&p->places, state->head);
}

static void
trim(struct publish *p)
{
	uint64_t bytes = publish_colls_bytes(&p->colls);
	uint64_t needed =
	    publish_colls_needed(&p->colls, places_last(&p->places));

	if (publish_batch_is_open(&p->batch) && p->batch.at.seq < needed)
		needed = p->batch.at.seq;
	if (bytes < PLACES_BYTES_MIN)
		bytes = PLACES_BYTES_MIN;
	places_trim(&p->places, PLACES_MAX - 2, bytes, needed);
}

/* Is there a way from the last place to the present one? */
static bool
is_far(const struct publish *p, const struct store_state *state)
{
	uint64_t last;

	if (p->places.n == 0 || state->epoch != p->epoch)
		return true;
	last = places_last(&p->places);
	return state->head < last || state->head - last > BEHIND_MAX ||
	    state->floor > last;
}

static bool
can_batch(const struct publish *p, struct monotime now)
{
	return !publish_batch_is_open(&p->batch) &&
	    monotime_reached(p->batch_at, now);
}

/*
 * One segment more, if there is anything to be told, and room.  The last place
 * is kept for a batch, which makes room.
 */
static const struct err *
follow(struct publish *p, const struct store_state *state, struct monotime now)
{
	uint64_t to = state->head;
	bool is_last = p->places.n >= PLACES_MAX - 1;

	if (is_far(p, state) ||
	    (places_is_full(&p->places) && can_batch(p, now))) {
		begin_anew(p, state);
		return NULL;
	}
	if (to == places_last(&p->places) || (is_last && !can_batch(p, now)))
		return NULL;
	if (!is_last && to - places_last(&p->places) > SEGMENT_CHANGES)
		to = places_last(&p->places) + SEGMENT_CHANGES;
	return publish_segment_write(p->dir, p->reader, p->epoch, &p->places,
	    to);
}

/* --- snapshots ------------------------------------------------------------ */

/* True: at is when it will be its time. */
static bool
is_due(const struct publish *p, const struct publish_coll *c,
    struct monotime *at)
{
	if (!publish_coll_due(c, at))
		return false;
	if (p->places.n >= PLACES_MANY && c->is_published &&
	    c->good < p->places.seq[p->places.n / 2])
		*at = (struct monotime){ 0 };
	return true;
}

static const struct err *
begin_batch(struct publish *p, struct monotime now)
{
	struct cursor at = { p->epoch, places_last(&p->places) };
	struct monotime due;

	if (!can_batch(p, now))
		return NULL;
	for (size_t i = 0; i < p->colls.n; i++)
		p->colls.coll[i].is_wanted =
		    is_due(p, &p->colls.coll[i], &due) &&
		    monotime_reached(due, now);
	return publish_batch_begin(&p->batch, p->slow, &p->colls, at);
}

static const struct err *
go_on(struct publish *p, struct monotime until)
{
	const struct err *err =
	    publish_batch_go_on(&p->batch, &p->colls, p->dir, until);
	struct monotime now = monotime_now();

	p->batch_at = now;
	p->batch_at.ns += REST_TIMES * (now.ns - p->batch.began.ns);
	return err;
}

/* Where there is no WAL a view holds up the writer: then it is made at once. */
static const struct err *
make(struct publish *p, struct monotime now)
{
	const struct err *err = begin_batch(p, now);

	if (err != NULL || store_is_wal(p->slow) ||
	    !publish_batch_is_open(&p->batch) || p->batch.is_made)
		return err;
	return go_on(p, (struct monotime){ INT64_MAX });
}

/* When all can be told of. */
static const struct err *
put(struct publish *p)
{
	if (!p->batch.is_made)
		return NULL;
	p->manifest.etag[0] = '\0';
	return publish_batch_put(&p->batch, &p->colls);
}

/* --- what tells of all that ------------------------------------------------ */

static const struct err *
tell_manifest(struct publish *p)
{
	struct manifest manifest = {
		.project = conf_of(p)->name,
		.poll_ms = p->watch->env->poll_ms,
		.is_files = true,
	};
	struct bell_ring ring;
	const struct err *err =
	    bell_read(p->watch->bell, &ring, &manifest.pulse);

	return err != NULL ? err
			   : publish_manifest_write(&p->manifest, &manifest,
				 p->dir, p->reader, &p->colls, &p->places);
}

static const struct err *
tell_head(struct publish *p)
{
	struct publish_head head = {
		.project = conf_of(p)->name,
		.epoch = p->epoch,
		.boot = bell_boot(),
		.published = walltime_now(),
		.heartbeat_ms =
		    p->watch->env->is_once ? 0 : PUBLISH_HEARTBEAT_MS,
		.poll_ms = p->watch->env->poll_ms,
		.places = p->places,
	};
	const struct err *err;

	buf_clear(&p->text);
	publish_head_write(&head, &p->text);
	err = publish_dir_write(p->dir, "head.json", buf_as_span(&p->text));
	if (err != NULL)
		return err;
	publish_sweep_mark(p->dir, p->told.epoch, &p->told.places,
	    head.epoch == p->told.epoch ? &head.places : &(struct places){ 0 });
	p->told = head;
	return NULL;
}

static bool
is_told(const struct publish *p)
{
	const struct places *told = &p->told.places;

	return p->told.epoch == p->epoch && told->n > 0 &&
	    told->n == p->places.n && told->seq[0] == p->places.seq[0] &&
	    places_last(told) == places_last(&p->places);
}

/* Not before there is all that it tells of. */
static const struct err *
tell(struct publish *p, struct monotime now)
{
	bool is_beat = monotime_reached(p->beat_at, now);
	const struct err *err = NULL;

	if (!publish_colls_are_whole(&p->colls))
		return NULL;
	if (is_beat)
		p->manifest.etag[0] = '\0';
	err = tell_manifest(p);
	/* While it waits, so does what it would have to tell of. */
	if (err != NULL || p->manifest.etag[0] == '\0')
		return err;
	if (is_beat || !is_told(p))
		err = tell_head(p);
	if (err != NULL)
		return err;
	if (is_beat)
		p->beat_at = monotime_after_ms(now, PUBLISH_HEARTBEAT_MS);
	return NULL;
}

/* --- a tick --------------------------------------------------------------- */

static const struct err *
look(struct publish *p, struct monotime now)
{
	struct store_state state;
	const struct err *err = store_state(p->reader, &state);

	if (err == NULL)
		err = follow(p, &state, now);
	if (err == NULL)
		err = publish_colls_look(&p->colls, p->reader,
		    places_last(&p->places));
	if (err != NULL)
		return err;
	p->is_wanted = state.head > places_last(&p->places);
	if (!p->is_wanted)
		err = put(p);
	trim(p);
	if (err == NULL)
		err = make(p, now);
	return err != NULL ? err : tell(p, now);
}

/* All is of one moment. */
static const struct err *
look_at_once(struct publish *p, struct monotime now)
{
	const struct err *err = store_view_begin(p->reader);

	if (err != NULL)
		return err;
	err = look(p, now);
	store_view_end(p->reader);
	return err;
}

static const struct err *
tick(struct publish *p, struct monotime now)
{
	const struct err *err = NULL;

	if (p->dir != NULL && !publish_dir_is_there(p->dir)) {
		log_event(LOG_WARNING,
		    "the folder of published files was replaced or removed",
		    log_text("project", conf_of(p)->name));
		close_files(p);
	}
	if (p->dir == NULL)
		err = open_files(p);
	if (err == NULL)
		err = look_at_once(p, now);
	if (err == NULL && is_told(p) && monotime_reached(p->sweep_at, now)) {
		p->sweep_at = monotime_after_ms(now, SWEEP_MS);
		err = publish_sweep(p->dir, p->epoch, &p->places, &p->colls);
	}
	return err;
}

/* --- when ----------------------------------------------------------------- */

/* Others look after the store, and their errors may name its path. */
static const char *
reason_of(const struct err *err)
{
	return err->code == ERR_SYS || err->code == ERR_CONFLICT ||
		err->code == ERR_LIMIT
	    ? err->msg
	    : "the database cannot be read";
}

static void
fail(struct publish *p, const struct err *err)
{
	struct watch *w = p->watch;

	log_debug("%s: not published: %s", conf_of(p)->name, err->msg);
	problem_set(&w->problems, span_str(""), span_str(problem_id),
	    reason_of(err), p);
	close_files(p);
	p->tick_at = monotime_after_ms(monotime_now(), PUBLISH_RETRY_MS);
	p->is_wanted = true;
	work_soon(w);
}

static void
succeed(struct publish *p)
{
	struct watch *w = p->watch;

	problem_solve(&w->problems, span_str(""), span_str(problem_id));
	if (problems_are_dirty(&w->problems))
		work_soon(w);
}

static struct monotime
earlier(struct monotime a, struct monotime b)
{
	return a.ns < b.ns ? a : b;
}

static struct monotime
later(struct monotime a, struct monotime b)
{
	return a.ns > b.ns ? a : b;
}

static bool
is_making(const struct publish *p)
{
	return publish_batch_is_open(&p->batch) && !p->batch.is_made;
}

/* The next tick, unless there is a batch: then a slice of that, if sooner. */
static void
arm(struct publish *p, struct monotime now)
{
	struct monotime at = earlier(p->beat_at, p->sweep_at), due;

	if (p->watch->env->is_once)
		return;
	if (p->dir == NULL || p->is_wanted)
		at = p->tick_at;
	for (size_t i = 0; i < p->colls.n; i++)
		if (!publish_batch_is_open(&p->batch) &&
		    is_due(p, &p->colls.coll[i], &due))
			at = earlier(at, later(due, p->batch_at));
	at = later(at, p->tick_at);
	if (is_making(p))
		at = earlier(at, monotime_after_ms(now, SLICE_MS));
	loop_timer_set(p->watch->env->loop, &p->timer, at);
}

/* Who is behind hurries. */
static const struct err *
step(struct publish *p, struct monotime now)
{
	const struct err *err = NULL;

	if (is_making(p))
		err = go_on(p, monotime_after_ms(now, SLICE_MS));
	if (err != NULL ||
	    (!p->batch.is_made && !monotime_reached(p->tick_at, now)))
		return err;
	now = monotime_now();
	err = tick(p, now);
	p->tick_at = monotime_after_ms(now, p->is_wanted ? 0 : PUBLISH_TICK_MS);
	p->tick_at.ns += REST_TIMES * (monotime_now().ns - now.ns);
	return err;
}

/* At the start all of the files are taken in first. */
static bool
is_early(struct publish *p)
{
	struct watch *w = p->watch;

	if (p->is_started)
		return false;
	p->is_started = !work_is_crawling(w) &&
	    (w->scanned.ms != 0 || list_is_empty(&w->colls));
	return !p->is_started;
}

static void
on_timer(void *arg)
{
	struct publish *p = arg;
	struct monotime now = monotime_now();
	const struct err *err;

	if (is_early(p)) {
		p->tick_at = monotime_after_ms(now, EARLY_MS);
		arm(p, now);
		return;
	}
	err = step(p, now);
	if (err == NULL)
		succeed(p);
	else if (!watch_reach_end_if_lost(p->watch, err))
		fail(p, err);
	arm(p, monotime_now());
}

void
publish_soon(struct publish *p)
{
	if (p == NULL || p->is_wanted)
		return;
	p->is_wanted = true;
	arm(p, monotime_now());
}

const struct err *
publish_all(struct publish *p)
{
	const struct err *err = NULL;

	if (p == NULL)
		return NULL;
	do {
		p->batch_at = (struct monotime){ 0 };
		err = tick(p, monotime_now());
		if (err == NULL && is_making(p))
			err = go_on(p, (struct monotime){ INT64_MAX });
	} while (
	    err == NULL && (p->is_wanted || publish_batch_is_open(&p->batch)));
	if (err != NULL)
		fail(p, err);
	else
		succeed(p);
	return err;
}

/* -------------------------------------------------------------------------- */

struct publish *
publish_new(struct watch *watch)
{
	struct publish *p;

	if (watch->conf->publish == NULL) {
		/* It may have failed when it was to be. */
		problem_solve(&watch->problems, span_str(""),
		    span_str(problem_id));
		return NULL;
	}
	p = mem_new(1, sizeof(*p));
	p->watch = watch;
	p->timer = (struct loop_timer){ .fn = on_timer, .arg = p };
	publish_soon(p);
	return p;
}

void
publish_end(struct publish *p)
{
	const struct err *err = NULL;

	if (p != NULL && p->is_wanted && p->dir != NULL)
		err = tick(p, monotime_now());
	if (err != NULL)
		log_event(LOG_WARNING, "the last changes are not published",
		    log_text("project", conf_of(p)->name),
		    log_text("reason", reason_of(err)));
}

void
publish_free(struct publish *p)
{
	if (p == NULL)
		return;
	loop_timer_clear(p->watch->env->loop, &p->timer);
	close_files(p);
	buf_fini(&p->text);
	free(p);
}
