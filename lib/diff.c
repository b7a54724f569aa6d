/*
 * Values and objects.
 *
 * 1. Values with equal canonical bytes are equal; nothing below is looked at.
 * 2. Two objects are walked in lockstep while their keys agree; the rest goes
 *    through a table.  Arrays: diff_array.c.  Strings: diff_text.c.
 * 3. At every value, operations that together are longer than one replace of
 *    it are cut off again and the replace is written.  The limit that this
 *    sets for out is kept while the operations are written, the narrowest of
 *    all levels, so work that would be cut off ends early.  Hence the bound
 *    in diff.h, and hence no level costs more than the bytes of its values.
 *
 * A path longer than patches may have counts as beyond the limit.
 *
 * To add another operation: a diff_op_… here, and see patch.c.
 */
#include "diff.h"

#include <stdlib.h>

#include "diff_run.h"
#include "intern.h"
#include "mem.h"
#include "pointer.h"

static const char *const default_keys[] = { "id", "key", "uuid", "name" };

const struct diff_options diff_default = {
	.keys = default_keys,
	.n_keys = sizeof(default_keys) / sizeof(default_keys[0]),
	.is_standard = false,
};

/* Comparisons of elements that one diff may spend in diff_align.c. */
enum { STEPS_MAX = 32 << 20 };

/* --- operations ---------------------------------------------------------- */

/* {"op":"<op>","<member>":"<path>  (the string is left open) */
static void
op_begin(struct diff_run *run, const char *op, const char *member)
{
	struct buf *out = run->out;

	if (out->len > run->start)
		buf_byte(out, ',');
	buf_str(out, "{\"op\":\"");
	buf_str(out, op);
	buf_str(out, "\",\"");
	buf_str(out, member);
	buf_str(out, "\":\"");
	buf_span(out, buf_as_span(&run->path));
}

static void
op_end(struct diff_run *run)
{
	buf_byte(run->out, '}');
	if (run->out->len > run->limit || run->path.len > POINTER_BYTES_MAX)
		run->is_over = true;
}

static void
op_value(struct diff_run *run, const char *op, struct span value)
{
	op_begin(run, op, "path");
	buf_str(run->out, "\",\"value\":");
	buf_span(run->out, value);
	op_end(run);
}

void
diff_op_add(struct diff_run *run, struct span value)
{
	op_value(run, "add", value);
}

void
diff_op_remove(struct diff_run *run)
{
	op_begin(run, "remove", "path");
	buf_byte(run->out, '"');
	op_end(run);
}

void
diff_op_move(struct diff_run *run, uint32_t from, uint32_t to)
{
	op_begin(run, "move", "from");
	if (run->path.len + strlen("/4294967295") > POINTER_BYTES_MAX)
		run->is_over = true;
	pointer_add_index(run->out, from);
	buf_str(run->out, "\",\"path\":\"");
	buf_span(run->out, buf_as_span(&run->path));
	pointer_add_index(run->out, to);
	buf_byte(run->out, '"');
	op_end(run);
}

void
diff_op_del(struct diff_run *run, size_t pos, size_t len)
{
	op_begin(run, "str_del", "path");
	buf_str(run->out, "\",\"pos\":");
	buf_u64(run->out, pos);
	buf_str(run->out, ",\"len\":");
	buf_u64(run->out, len);
	op_end(run);
}

void
diff_op_ins(struct diff_run *run, size_t pos, struct span inside)
{
	op_begin(run, "str_ins", "path");
	buf_str(run->out, "\",\"pos\":");
	buf_u64(run->out, pos);
	buf_str(run->out, ",\"str\":\"");
	buf_span(run->out, inside);
	buf_byte(run->out, '"');
	op_end(run);
}

/* Bytes of a replace at the path, with the comma before it. */
static size_t
replace_len(const struct diff_run *run, struct span value)
{
	return strlen("{\"op\":\"replace\",\"path\":\"\",\"value\":}") +
	    run->path.len + value.len + (run->out->len > run->start);
}

/* --- values -------------------------------------------------------------- */

/* Nodes of an object that are still to be compared: key, value, key, … */
struct rest {
	const struct json *doc;
	uint32_t key; /* node of the next key */
	uint32_t n;   /* members left */
};

