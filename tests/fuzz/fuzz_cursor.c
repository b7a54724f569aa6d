/*
 * fuzz_cursor: a text is no cursor, or one that is written back as it was:
 * there is one text for each.
 */
#include "cursor.h"

#include <assert.h>
#include <string.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct span text = span_of((const char *)bytes, n);
	char again[CURSOR_TEXT_BYTES];
	struct cursor cursor;

	if (cursor_parse(text, &cursor) != NULL)
		return 0;
	assert(cursor.seq <= CURSOR_SEQ_MAX);
	if (cursor.epoch == 0)
		assert(cursor.seq == 0 && (n == 0 || span_is(text, "0")));
	else
		assert(span_is(text, cursor_text(cursor, again)));
	return 0;
}
