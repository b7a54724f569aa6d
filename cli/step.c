#include "step.h"

#include "json.h"
#include "json_keys.h"
#include "pretty.h"

enum { POINTERS_SHOWN = 3 };

static const char *const words[CHANGE__MAX] = {
	[CHANGE_CREATE] = "create",
	[CHANGE_PUT] = "put",
	[CHANGE_PATCH] = "patch",
	[CHANGE_DELETE] = "delete",
};
static const enum ink_colour colours[CHANGE__MAX] = {
	[CHANGE_CREATE] = INK_GREEN,
	[CHANGE_PUT] = INK_CYAN,
	[CHANGE_PATCH] = INK_YELLOW,
	[CHANGE_DELETE] = INK_RED,
};

/* A damaged log may have any number there. */
static bool
is_known(enum change_op op)
{
	return op > 0 && op < CHANGE__MAX;
}

static const char *
word_of(enum change_op op)
{
	return is_known(op) ? words[op] : "?";
}

/* --- for programs -------------------------------------------------------- */

static void
add_member(struct buf *out, const char *name, struct span text)
{
	if (text.len == 0)
		return;
	buf_printf(out, ",\"%s\":", name);
	json_quote(out, text);
}

void
step_json(const struct step *step, bool has_content, struct buf *out)
{
	const struct change *c = step->change;
	bool is_create = c->op == CHANGE_CREATE;
	char at[WALLTIME_TEXT_BYTES];

	buf_printf(out, "{\"seq\":%llu,\"at\":\"%s\",\"collection\":",
	    (unsigned long long)c->seq, walltime_text(c->at, at));
	json_quote(out, step->coll);
	buf_str(out, ",\"id\":");
	json_quote(out, c->id);
	buf_printf(out, ",\"op\":\"%s\",\"base\":%llu,\"version\":%llu",
	    is_create ? "put" : word_of(c->op),
	    (unsigned long long)(is_create ? 0 : c->prev),
	    (unsigned long long)c->seq);
	add_member(out, "actor", c->actor);
	add_member(out, "mutation", c->mutation);
	if (has_content && c->op == CHANGE_PATCH && c->patch.len > 0) {
		buf_str(out, ",\"patch\":");
		buf_span(out, c->patch);
	} else if (has_content && step->body.len > 0) {
		buf_str(out, ",\"data\":");
		buf_span(out, step->body);
	}
	buf_byte(out, '}');
}

/* --- for people ---------------------------------------------------------- */

/* A member of an operation, without quotes where it is a string. */
static struct span
member(const struct json *patch, uint32_t op, const char *name)
{
	uint32_t node = json_member(patch, op, span_str(name));

	if (node == 0 || json_kind(patch, node) != JSON_STRING)
		return span_of("", 0);
	return json_inside(json_span(patch, node));
}

/* The first node of an array's elements; the last is before end. */
static uint32_t
begin(const struct json *patch, uint32_t *end)
{
	bool is_list = patch->n_nodes > 0 && json_kind(patch, 0) == JSON_ARRAY;

	*end = is_list ? patch->node[0].next : 0;
	return 1;
}

static void
add_pointers(struct ink ink, struct span text, struct buf *out)
{
	struct json patch = { 0 };
	unsigned n = 0;
	uint32_t end;

	if (json_scan(&patch, text, NULL) != NULL)
		buf_str(out, "  (no patch)");
	for (uint32_t op = begin(&patch, &end); op < end;
	     op = patch.node[op].next) {
		struct span path = member(&patch, op, "path");

		if (n++ >= POINTERS_SHOWN)
			continue;
		buf_str(out, n == 1 ? "  " : " ");
		ink_text(ink, out, path.len > 0 ? path : span_str("(all)"));
	}
	if (n > POINTERS_SHOWN)
		buf_printf(out, " +%u", n - POINTERS_SHOWN);
	json_fini(&patch);
}

void
step_line(struct ink ink, const struct step *step, struct buf *out)
{
	const struct change *c = step->change;
	char at[WALLTIME_TEXT_BYTES];
	const char *word = word_of(c->op);

	buf_printf(out, "%8llu  ", (unsigned long long)c->seq);
	ink_word(ink, out, INK_DIM, walltime_text(c->at, at));
	buf_str(out, "  ");
	ink_word(ink, out, is_known(c->op) ? colours[c->op] : INK_RED, word);
	for (size_t n = span_str(word).len; n < 8; n++)
		buf_byte(out, ' ');
	ink_paint(ink, out, INK_BOLD, step->coll);
	buf_byte(out, '/');
	ink_paint(ink, out, INK_BOLD, c->id);
	if (c->op == CHANGE_PATCH)
		add_pointers(ink, c->patch, out);
	if (c->actor.len > 0) {
		buf_str(out, "  by ");
		ink_text(ink, out, c->actor);
	}
}

static const char margin[] = "          ";

/* op and path stand before whatever else an operation has. */
static void
add_operation(struct ink ink, const struct json *patch, uint32_t op,
    struct buf *out)
{
	buf_byte(out, '\n');
	buf_str(out, margin);
	ink_paint(ink, out, INK_DIM, member(patch, op, "op"));
	buf_byte(out, ' ');
	ink_text(ink, out, member(patch, op, "path"));
	if (json_kind(patch, op) != JSON_OBJECT)
		return;
	for (uint32_t key = op + 1; key < patch->node[op].next;
	     key = json_next_key(patch, key)) {
		struct span name = json_inside(json_span(patch, key));

		if (span_is(name, "op") || span_is(name, "path"))
			continue;
		buf_byte(out, ' ');
		if (!span_is(name, "value")) {
			ink_paint(ink, out, INK_DIM, name);
			buf_byte(out, ' ');
		}
		pretty_line(ink, json_span(patch, key + 1), out);
	}
}

void
step_content(struct ink ink, const struct step *step, struct buf *out)
{
	struct json patch = { 0 };
	uint32_t end;

	if (step->body.len > 0) {
		buf_byte(out, '\n');
		buf_str(out, margin);
		pretty_line(ink, step->body, out);
	}
	if (step->change->op != CHANGE_PATCH ||
	    json_scan(&patch, step->change->patch, NULL) != NULL)
		goto out; /* the line has said so */
	for (uint32_t op = begin(&patch, &end); op < end;
	     op = patch.node[op].next)
		add_operation(ink, &patch, op, out);
out:
	json_fini(&patch);
}
