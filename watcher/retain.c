#include "retain.h"

#include "config.h"
#include "store.h"

enum {
	STEPS = 50, /* between two looks at the clock */
	/* Of one transaction on a full disk. */
	RESCUE_STEPS = 10,
	RESCUE_ROUNDS = 100,
	RESCUE_BYTES = 512 << 10,
	LOOKS_MAX = 1000, /* changes whose time is read in one slice */
	DAY_MS = 86400000,
};

static const double HOUR_NS = 3600e9;

/* What the log is like, and what it should be. */
struct bounds {
	const struct config_keep *keep;
	struct store_state state;
	uint64_t bytes;
	uint64_t aged;
	bool is_open; /* more changes must be looked at for that */
};

/* --- age ------------------------------------------------------------------ */

static void
allow(struct retain *r, uint64_t kept, struct monotime now)
{
	double an_hour = (double)kept / RETAIN_HOURS;

	if (an_hour < RETAIN_AGED_MIN)
		an_hour = RETAIN_AGED_MIN;
	if (r->since.ns == 0)
		r->allowance = RETAIN_AGED_MIN;
	else
		r->allowance +=
		    an_hour * (double)(now.ns - r->since.ns) / HOUR_NS;
	if (r->allowance > an_hour)
		r->allowance = an_hour;
	r->since = now;
}

/* A walk over the oldest changes. */
struct ageing {
	struct retain *retain;
	struct walltime now, oldest; /* that may stay */
	uint64_t enough;             /* what the allowance lets go */
	unsigned left;               /* to be looked at */
};

static bool
take_age(const struct change *change, void *arg)
{
	struct ageing *a = arg;
	bool is_unknown = change->at.ms > a->now.ms;

	if (a->retain->aged >= a->enough || a->left == 0 ||
	    (!is_unknown && change->at.ms > a->oldest.ms))
		return false;
	a->left--;
	a->retain->looked = change->seq;
	if (!is_unknown)
		a->retain->aged = change->seq;
	return true;
}

/* Not further than is allowed: the clock may be another one by then. */
static const struct err *
look_at_age(struct retain *r, struct store *s, struct bounds *b,
    struct retain_now now)
{
	uint64_t floor = b->state.floor;
	struct ageing a = {
		.retain = r,
		.now = now.wall,
		.oldest.ms = now.wall.ms - (int64_t)b->keep->days * DAY_MS,
		.left = LOOKS_MAX,
	};
	const struct err *err;

	allow(r, b->state.head - floor, now.mono);
	if (r->looked < floor)
		r->looked = floor;
	a.enough = floor + (uint64_t)r->allowance;
	err = store_changes(s, (struct store_range){ .after = r->looked },
	    take_age, &a);
	b->is_open = a.left == 0;
	b->aged = r->aged < a.enough ? r->aged : a.enough;
	return err;
}

/* --- what is to go -------------------------------------------------------- */

static const struct err *
look(struct bounds *b, struct store *s)
{
	const struct err *err = store_state(s, &b->state);

	return err != NULL ? err : store_log_bytes(s, &b->bytes);
}

/* The floor that number and size want; the latter step by step. */
static uint64_t
wanted(const struct bounds *b)
{
	uint64_t floor = b->state.floor, head = b->state.head;

	if (b->bytes > (uint64_t)b->keep->mb << 20)
		floor += STEPS;
	if (head - b->state.floor > b->keep->changes &&
	    floor < head - b->keep->changes)
		floor = head - b->keep->changes;
	return floor;
}

static bool
is_over(const struct bounds *b)
{
	/* The newest change stays. */
	return b->state.floor + 1 < b->state.head &&
	    (b->aged > b->state.floor || wanted(b) > b->state.floor);
}

/* Trim until nothing is over, or the time is; one step at least. */
static const struct err *
trim(struct retain *r, struct store *s, struct bounds *b, struct monotime end)
{
	const struct err *err = NULL;
	bool is_late = false;

	while (err == NULL && is_over(b) && !is_late) {
		uint64_t until = wanted(b), floor = b->state.floor;
		bool by_age = b->aged > until, is_done;

		err = store_trim(s, by_age ? b->aged : until, STEPS, &is_done);
		if (err == NULL)
			err = look(b, s);
		if (by_age)
			r->allowance -= (double)(b->state.floor - floor);
		is_late = monotime_reached(end, monotime_now());
	}
	return err;
}

const struct err *
retain_slice(struct retain *r, struct store *s, const struct config_keep *keep,
    struct retain_now now, bool *is_done)
{
	struct monotime end =
	    monotime_after_ms(monotime_now(), RETAIN_SLICE_MS);
	struct bounds b = { .keep = keep };
	const struct err *err = look(&b, s);

	if (err == NULL)
		err = look_at_age(r, s, &b, now);
	*is_done = err != NULL || !b.is_open;
	if (err != NULL || !is_over(&b))
		return err;
	err = store_begin(s);
	if (err == NULL)
		err = look(&b, s);
	if (err == NULL)
		err = trim(r, s, &b, end);
	*is_done = err != NULL || !(b.is_open || is_over(&b));
	if (err == NULL)
		return store_commit(s, NULL);
	store_rollback(s);
	return err;
}

/* --- a full disk ---------------------------------------------------------- */

/* As many as have RESCUE_BYTES, which a transaction has room for. */
static const struct err *
rescue_some(struct store *s, bool *is_any)
{
	struct bounds b = { 0 };
	uint64_t before;
	bool is_done = false;
	const struct err *err = store_begin(s);

	if (err == NULL)
		err = look(&b, s);
	before = b.bytes;
	for (int i = 0; err == NULL && i < RESCUE_ROUNDS && !is_done &&
	     b.bytes + RESCUE_BYTES > before;
	     i++) {
		err = store_trim(s, b.state.head, RESCUE_STEPS, &is_done);
		if (err == NULL)
			err = look(&b, s);
	}
	*is_any = err == NULL && b.bytes < before;
	if (err == NULL)
		return store_commit(s, NULL);
	store_rollback(s);
	return err;
}

const struct err *
retain_rescue(struct store *s, bool *is_any)
{
	uint64_t bytes = 0, room = 0;
	bool is_going = true;
	const struct err *err = store_room(s, &room);

	if (err == NULL)
		err = store_free_bytes(s, &bytes);
	*is_any = false;
	/* With less room than free pages it is the WAL that has none. */
	while (err == NULL && is_going && bytes < STORE_RESERVE_BYTES &&
	    room >= bytes) {
		err = rescue_some(s, &is_going);
		*is_any |= err == NULL && is_going;
		/* Copies the WAL back, which would soon be full. */
		if (err == NULL)
			err = store_room(s, &room);
		if (err == NULL)
			err = store_free_bytes(s, &bytes);
	}
	return err;
}
