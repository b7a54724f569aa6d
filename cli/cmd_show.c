/* tidemark show: documents as they are now. */
#include "base.h"
#include "buf.h"
#include "cmd.h"
#include "out.h"
#include "roll.h"
#include "store.h"
#include "target.h"

/* --- a collection -------------------------------------------------------- */

enum { PAGE = 1000 };

/* Page by page, in order of ids. */
struct list {
	const struct target *target;
	struct roll roll;
	struct buf last; /* id, from which the next page goes on */
	uint32_t n;      /* of this page */
};

/* A store_entity_fn. */
static bool
take(const struct store_entity *e, void *arg)
{
	struct list *l = arg;

	l->n++;
	buf_clear(&l->last);
	buf_span(&l->last, e->id);
	if (target_has_id(l->target, e->id))
		roll_add(&l->roll, e);
	return true;
}

static const struct err *
walk(struct store *s, struct list *l)
{
	const struct err *err = NULL;
	struct buf after = { 0 };

	do {
		l->n = 0;
		buf_clear(&after);
		buf_span(&after, buf_as_span(&l->last));
		err = store_entities_after(s, l->target->coll.cid,
		    buf_as_span(&after), PAGE, take, l);
	} while (err == NULL && l->n == PAGE);
	buf_fini(&after);
	return err;
}

static const struct err *
list(struct store *s, const struct target *target, struct out *out)
{
	struct list l = { .target = target };
	/* The walk of many pages is of one moment. */
	const struct err *err = store_view_begin(s);

	if (err != NULL)
		return err;
	roll_init(&l.roll, out);
	err = walk(s, &l);
	store_view_end(s);
	if (err == NULL)
		roll_write(&l.roll);
	roll_fini(&l.roll);
	buf_fini(&l.last);
	return err;
}

/* --- a document ---------------------------------------------------------- */

static const struct err *
not_there(const struct target *target, const struct store_entity *gone)
{
	char at[WALLTIME_TEXT_BYTES];

	if (gone == NULL)
		return err_new(ERR_NOT_FOUND, "there is no %.*s in %s",
		    SPAN_ARGS(target->id), target->coll.name);
	return err_new(ERR_NOT_FOUND,
	    "%s/%.*s was deleted at seq %llu (%s); as it was: tidemark at %llu "
	    "%s/%.*s",
	    target->coll.name, SPAN_ARGS(target->id),
	    (unsigned long long)gone->version, walltime_text(gone->updated, at),
	    (unsigned long long)gone->version - 1, target->coll.name,
	    SPAN_ARGS(target->id));
}

static const struct err *
document(struct store *s, const struct target *target, struct out *out)
{
	struct store_entity e;
	struct buf hold = { 0 };
	const struct err *err =
	    store_entity_get(s, target->coll.cid, target->id, &e, &hold);

	if (err != NULL && err->code == ERR_NOT_FOUND)
		err = not_there(target, NULL);
	else if (err == NULL && e.body.len == 0)
		err = not_there(target, &e);
	else if (err == NULL)
		roll_document(out, &e);
	buf_fini(&hold);
	return err;
}

static const struct err *
run(struct cmd_call *call)
{
	struct base base = { 0 };
	struct target target;
	const struct err *err = base_open(&base, call->place);

	if (err == NULL)
		err =
		    target_find(base.store, call->arg[0], TARGET_NOW, &target);
	if (err == NULL)
		err = target.id.len == 0 || target_is_glob(&target)
		    ? list(base.store, &target, call->out)
		    : document(base.store, &target, call->out);
	base_close(&base);
	return err;
}

static const struct cmd_option options[] = { { 0 } };

const struct cmd cmd_show = {
	.name = "show",
	.summary = "documents as they are now",
	.synopsis = "[options] COLLECTION[/ID|/GLOB]",
	.text =
	    "Of a collection, or of ids that fit a glob (* is any text, ? one\n"
	    "character), a list: id, version (the seq of its last change), size\n"
	    "and time of that change.  Of one id its document: indented on a\n"
	    "terminal, byte for byte as it is stored in a pipe.  With --json a\n"
	    "document comes with its id, version and time.\n",
	.examples = "  tidemark show jobs\n"
		    "  tidemark show 'jobs/build-*'\n"
		    "  tidemark show jobs/build-7 | jq .status\n",
	.options = options,
	.args_min = 1,
	.args_max = 1,
	.run = run,
};
