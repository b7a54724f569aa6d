/*
 * ink: text for people, in colours, and so that no id or value can give orders
 * to a terminal.
 *
 * Floor 3; pure.
 */
#ifndef INK_H
#define INK_H

#include <stdbool.h>

#include "buf.h"
#include "span.h"

enum ink_colour {
	INK_PLAIN,
	INK_BOLD,
	INK_DIM,
	INK_RED,
	INK_GREEN,
	INK_YELLOW,
	INK_BLUE,
	INK_CYAN,
	INK__MAX
};

/* {0}: bytes as they are, for a pipe. */
struct ink {
	bool is_coloured;
	/*
	 * Control characters (C0, DEL, C1), what turns the direction of text,
	 * and bytes that are not UTF-8 are written as \u001b, \u202e, \xff.
	 */
	bool is_shielded;
};

/* Append text from outside. */
void ink_text(struct ink, struct buf *, struct span text);

/* The same in a colour. */
void ink_paint(struct ink, struct buf *, enum ink_colour, struct span text);

/* Words of ours, in a colour. */
void ink_word(struct ink, struct buf *, enum ink_colour, const char *);

/* Begin a colour, which ends with INK_PLAIN. */
void ink_colour(struct ink, struct buf *, enum ink_colour);

/* Columns that a text takes on a terminal; colours take none. */
size_t ink_columns(struct span text);

#endif /* INK_H */
