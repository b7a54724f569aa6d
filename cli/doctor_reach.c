/* Who answers, and is it Tidemark at all. */
#include <string.h>

#include "doctor.h"
#include "json_keys.h"
#include "mem.h"

enum { USUAL_ASKED = 3 };

bool
doctor_read(const struct fetch *f, struct json *doc)
{
	return f->fault == NULL &&
	    json_scan(doc, buf_as_span(&f->body), NULL) == NULL;
}

struct span
doctor_text(const struct json *doc, uint32_t object, const char *key)
{
	uint32_t i = json_kind(doc, object) == JSON_OBJECT
	    ? json_member(doc, object, span_str(key))
	    : 0;

	return i != 0 && json_kind(doc, i) == JSON_STRING
	    ? json_inside(json_span(doc, i))
	    : span_of("", 0);
}

bool
doctor_is_true(const struct json *doc, uint32_t object, const char *key)
{
	uint32_t i = json_kind(doc, object) == JSON_OBJECT
	    ? json_member(doc, object, span_str(key))
	    : 0;

	return i != 0 && json_kind(doc, i) == JSON_TRUE;
}

static struct span
header(const struct fetch *f, const char *name)
{
	struct span value = span_of("", 0);

	(void)fetch_header(f, name, &value);
	return value;
}

/* --- the first answer ---------------------------------------------------- */

static void
tell_failure(struct doctor *d, const struct fetch *f)
{
	verdict(d->verdicts, VERDICT_PROBLEM, "address",
	    "look at the address, its name and its port; of https, at the "
	    "certificate (--insecure takes any)",
	    "nobody answers: %s", f->fault);
}

/* What answers is not Tidemark. */
static void
tell_stranger(struct doctor *d, const struct fetch *f)
{
	struct span to = header(f, "Location");
	struct span coding = header(f, "Content-Encoding");

	if (f->status >= 300 && f->status < 400 && to.len > 0)
		verdict(d->verdicts, VERDICT_PROBLEM, "address",
		    "give that address, without what follows the mount",
		    "it sends on to %.*s", SPAN_ARGS(to));
	else if (f->status == 401)
		verdict(d->verdicts, VERDICT_PROBLEM, "address",
		    "give a name and a password: https://name:password@host/…",
		    "it asks who you are (status 401)");
	else if (coding.len > 0)
		verdict(d->verdicts, VERDICT_PROBLEM, "compression",
		    remedy(REMEDY_COMPRESSED, d->host),
		    "the web server compresses (%.*s) for those who do not "
		    "take it",
		    SPAN_ARGS(coding));
	else
		verdict(d->verdicts, VERDICT_PROBLEM, "address",
		    remedy(REMEDY_NOT_THERE, d->host),
		    "what answers %sapi/v1/health is not Tidemark (status "
		    "%ld, %.*s)",
		    d->mount, f->status, SPAN_ARGS(header(f, "Content-Type")));
}

static void
tell_server(struct doctor *d, const struct fetch *f)
{
	struct span server = header(f, "Server"), via = header(f, "Via");
	bool has_via = via.len > 0;

	if (server.len == 0)
		server = span_str("a server that does not say which");
	verdict(d->verdicts, VERDICT_OK, "server", NULL,
	    "%.*s, %s, an answer in %.1f ms%s%.*s", SPAN_ARGS(server), f->http,
	    (double)d->usual_us / 1000, has_via ? ", by way of " : "",
	    SPAN_ARGS(via));
}

/* Health as the server sees its own. */
static void
tell_health(struct doctor *d, const struct json *doc)
{
	struct span status = doctor_text(doc, 0, "status");
	uint32_t checks = json_member(doc, 0, span_str("checks"));
	enum verdict_level level =
	    span_is(status, "down") ? VERDICT_PROBLEM : VERDICT_WARNING;

	if (span_is(status, "ok") || checks == 0 ||
	    json_kind(doc, checks) != JSON_OBJECT) {
		verdict(d->verdicts, VERDICT_OK, "health", NULL, "it is well");
		return;
	}
	for (uint32_t i = 0, key = checks + 1; i < doc->node[checks].count;
	     i++, key = json_next_key(doc, key)) {
		struct span of = doctor_text(doc, key + 1, "status");
		struct buf reason = { 0 };

		if (of.len == 0 || span_is(of, "ok"))
			continue;
		json_unescape(&reason, doctor_text(doc, key + 1, "reason"));
		verdict(d->verdicts, level, "health",
		    "the reason says what to do", "%.*s: %s",
		    SPAN_ARGS(json_inside(json_span(doc, key))),
		    buf_cstr(&reason));
		buf_fini(&reason);
	}
}

/* The quickest of a few: it is the host's own pace that is of interest. */
static void
measure(struct doctor *d)
{
	for (int i = 0; i < USUAL_ASKED; i++) {
		struct fetch f;
		int64_t us;

		fetch_get(&f, d->web, "api/v1/health", NULL, DOCTOR_ANSWER_MS);
		us = monotime_diff_us(f.ended, f.begun);
		if (i == 0 || us < d->usual_us)
			d->usual_us = us;
		fetch_end(&f);
	}
}

