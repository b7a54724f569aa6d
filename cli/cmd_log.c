/* tidemark log: what changed, newest last, and what goes on changing. */
#include <stdlib.h>

#include "base.h"
#include "buf.h"
#include "cmd.h"
#include "cursor.h"
#include "follow.h"
#include "mem.h"
#include "options.h"
#include "out.h"
#include "point.h"
#include "step.h"
#include "target.h"

enum {
	LOG_FOLLOW,
	LOG_NUMBER,
	LOG_SINCE,
	LOG_PATCH,
};

enum {
	LOG_NUMBER_DEFAULT = 20,
	LOG_NUMBER_MAX = 100000000,
	/* Read before something of it is written: a pipe may be slow. */
	LOG_SLICE_BYTES = 1 << 20,
};

struct log {
	struct base *base;
	struct target target;
	const char *target_text;
	struct out *out;
	bool has_patches;
	uint64_t epoch;
	uint64_t after; /* the last change that was looked at */

	struct buf text; /* of a slice */
	struct buf body;
	struct store_coll coll; /* of the last change */
	bool is_stopped;        /* a walk, before its end */
	const struct err *err;  /* for which it was */
};

/* --- where to begin ------------------------------------------------------ */

/* The last seqs that were met, in a ring. */
struct tail {
	const struct target *target;
	uint64_t *seq;
	uint64_t n, cap;
};

/* A store_change_fn. */
static bool
note(const struct change *change, void *arg)
{
	struct tail *tail = arg;

	if (target_has(tail->target, change))
		tail->seq[tail->n++ % tail->cap] = change->seq;
	return true;
}

/* The place before the last n that are meant. */
static const struct err *
find_tail(struct log *l, uint64_t n, struct store_state state)
{
	struct tail tail = { .target = &l->target, .cap = n };
	uint64_t there = state.head - state.floor;
	const struct err *err;

	if (l->target.is_all || n == 0) {
		l->after = state.head - (n < there ? n : there);
		return NULL;
	}
	if (tail.cap > there)
		tail.cap = there > 0 ? there : 1;
	tail.seq = mem_new(tail.cap, sizeof(tail.seq[0]));
	err = store_changes(l->base->store,
	    (struct store_range){ .after = state.floor, .until = state.head },
	    note, &tail);
	l->after = state.floor;
	if (tail.n > tail.cap)
		l->after = tail.seq[tail.n % tail.cap] - 1;
	free(tail.seq);
	return err;
}

static const struct err *
find_begin(struct log *l, const struct cmd_call *call, uint64_t n)
{
	struct store_state state;
	const struct err *err = store_state(l->base->store, &state);

	if (err != NULL)
		return err;
	l->epoch = state.epoch;
	if (call->value[LOG_SINCE] == NULL)
		return find_tail(l, n, state);
	err = point_find(l->base->store, call->value[LOG_SINCE], &l->after);
	if (err != NULL || call->value[LOG_NUMBER] == NULL)
		return err;
	/* Both: the last so many since then. */
	state.floor = l->after;
	return find_tail(l, n, state);
}

/* --- one slice of the log ------------------------------------------------ */

/* A CREATE or PUT: its document, where it is kept. */
static const struct err *
read_body(struct log *l, const struct change *change)
{
	const struct err *err;

	buf_clear(&l->body);
	if (!l->has_patches || change->op == CHANGE_PATCH ||
	    change->op == CHANGE_DELETE)
		return NULL;
	err = store_keyframe(l->base->store, change->seq, &l->body);
	return err != NULL && err->code == ERR_NOT_FOUND ? NULL : err;
}

static const struct err *
add(struct log *l, const struct change *change)
{
	struct step step = { .change = change };
	const struct err *err = read_body(l, change);

	if (err == NULL && l->coll.cid != change->cid)
		err = store_coll_at(l->base->store, change->cid, &l->coll);
	if (err != NULL)
		return err;
	step.coll = span_str(l->coll.name);
	step.body = buf_as_span(&l->body);
	if (l->out->is_json) {
		step_json(&step, l->has_patches, &l->text);
	} else {
		step_line(l->out->ink, &step, &l->text);
		if (l->has_patches)
			step_content(l->out->ink, &step, &l->text);
	}
	buf_byte(&l->text, '\n');
	return NULL;
}

/* A store_change_fn. */
static bool
take(const struct change *change, void *arg)
{
	struct log *l = arg;

	l->err = target_has(&l->target, change) ? add(l, change) : NULL;
	l->after = change->seq;
	l->is_stopped = l->err != NULL || l->text.len >= LOG_SLICE_BYTES;
	return !l->is_stopped;
}

/* Write what there is up to the head. */
static const struct err *
catch_up(struct log *l)
{
	struct store_state state;
	const struct err *err;

	do {
		struct store_range range = { .with_patches = true };

		err = store_state(l->base->store, &state);
		if (err != NULL || state.head <= l->after)
			return err;
		range.after = l->after;
		range.until = state.head;
		l->err = NULL;
		l->is_stopped = false;
		err = store_changes(l->base->store, range, take, l);
		if (err == NULL)
			err = l->err;
		/* Whatever the last rows are, they were looked at. */
		if (!l->is_stopped)
			l->after = state.head;
	} while (err == NULL && out_bytes(l->out, &l->text));
	return err;
}

