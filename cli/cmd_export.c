/*
 * tidemark export: a database as lines of JSON.
 *
 *   {"export":1,"epoch":"…","state":S,"head":H,"whole":true}
 *   {"collection":"jobs","source":"files"}               each collection
 *   {"collection":"jobs","id":…,"version":…,"updated":…,"data":…}
 *                                         each entity, as it was at seq S
 *   {"seq":…,"at":…,"collection":…,"id":…,"op":…,…}      each change, S < seq
 *                                         <= H, with patch or data
 *   {"end":true,"entities":N,"changes":M}
 *
 * Without --log S is H, and there are no changes.  With --log --since S there
 * are no entities, "state" is null and "after" is S: it continues what has
 * come to S.  "whole" is false when something was left out, so that it leads
 * to no database.  A collection that was dropped since S is "dropped":true.
 */
#include <stdlib.h>

#include "base.h"
#include "buf.h"
#include "cmd.h"
#include "config.h"
#include "cursor.h"
#include "json.h"
#include "mem.h"
#include "out.h"
#include "past.h"
#include "point.h"
#include "step.h"
#include "store.h"
#include "store_step.h"
#include "target.h"

enum { EXPORT_LOG, EXPORT_SINCE };

enum { SLICE_BYTES = 1 << 20 };

struct export
{
	struct store *store;
	struct out *out;
	struct target target;
	struct store_state state;
	bool has_log, has_since;
	uint64_t since; /* entities or changes after that */
	uint64_t at;    /* the seq of the entities */

	struct store_coll *coll;
	size_t n_colls, cap_colls, n_there; /* behind those: dropped */
	const struct store_coll *now;

	struct buf text, body;
	uint64_t n_entities, n_changes;
	const struct err *err; /* for which a walk was stopped */
};

/* --- collections --------------------------------------------------------- */

static void
add_coll(struct export *x, const struct store_coll *coll)
{
	for (size_t i = 0; i < x->n_colls; i++)
		if (x->coll[i].cid == coll->cid)
			return;
	x->coll =
	    mem_grow(x->coll, x->n_colls, &x->cap_colls, sizeof(*x->coll));
	x->coll[x->n_colls++] = *coll;
}

/* A store_coll_fn. */
static void
take_coll(const struct store_coll *coll, void *arg)
{
	struct export *x = arg;

	if (x->target.is_all || coll->cid == x->target.coll.cid)
		add_coll(x, coll);
}

/* A store_change_fn: those that are in the log only. */
static bool
take_change_coll(const struct change *change, void *arg)
{
	struct export *x = arg;
	struct store_coll coll;

	if (!target_has(&x->target, change))
		return true;
	x->err = store_coll_at(x->store, change->cid, &coll);
	if (x->err == NULL)
		add_coll(x, &coll);
	return x->err == NULL;
}

static const struct err *
find_colls(struct export *x)
{
	const struct err *err = store_colls(x->store, take_coll, x);

	x->n_there = x->n_colls;
	if (err == NULL && x->has_log)
		err = store_steps(x->store,
		    (struct store_range){ .after = x->at }, take_change_coll,
		    x);
	return err != NULL ? err : x->err;
}

static void
write_head(struct export *x)
{
	struct buf *t = &x->text;

	buf_printf(t, "{\"export\":1,\"epoch\":\"%016llx\",",
	    (unsigned long long)x->state.epoch);
	if (x->has_log && x->has_since)
		buf_printf(t, "\"state\":null,\"after\":%llu,",
		    (unsigned long long)x->since);
	else
		buf_printf(t, "\"state\":%llu,", (unsigned long long)x->at);
	buf_printf(t, "\"head\":%llu,\"whole\":%s}\n",
	    (unsigned long long)x->state.head,
	    x->target.is_all && (x->has_log || !x->has_since) ? "true"
							      : "false");
	for (size_t i = 0; i < x->n_colls; i++)
		buf_printf(t, "{\"collection\":\"%s\",\"source\":\"%s\"%s}\n",
		    x->coll[i].name, x->coll[i].is_files ? "files" : "writes",
		    i < x->n_there ? "" : ",\"dropped\":true");
}

/* --- entities ------------------------------------------------------------ */

/* A store_entity_fn. */
static bool
write_entity(const struct store_entity *e, void *arg)
{
	struct export *x = arg;
	struct buf *t = &x->text;
	char at[WALLTIME_TEXT_BYTES];

	if (x->has_since && e->version <= x->since)
		return true;
	buf_printf(t, "{\"collection\":\"%s\",\"id\":", x->now->name);
	json_quote(t, e->id);
	buf_printf(t, ",\"version\":%llu,\"updated\":\"%s\",\"data\":",
	    (unsigned long long)e->version, walltime_text(e->updated, at));
	buf_span(t, e->body);
	buf_str(t, "}\n");
	x->n_entities++;
	return t->len < SLICE_BYTES || out_bytes(x->out, t);
}

