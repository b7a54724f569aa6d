/*
 * 1. Elements whose class is unique on both sides are partners.
 * 2. The longest run of partners in ascending order on both sides is stable;
 *    the others move.
 * 3. In the gaps between stable elements, what looks the same and is in order
 *    becomes partners by Myers' greedy algorithm ("An O(ND) difference
 *    algorithm", 1986), up to MYERS_MAX differences a gap.
 * 4. What is still without a partner in a gap is paired by position: to
 *    change an element never costs more than to remove one and add one.
 */
#include "diff_align.h"

#include <stdbool.h>
#include <stdlib.h>

#include "mem.h"

/* A gap of 256 by 256 never has more differences. */
enum { MYERS_MAX = 512 };

/* A gap between stable elements: [from, from_end) and [to, to_end). */
struct gap {
	uint32_t from, from_end;
	uint32_t to, to_end;
};

/* The elements of one side of a gap that could find a partner. */
struct row {
	uint32_t *at; /* room for all elements of the side */
	uint32_t n;
};

/*
 * Diagonal d holds the points (x, x - d); reach[d] is the largest x that the
 * present number of differences leads to.  The state after each step is kept
 * in trace, so that the way can be walked back.
 */
struct myers {
	const struct align *al;
	struct row from, to;
	size_t steps;                     /* what may still be spent */
	int32_t reach[2 * MYERS_MAX + 3]; /* diagonals from -MYERS_MAX - 1 */
	int32_t *trace;                   /* step s: s + 1 entries */
	size_t cap;
};

typedef void gap_fn(struct align *, const struct gap *, struct myers *);

static void
side_init(struct align_side *side, uint32_t n_elements, size_t n_classes)
{
	side->n_elements = n_elements;
	side->class_of = mem_new(n_elements, sizeof(*side->class_of));
	side->n = mem_new(n_classes, sizeof(*side->n));
	side->other = mem_new(n_elements, sizeof(*side->other));
	for (uint32_t i = 0; i < n_elements; i++)
		side->other[i] = ALIGN_NONE;
}

static void
side_fini(struct align_side *side)
{
	free(side->class_of);
	free(side->n);
	free(side->other);
}

void
align_init(struct align *al, uint32_t n_from, uint32_t n_to)
{
	size_t n_classes = (size_t)n_from + n_to;

	side_init(&al->from, n_from, n_classes);
	side_init(&al->to, n_to, n_classes);
	al->is_stable = mem_new(n_from, sizeof(*al->is_stable));
}

void
align_fini(struct align *al)
{
	side_fini(&al->from);
	side_fini(&al->to);
	free(al->is_stable);
}

static void
marry(struct align *al, uint32_t i, uint32_t k)
{
	al->from.other[i] = k;
	al->to.other[k] = i;
}

static bool
is_alone(const struct align_side *side, uint32_t at)
{
	return side->other[at] == ALIGN_NONE;
}

static bool
looks_same(const struct align *al, uint32_t i, uint32_t k)
{
	return al->from.class_of[i] == al->to.class_of[k];
}

/* --- unique elements ----------------------------------------------------- */

/* n_classes is at most the number of all elements. */
static void
marry_unique(struct align *al)
{
	size_t n = (size_t)al->from.n_elements + al->to.n_elements;
	uint32_t *last = mem_new(n, sizeof(*last)); /* of from, by class */

	for (uint32_t i = 0; i < al->from.n_elements; i++)
		last[al->from.class_of[i]] = i;
	for (uint32_t k = 0; k < al->to.n_elements; k++) {
		uint32_t c = al->to.class_of[k];

		if (al->from.n[c] == 1 && al->to.n[c] == 1)
			marry(al, last[c], k);
	}
	free(last);
}

/* --- the longest ascending run ------------------------------------------- */

/*
 * tail[l] is where (in to) the ascending run of length l + 1 ends whose last
 * partner is smallest; before[k] is what precedes k in its run.
 */
static void
mark_stable(struct align *al)
{
	uint32_t n = al->to.n_elements;
	const uint32_t *other = al->to.other;
	uint32_t *tail = mem_new(n, sizeof(*tail));
	uint32_t *before = mem_new(n, sizeof(*before));
	uint32_t longest = 0, at;

	for (uint32_t k = 0; k < n; k++) {
		uint32_t low = 0, high = longest;

		if (other[k] == ALIGN_NONE)
			continue;
		while (low < high) {
			uint32_t mid = low + (high - low) / 2;

			if (other[tail[mid]] < other[k])
				low = mid + 1;
			else
				high = mid;
		}
		tail[low] = k;
		before[k] = low > 0 ? tail[low - 1] : ALIGN_NONE;
		longest += low == longest;
	}
	at = longest > 0 ? tail[longest - 1] : ALIGN_NONE;
	for (; at != ALIGN_NONE; at = before[at])
		al->is_stable[other[at]] = 1;
	free(tail);
	free(before);
}

/* --- gaps ---------------------------------------------------------------- */

/* fn may make more elements of its gap stable. */
static void
each_gap(struct align *al, gap_fn *fn, struct myers *m)
{
	struct gap gap = { 0 };

	for (uint32_t k = 0; k <= al->to.n_elements; k++) {
		uint32_t i = al->from.n_elements;

		if (k < al->to.n_elements) {
			i = al->to.other[k];
			if (i == ALIGN_NONE || !al->is_stable[i])
				continue;
		}
		gap.from_end = i;
		gap.to_end = k;
		if (gap.from < gap.from_end && gap.to < gap.to_end)
			fn(al, &gap, m);
		gap.from = i + 1;
		gap.to = k + 1;
	}
}

