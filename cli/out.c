#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* https://no-color.org: set, and not empty, whatever it is. */
static bool
is_wanted(const struct out *out, enum out_colour colour)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (colour != OUT_AUTO)
		return colour == OUT_ALWAYS;
	return out->is_terminal && (no == NULL || no[0] == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

void
out_init(struct out *out, enum out_colour colour, bool is_json)
{
	*out = (struct out){ .is_json = is_json };
	out->is_terminal = isatty(STDOUT_FILENO) == 1;
	out->ink.is_coloured = !is_json && is_wanted(out, colour);
	out->ink.is_shielded = out->is_terminal || out->ink.is_coloured;
}

bool
out_bytes(struct out *out, struct buf *bytes)
{
	if (out->error == 0 && bytes->len > 0 &&
	    fwrite(bytes->data, 1, bytes->len, stdout) < bytes->len)
		out->error = errno;
	buf_clear(bytes);
	return out->error == 0;
}

bool
out_line(struct out *out, struct buf *line)
{
	buf_byte(line, '\n');
	return out_bytes(out, line);
}

bool
out_flush(struct out *out)
{
	if (out->error == 0 && fflush(stdout) != 0)
		out->error = errno;
	return out->error == 0;
}

const struct err *
out_end(struct out *out)
{
	if (out_flush(out) || out->error == EPIPE)
		return NULL;
	errno = out->error;
	return err_sys("cannot write");
}
