#include "ink.h"

#include <stdint.h>
#include <wchar.h>

#include "utf8.h"

static const char *const sequences[INK__MAX] = {
	[INK_PLAIN] = "\033[0m",
	[INK_BOLD] = "\033[1m",
	[INK_DIM] = "\033[2m",
	[INK_RED] = "\033[31m",
	[INK_GREEN] = "\033[32m",
	[INK_YELLOW] = "\033[33m",
	[INK_BLUE] = "\033[34m",
	[INK_CYAN] = "\033[36m",
};

/* The character at p, which has n bytes. */
static uint32_t
decode(const unsigned char *p, size_t n)
{
	static const unsigned char mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = p[0] & mask[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

static bool
is_order(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	    c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069);
}

void
ink_text(struct ink ink, struct buf *out, struct span text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	const unsigned char *end = p + text.len, *run = p;

	if (!ink.is_shielded) {
		buf_span(out, text);
		return;
	}
	while (p < end) {
		size_t n = utf8_length(p, end);
		uint32_t c = n > 0 ? decode(p, n) : *p;

		if (n > 0 && !is_order(c)) {
			p += n;
			continue;
		}
		buf_add(out, run, (size_t)(p - run));
		buf_printf(out, n > 0 ? "\\u%04x" : "\\x%02x", c);
		p += n > 0 ? n : 1;
		run = p;
	}
	buf_add(out, run, (size_t)(p - run));
}

void
ink_colour(struct ink ink, struct buf *out, enum ink_colour colour)
{
	if (ink.is_coloured)
		buf_str(out, sequences[colour]);
}

void
ink_paint(struct ink ink, struct buf *out, enum ink_colour colour,
    struct span text)
{
	if (colour != INK_PLAIN)
		ink_colour(ink, out, colour);
	ink_text(ink, out, text);
	if (colour != INK_PLAIN)
		ink_colour(ink, out, INK_PLAIN);
}

void
ink_word(struct ink ink, struct buf *out, enum ink_colour colour,
    const char *word)
{
	ink_paint(ink, out, colour, span_str(word));
}

/* The first byte behind a colour that begins at p. */
static const unsigned char *
skip_colour(const unsigned char *p, const unsigned char *end)
{
	while (p < end && *p != 'm')
		p++;
	return p < end ? p + 1 : end;
}

size_t
ink_columns(struct span text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	const unsigned char *end = p + text.len;
	size_t columns = 0;

	while (p < end) {
		size_t n = utf8_length(p, end);
		int wide = n > 0 ? wcwidth((wchar_t)decode(p, n)) : 1;

		if (*p == '\033') {
			p = skip_colour(p, end);
			continue;
		}
		/* Unknown to the locale: one column, as most are. */
		columns += wide >= 0 ? (size_t)wide : 1;
		p += n > 0 ? n : 1;
	}
	return columns;
}
