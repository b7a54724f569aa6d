#include "cursor.h"

#include <inttypes.h>
#include <stdio.h>

enum { EPOCH_DIGITS = 16 };

static const struct err *
malformed(struct span text)
{
	return err_new(ERR_BAD_REQUEST,
	    "\"%.*s\" is not a cursor: expected 16 hexadecimal digits, a dot "
	    "and a number, as an earlier answer gave them",
	    text.len > CURSOR_TEXT_BYTES ? CURSOR_TEXT_BYTES : (int)text.len,
	    text.p);
}

static bool
epoch_of(struct span text, uint64_t *epoch)
{
	*epoch = 0;
	for (size_t i = 0; i < EPOCH_DIGITS; i++) {
		char c = text.p[i];

		if (c >= '0' && c <= '9')
			*epoch = *epoch << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*epoch = *epoch << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	return *epoch != 0;
}

bool
cursor_seq_parse(struct span text, uint64_t *seq)
{
	*seq = 0;
	if (text.len == 0 || text.len > EPOCH_DIGITS ||
	    (text.len > 1 && text.p[0] == '0'))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		*seq = *seq * 10 + (uint64_t)(text.p[i] - '0');
	}
	return *seq <= CURSOR_SEQ_MAX;
}

const struct err *
cursor_parse(struct span text, struct cursor *cursor)
{
	*cursor = (struct cursor){ 0, 0 };
	if (text.len == 0 || span_is(text, "0"))
		return NULL;
	if (text.len < EPOCH_DIGITS + 2 || text.p[EPOCH_DIGITS] != '.' ||
	    !epoch_of(text, &cursor->epoch) ||
	    !cursor_seq_parse(span_of(text.p + EPOCH_DIGITS + 1,
				  text.len - EPOCH_DIGITS - 1),
		&cursor->seq))
		return malformed(text);
	return NULL;
}

char *
cursor_text(struct cursor cursor, char text[CURSOR_TEXT_BYTES])
{
	(void)snprintf(text, CURSOR_TEXT_BYTES, "%016" PRIx64 ".%" PRIu64,
	    cursor.epoch, cursor.seq);
	return text;
}
