/* What becomes of time: streams, silence, those who wait. */
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "mem.h"

enum {
	CHUNKS = 4,
	GAP_MS = 150,
	GAP_LONG_MS = 500, /* on a second look */
	/* A wait of those that shall be many at the same time. */
	WAIT_S = 8,
	WAIT_BEGUN_MS = 50, /* from one to the next */
	/* So long nobody is kept but by those who wait. */
	HELD_UP_MS = 3000,
};

/* --- streams ------------------------------------------------------------- */

static int64_t
ms_between(struct monotime a, struct monotime b)
{
	return monotime_diff_us(b, a) / 1000;
}

/* Two thirds of that time is more than a busy machine takes. */
static bool
is_apart(const struct fetch *f, int gap_ms)
{
	return ms_between(f->line[0], f->line[CHUNKS - 1]) >=
	    (CHUNKS - 1) * gap_ms / 3;
}

static void
tell_lines(struct doctor *d, const struct fetch *f, int gap_ms)
{
	long long first = ms_between(f->begun, f->line[0]);
	long long spread = ms_between(f->line[0], f->line[CHUNKS - 1]);

	if (is_apart(f, gap_ms))
		verdict(d->verdicts, VERDICT_OK, "buffering", NULL,
		    "none: the first of %d events after %lld ms, the others "
		    "about %lld ms apart, sent every %d ms",
		    CHUNKS, first, spread / (CHUNKS - 1), gap_ms);
	else
		verdict(d->verdicts, VERDICT_WARNING, "buffering",
		    remedy(REMEDY_BUFFERED, d->host),
		    "%d events, sent %d ms apart, arrive together after %lld "
		    "ms: streams do not work, a page waits for changes instead",
		    CHUNKS, gap_ms, first);
}

static void
tell_broken(struct doctor *d, const struct fetch *f)
{
	struct span coding;

	if (fetch_header(f, "Content-Encoding", &coding))
		verdict(d->verdicts, VERDICT_WARNING, "buffering",
		    remedy(REMEDY_COMPRESSED, d->host),
		    "streams are compressed on the way (%.*s), though that is "
		    "forbidden (no-transform)",
		    SPAN_ARGS(coding));
	else
		verdict(d->verdicts, VERDICT_WARNING, "buffering",
		    "ask again when less is going on; look at the server's log",
		    "a stream does not arrive as a whole (status %ld%s%s)",
		    f->status, f->fault != NULL ? ", " : "",
		    f->fault != NULL ? f->fault : "");
}

/* False: the events have come together, and may do better when they are
 * further apart. */
static bool
listen_to(struct doctor *d, int gap_ms, bool is_last)
{
	/* As a browser asks. */
	static const char *const sent[] = { "Accept: text/event-stream",
		"Accept-Encoding: gzip, deflate, br", NULL };
	struct buf address = { 0 };
	bool is_told = true;
	struct fetch f;

	buf_printf(&address, "api/v1/probe?chunks=%d&gap=%d", CHUNKS, gap_ms);
	fetch_get(&f, d->web, buf_cstr(&address), sent, DOCTOR_ANSWER_MS);
	if (f.fault != NULL || f.n_lines != CHUNKS)
		tell_broken(d, &f);
	else if (is_last || is_apart(&f, gap_ms))
		tell_lines(d, &f, gap_ms);
	else
		is_told = false;
	fetch_end(&f);
	buf_fini(&address);
	return is_told;
}

void
doctor_buffering(struct doctor *d)
{
	if (!listen_to(d, GAP_MS, false))
		(void)listen_to(d, GAP_LONG_MS, true);
}

/* --- waits --------------------------------------------------------------- */

/* Begin to wait for what never happens. */
static void
begin_wait(struct doctor *d, struct fetch *f, uint32_t seconds, uint32_t n)
{
	struct buf address = { 0 };

	buf_printf(&address,
	    "api/v1/%s/changes?since=%s&wait=%u&match=none:doctor&n=%u",
	    d->project, d->cursor, seconds, n);
	fetch_begin(f, d->web, buf_cstr(&address), NULL,
	    (int64_t)seconds * 1000 + DOCTOR_ANSWER_MS);
	buf_fini(&address);
}

enum wait_end {
	WAIT_GOES_ON,
	WAIT_NONE,      /* waited to its end */
	WAIT_SENT_AWAY, /* no room */
	WAIT_FAILED
};

static enum wait_end
end_of(const struct fetch *f)
{
	struct json doc = { 0 };
	uint32_t poll;
	enum wait_end end = WAIT_FAILED;

	if (!f->is_done)
		return WAIT_GOES_ON;
	if (f->status == 200 && doctor_read(f, &doc) &&
	    json_kind(&doc, 0) == JSON_OBJECT) {
		poll = json_member(&doc, 0, span_str("poll"));
		end = poll != 0 && doctor_text(&doc, poll, "hint").len > 0
		    ? WAIT_SENT_AWAY
		    : WAIT_NONE;
	}
	json_fini(&doc);
	return end;
}

