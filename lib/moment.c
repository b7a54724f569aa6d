#include "moment.h"

#include "store.h"
#include "store_step.h"
#include "walltime.h"

const struct err *
moment_parse(struct span text, struct moment *moment)
{
	*moment = (struct moment){ 0 };
	moment->is_time = walltime_parse(text, &moment->time);
	if (moment->is_time ||
	    (cursor_parse(text, &moment->cursor) == NULL &&
		moment->cursor.epoch != 0))
		return NULL;
	return err_new(ERR_BAD_REQUEST,
	    "neither a cursor, as an earlier answer gave it, nor a time like "
	    "2026-01-02T03:04:05Z");
}

/* Is the change of that seq, or the last one before it, at or before a time? */
static const struct err *
is_reached(struct store *s, uint64_t seq, struct walltime time, bool *is_so)
{
	struct walltime at;
	bool is_known;
	const struct err *err = store_step_time(s, seq, &at, &is_known);

	*is_so = is_known && at.ms <= time.ms;
	return err;
}

/*
 * The seq is made up bit by bit from the highest: as many looks as it has bits,
 * at places that do not depend on where the log ends.  Whatever the times are,
 * the change of the seq found is not later than the time (unless it is the
 * floor), and the one behind it is (unless there is none).
 */
static const struct err *
search(struct store *s, const struct store_state *state, struct walltime time,
    uint64_t *seq)
{
	const struct err *err = NULL;
	uint64_t bit = 1;
	bool is_so;

	*seq = 0;
	while (bit <= state->head / 2)
		bit *= 2;
	for (; bit > 0 && err == NULL; bit /= 2) {
		uint64_t probe = *seq + bit;

		if (probe > state->head)
			continue;
		is_so = true;
		if (probe > state->floor)
			err = is_reached(s, probe, time, &is_so);
		if (is_so)
			*seq = probe;
	}
	return err;
}

static const struct err *
find_time(struct store *s, const struct store_state *state,
    struct walltime time, uint64_t *seq)
{
	const struct err *err = search(s, state, time, seq);
	bool is_so = false;

	if (err != NULL || *seq > state->floor || state->floor == 0)
		return err;
	/* Its change has been trimmed, unless nothing came after it. */
	err = is_reached(s, state->floor, time, &is_so);
	if (err == NULL && !is_so && time.ms < walltime_now().ms)
		err = err_new(ERR_GONE, "the log does not reach back so far");
	return err;
}

const struct err *
moment_find(struct store *s, const struct moment *moment, struct cursor *at,
    struct cursor *oldest)
{
	struct store_state state;
	const struct err *err = store_state(s, &state);

	if (err != NULL)
		return err;
	*oldest = (struct cursor){ state.epoch, state.floor };
	*at = moment->cursor;
	if (moment->is_time) {
		at->epoch = state.epoch;
		return find_time(s, &state, moment->time, &at->seq);
	}
	if (at->epoch != state.epoch)
		return err_new(ERR_GONE, "the cursor is of another log");
	if (at->seq > state.head)
		return err_new(ERR_GONE,
		    "the cursor is of a place that the log has not reached");
	if (at->seq < state.floor)
		return err_new(ERR_GONE, "the log does not reach back so far");
	return NULL;
}
