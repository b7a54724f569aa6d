/*
 * Arrays.  What both begin and end with is left out; diff_align() finds out
 * what became of the elements between.  Then, in this order, so that every
 * index is right when its operation is applied:
 *
 *   1. remove what has no partner, from the back;
 *   2. from the front, put every place of the new array right: add what is
 *      new, move what is out of order to behind its new predecessor;
 *   3. compare partners, at their new index.
 *
 * In step 2 the array at any moment is the old one less what was removed:
 * stable elements, each followed by the places already put right after it,
 * and the pending elements, those that have yet to move, still where they
 * were between the stable ones.
 */
#include <stdlib.h>

#include "diff_align.h"
#include "diff_run.h"
#include "intern.h"
#include "mem.h"
#include "pointer.h"

/* One array of the two: the nodes between what is left out. */
struct side {
	const struct json *doc;
	uint32_t *node;
	uint32_t n;
};

struct array {
	struct side from, to;
	uint32_t skipped; /* elements both begin with */
	struct align al;
};

/* Where the elements of the old array are, in the midst of step 2. */
struct places {
	uint32_t *stable_before; /* stable elements before each old index */
	uint32_t *next_stable;   /* new index of the first stable one behind */
	uint32_t *pending;       /* Fenwick tree over old indexes */
	uint32_t n;
};

/* --- elements ------------------------------------------------------------ */

static struct span
element(const struct side *side, uint32_t i)
{
	return json_span(side->doc, side->node[i]);
}

static struct side
side_of(const struct json *doc, uint32_t array)
{
	struct side side = { doc, NULL, doc->node[array].count };
	uint32_t at = array + 1;

	side.node = mem_new(side.n, sizeof(*side.node));
	for (uint32_t i = 0; i < side.n; i++, at = doc->node[at].next)
		side.node[i] = at;
	return side;
}

/* Leave out the common beginning and end; returns the length of the first. */
static uint32_t
trim(struct side *a, struct side *b)
{
	uint32_t least = a->n < b->n ? a->n : b->n, head = 0, tail = 0;

	while (head < least && span_eq(element(a, head), element(b, head)))
		head++;
	least -= head;
	while (tail < least &&
	    span_eq(element(a, a->n - 1 - tail), element(b, b->n - 1 - tail)))
		tail++;
	a->n -= head + tail;
	b->n -= head + tail;
	memmove(a->node, a->node + head, a->n * sizeof(*a->node));
	memmove(b->node, b->node + head, b->n * sizeof(*b->node));
	return head;
}

/* The value of an element's key: true and *value, or false. */
static bool
key_value(const struct side *side, uint32_t i, struct span key,
    struct span *value)
{
	uint32_t node = side->node[i], member;

	if (json_kind(side->doc, node) != JSON_OBJECT)
		return false;
	member = json_member(side->doc, node, key);
	if (member == 0 || json_kind(side->doc, member) == JSON_ARRAY ||
	    json_kind(side->doc, member) == JSON_OBJECT)
		return false;
	*value = json_span(side->doc, member);
	return true;
}

/* --- classes ------------------------------------------------------------- */

/*
 * Class by the value of a key.  False when an element has none, or has that
 * of another element of its side.
 */
static bool
classify_by_key(const struct side *side, struct align_side *out,
    struct intern *classes, struct span key)
{
	struct span value;

	for (uint32_t i = 0; i < side->n; i++) {
		if (!key_value(side, i, key, &value))
			return false;
		out->class_of[i] = intern_put(classes, value);
		if (++out->n[out->class_of[i]] > 1)
			return false;
	}
	return true;
}

static bool
classify_by_keys(struct array *a, const struct diff_options *options)
{
	uint32_t n = a->from.n + a->to.n;
	bool is_done = false;

	for (size_t i = 0; i < options->n_keys && !is_done; i++) {
		struct span key = span_str(options->keys[i]);
		struct intern classes = { 0 };

		memset(a->al.from.n, 0, n * sizeof(*a->al.from.n));
		memset(a->al.to.n, 0, n * sizeof(*a->al.to.n));
		is_done =
		    classify_by_key(&a->from, &a->al.from, &classes, key) &&
		    classify_by_key(&a->to, &a->al.to, &classes, key);
		intern_fini(&classes);
	}
	return is_done;
}

static void
classify_by_bytes(const struct side *side, struct align_side *out,
    struct intern *classes)
{
	for (uint32_t i = 0; i < side->n; i++) {
		out->class_of[i] = intern_put(classes, element(side, i));
		out->n[out->class_of[i]]++;
	}
}

static void
classify(struct array *a, const struct diff_options *options)
{
	uint32_t n = a->from.n + a->to.n;
	struct intern classes = { 0 };

	if (classify_by_keys(a, options))
		return;
	memset(a->al.from.n, 0, n * sizeof(*a->al.from.n));
	memset(a->al.to.n, 0, n * sizeof(*a->al.to.n));
	classify_by_bytes(&a->from, &a->al.from, &classes);
	classify_by_bytes(&a->to, &a->al.to, &classes);
	intern_fini(&classes);
}

/* --- partners ------------------------------------------------------------ */

/* Nothing to find out: one side is empty, or both have one element. */
static void
align_few(struct array *a)
{
	if (a->from.n == 1 && a->to.n == 1) {
		a->al.from.other[0] = a->al.to.other[0] = 0;
		a->al.is_stable[0] = 1;
	}
}

static bool
is_scalar(const struct side *side, uint32_t i)
{
	return json_kind(side->doc, side->node[i]) < JSON_ARRAY;
}

/*
 * As many elements as before, and only scalars changed, each between two that
 * did not: that is no shift, and to replace one is as short as to move it.
 * Seen at once, where classes and their order take as long as the parsing.
 */