void
doctor_silence(struct doctor *d, uint32_t seconds)
{
	struct fetch f;
	double took;
	bool is_late;

	begin_wait(d, &f, seconds, 0);
	while (!f.is_done)
		fetch_run(&f, (int64_t)seconds * 1000 + DOCTOR_ANSWER_MS);
	took = (double)monotime_diff_us(f.ended, f.begun) / 1000000;
	is_late = took > seconds + 5;
	switch (end_of(&f)) {
	case WAIT_GOES_ON: /* it is done */
	case WAIT_FAILED:
		verdict(d->verdicts, VERDICT_PROBLEM, "silence",
		    remedy(REMEDY_IMPATIENT, d->host),
		    "a silent answer is cut off after %.1f s (status %ld%s%s); "
		    "less than that helps, too: \"limits\": {\"wait_s\": %d}",
		    took, f.status, f.fault != NULL ? ", " : "",
		    f.fault != NULL ? f.fault : "",
		    took > 2 ? (int)(took - 1) : 0);
		break;
	case WAIT_SENT_AWAY:
		verdict(d->verdicts, VERDICT_WARNING, "silence",
		    "ask again when fewer wait, or let more: \"limits\": "
		    "{\"waiters\": N, \"spawned_waiters\": N}",
		    "could not be tried: no place to wait was free");
		break;
	case WAIT_NONE:
		verdict(d->verdicts, is_late ? VERDICT_WARNING : VERDICT_OK,
		    "silence",
		    is_late ? remedy(REMEDY_BUFFERED, d->host) : NULL,
		    "an answer may be silent for %.1f s%s", took,
		    is_late ? ", and comes late" : "");
		break;
	}
	fetch_end(&f);
}

/* How long another one takes; -1: it failed, or took too long. */
static int64_t
other_us(struct doctor *d)
{
	struct fetch f;
	int64_t us;

	fetch_get(&f, d->web, "api/v1/health?wait", NULL, HELD_UP_MS);
	us = f.fault == NULL && f.status != 0
	    ? monotime_diff_us(f.ended, f.begun)
	    : -1;
	fetch_end(&f);
	return us;
}

struct crowd {
	struct fetch *wait;
	uint32_t begun;
	int64_t slowest_us; /* of the others; -1: held up */
};

/* Until there are enough, they are too many, or the first has waited. */
static void
gather(struct doctor *d, struct crowd *c, uint32_t most)
{
	while (c->begun < most && c->slowest_us >= 0 &&
	    (c->begun == 0 || end_of(&c->wait[0]) != WAIT_NONE)) {
		struct fetch *f = &c->wait[c->begun++];
		int64_t us;

		begin_wait(d, f, WAIT_S, c->begun);
		fetch_run(f, WAIT_BEGUN_MS);
		us = other_us(d);
		if (us < 0 || us > c->slowest_us)
			c->slowest_us = us;
	}
}

static void
tell_crowd(struct doctor *d, const struct crowd *c)
{
	uint32_t n[WAIT_FAILED + 1] = { 0 };

	for (uint32_t i = 0; i < c->begun; i++)
		n[end_of(&c->wait[i])]++;
	if (c->slowest_us < 0)
		verdict(d->verdicts, VERDICT_PROBLEM, "waits",
		    remedy(REMEDY_CROWDED, d->host),
		    "%u that wait hold up everybody else, for more than %d s",
		    c->begun, HELD_UP_MS / 1000);
	else if (n[WAIT_FAILED] > 0)
		verdict(d->verdicts, VERDICT_PROBLEM, "waits",
		    remedy(REMEDY_CROWDED, d->host),
		    "of %u that wait %u get an error", c->begun,
		    n[WAIT_FAILED]);
	else if (n[WAIT_SENT_AWAY] == c->begun)
		verdict(d->verdicts, VERDICT_WARNING, "waits",
		    "let some wait, \"limits\": {\"waiters\": N, "
		    "\"spawned_waiters\": N}, or ask again when fewer do",
		    "nobody may wait: all are told to poll");
	else
		verdict(d->verdicts, VERDICT_OK, "waits", NULL,
		    "%u of %u may wait at the same time%s; others are answered "
		    "in %.1f ms meanwhile",
		    c->begun - n[WAIT_SENT_AWAY], c->begun,
		    n[WAIT_SENT_AWAY] > 0 ? " (the rest is told to poll)" : "",
		    (double)c->slowest_us / 1000);
}

void
doctor_waits(struct doctor *d, uint32_t most)
{
	struct crowd crowd = { .wait = mem_new(most, sizeof(*crowd.wait)) };

	gather(d, &crowd, most);
	tell_crowd(d, &crowd);
	for (uint32_t i = 0; i < crowd.begun; i++)
		fetch_end(&crowd.wait[i]);
	free(crowd.wait);
}
