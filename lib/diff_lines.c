/*
 * Texts of many lines that changed in several places: a report with a clock
 * at its head and another line at its end.  Lines are aligned as the elements
 * of an array are (diff_align.h); each that is not as it was, and each run of
 * lines that only one side has, is an edit of its own.  What moved is deleted
 * and inserted.
 *
 * From the front: what stands before an edit is as it will be, so positions
 * are those of the new text.
 */
#include <stdlib.h>
#include <string.h>

#include "diff_align.h"
#include "diff_run.h"
#include "intern.h"
#include "mem.h"
#include "utf16.h"

enum {
	LINES_MIN = 2,
	/* Whoever applies an edit may have to shift all that follows it. */
	EDITS_MAX = 32,
	EDIT_BYTES = 80, /* of str_del and str_ins, beside path and text */
};

/* One text of the two; line i is text[at[i], at[i + 1]). */
struct side {
	struct span text;
	size_t *at;
	uint32_t n;
};

/* Behind the end of the line that begins at p.  A line feed stands as \n. */
static const char *
line_end(const char *p, const char *end)
{
	while ((p = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		p += 2;
		if (p[-1] == 'n')
			return p;
	}
	return end;
}

static struct side
side_of(struct span text)
{
	struct side side = { .text = text };
	const char *p = text.p, *end = text.p + text.len;
	size_t cap = 0;

	for (;;) {
		side.at = mem_grow(side.at, side.n, &cap, sizeof(*side.at));
		side.at[side.n] = (size_t)(p - text.p);
		if (p == end)
			return side;
		side.n++;
		p = line_end(p, end);
	}
}

static struct span
lines(const struct side *side, uint32_t from, uint32_t to)
{
	return span_of(side->text.p + side->at[from],
	    side->at[to] - side->at[from]);
}

static void
classify(const struct side *side, struct align_side *out,
    struct intern *classes)
{
	for (uint32_t i = 0; i < side->n; i++) {
		out->class_of[i] = intern_put(classes, lines(side, i, i + 1));
		out->n[out->class_of[i]]++;
	}
}

static void
align_lines(struct diff_run *run, struct align *al, const struct side *from,
    const struct side *to)
{
	struct intern classes = { 0 };

	align_init(al, from->n, to->n);
	classify(from, &al->from, &classes);
	classify(to, &al->to, &classes);
	diff_align(al, &run->steps);
	intern_fini(&classes);
}

/* What is between the last pair and the next, and how far it has come. */
struct progress {
	struct utf16_mark mark; /* in the new text */
	uint32_t from, to;      /* lines that are done */
	uint32_t n_edits;
	size_t at; /* units before the new text */
};

/* Make the lines up to these what they will be. */
static void
edit_upto(struct diff_run *run, struct progress *p, const struct side *from,
    uint32_t from_end, const struct side *to, uint32_t to_end)
{
	struct span old = lines(from, p->from, from_end);
	struct span new = lines(to, p->to, to_end);

	if (!span_eq(old, new)) {
		utf16_to_byte(to->text, &p->mark, to->at[p->to]);
		diff_text_once(run, old, new, p->at + p->mark.units);
		run->is_over |= ++p->n_edits > EDITS_MAX;
	}
	p->from = from_end;
	p->to = to_end;
}

static void
write_edits(struct diff_run *run, const struct align *al,
    const struct side *from, const struct side *to, size_t at)
{
	struct progress p = { .at = at };

	for (uint32_t k = 0; k < to->n && !run->is_over; k++) {
		uint32_t i = al->to.other[k];

		if (i == ALIGN_NONE || !al->is_stable[i])
			continue;
		edit_upto(run, &p, from, i, to, k);
		if (!run->is_over)
			edit_upto(run, &p, from, i + 1, to, k + 1);
	}
	if (!run->is_over)
		edit_upto(run, &p, from, from->n, to, to->n);
}

/* Where the line begins that byte at, a boundary, is in. */
static size_t
line_start(struct span text, size_t at)
{
	const char *p = text.p, *next = p;

	while (next <= text.p + at && next < text.p + text.len) {
		p = next;
		next = line_end(p, text.p + text.len);
	}
	return (size_t)(p - text.p);
}

/* Without whole lines that are the same at both ends; *at: units before. */
static struct span
narrow(struct span text, size_t head, size_t tail, size_t *at)
{
	const char *end = text.p + text.len;
	struct utf16_mark mark = { 0 };
	size_t start = line_start(text, head);

	utf16_to_byte(text, &mark, start);
	*at = mark.units;
	end = line_end(end - tail, end);
	return span_of(text.p + start, (size_t)(end - text.p) - start);
}

bool
diff_lines(struct diff_run *run, struct span from, struct span to, size_t head,
    size_t tail)
{
	size_t at, outer = run->limit, mark = run->out->len;
	size_t own =
	    mark + to.len - head - tail + 2 * run->path.len + EDIT_BYTES;
	struct side a = side_of(narrow(from, head, tail, &at));
	struct side b = side_of(narrow(to, head, tail, &at));
	struct align al = { 0 };
	bool is_done = false;

	if (a.n >= LINES_MIN && b.n >= LINES_MIN) {
		run->limit = own < outer ? own : outer;
		align_lines(run, &al, &a, &b);
		write_edits(run, &al, &a, &b, at);
		is_done = !run->is_over;
		align_fini(&al);
		run->limit = outer;
	}
	if (run->is_over) {
		run->is_over = false;
		buf_cut(run->out, mark);
	}
	free(a.at);
	free(b.at);
	return is_done;
}
