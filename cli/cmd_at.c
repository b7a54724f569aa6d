/* tidemark at: documents as they were. */
#include "base.h"
#include "buf.h"
#include "cmd.h"
#include "history.h"
#include "out.h"
#include "past.h"
#include "point.h"
#include "roll.h"
#include "store.h"
#include "target.h"

/* --- a collection -------------------------------------------------------- */

struct list {
	const struct target *target;
	struct roll roll;
};

/* A store_entity_fn. */
static bool
take(const struct store_entity *e, void *arg)
{
	struct list *l = arg;

	if (target_has_id(l->target, e->id))
		roll_add(&l->roll, e);
	return true;
}

static const struct err *
list(struct store *s, const struct target *target, uint64_t seq,
    struct out *out)
{
	struct list l = { .target = target };
	struct past *past = NULL;
	const struct err *err = NULL;
	bool is_over;

	roll_init(&l.roll, out);
	if (seq > 0) { /* before the first change there was nothing */
		past = past_new(target->coll.cid, seq, span_of("", 0));
		err = past_walk(past, s, (struct monotime){ INT64_MAX }, take,
		    &l, &is_over);
	}
	if (err == NULL)
		roll_write(&l.roll);
	past_free(past);
	roll_fini(&l.roll);
	return err;
}

/* --- a document ---------------------------------------------------------- */

static const struct err *
not_there(const struct target *target, uint64_t seq)
{
	return err_new(ERR_NOT_FOUND, "there was no %.*s in %s at seq %llu",
	    SPAN_ARGS(target->id), target->coll.name, (unsigned long long)seq);
}

/* When a version was made; ms 0: nobody knows any more. */
static const struct err *
find_time(struct store *s, struct store_entity *then)
{
	const struct err *err =
	    store_version_time(s, then->version, &then->updated);

	if (err == NULL ||
	    (err->code != ERR_GONE && err->code != ERR_NOT_FOUND))
		return err;
	then->updated.ms = 0;
	return NULL;
}

static const struct err *
document(struct store *s, const struct target *target, uint64_t seq,
    struct out *out)
{
	struct store_entity now, then = { 0 };
	struct buf hold = { 0 }, body = { 0 };
	const struct err *err =
	    store_entity_get(s, target->coll.cid, target->id, &now, &hold);

	if (err == NULL)
		err = history_of(s, &now, seq, &body, &then.version);
	if ((err == NULL && then.version == 0) ||
	    (err != NULL && err->code == ERR_NOT_FOUND))
		err = not_there(target, seq);
	then.updated = now.updated;
	if (err == NULL && then.version != now.version)
		err = find_time(s, &then);
	if (err == NULL) {
		then.id = now.id;
		then.body = buf_as_span(&body);
		roll_document(out, &then);
	}
	buf_fini(&hold);
	buf_fini(&body);
	return err;
}

/* All of it is of one moment. */
static const struct err *
look(struct store *s, struct cmd_call *call)
{
	struct target target;
	uint64_t seq;
	const struct err *err = point_find(s, call->arg[0], &seq);

	if (err == NULL)
		err = target_find(s, call->arg[1], TARGET_EVER, &target);
	if (err != NULL)
		return err;
	return target.id.len == 0 || target_is_glob(&target)
	    ? list(s, &target, seq, call->out)
	    : document(s, &target, seq, call->out);
}

static const struct err *
run(struct cmd_call *call)
{
	struct base base = { 0 };
	const struct err *err = base_open(&base, call->place);

	if (err == NULL)
		err = store_view_begin(base.store);
	if (err == NULL) {
		err = look(base.store, call);
		store_view_end(base.store);
	}
	base_close(&base);
	return err;
}

static const struct cmd_option options[] = { { 0 } };

const struct cmd cmd_at = {
	.name = "at",
	.summary = "documents as they were",
	.synopsis = "[options] PLACE COLLECTION[/ID|/GLOB]",
	.text =
	    "Shows what show shows, as it was at a place in the log: the list of\n"
	    "a collection, with the versions of then, or a document.  Where the\n"
	    "log does not reach back so far, it says how far it does.\n"
	    "\n" POINT_HELP,
	.examples =
	    "  tidemark at 1041 jobs/build-7\n"
	    "  tidemark at 2h jobs\n"
	    "  tidemark at 2026-01-02T03:04:05Z 'jobs/build-*' --json\n",
	.options = options,
	.args_min = 2,
	.args_max = 2,
	.run = run,
};
