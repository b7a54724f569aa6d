/* What becomes of headers, in either direction. */
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

enum {
	CLOCK_OFF_MS = 5000, /* more is told */
	TRIES = 5,           /* for two answers between which nothing happens */
};

/* --- of a request -------------------------------------------------------- */

static void
tell_lost(struct doctor *d, const struct json *doc, uint32_t seen)
{
	static const char *const others[][2] = {
		{ "last_event_id", "Last-Event-ID" },
		{ "accept_encoding", "Accept-Encoding" },
	};
	uint64_t before = d->verdicts->n[VERDICT_WARNING];

	d->is_condition_lost = !doctor_is_true(doc, seen, "if_none_match");
	if (!doctor_is_true(doc, seen, "authorization"))
		verdict(d->verdicts, VERDICT_WARNING, "headers",
		    remedy(REMEDY_AUTHORIZATION, d->host),
		    "Authorization does not arrive");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!doctor_is_true(doc, seen, others[i][0]))
			verdict(d->verdicts, VERDICT_WARNING, "headers",
			    remedy(REMEDY_ASKED, d->host), "%s does not arrive",
			    others[i][1]);
	if (d->verdicts->n[VERDICT_WARNING] == before)
		verdict(d->verdicts, VERDICT_OK, "headers", NULL,
		    "those of a request arrive");
}

/* False: the answer is compressed, which it must not be. */
static bool
ask_lost(struct doctor *d, const char *coding)
{
	const char *const sent[] = { "Last-Event-ID: 1.2",
		"If-None-Match: \"doctor\"", coding,
		d->is_bare ? "Authorization: Bearer doctor" : NULL, NULL };
	struct json doc = { 0 };
	struct fetch f;
	uint32_t seen = 0;
	struct span by;
	bool is_plain;

	fetch_get(&f, d->web, "api/v1/probe?chunks=1&gap=0&headers", sent,
	    DOCTOR_ANSWER_MS);
	is_plain = !fetch_header(&f, "Content-Encoding", &by);
	if (doctor_read(&f, &doc) && json_kind(&doc, 0) == JSON_OBJECT)
		seen = json_member(&doc, 0, span_str("headers"));
	if (is_plain && seen != 0)
		tell_lost(d, &doc, seen);
	else if (is_plain)
		verdict(d->verdicts, VERDICT_WARNING, "headers",
		    remedy(REMEDY_ASKED, d->host),
		    "a request with some more of them gets no answer (status "
		    "%ld)",
		    f.status);
	json_fini(&doc);
	fetch_end(&f);
	return is_plain;
}

static void
find_lost(struct doctor *d)
{
	/* Nobody can compress like the second. */
	if (!ask_lost(d, "Accept-Encoding: gzip") &&
	    !ask_lost(d, "Accept-Encoding: doctor"))
		verdict(d->verdicts, VERDICT_WARNING, "headers",
		    remedy(REMEDY_COMPRESSED, d->host),
		    "could not be seen: the web server compresses the answer");
}

/* --- 304 ----------------------------------------------------------------- */

/* Ask again with the ETag of before.  True: etag is another one now, since
 * something has happened. */
static bool
is_moved(struct doctor *d, const char *address, struct buf *etag, long *status)
{
	struct buf line = { 0 };
	const char *const sent[] = { "Accept-Encoding: gzip", NULL, NULL };
	const char *with[3];
	struct span now;
	struct fetch f;
	bool has_moved;

	buf_printf(&line, "If-None-Match: %s", buf_cstr(etag));
	memcpy(with, sent, sizeof(with));
	with[1] = etag->len > 0 ? buf_cstr(&line) : NULL;
	fetch_get(&f, d->web, address, with, DOCTOR_ANSWER_MS);
	*status = f.status;
	if (!fetch_header(&f, "ETag", &now))
		now = span_of("", 0);
	has_moved = f.status == 200 && !span_eq(now, buf_as_span(etag));
	if (has_moved) {
		buf_clear(etag);
		buf_span(etag, now);
	}
	fetch_end(&f);
	buf_fini(&line);
	return has_moved;
}

static void
find_conditional(struct doctor *d)
{
	struct buf address = { 0 }, etag = { 0 };
	long status = 0;
	int tries = 0;

	buf_printf(&address, "api/v1/%s", d->project);
	while (is_moved(d, buf_cstr(&address), &etag, &status) &&
	    ++tries < TRIES) {
		/* the first one always is */
	}
	if (status == 304)
		verdict(d->verdicts, VERDICT_OK, "304", NULL,
		    "who has the newest gets a 304");
	else if (etag.len > 0 && d->is_condition_lost)
		/* A cache that takes it away and gives 304s itself is well. */
		verdict(d->verdicts, VERDICT_WARNING, "304",
		    remedy(REMEDY_ASKED, d->host),
		    "who has the newest gets it again: If-None-Match does not "
		    "arrive");
	else if (etag.len == 0)
		verdict(d->verdicts, VERDICT_WARNING, "304",
		    remedy(REMEDY_UNCONDITIONAL, d->host),
		    "answers have no ETag (status %ld)", status);
	else if (tries == TRIES)
		verdict(d->verdicts, VERDICT_WARNING, "304",
		    "ask again when less is going on; or each answer has "
		    "another ETag, which is not ours",
		    "the ETag was another one %d times", TRIES);
	else
		verdict(d->verdicts, VERDICT_WARNING, "304",
		    remedy(REMEDY_UNCONDITIONAL, d->host),
		    "who has the newest gets it again (status %ld, ETag %s)",
		    status, buf_cstr(&etag));
	buf_fini(&address);
	buf_fini(&etag);
}

