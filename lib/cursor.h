/*
 * cursor: a place in a project's log, "<epoch>.<seq>": 16 lower-case hex
 * digits, a dot, a decimal number below 2^53.  Opaque to clients.
 *
 * Floor 1.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "span.h"

#define CURSOR_SEQ_MAX ((UINT64_C(1) << 53) - 1)
enum { CURSOR_TEXT_BYTES = 40 }; /* with the NUL */

struct cursor {
	uint64_t epoch; /* 0: no cursor, the client holds nothing */
	uint64_t seq;
};

/* "" and "0" are no cursor.  ERR_BAD_REQUEST for anything else malformed. */
const struct err *cursor_parse(struct span text, struct cursor *) MUST_CHECK;

/* The number alone; false when it is none. */
bool cursor_seq_parse(struct span text, uint64_t *seq) MUST_CHECK;

/* Fills and returns text. */
char *cursor_text(struct cursor, char text[CURSOR_TEXT_BYTES]);

#endif /* CURSOR_H */
