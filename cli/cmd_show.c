/* tidemark show: documents as they are now. */
#include <stdlib.h>

#include "amount.h"
#include "base.h"
#include "buf.h"
#include "cmd.h"
#include "grid.h"
#include "ink.h"
#include "json.h"
#include "out.h"
#include "show.h"
#include "target.h"

/* --- a collection -------------------------------------------------------- */

enum { PAGE = 1000 };

/* Gathered before it is written: a pipe may be slow, a reader must not be. */
struct list {
	const struct target *target;
	struct out *out;
	struct grid grid;
	struct buf text;
	struct buf last; /* id, from which the next page goes on */
	uint32_t n;      /* of this page */
};

static void
add_json(struct list *l, const struct store_entity *e)
{
	char at[WALLTIME_TEXT_BYTES];

	buf_str(&l->text, "{\"id\":");
	json_quote(&l->text, e->id);
	buf_printf(&l->text,
	    ",\"version\":%llu,\"bytes\":%zu,\"updated\":\"%s\"}\n",
	    (unsigned long long)e->version, e->body.len,
	    walltime_text(e->updated, at));
}

static void
add_row(struct list *l, const struct store_entity *e)
{
	struct grid *g = &l->grid;
	char at[WALLTIME_TEXT_BYTES];

	ink_text(l->out->ink, grid_cell(g), e->id);
	grid_end(g);
	buf_u64(grid_cell(g), e->version);
	grid_end(g);
	amount_bytes(grid_cell(g), e->body.len);
	grid_end(g);
	grid_add(g, walltime_text(e->updated, at));
}

/* A store_entity_fn. */
static bool
take(const struct store_entity *e, void *arg)
{
	struct list *l = arg;

	l->n++;
	buf_clear(&l->last);
	buf_span(&l->last, e->id);
	if (!target_has_id(l->target, e->id))
		return true;
	if (l->out->is_json)
		add_json(l, e);
	else
		add_row(l, e);
	return true;
}

static const struct err *
walk(struct store *s, struct list *l)
{
	const struct err *err;
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
	static const char *const heads[] = { "ID", "VERSION", "SIZE",
		"UPDATED" };
	struct list l = { .target = target, .out = out };
	const struct err *err;

	grid_init(&l.grid, 4);
	for (size_t i = 0; i < 4; i++) {
		ink_word(out->ink, grid_cell(&l.grid), INK_DIM, heads[i]);
		grid_end(&l.grid);
	}
	/* The walk of many pages is of one moment. */
	err = store_view_begin(s);
	if (err == NULL) {
		err = walk(s, &l);
		store_view_end(s);
	}
	if (!out->is_json)
		grid_write(&l.grid, "lrrl", "", &l.text);
	if (err == NULL)
		(void)out_bytes(out, &l.text);
	grid_fini(&l.grid);
	buf_fini(&l.text);
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
		show_document(out, &e);
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
		err = target_find(base.store, call->arg[0], &target);
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