static bool
align_in_place(struct array *a)
{
	bool was_same = true;

	if (a->from.n != a->to.n)
		return false;
	for (uint32_t i = 0; i < a->from.n; i++) {
		bool is_same =
		    span_eq(element(&a->from, i), element(&a->to, i));

		if (!is_same &&
		    (!was_same || !is_scalar(&a->from, i) ||
			!is_scalar(&a->to, i)))
			return false;
		was_same = is_same;
	}
	for (uint32_t i = 0; i < a->from.n; i++) {
		a->al.from.other[i] = a->al.to.other[i] = i;
		a->al.is_stable[i] = 1;
	}
	return true;
}

static void
array_init(struct array *a, struct diff_run *run, uint32_t from, uint32_t to)
{
	*a = (struct array){ 0 };
	a->from = side_of(run->from, from);
	a->to = side_of(run->to, to);
	a->skipped = trim(&a->from, &a->to);
	align_init(&a->al, a->from.n, a->to.n);
	if (a->from.n == 0 || a->to.n == 0 ||
	    (a->from.n == 1 && a->to.n == 1)) {
		align_few(a);
	} else if (!align_in_place(a)) {
		classify(a, run->options);
		diff_align(&a->al, &run->steps);
	}
}

static void
array_fini(struct array *a)
{
	free(a->from.node);
	free(a->to.node);
	align_fini(&a->al);
}

/* --- places -------------------------------------------------------------- */

static void
pending_add(struct places *p, uint32_t i, uint32_t by)
{
	for (i++; i <= p->n; i += i & -i)
		p->pending[i] += by; /* modulo 2^32: -1 takes away */
}

/* Pending elements before old index i. */
static uint32_t
pending_before(const struct places *p, uint32_t i)
{
	uint32_t sum = 0;

	for (; i > 0; i -= i & -i)
		sum += p->pending[i];
	return sum;
}

static bool
is_pending(const struct align *al, uint32_t i)
{
	return al->from.other[i] != ALIGN_NONE && !al->is_stable[i];
}

static void
places_init(struct places *p, const struct align *al)
{
	uint32_t n = al->from.n_elements, behind = al->to.n_elements;

	p->n = n;
	p->stable_before = mem_new((size_t)n + 1, sizeof(uint32_t));
	p->next_stable = mem_new((size_t)n + 1, sizeof(uint32_t));
	p->pending = mem_new((size_t)n + 1, sizeof(uint32_t));
	for (uint32_t i = 0; i < n; i++) {
		p->stable_before[i + 1] =
		    p->stable_before[i] + al->is_stable[i];
		if (is_pending(al, i))
			pending_add(p, i, 1);
	}
	for (uint32_t i = n; i-- > 0;) {
		p->next_stable[i] = behind;
		if (al->is_stable[i])
			behind = al->from.other[i];
	}
}

static void
places_fini(struct places *p)
{
	free(p->stable_before);
	free(p->next_stable);
	free(p->pending);
}

/*
 * Where pending element i is now.  done: places of the new array that are
 * right; at: old index behind the last stable element among them.
 */
static uint32_t
place_of(const struct places *p, uint32_t i, uint32_t done, uint32_t at)
{
	uint32_t before = pending_before(p, i);

	if (i < at)
		return before + p->next_stable[i];
	return before + done + p->stable_before[i] - p->stable_before[at];
}

/* --- operations ---------------------------------------------------------- */

static size_t
enter(struct diff_run *run, uint32_t index)
{
	size_t back = run->path.len;

	pointer_add_index(&run->path, index);
	return back;
}

static void
write_removals(struct diff_run *run, const struct array *a)
{
	for (uint32_t i = a->from.n; i-- > 0 && !run->is_over;) {
		size_t back;

		if (a->al.from.other[i] != ALIGN_NONE)
			continue;
		back = enter(run, a->skipped + i);
		diff_op_remove(run);
		buf_cut(&run->path, back);
	}
}

static void
write_add(struct diff_run *run, uint32_t index, struct span value)
{
	size_t back = enter(run, index);

	diff_op_add(run, value);
	buf_cut(&run->path, back);
}

static void
write_places(struct diff_run *run, const struct array *a, struct places *p)
{
	uint32_t at = 0; /* old index behind the last stable element */

	for (uint32_t k = 0; k < a->to.n && !run->is_over; k++) {
		uint32_t i = a->al.to.other[k], from, to;

		if (i == ALIGN_NONE) {
			to = a->skipped + k + pending_before(p, at);
			write_add(run, to, element(&a->to, k));
		} else if (a->al.is_stable[i]) {
			at = i + 1;
		} else {
			from = a->skipped + place_of(p, i, k, at);
			pending_add(p, i, UINT32_MAX);
			to = a->skipped + k + pending_before(p, at);
			if (from != to)
				diff_op_move(run, from, to);
		}
	}
}

static void
write_partners(struct diff_run *run, const struct array *a)
{
	for (uint32_t k = 0; k < a->to.n && !run->is_over; k++) {
		uint32_t i = a->al.to.other[k];
		size_t back;

		if (i == ALIGN_NONE)
			continue;
		back = enter(run, a->skipped + k);
		diff_value(run, a->from.node[i], a->to.node[k]);
		buf_cut(&run->path, back);
	}
}

void
diff_array(struct diff_run *run, uint32_t from, uint32_t to)
{
	struct places places;
	struct array a;

	array_init(&a, run, from, to);
	write_removals(run, &a);
	if (!run->is_over) {
		places_init(&places, &a.al);
		write_places(run, &a, &places);
		places_fini(&places);
	}
	write_partners(run, &a);
	array_fini(&a);
}
