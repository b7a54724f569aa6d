#include "point.h"

#include <stdbool.h>
#include <string.h>

#include "cursor.h"
#include "moment.h"
#include "span.h"
#include "store.h"

/* Digits alone, or digits and one of the units; *unit is what follows. */
static bool
number_of(const char *text, uint64_t *n, const char **unit)
{
	const char *p = text;

	*n = 0;
	for (; *p >= '0' && *p <= '9' && *n <= CURSOR_SEQ_MAX; p++)
		*n = *n * 10 + (uint64_t)(*p - '0');
	*unit = p;
	return p > text && *n <= CURSOR_SEQ_MAX;
}

static bool
ago_of(uint64_t n, const char *unit, struct moment *moment)
{
	static const char units[] = "smhd";
	static const int64_t ms[] = { 1000, 60000, 3600000, 86400000 };
	const char *at = *unit != '\0' ? strchr(units, *unit) : NULL;

	if (at == NULL || unit[1] != '\0' ||
	    n > INT64_MAX / 2 / (uint64_t)ms[at - units])
		return false;
	*moment = (struct moment){ .is_time = true, .time = walltime_now() };
	moment->time.ms -= (int64_t)n * ms[at - units];
	return true;
}

static const struct err *
parse(const char *text, const struct store_state *state, bool *is_seq,
    uint64_t *seq, struct moment *moment)
{
	const char *unit;

	*is_seq = true;
	*seq = state->head;
	if (strcmp(text, "head") == 0 || strcmp(text, "now") == 0)
		return NULL;
	*seq = state->floor;
	if (strcmp(text, "floor") == 0)
		return NULL;
	if (number_of(text, seq, &unit)) {
		if (*unit == '\0')
			return NULL;
		*is_seq = false;
		if (ago_of(*seq, unit, moment))
			return NULL;
	}
	*is_seq = false;
	if (moment_parse(span_str(text), moment) == NULL)
		return NULL;
	return err_new(ERR_BAD_REQUEST,
	    "\"%s\" is no place in the log: a seq, a cursor, a time "
	    "(2026-01-02T03:04:05Z, 10m), head or floor",
	    text);
}

const struct err *
point_find(struct store *s, const char *text, uint64_t *seq)
{
	struct store_state state;
	struct cursor at = { 0 }, oldest;
	struct moment moment;
	bool is_seq = true;
	const struct err *err = store_state(s, &state);

	if (err == NULL)
		err = parse(text, &state, &is_seq, seq, &moment);
	if (err == NULL && !is_seq) {
		err = moment_find(s, &moment, &at, &oldest);
		*seq = at.seq;
	}
	if (err != NULL && err->code == ERR_GONE)
		return err_new(ERR_GONE, "%s: %s; it goes from %llu to %llu",
		    text, err->msg, (unsigned long long)state.floor,
		    (unsigned long long)state.head);
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
