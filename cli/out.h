/*
 * out: stdout, for people on a terminal or for programs.  A line is gathered
 * in a buffer and written as a whole; whoever reads may go away at any time,
 * which ends a command quietly.
 *
 * Floor 3.
 */
#ifndef OUT_H
#define OUT_H

#include <stdbool.h>

#include "buf.h"
#include "err.h"
#include "ink.h"

enum out_colour { OUT_AUTO, OUT_ALWAYS, OUT_NEVER };

struct out {
	struct ink ink;
	bool is_json;
	bool is_terminal;
	int error; /* errno of the write that failed; 0 while all went well */
};

/* auto: colours on a terminal, unless NO_COLOR is set or TERM is dumb. */
void out_init(struct out *, enum out_colour, bool is_json);

/* Write the line and a newline, and clear it.  False: nobody reads it. */
bool out_line(struct out *, struct buf *line);
/* The same without a newline. */
bool out_bytes(struct out *, struct buf *bytes);
/* What is written shall be seen. */
bool out_flush(struct out *);

/* At the end: ERR_SYS when something could not be written; gone is no error. */
const struct err *out_end(struct out *) MUST_CHECK;

#endif /* OUT_H */
