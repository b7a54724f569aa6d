#include "delta.h"

#include <stdlib.h>

#include "diff.h"
#include "intern.h"
#include "json_keys.h"
#include "mem.h"
#include "pointer.h"

struct walk {
	const struct json *from, *to;
	struct buf pointer;
	delta_fn *fn;
	void *arg;
};

static void compare(struct walk *, uint32_t from, uint32_t to);

/* A node of 0 is none, except for the roots, which are told by compare(). */
static void
tell(struct walk *w, uint32_t from, uint32_t to)
{
	struct delta_place place = { .pointer = buf_as_span(&w->pointer) };

	place.from = from != 0 ? json_span(w->from, from) : span_of("", 0);
	place.to = to != 0 ? json_span(w->to, to) : span_of("", 0);
	w->fn(&place, w->arg);
}

/* --- objects ------------------------------------------------------------- */

static void
compare_member(struct walk *w, struct span key, uint32_t from, uint32_t to)
{
	size_t len = w->pointer.len;

	pointer_add_key(&w->pointer, key);
	if (from != 0 && to != 0)
		compare(w, from, to);
	else
		tell(w, from, to);
	buf_cut(&w->pointer, len);
}

static struct span
key_at(const struct json *doc, uint32_t key)
{
	return json_inside(json_span(doc, key));
}

/* Key nodes of an object by the numbers of their keys. */
static uint32_t *
index_keys(const struct json *doc, uint32_t object, struct intern *keys)
{
	uint32_t *node = mem_new(doc->node[object].count + 1, sizeof(*node));
	uint32_t end = doc->node[object].next;

	for (uint32_t k = object + 1; k < end; k = json_next_key(doc, k))
		node[intern_put(keys, key_at(doc, k))] = k;
	return node;
}

static void
compare_objects(struct walk *w, uint32_t from, uint32_t to)
{
	struct intern from_keys = { 0 }, to_keys = { 0 };
	uint32_t *from_node = index_keys(w->from, from, &from_keys);
	uint32_t *to_node = index_keys(w->to, to, &to_keys);
	uint32_t at;

	for (uint32_t i = 0; i < from_keys.n; i++) {
		struct span key = from_keys.entry[i].span;
		bool is_there = intern_get(&to_keys, key, &at);

		compare_member(w, key, from_node[i] + 1,
		    is_there ? to_node[at] + 1 : 0);
	}
	for (uint32_t i = 0; i < to_keys.n; i++)
		if (!intern_get(&from_keys, to_keys.entry[i].span, &at))
			compare_member(w, to_keys.entry[i].span, 0,
			    to_node[i] + 1);
	intern_fini(&from_keys);
	intern_fini(&to_keys);
	free(from_node);
	free(to_node);
}

/* --- arrays -------------------------------------------------------------- */

struct side {
	uint32_t *node; /* of each element that is left */
	uint32_t n;
	uint32_t first; /* index of node[0] in the array */
};

static struct side
side_of(const struct json *doc, uint32_t array)
{
	uint32_t end = doc->node[array].next;
	struct side side = { .node = mem_new(doc->node[array].count + 1,
				 sizeof(uint32_t)) };

	for (uint32_t i = array + 1; i < end; i = doc->node[i].next)
		side.node[side.n++] = i;
	return side;
}

/* What an element is known by. */
static struct span
name_of(const struct json *doc, uint32_t element)
{
	for (size_t i = 0;
	     i < diff_default.n_keys && json_kind(doc, element) == JSON_OBJECT;
	     i++) {
		uint32_t value =
		    json_member(doc, element, span_str(diff_default.keys[i]));

		if (value != 0)
			return json_span(doc, value);
	}
	return json_span(doc, element);
}

static void
compare_element(struct walk *w, uint32_t index, uint32_t from, uint32_t to)
{
	size_t len = w->pointer.len;

	pointer_add_index(&w->pointer, index);
	if (from != 0 && to != 0)
		compare(w, from, to);
	else
		tell(w, from, to);
	buf_cut(&w->pointer, len);
}

/*
 * Partners in the same order: each of from takes the next of to that has its
 * name.  next[i] is the one behind i with the same name, head[name] the first
 * not passed yet.
 */
static uint32_t
pair(struct walk *w, const struct side *from, const struct side *to, bool tells)
{
	struct intern names = { 0 };
	uint32_t *next = mem_new(to->n + 1, sizeof(*next));
	uint32_t *head = mem_new(to->n + 1, sizeof(*head));
	uint32_t n = 0, passed = 0, name;

	for (uint32_t i = to->n; i-- > 0;) {
		name = intern_put(&names, name_of(w->to, to->node[i]));
		next[i] = head[name]; /* 0: none; else one more */
		head[name] = i + 1;
	}
	for (uint32_t i = 0; i < from->n; i++) {
		uint32_t at = 0;

		if (intern_get(&names, name_of(w->from, from->node[i]), &name))
			while ((at = head[name]) != 0 && at <= passed)
				head[name] = next[at - 1];
		if (at == 0) {
			if (tells)
				compare_element(w, from->first + i,
				    from->node[i], 0);
			continue;
		}
		n++;
		for (; tells && passed < at - 1; passed++)
			compare_element(w, to->first + passed, 0,
			    to->node[passed]);
		if (tells)
			compare_element(w, to->first + at - 1, from->node[i],
			    to->node[at - 1]);
		passed = at;
	}
	for (; tells && passed < to->n; passed++)
		compare_element(w, to->first + passed, 0, to->node[passed]);
	intern_fini(&names);
	free(next);
	free(head);
	return n;
}

static bool
is_same(const struct walk *w, uint32_t from, uint32_t to)
{
	return span_eq(json_span(w->from, from), json_span(w->to, to));
}

static void
compare_arrays(struct walk *w, uint32_t from_array, uint32_t to_array)
{
	struct side from = side_of(w->from, from_array);
	struct side to = side_of(w->to, to_array);
	uint32_t *from_nodes = from.node, *to_nodes = to.node;

	while (from.n > 0 && to.n > 0 && is_same(w, from.node[0], to.node[0])) {
		from =
		    (struct side){ from.node + 1, from.n - 1, from.first + 1 };
		to = (struct side){ to.node + 1, to.n - 1, to.first + 1 };
	}
	while (from.n > 0 && to.n > 0 &&
	    is_same(w, from.node[from.n - 1], to.node[to.n - 1]))
		from.n--, to.n--;
	if (from.n == to.n && pair(w, &from, &to, false) == 0)
		for (uint32_t i = 0; i < to.n; i++)
			compare_element(w, to.first + i, from.node[i],
			    to.node[i]);
	else
		(void)pair(w, &from, &to, true);
	free(from_nodes);
	free(to_nodes);
}

/* ------------------------------------------------------------------------- */

static void
compare(struct walk *w, uint32_t from, uint32_t to)
{
	enum json_kind kind = json_kind(w->from, from);

	if (is_same(w, from, to))
		return;
	if (kind == json_kind(w->to, to) && kind == JSON_OBJECT) {
		compare_objects(w, from, to);
	} else if (kind == json_kind(w->to, to) && kind == JSON_ARRAY) {
		compare_arrays(w, from, to);
	} else {
		struct delta_place place = { buf_as_span(&w->pointer),
			json_span(w->from, from), json_span(w->to, to) };

		w->fn(&place, w->arg);
	}
}

void
delta(const struct json *from, const struct json *to, delta_fn *fn, void *arg)
{
	struct walk w = { .from = from, .to = to, .fn = fn, .arg = arg };

	compare(&w, 0, 0);
	buf_fini(&w.pointer);
}
