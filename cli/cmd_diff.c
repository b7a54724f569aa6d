/* tidemark diff: what is different between two places in the log. */
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "buf.h"
#include "cmd.h"
#include "delta.h"
#include "history.h"
#include "json.h"
#include "mem.h"
#include "out.h"
#include "point.h"
#include "store.h"
#include "store_step.h"
#include "target.h"

struct compare {
	struct store *store;
	struct out *out;
	struct target target;
	uint64_t from, to; /* seqs */

	uint64_t *eid; /* of entities that changed in between */
	size_t n, cap;

	struct buf text;
	struct store_coll coll; /* of the last one */
	bool is_first;          /* of a list in JSON */
};

/* --- which --------------------------------------------------------------- */

/* A store_change_fn. */
static bool
note(const struct change *change, void *arg)
{
	struct compare *c = arg;

	if (!c->target.is_all && change->cid != c->target.coll.cid)
		return true;
	c->eid = mem_grow(c->eid, c->n, &c->cap, sizeof(c->eid[0]));
	c->eid[c->n++] = change->eid;
	return true;
}

static int
by_eid(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* By collection, and in the order in which they were first there. */
static const struct err *
find(struct compare *c)
{
	uint64_t low = c->from < c->to ? c->from : c->to;
	uint64_t high = c->from < c->to ? c->to : c->from;
	struct store_range range = { .after = low, .until = high };
	const struct err *err = NULL;
	size_t n = 0;

	if (low < high)
		err = store_steps(c->store, range, note, c);
	if (c->n > 0)
		qsort(c->eid, c->n, sizeof(c->eid[0]), by_eid);
	for (size_t i = 0; i < c->n; i++)
		if (n == 0 || c->eid[n - 1] != c->eid[i])
			c->eid[n++] = c->eid[i];
	c->n = n;
	return err;
}

/* --- how they differ ----------------------------------------------------- */

struct side {
	struct buf body;
	struct json doc;
	uint64_t version; /* 0: it was not there */
};

static const struct err *
side_read(struct compare *c, const struct store_entity *e, uint64_t seq,
    struct side *side)
{
	const struct err *err;

	buf_clear(&side->body);
	err = history_of(c->store, e, seq, &side->body, &side->version);
	if (err == NULL && side->version != 0)
		err = json_scan(&side->doc, buf_as_span(&side->body), NULL);
	return err;
}

static void
side_fini(struct side *side)
{
	buf_fini(&side->body);
	json_fini(&side->doc);
}

/* A delta_fn. */
static void
tell_place(const struct delta_place *place, void *arg)
{
	struct compare *c = arg;

	if (!c->out->is_json) {
		buf_str(&c->text, "  ");
		delta_line(c->out->ink, place, &c->text);
		buf_byte(&c->text, '\n');
		return;
	}
	buf_printf(&c->text, "%s{\"path\":\"", c->is_first ? "" : ",");
	c->is_first = false;
	buf_span(&c->text, place->pointer);
	buf_byte(&c->text, '"');
	if (place->from.len > 0) {
		buf_str(&c->text, ",\"old\":");
		buf_span(&c->text, place->from);
	}
	if (place->to.len > 0) {
		buf_str(&c->text, ",\"new\":");
		buf_span(&c->text, place->to);
	}
	buf_byte(&c->text, '}');
}

static void
tell_places(struct compare *c, const struct side *from, const struct side *to)
{
	struct delta_place all = { .pointer = span_of("", 0),
		.from = buf_as_span(&from->body),
		.to = buf_as_span(&to->body) };

	c->is_first = true;
	if (from->version != 0 && to->version != 0)
		delta(&from->doc, &to->doc, tell_place, c);
	else
		tell_place(&all, c);
}

static void
tell(struct compare *c, const struct store_entity *e, const struct side *from,
    const struct side *to)
{
	struct ink ink = c->out->ink;
	const char *word = from->version == 0 ? "created"
	    : to->version == 0                ? "deleted"
					      : "changed";

	if (c->out->is_json) {
		buf_printf(&c->text,
		    "{\"collection\":\"%s\",\"id\":", c->coll.name);
		json_quote(&c->text, e->id);
		buf_printf(&c->text,
		    ",\"is\":\"%s\",\"from\":%llu,\"to\":%llu,\"changes\":[",
		    word, (unsigned long long)from->version,
		    (unsigned long long)to->version);
		tell_places(c, from, to);
		buf_str(&c->text, "]}\n");
		return;
	}
	ink_word(ink, &c->text, INK_BOLD, c->coll.name);
	buf_byte(&c->text, '/');
	ink_paint(ink, &c->text, INK_BOLD, e->id);
	buf_printf(&c->text, "  %s", word);
	if (from->version != 0 && to->version != 0)
		buf_printf(&c->text, ", version %llu to %llu",
		    (unsigned long long)from->version,
		    (unsigned long long)to->version);
	buf_byte(&c->text, '\n');
	tell_places(c, from, to);
}

/* The text of one that is as it was is taken back. */
static bool
is_same(const struct side *from, const struct side *to)
{
	return from->version == to->version ||
	    (from->version != 0 && to->version != 0 &&
		span_eq(buf_as_span(&from->body), buf_as_span(&to->body)));
}

static const struct err *
one_entity(struct compare *c, uint64_t eid)
{
	struct store_entity e;
	struct buf hold = { 0 };
	struct side from = { 0 }, to = { 0 };
	const struct err *err = store_entity_at(c->store, eid, &e, &hold);

	if (err != NULL || !target_has_id(&c->target, e.id))
		goto out;
	if (c->coll.cid != (uint32_t)(eid >> 32))
		err = store_coll_at(c->store, (uint32_t)(eid >> 32), &c->coll);
	if (err == NULL)
		err = side_read(c, &e, c->from, &from);
	if (err == NULL)
		err = side_read(c, &e, c->to, &to);
	if (err == NULL && !is_same(&from, &to))
		tell(c, &e, &from, &to);
out:
	side_fini(&from);
	side_fini(&to);
	buf_fini(&hold);
	return err;
}

/* One view for the list, another one for each entity: a pipe may be slow, and
 * what was stays as it was. */
static const struct err *
compare(struct compare *c)
{
	const struct err *err = find(c);

	for (size_t i = 0; i < c->n && err == NULL && c->out->error == 0; i++) {
		err = store_view_begin(c->store);
		if (err == NULL) {
			err = one_entity(c, c->eid[i]);
			store_view_end(c->store);
		}
		if (err == NULL)
			(void)out_bytes(c->out, &c->text);
	}
	return err;
}

static const struct err *
run(struct cmd_call *call)
{
	struct base base = { 0 };
	struct compare c = { .out = call->out };
	const char *target = call->n_args > 2 ? call->arg[2] : NULL;
	const struct err *err = base_open(&base, call->place);

	c.store = base.store;
	if (err == NULL)
		err = point_find(base.store, call->arg[0], &c.from);
	if (err == NULL)
		err = point_find(base.store, call->arg[1], &c.to);
	if (err == NULL)
		err = target_find(base.store, target, TARGET_EVER, &c.target);
	if (err == NULL)
		err = compare(&c);
	free(c.eid);
	buf_fini(&c.text);
	base_close(&base);
	return err;
}

static const struct cmd_option options[] = { { 0 } };

const struct cmd cmd_diff = {
	.name = "diff",
	.summary = "what is different between two places in the log",
	.synopsis = "[options] PLACE PLACE [COLLECTION[/GLOB]]",
	.text =
	    "Of each entity that is not as it was, where it differs, by JSON\n"
	    "Pointer: ~ old and new value, + what was not there, - what is no\n"
	    "longer there.  Elements of lists are told apart by their id, key,\n"
	    "uuid or name.  The first place may be the later one.\n"
	    "\n" POINT_HELP,
	.examples = "  tidemark diff 1040 head\n"
		    "  tidemark diff 10m now jobs/build-7\n"
		    "  tidemark diff --json floor head | jq .changes\n",
	.options = options,
	.args_min = 2,
	.args_max = 3,
	.run = run,
};