/* --- of an answer -------------------------------------------------------- */

/* Nobody has such a project, and so short an answer is compressed by the web
 * server or not at all. */
static void
find_compression(struct doctor *d)
{
	static const char *const any[] = { "Accept-Encoding: gzip, br, zstd",
		NULL };
	struct span coding;
	struct fetch f;

	fetch_get(&f, d->web, "api/v1/none", any, DOCTOR_ANSWER_MS);
	if (fetch_header(&f, "Content-Encoding", &coding))
		verdict(d->verdicts, VERDICT_WARNING, "compression",
		    remedy(REMEDY_COMPRESSED, d->host),
		    "the web server compresses answers, too (%.*s), which "
		    "costs 304s and holds events up",
		    SPAN_ARGS(coding));
	else
		verdict(d->verdicts, VERDICT_OK, "compression", NULL,
		    "left to Tidemark");
	fetch_end(&f);
}

/* Two probes that took time are never the same. */
static void
find_kept(struct doctor *d)
{
	static const char address[] = "api/v1/probe?chunks=2&gap=5&kept";
	struct span age, control;
	struct fetch a, b;

	fetch_get(&a, d->web, address, NULL, DOCTOR_ANSWER_MS);
	fetch_get(&b, d->web, address, NULL, DOCTOR_ANSWER_MS);
	if (a.status == 200 && a.body.len > 0 &&
	    span_eq(buf_as_span(&a.body), buf_as_span(&b.body)))
		verdict(d->verdicts, VERDICT_PROBLEM, "caching",
		    remedy(REMEDY_KEPT, d->host),
		    "something in between gives the same answer twice, though "
		    "it must not be kept (no-store)");
	else if (fetch_header(&b, "Age", &age) && !span_is(age, "0"))
		verdict(d->verdicts, VERDICT_WARNING, "caching",
		    remedy(REMEDY_KEPT, d->host),
		    "an answer that must not be kept is %.*s s old (Age)",
		    SPAN_ARGS(age));
	else if (!fetch_header(&b, "Cache-Control", &control))
		verdict(d->verdicts, VERDICT_WARNING, "caching",
		    remedy(REMEDY_CACHE_CONTROL, d->host),
		    "Cache-Control is taken away from answers");
	else if (memmem(control.p, control.len, "no-store", 8) == NULL)
		verdict(d->verdicts, VERDICT_WARNING, "caching",
		    remedy(REMEDY_CACHE_CONTROL, d->host),
		    "Cache-Control is %.*s where it was no-store, no-transform",
		    SPAN_ARGS(control));
	else
		verdict(d->verdicts, VERDICT_OK, "caching", NULL,
		    "nothing in between keeps what it must not");
	fetch_end(&a);
	fetch_end(&b);
}

/* Date has whole seconds, and was written some time while we waited. */
static void
find_clock(struct doctor *d)
{
	struct walltime date;
	struct fetch f;
	int64_t off_ms, unsure_ms;

	fetch_get(&f, d->web, "api/v1/health?clock", NULL, DOCTOR_ANSWER_MS);
	unsure_ms = monotime_diff_us(f.ended, f.begun) / 2000;
	if (!fetch_date(&f, &date)) {
		verdict(d->verdicts, VERDICT_WARNING, "clock",
		    "have the web server send a Date",
		    "answers have no Date that is one");
		fetch_end(&f);
		return;
	}
	off_ms = date.ms + 500 - (walltime_now().ms - unsure_ms);
	if (llabs(off_ms) > CLOCK_OFF_MS + unsure_ms)
		verdict(d->verdicts, VERDICT_WARNING, "clock",
		    "set the clock of the one that is wrong, best by NTP "
		    "(timedatectl set-ntp true): times are shown, and asked "
		    "for, by the host's",
		    "the host's is %.0f s %s", (double)llabs(off_ms) / 1000,
		    off_ms < 0 ? "behind ours" : "ahead of ours");
	else
		verdict(d->verdicts, VERDICT_OK, "clock", NULL,
		    "the host's and ours agree to a second or so");
	fetch_end(&f);
}

void
doctor_heads(struct doctor *d)
{
	find_lost(d);
	if (d->cursor != NULL)
		find_conditional(d);
	find_compression(d);
	find_kept(d);
	find_clock(d);
}