static const struct err *
write_entities(struct export *x)
{
	const struct err *err = NULL;

	for (size_t i = 0; i < x->n_colls && err == NULL && x->at > 0; i++) {
		struct past *past =
		    past_new(x->coll[i].cid, x->at, span_of("", 0));
		bool is_over;

		x->now = &x->coll[i];
		err = past_walk(past, x->store, (struct monotime){ INT64_MAX },
		    write_entity, x, &is_over);
		past_free(past);
	}
	return err;
}

/* --- changes ------------------------------------------------------------- */

static const char *
name_of(const struct export *x, uint32_t cid)
{
	for (size_t i = 0; i < x->n_colls; i++)
		if (x->coll[i].cid == cid)
			return x->coll[i].name;
	return "";
}

/* A store_change_fn. */
static bool
write_change(const struct change *change, void *arg)
{
	struct export *x = arg;
	struct step step = { .change = change };

	if (!target_has(&x->target, change))
		return true;
	buf_clear(&x->body);
	x->err = NULL;
	if (change->op == CHANGE_CREATE || change->op == CHANGE_PUT)
		x->err = store_keyframe(x->store, change->seq, &x->body);
	if (x->err != NULL)
		return false;
	step.coll = span_str(name_of(x, change->cid));
	step.body = buf_as_span(&x->body);
	step_json(&step, true, &x->text);
	buf_byte(&x->text, '\n');
	x->n_changes++;
	return x->text.len < SLICE_BYTES || out_bytes(x->out, &x->text);
}

static const struct err *
write_changes(struct export *x)
{
	struct store_range range = { .after = x->at, .with_patches = true };
	const struct err *err = store_changes(x->store, range, write_change, x);

	return err != NULL ? err : x->err;
}

/* ------------------------------------------------------------------------- */

static const struct err *
write_all(struct export *x)
{
	const struct err *err = find_colls(x);

	if (err != NULL)
		return err;
	write_head(x);
	if (!(x->has_log && x->has_since))
		err = write_entities(x);
	if (err == NULL && x->has_log)
		err = write_changes(x);
	buf_printf(&x->text,
	    "{\"end\":true,\"entities\":%llu,\"changes\":%llu}\n",
	    (unsigned long long)x->n_entities,
	    (unsigned long long)x->n_changes);
	if (err == NULL)
		(void)out_bytes(x->out, &x->text);
	return err;
}

static const struct err *
prepare(struct export *x, const struct cmd_call *call)
{
	const struct err *err = store_state(x->store, &x->state);

	x->has_log = call->value[EXPORT_LOG] != NULL;
	x->has_since = call->value[EXPORT_SINCE] != NULL;
	if (err == NULL && x->has_since)
		err =
		    point_find(x->store, call->value[EXPORT_SINCE], &x->since);
	if (err == NULL)
		err = target_find(x->store,
		    call->n_args > 0 ? call->arg[0] : NULL, TARGET_EVER,
		    &x->target);
	if (err == NULL && x->target.id.len > 0)
		err = err_new(ERR_BAD_REQUEST,
		    "a collection is exported as a whole: %s", call->arg[0]);
	x->at = x->state.head;
	if (x->has_log)
		x->at = x->has_since ? x->since : x->state.floor;
	return err;
}

/* All of it is of one moment. */
static const struct err *
run(struct cmd_call *call)
{
	struct base base = { 0 };
	struct export x = { .out = call->out };
	const struct err *err = base_open(&base, call->place);

	x.store = base.store;
	if (err == NULL)
		err = store_view_begin(base.store);
	if (err == NULL) {
		err = prepare(&x, call);
		if (err == NULL)
			err = write_all(&x);
		store_view_end(base.store);
	}
	base_close(&base);
	free(x.coll);
	buf_fini(&x.text);
	buf_fini(&x.body);
	return err;
}

static const struct cmd_option options[] = {
	[EXPORT_LOG] = { 0, "log", NULL,
	    "with the log: what was at the floor, and every change since" },
	[EXPORT_SINCE] = { 0, "since", "PLACE",
	    "only what changed after that; with --log the changes alone" },
	{ 0 },
};

const struct cmd cmd_export = {
	.name = "export",
	.summary = "a database as lines of JSON",
	.synopsis = "[options] [COLLECTION]",
	.text =
	    "Writes every document with its version, a line each, behind a line\n"
	    "that names the epoch and lines that name the collections; with\n"
	    "--log also every change that the log has.  The last line has\n"
	    "\"end\", so that what was cut short is seen to be.  tidemark import\n"
	    "makes the same database of it; of a part (a COLLECTION, or --since\n"
	    "without --log) it does not.\n"
	    "\n"
	    "All of it is of one moment.  As long as it is being written the\n"
	    "write-ahead log cannot be begun anew, so do not let it wait.\n"
	    "\n" POINT_HELP,
	.examples = "  tidemark export --log | gzip >backup.gz\n"
		    "  tidemark export --log --since 1042 >since.ndjson\n"
		    "  tidemark export jobs | jq -c 'select(.data).data'\n",
	.options = options,
	.args_max = 1,
	.run = run,
};
