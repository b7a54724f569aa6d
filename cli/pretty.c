#include "pretty.h"

#include <stdbool.h>

#include "json.h"

/* A body that is damaged, and not canonical, is written somehow. */
struct pretty {
	struct ink ink;
	struct buf *out;
	bool is_line; /* everything on one */
	unsigned depth;
};

enum { INDENT = 2 };

static void
newline(const struct pretty *w)
{
	if (w->is_line)
		return;
	buf_byte(w->out, '\n');
	for (unsigned i = 0; i < w->depth * INDENT; i++)
		buf_byte(w->out, ' ');
}

/* A string, a number or a word; strings before a colon are keys. */
static const char *
scalar(const struct pretty *w, const char *p, const char *end)
{
	const char *behind = json_skip(p, end);
	bool is_key = behind < end && *behind == ':';
	enum ink_colour colour = INK_YELLOW;

	if (behind > end) /* of a damaged body */
		behind = end;
	if (*p == '"')
		colour = is_key ? INK_BLUE : INK_GREEN;
	else if (*p == 'n')
		colour = INK_DIM;
	ink_paint(w->ink, w->out, colour, span_of(p, (size_t)(behind - p)));
	return behind;
}

static const char *
open_level(struct pretty *w, const char *p, const char *end)
{
	buf_byte(w->out, *p);
	if (p + 1 < end && (p[1] == '}' || p[1] == ']')) {
		buf_byte(w->out, p[1]);
		return p + 2;
	}
	w->depth++;
	newline(w);
	return p + 1;
}

static void
walk(struct pretty *w, const char *p, const char *end)
{
	while (p < end) {
		switch (*p) {
		case '{':
		case '[':
			p = open_level(w, p, end);
			break;
		case '}':
		case ']':
			w->depth -= w->depth > 0;
			newline(w);
			buf_byte(w->out, *p++);
			break;
		case ',':
			buf_byte(w->out, *p++);
			newline(w);
			break;
		case ':':
			buf_str(w->out, w->is_line ? ":" : ": ");
			p++;
			break;
		default: /* the first byte of a scalar */
			p = scalar(w, p, end);
			break;
		}
	}
}

void
pretty_write(struct ink ink, struct span body, struct buf *out)
{
	struct pretty w = { .ink = ink, .out = out };

	walk(&w, body.p, body.p + body.len);
}

void
pretty_line(struct ink ink, struct span body, struct buf *out)
{
	struct pretty w = { .ink = ink, .out = out, .is_line = true };

	walk(&w, body.p, body.p + body.len);
}
