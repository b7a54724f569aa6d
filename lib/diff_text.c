/*
 * Strings.  A text of at least TEXT_MIN bytes changes in one place: what lies
 * between the common beginning and the common end is deleted, and something
 * else is inserted there.  Where that is much:
 *
 * 1. A log whose window slid has no common beginning: its new head is looked
 *    for in the old text, and when all that follows there is how the new text
 *    begins, the old head is deleted and the rest appended.
 * 2. Else what lies between may be lines most of which stayed: diff_lines.c.
 *
 * Cuts are made between characters only: never within an escape, a UTF-8
 * sequence or (that is one sequence) a surrogate pair.
 */
#include <string.h>

#include "diff_run.h"
#include "utf16.h"

enum {
	TEXT_MIN = 32,
	BLOCK = 256,      /* bytes compared at once */
	CHAR_MAX_LEN = 6, /* \u001f */
	HEAD_LEN = 64,    /* bytes of a log's head that are looked for */
	SLIDES_MAX = 16,  /* places that look like the head */
};

/* old[del_from, del_to) becomes new[ins_from, ins_to); bytes and units. */
struct edit {
	struct utf16_mark del_from, del_to;
	struct utf16_mark ins_from, ins_to;
};

static size_t
common_head(struct span a, struct span b)
{
	size_t max = a.len < b.len ? a.len : b.len, n = 0;

	while (max - n >= BLOCK && memcmp(a.p + n, b.p + n, BLOCK) == 0)
		n += BLOCK;
	while (n < max && a.p[n] == b.p[n])
		n++;
	return n;
}

static size_t
common_tail(struct span a, struct span b, size_t max)
{
	const char *ae = a.p + a.len, *be = b.p + b.len;
	size_t n = 0;

	while (max - n >= BLOCK &&
	    memcmp(ae - n - BLOCK, be - n - BLOCK, BLOCK) == 0)
		n += BLOCK;
	while (n < max && ae[-(ptrdiff_t)n - 1] == be[-(ptrdiff_t)n - 1])
		n++;
	return n;
}

/* The last boundary that is not behind byte at. */
static struct utf16_mark
boundary_before(struct span text, size_t at)
{
	struct utf16_mark mark = { 0 }, next;

	if (at > CHAR_MAX_LEN)
		utf16_to_byte(text, &mark, at - CHAR_MAX_LEN);
	for (next = mark; next.at <= at;
	     utf16_to_byte(text, &next, next.at + 1)) {
		mark = next;
		if (mark.at == text.len)
			break;
	}
	return mark;
}

/* One place: between the common beginning and the common end. */
static struct edit
edit_between(struct span from, struct span to)
{
	struct utf16_mark head = boundary_before(from, common_head(from, to));
	size_t least = (from.len < to.len ? from.len : to.len) - head.at;
	size_t tail = common_tail(from, to, least);
	struct edit edit = { head, head, head, head };
	struct utf16_mark *f = &edit.del_to, *t = &edit.ins_to;

	utf16_to_byte(from, f, from.len - tail);
	utf16_to_byte(to, t, to.len - tail);
	/* Bytes may agree where characters do not: \\n ends like \n. */
	while (from.len - f->at != to.len - t->at) {
		if (from.len - f->at > to.len - t->at)
			utf16_to_byte(from, f, f->at + 1);
		else
			utf16_to_byte(to, t, t->at + 1);
	}
	return edit;
}

/*
 * Where in the old text the new one begins, so that all that follows there is
 * its beginning; from.len when nowhere.
 */
static struct utf16_mark
find_slide(struct span from, struct span to)
{
	size_t head = to.len < HEAD_LEN ? to.len : HEAD_LEN;
	struct utf16_mark mark = { 0 };
	const char *end = from.p + from.len, *p = from.p;

	for (int i = 0; i < SLIDES_MAX; i++) {
		p = memmem(p, (size_t)(end - p), to.p, head);
		if (p == NULL)
			break;
		utf16_to_byte(from, &mark, (size_t)(p - from.p));
		if (mark.at == (size_t)(p - from.p) &&
		    (size_t)(end - p) <= to.len &&
		    memcmp(p, to.p, (size_t)(end - p)) == 0)
			return mark;
		p++;
	}
	mark.at = from.len;
	return mark;
}

/* at: units before the text. */
static void
write_edit(struct diff_run *run, const struct edit *e, struct span to,
    size_t at)
{
	if (e->del_from.at < e->del_to.at)
		diff_op_del(run, at + e->del_from.units,
		    e->del_to.units - e->del_from.units);
	if (e->ins_from.at < e->ins_to.at && !run->is_over)
		diff_op_ins(run, at + e->ins_from.units,
		    span_of(to.p + e->ins_from.at,
			e->ins_to.at - e->ins_from.at));
}

void
diff_text_once(struct diff_run *run, struct span from, struct span to,
    size_t at)
{
	struct edit edit = edit_between(from, to);

	write_edit(run, &edit, to, at);
}

/* Does the window slide, for less than the edit?  Then it becomes that. */
static bool
slides(struct span from, struct span to, struct edit *edit)
{
	struct utf16_mark slide = find_slide(from, to);

	if (from.len - slide.at <=
	    to.len - (edit->ins_to.at - edit->ins_from.at))
		return false;
	edit->del_from = (struct utf16_mark){ 0 };
	edit->del_to = slide;
	/* The rest is whole characters in both texts. */
	edit->ins_from = (struct utf16_mark){ 0 };
	utf16_to_byte(to, &edit->ins_from, from.len - slide.at);
	edit->ins_to = edit->ins_from;
	edit->ins_to.at = to.len;
	return true;
}

void
diff_text(struct diff_run *run, struct span from, struct span to)
{
	struct edit edit;

	if (from.len < TEXT_MIN || to.len < TEXT_MIN) {
		run->is_over = true;
		return;
	}
	edit = edit_between(from, to);
	if (edit.ins_to.at - edit.ins_from.at > HEAD_LEN &&
	    edit.del_from.at < edit.del_to.at && !slides(from, to, &edit) &&
	    diff_lines(run, from, to, edit.ins_from.at,
		to.len - edit.ins_to.at))
		return;
	write_edit(run, &edit, to, 0);
}