static void
marry_stable(struct align *al, uint32_t i, uint32_t k)
{
	marry(al, i, k);
	al->is_stable[i] = 1;
}

static void
pair_by_position(struct align *al, const struct gap *gap, struct myers *m)
{
	uint32_t i = gap->from, k = gap->to;

	(void)m;
	for (;; i++, k++) {
		while (i < gap->from_end && !is_alone(&al->from, i))
			i++;
		while (k < gap->to_end && !is_alone(&al->to, k))
			k++;
		if (i >= gap->from_end || k >= gap->to_end)
			return;
		marry_stable(al, i, k);
	}
}

/* --- Myers --------------------------------------------------------------- */

static void
row_fill(struct row *row, const struct align_side *side,
    const struct align_side *opposite, uint32_t begin, uint32_t end)
{
	row->n = 0;
	for (uint32_t i = begin; i < end; i++)
		if (is_alone(side, i) && opposite->n[side->class_of[i]] > 0)
			row->at[row->n++] = i;
}

static int32_t *
reach_of(struct myers *m, int32_t d)
{
	return &m->reach[d + MYERS_MAX + 1];
}

/* Where in trace step s begins. */
static size_t
trace_at(int32_t s)
{
	return (size_t)s * (size_t)(s + 1) / 2;
}

/* Down (an element of to) or right (one of from) onto diagonal d? */
static bool
comes_from_above(int32_t left, int32_t above, int32_t d, int32_t s)
{
	return d == -s || (d != s && left < above);
}

/* The furthest x on diagonal d with s differences. */
static int32_t
slide(struct myers *m, int32_t d, int32_t s)
{
	int32_t left = *reach_of(m, d - 1), above = *reach_of(m, d + 1);
	int32_t x = comes_from_above(left, above, d, s) ? above : left + 1;
	size_t spent = 1;

	for (; x < (int32_t)m->from.n && x - d < (int32_t)m->to.n &&
	     looks_same(m->al, m->from.at[x], m->to.at[x - d]);
	     x++)
		spent++;
	m->steps -= spent < m->steps ? spent : m->steps;
	return x;
}

static void
keep_trace(struct myers *m, int32_t s)
{
	size_t at = trace_at(s);

	if (at + (size_t)s + 1 > m->cap) {
		m->cap = m->cap * 2 + 64 + (size_t)s;
		m->trace = mem_resize(m->trace, m->cap, sizeof(*m->trace));
	}
	for (int32_t d = -s; d <= s; d += 2)
		m->trace[at + (size_t)(d + s) / 2] = *reach_of(m, d);
}

/* The number of differences; -1 when there are too many. */
static int32_t
count_differences(struct myers *m)
{
	int32_t from = (int32_t)m->from.n, to = (int32_t)m->to.n;

	for (int32_t s = 0; s <= MYERS_MAX && m->steps > 0; s++) {
		*reach_of(m, -s - 1) = *reach_of(m, s + 1) = 0;
		for (int32_t d = -s; d <= s; d += 2) {
			int32_t x = slide(m, d, s);

			*reach_of(m, d) = x;
			if (x >= from && x - d >= to)
				return s;
		}
		keep_trace(m, s);
	}
	return -1;
}

/* x on diagonal d after s differences, from the trace. */
static int32_t
traced(const struct myers *m, int32_t d, int32_t s)
{
	return m->trace[trace_at(s) + (size_t)(d + s) / 2];
}

/* Walk back from the end; what was slid over looks the same. */
static void
marry_along(struct align *al, const struct myers *m, int32_t s)
{
	int32_t x = (int32_t)m->from.n, k = (int32_t)m->to.n;

	while (s >= 0) {
		int32_t d = x - k, begin = 0, down = 0;

		if (s > 0) {
			int32_t left = d > -s ? traced(m, d - 1, s - 1) : 0;
			int32_t above = d < s ? traced(m, d + 1, s - 1) : 0;

			down = comes_from_above(left, above, d, s);
			begin = down ? above : left + 1;
		}
		while (x > begin) {
			x--;
			k--;
			marry_stable(al, m->from.at[x], m->to.at[k]);
		}
		x -= !down;
		k -= down;
		s--;
	}
}

static void
pair_in_order(struct align *al, const struct gap *gap, struct myers *m)
{
	int32_t differences;

	row_fill(&m->from, &al->from, &al->to, gap->from, gap->from_end);
	if (m->from.n == 0)
		return;
	row_fill(&m->to, &al->to, &al->from, gap->to, gap->to_end);
	if (m->to.n == 0)
		return;
	differences = count_differences(m);
	if (differences >= 0)
		marry_along(al, m, differences);
}

void
diff_align(struct align *al, size_t *steps)
{
	struct myers *m = mem_new(1, sizeof(*m));

	m->al = al;
	m->steps = *steps;
	m->from.at = mem_new(al->from.n_elements, sizeof(*m->from.at));
	m->to.at = mem_new(al->to.n_elements, sizeof(*m->to.at));
	marry_unique(al);
	mark_stable(al);
	each_gap(al, pair_in_order, m);
	each_gap(al, pair_by_position, m);
	*steps = m->steps;
	free(m->trace);
	free(m->from.at);
	free(m->to.at);
	free(m);
}
