/*
 * delta_line: one place where two documents differ, as a line.
 */
#include "delta.h"
#include "utf8.h"

enum {
	VALUE_BYTES_MAX = 200, /* of a value that is shown */
	STRING_BYTES_MIN = 60, /* of a string that is shown in part */
	CONTEXT_BYTES = 12,    /* what stays of an equal beginning or end */
};

static const char ellipsis[] = "\xe2\x80\xa6";
static const char arrow[] = " \xe2\x86\x92 ";

/* Is p within a character, or within an escape that begins shortly before? */
static bool
is_inside(struct span text, size_t at)
{
	size_t from = at > 6 ? at - 6 : 0;

	if (((unsigned char)text.p[at] & 0xc0) == 0x80)
		return true;
	/* \u00xx, or \x: a backslash that is not itself escaped. */
	for (size_t i = at; i-- > from;) {
		size_t n = 0;

		while (n <= i && text.p[i - n] == '\\')
			n++;
		if (n % 2 == 1)
			return at - i < (text.p[i + 1] == 'u' ? 6 : 2);
	}
	return false;
}

/* The nearest place at or before at (dir -1), or behind it (1), to cut. */
static size_t
cut_at(struct span text, size_t at, int dir)
{
	while (at > 0 && at < text.len && is_inside(text, at))
		at = dir < 0 ? at - 1 : at + 1;
	return at;
}

static void
add_value(struct ink ink, enum ink_colour colour, struct span value,
    struct buf *out)
{
	size_t shown = value.len;

	if (value.len > VALUE_BYTES_MAX)
		shown = cut_at(value, VALUE_BYTES_MAX, -1);
	ink_paint(ink, out, colour, span_of(value.p, shown));
	if (shown < value.len)
		buf_printf(out, "%s (%zu bytes)", ellipsis, value.len);
}

/* What two strings have at their beginning and end, less some context. */
static void
find_equal(struct span a, struct span b, size_t *head, size_t *tail)
{
	size_t least = a.len < b.len ? a.len : b.len;
	size_t h = 0, t = 0;

	while (h < least && a.p[h] == b.p[h])
		h++;
	while (h + t < least && a.p[a.len - 1 - t] == b.p[b.len - 1 - t])
		t++;
	*head = h > CONTEXT_BYTES ? h - CONTEXT_BYTES : 0;
	*tail = t > CONTEXT_BYTES ? t - CONTEXT_BYTES : 0;
	/* Equal bytes are cut at the same places. */
	*head = cut_at(a, *head, -1);
	*tail = a.len - cut_at(a, a.len - *tail, 1);
}

static void
add_part(struct ink ink, enum ink_colour colour, struct span value,
    const size_t equal[2], struct buf *out)
{
	struct span middle =
	    span_of(value.p + equal[0], value.len - equal[0] - equal[1]);

	if (equal[0] > 0)
		ink_word(ink, out, INK_DIM, ellipsis);
	add_value(ink, colour, middle, out);
	if (equal[1] > 0)
		ink_word(ink, out, INK_DIM, ellipsis);
}

void
delta_line(struct ink ink, const struct delta_place *place, struct buf *out)
{
	bool was = place->from.len > 0, is = place->to.len > 0;
	size_t equal[2] = { 0, 0 };

	if (was && is && place->from.len >= STRING_BYTES_MIN &&
	    place->to.len >= STRING_BYTES_MIN && place->from.p[0] == '"' &&
	    place->to.p[0] == '"')
		find_equal(place->from, place->to, &equal[0], &equal[1]);
	ink_word(ink, out, was ? is ? INK_YELLOW : INK_RED : INK_GREEN,
	    was ? is ? "~" : "-" : "+");
	buf_byte(out, ' ');
	ink_paint(ink, out, INK_BOLD,
	    place->pointer.len > 0 ? place->pointer : span_str("(all)"));
	buf_str(out, "  ");
	if (was)
		add_part(ink, INK_RED, place->from, equal, out);
	if (was && is)
		buf_str(out, arrow);
	if (is)
		add_part(ink, INK_GREEN, place->to, equal, out);
}