/* --- following ----------------------------------------------------------- */

/* The log that is followed is another one, or has lost what was next. */
static const struct err *
begin_anew(struct log *l, const char *why)
{
	struct store_state state;
	const struct err *err = store_state(l->base->store, &state);
	struct cursor cursor;
	char text[CURSOR_TEXT_BYTES];
	struct buf line = { 0 };

	if (err == NULL && l->target_text != NULL)
		err = target_find(l->base->store, l->target_text, TARGET_EVER,
		    &l->target);
	if (err != NULL)
		return err;
	l->epoch = state.epoch;
	l->after = state.floor;
	l->coll.cid = 0;
	cursor = (struct cursor){ state.epoch, state.floor };
	(void)cursor_text(cursor, text);
	if (l->out->is_json) {
		buf_printf(&line, "{\"reset\":true,\"cursor\":\"%s\"}", text);
	} else {
		buf_printf(&l->text, "-- %s: it goes on from %s --", why, text);
		ink_paint(l->out->ink, &line, INK_DIM, buf_as_span(&l->text));
		buf_clear(&l->text);
	}
	(void)out_line(l->out, &line);
	buf_fini(&line);
	return NULL;
}

/* Whatever happened to the file meanwhile; is_there: out: it can be read. */
static const struct err *
look_again(struct log *l, bool *is_there)
{
	const struct err *err = NULL;
	struct store_state state;

	*is_there = false;
	if (l->base->store == NULL || store_is_replaced(l->base->store)) {
		err = base_open_found(l->base);
		if (err != NULL && err->code == ERR_UNAVAILABLE)
			return NULL;
	}
	if (err == NULL)
		err = store_state(l->base->store, &state);
	if (err != NULL)
		return err;
	*is_there = true;
	if (state.epoch != l->epoch)
		return begin_anew(l, "a new epoch began");
	if (l->after < state.floor)
		return begin_anew(l, "the log was trimmed");
	return NULL;
}

static const struct err *
follow(struct log *l)
{
	const struct err *err = NULL;
	struct follow f;
	bool is_there;

	follow_init(&f);
	do {
		follow_watch(&f, l->base->bell);
		err = look_again(l, &is_there);
		if (err == NULL && is_there)
			err = catch_up(l);
	} while (err == NULL && out_flush(l->out) && follow_wait(&f));
	follow_fini(&f);
	return err;
}

/* ------------------------------------------------------------------------- */

static const struct err *
run(struct cmd_call *call)
{
	struct base base = { 0 };
	struct log l = { .base = &base,
		.target_text = call->arg[0],
		.out = call->out,
		.has_patches = call->value[LOG_PATCH] != NULL };
	uint64_t n = LOG_NUMBER_DEFAULT;
	const struct err *err = NULL;

	if (call->value[LOG_NUMBER] != NULL)
		err = options_number("number", call->value[LOG_NUMBER],
		    LOG_NUMBER_MAX, &n);
	if (err == NULL)
		err = base_open(&base, call->place);
	if (err == NULL)
		err = target_find(base.store, l.target_text, TARGET_EVER,
		    &l.target);
	if (err == NULL)
		err = find_begin(&l, call, n);
	if (err == NULL)
		err = catch_up(&l);
	if (err == NULL && call->value[LOG_FOLLOW] != NULL)
		err = follow(&l);
	base_close(&base);
	buf_fini(&l.text);
	buf_fini(&l.body);
	return err;
}

static const struct cmd_option options[] = {
	[LOG_FOLLOW] = { 'f', "follow", NULL,
	    "do not end: tell what changes from now on, as it does" },
	[LOG_NUMBER] = { 'n', "number", "N",
	    "the last N that are meant (20, or all with --since)" },
	[LOG_SINCE] = { 0, "since", "PLACE", "what happened after that" },
	[LOG_PATCH] = { 'p', "patch", NULL,
	    "with what was changed: patches, and documents that were set" },
	{ 0 },
};

const struct cmd cmd_log = {
	.name = "log",
	.summary = "what changed, newest last; -f follows",
	.synopsis = "[options] [COLLECTION[/GLOB]]",
	.text =
	    "A line a change: seq, time (UTC), what was done to which entity,\n"
	    "and where in the document.  create: it was not there before; put: a\n"
	    "new document as a whole; patch: parts of it; delete.  GLOB is an id\n"
	    "in which * is any text and ? one character.\n"
	    "\n"
	    "With -f it goes on, as tail -f does, and tells a change as soon as\n"
	    "it is committed.  When a new epoch begins, or the log was trimmed\n"
	    "beyond where it stands, a line says so and it goes on from there.\n"
	    "\n"
	    "With --json a line has the members that a change has in the HTTP\n"
	    "API (docs/PROTOCOL.md), patch and data only with -p.\n"
	    "\n" POINT_HELP,
	.examples = "  tidemark log -n 5 jobs\n"
		    "  tidemark log -f -p 'jobs/build-*'\n"
		    "  tidemark log --since floor --json | jq -r .id\n",
	.options = options,
	.args_max = 1,
	.run = run,
};