/* --- which door ---------------------------------------------------------- */

static void
tell_interface(struct doctor *d, struct span server, struct span interface)
{
	const char *what = "daemon: one process for all, thousands may wait";
	struct buf name = { 0 };

	buf_span(&name, interface);
	d->host = remedy_host(server, buf_cstr(&name));
	if (span_is(interface, "spawned"))
		what = "spawned: the web server starts FastCGI processes, each "
		       "serves one at a time; few may wait";
	else if (span_is(interface, "cgi"))
		what = "cgi: the web server starts a process for each request; "
		       "few may wait";
	verdict(d->verdicts, VERDICT_OK, "interface", NULL, "%s", what);
	buf_fini(&name);
}

static void
find_interface(struct doctor *d)
{
	struct json doc = { 0 };
	struct fetch f;

	fetch_get(&f, d->web, "api/v1/probe?chunks=1&gap=0", NULL,
	    DOCTOR_ANSWER_MS);
	if (doctor_read(&f, &doc) && doctor_text(&doc, 0, "interface").len > 0)
		tell_interface(d, header(&f, "Server"),
		    doctor_text(&doc, 0, "interface"));
	else
		verdict(d->verdicts, VERDICT_WARNING, "interface",
		    "ask again when less is going on; look at the server's log",
		    "api/v1/probe has no answer (status %ld)", f.status);
	json_fini(&doc);
	fetch_end(&f);
}

/* --- the page, and what an address may hold ------------------------------- */

static void
find_page(struct doctor *d)
{
	struct fetch f;

	fetch_get(&f, d->web, "", NULL, DOCTOR_ANSWER_MS);
	if (f.fault == NULL && f.status == 200 && f.body.len > 0 &&
	    strstr(buf_cstr(&f.body), "<title>Tidemark") != NULL)
		verdict(d->verdicts, VERDICT_OK, "page", NULL,
		    "it is there, beside the API");
	else
		verdict(d->verdicts, VERDICT_WARNING, "page",
		    "put the files of www/ there; nothing to do for those who "
		    "have a page of their own",
		    "the page of Tidemark is not there (status %ld)", f.status);
	fetch_end(&f);
}

/* Nobody has such a project: who says so matters. */
static void
find_slash(struct doctor *d)
{
	struct json doc = { 0 };
	struct fetch f;

	fetch_get(&f, d->web, "api/v1/none/none/a%2Fb", NULL, DOCTOR_ANSWER_MS);
	if (doctor_read(&f, &doc) &&
	    span_is(doctor_text(&doc, 0, "type"),
		"urn:tidemark:error:not-found"))
		verdict(d->verdicts, VERDICT_OK, "slashes", NULL,
		    "an id may hold an encoded one");
	else
		verdict(d->verdicts, VERDICT_WARNING, "slashes",
		    remedy(REMEDY_SLASH, d->host),
		    "an encoded one (%%2F) does not get through (status %ld)",
		    f.status);
	json_fini(&doc);
	fetch_end(&f);
}

bool
doctor_reach(struct doctor *d)
{
	struct json doc = { 0 };
	struct fetch f;
	bool is_ours;

	fetch_get(&f, d->web, "api/v1/health", NULL, DOCTOR_ANSWER_MS);
	d->host = remedy_host(header(&f, "Server"), NULL);
	is_ours = doctor_read(&f, &doc) &&
	    doctor_text(&doc, 0, "status").len > 0 &&
	    json_member(&doc, 0, span_str("checks")) != 0;
	if (f.fault != NULL)
		tell_failure(d, &f);
	else if (!is_ours)
		tell_stranger(d, &f);
	if (is_ours) {
		verdict(d->verdicts, VERDICT_OK, "address", NULL,
		    "Tidemark answers below %s", d->mount);
		measure(d);
		tell_server(d, &f);
		tell_health(d, &doc);
		find_interface(d);
		find_page(d);
		find_slash(d);
	}
	json_fini(&doc);
	fetch_end(&f);
	return is_ours;
}

/* --- a project ----------------------------------------------------------- */

bool
doctor_project(struct doctor *d)
{
	struct buf address = { 0 };
	struct json doc = { 0 };
	struct fetch f;
	struct span cursor = span_of("", 0);

	buf_printf(&address, "api/v1/%s", d->project);
	fetch_get(&f, d->web, buf_cstr(&address), NULL, DOCTOR_ANSWER_MS);
	if (doctor_read(&f, &doc))
		cursor = doctor_text(&doc, 0, "cursor");
	if (f.status == 200 && cursor.len > 0)
		d->cursor = mem_dup(cursor.p, cursor.len);
	else
		verdict(d->verdicts, VERDICT_PROBLEM, "project",
		    "name one that the configuration has: -p NAME",
		    "there is no project %s to be looked at (status %ld)",
		    d->project, f.status);
	buf_fini(&address);
	json_fini(&doc);
	fetch_end(&f);
	return d->cursor != NULL;
}
