#include "point.h"

#include <stdbool.h>
#include <string.h>

#include "cursor.h"
#include "span.h"
#include "store.h"

/* False when it is no number. */
static bool
seq_of(const char *text, uint64_t *seq)
{
	const char *p = text;

	*seq = 0;
	for (; *p >= '0' && *p <= '9' && *seq <= CURSOR_SEQ_MAX; p++)
		*seq = *seq * 10 + (uint64_t)(*p - '0');
	return p > text && *p == '\0' && *seq <= CURSOR_SEQ_MAX;
}

static const struct err *
parse(const char *text, const struct store_state *state, uint64_t *seq)
{
	struct cursor cursor;
	const struct err *err;

	if (strcmp(text, "head") == 0) {
		*seq = state->head;
		return NULL;
	}
	if (strcmp(text, "floor") == 0) {
		*seq = state->floor;
		return NULL;
	}
	if (seq_of(text, seq))
		return NULL;
	err = cursor_parse(span_str(text), &cursor);
	if (err != NULL || cursor.epoch == 0)
		return err_new(ERR_BAD_REQUEST,
		    "\"%s\" is no place in the log: a seq, a cursor, head or "
		    "floor",
		    text);
	*seq = cursor.seq;
	return cursor.epoch == state->epoch
	    ? NULL
	    : err_new(ERR_GONE,
		  "the cursor is of another epoch; that of now is %016llx",
		  (unsigned long long)state->epoch);
}

const struct err *
point_find(struct store *s, const char *text, uint64_t *seq)
{
	struct store_state state;
	const struct err *err = store_state(s, &state);

	if (err == NULL)
		err = parse(text, &state, seq);
	if (err != NULL)
		return err;
	if (*seq < state.floor)
		return err_new(ERR_GONE,
		    "the log reaches back to seq %llu only, not to %llu",
		    (unsigned long long)state.floor, (unsigned long long)*seq);
	if (*seq > state.head)
		return err_new(ERR_NOT_FOUND,
		    "the log ends at seq %llu; there is no %llu yet",
		    (unsigned long long)state.head, (unsigned long long)*seq);
	return NULL;
}