static void
rest_step(struct rest *r)
{
	r->key = r->doc->node[r->key + 1].next;
	r->n--;
}

static struct span
rest_key(const struct rest *r)
{
	return json_span(r->doc, r->key);
}

/* Go down to the member with this (quoted) key; returns the way back. */
static size_t
enter(struct diff_run *run, struct span quoted)
{
	size_t back = run->path.len;

	pointer_add_key(&run->path, json_inside(quoted));
	return back;
}

static void
diff_member(struct diff_run *run, uint32_t from_key, uint32_t to_key)
{
	size_t back = enter(run, json_span(run->to, to_key));

	diff_value(run, from_key + 1, to_key + 1);
	buf_cut(&run->path, back);
}

static void
add_member(struct diff_run *run, uint32_t to_key)
{
	size_t back = enter(run, json_span(run->to, to_key));

	diff_op_add(run, json_span(run->to, to_key + 1));
	buf_cut(&run->path, back);
}

static void
remove_member(struct diff_run *run, struct span quoted)
{
	size_t back = enter(run, quoted);

	diff_op_remove(run);
	buf_cut(&run->path, back);
}

/* Members whose order does not agree, or which only one side has. */
static void
diff_rest(struct diff_run *run, struct rest from, struct rest to)
{
	struct intern keys = { 0 };
	uint32_t *node = mem_new(from.n, sizeof(*node)); /* 0: seen in to */
	uint32_t at;

	for (; from.n > 0; rest_step(&from))
		node[intern_put(&keys, rest_key(&from))] = from.key;
	for (; to.n > 0 && !run->is_over; rest_step(&to)) {
		if (intern_get(&keys, rest_key(&to), &at)) {
			diff_member(run, node[at], to.key);
			node[at] = 0;
		} else {
			add_member(run, to.key);
		}
	}
	for (at = 0; at < keys.n && !run->is_over; at++)
		if (node[at] != 0)
			remove_member(run, keys.entry[at].span);
	free(node);
	intern_fini(&keys);
}

static void
diff_object(struct diff_run *run, uint32_t from_node, uint32_t to_node)
{
	struct rest from = { run->from, from_node + 1,
		run->from->node[from_node].count };
	struct rest to = { run->to, to_node + 1, run->to->node[to_node].count };

	while (
	    from.n > 0 && to.n > 0 && span_eq(rest_key(&from), rest_key(&to))) {
		diff_member(run, from.key, to.key);
		if (run->is_over)
			return;
		rest_step(&from);
		rest_step(&to);
	}
	if (from.n > 0 || to.n > 0)
		diff_rest(run, from, to);
}

/* By kind; what has no parts can only be replaced. */
static void
diff_parts(struct diff_run *run, uint32_t from, uint32_t to)
{
	enum json_kind kind = json_kind(run->to, to);
	bool is_same = kind == json_kind(run->from, from);

	if (is_same && kind == JSON_OBJECT)
		diff_object(run, from, to);
	else if (is_same && kind == JSON_ARRAY)
		diff_array(run, from, to);
	else if (is_same && kind == JSON_STRING && !run->options->is_standard)
		diff_text(run, json_inside(json_span(run->from, from)),
		    json_inside(json_span(run->to, to)));
	else
		run->is_over = true;
}

void
diff_value(struct diff_run *run, uint32_t from, uint32_t to)
{
	struct span value = json_span(run->to, to);
	size_t mark = run->out->len;
	size_t outer = run->limit;
	size_t own = mark + replace_len(run, value);

	if (span_eq(json_span(run->from, from), value))
		return;
	run->limit = own < outer ? own : outer;
	diff_parts(run, from, to);
	run->limit = outer;
	if (run->is_over) {
		run->is_over = false;
		buf_cut(run->out, mark);
		op_value(run, "replace", value);
	}
}

void
diff(const struct json *from, const struct json *to,
    const struct diff_options *options, struct buf *patch)
{
	struct diff_run run = {
		.from = from,
		.to = to,
		.options = options,
		.out = patch,
		.limit = SIZE_MAX,
		.steps = STEPS_MAX,
	};

	buf_byte(patch, '[');
	run.start = patch->len;
	diff_value(&run, 0, 0);
	buf_byte(patch, ']');
	buf_fini(&run.path);
}
