#include "response.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bell.h"
#include "cursor.h"
#include "frame.h"
#include "json.h"
#include "later.h"
#include "log.h"
#include "page.h"
#include "project.h"
#include "request.h"

/*
 * Every status that we send.  To add an error: a row here, and, where it comes
 * from a struct err, its status below.
 */
static const struct status {
	int number;
	const char *title;
	const char *urn; /* of the problem; NULL: none */
} statuses[] = {
	{ 200, "OK", NULL },
	{ 204, "No Content", NULL },
	{ 304, "Not Modified", NULL },
	{ 400, "Bad Request", "bad-request" },
	{ 404, "Not Found", "not-found" },
	{ 405, "Method Not Allowed", "method-not-allowed" },
	{ 409, "Conflict", "conflict" },
	{ 410, "Gone", "gone" },
	{ 413, "Content Too Large", "content-too-large" },
	{ 414, "URI Too Long", "uri-too-long" },
	{ 422, "Unprocessable Content", "unprocessable-content" },
	{ 431, "Request Header Fields Too Large", "headers-too-large" },
	{ 500, "Internal Server Error", "internal" },
	{ 503, "Service Unavailable", "unavailable" },
	{ 504, "Gateway Timeout", "timeout" },
};

/*
 * What a client sees of each error.  detail NULL: the error's own sentence,
 * which was made for it; else ours, since the error's may hold paths or SQL.
 */
static const struct {
	int status;
	const char *detail;
} problems[ERR__MAX] = {
	[ERR_SYS] = { 500, "The server failed; its log says why." },
	[ERR_STORE] = { 500,
	    "The server could not read its store; its log says why." },
	[ERR_PARSE] = { 422, NULL },
	[ERR_LIMIT] = { 414, NULL },
	[ERR_GONE] = { 410, NULL },
	[ERR_NOT_FOUND] = { 404, NULL },
	[ERR_BAD_REQUEST] = { 400, NULL },
	[ERR_CONFLICT] = { 409, NULL },
	[ERR_UNAVAILABLE] = { 503,
	    "There is no data yet: the watcher has not made the store." },
	[ERR_BUSY] = { 503, NULL },
};

/* The id that web servers give to every request: they never have two on one
 * connection. */
enum { RESPONSE_COMMON_ID = 1 };
/* Those that are not called by their status. */
static const char *const urns[ERR__MAX] = { [ERR_BUSY] = "busy" };

enum { RETRY_AFTER_S = 1 };

static const struct status *
find_status(int number)
{
	size_t n = sizeof(statuses) / sizeof(statuses[0]);
	size_t i = 0;

	while (i + 1 < n && statuses[i].number != number)
		i++;
	return &statuses[i];
}

void
response_init(struct response *response)
{
	memset(response, 0, sizeof(*response));
}

void
response_fini(struct response *response)
{
	buf_fini(&response->headers);
	page_unref(response->page);
	frame_unref(response->frame[0]);
	frame_unref(response->frame[1]);
	later_free(response->later);
	response_init(response);
}

void
response_copy(struct response *to, const struct response *from)
{
	*to = *from;
	to->headers = (struct buf){ 0 };
	to->frame[0] = NULL;
	to->frame[1] = NULL;
	to->later = NULL;
	buf_span(&to->headers, buf_as_span(&from->headers));
	if (from->page != NULL)
		to->page = page_ref(from->page);
}

void
response_base(struct response *response, struct project *project)
{
	struct bell_ring ring;
	struct bell_pulse pulse;

	project_bell(project, &ring, &pulse);
	response->basis = (struct response_basis){
		.project = ring.epoch != 0 ? project : NULL,
		.epoch = ring.epoch,
		.seq = ring.seq,
	};
}

bool
response_basis_holds(const struct response_basis *basis)
{
	struct bell_ring ring;
	struct bell_pulse pulse;

	project_bell(basis->project, &ring, &pulse);
	return ring.epoch == basis->epoch && ring.seq == basis->seq;
}

static void
defuse(struct buf *line, size_t from)
{
	size_t to = from;

	for (size_t i = from; i < line->len; i++) {
		char c = line->data[i];

		if (c != '\r' && c != '\n' && c != '\0')
			line->data[to++] = c;
	}
	buf_cut(line, to);
}

void
response_header(struct response *response, const char *name, const char *fmt,
    ...)
{
	struct buf *headers = &response->headers;
	size_t from;
	va_list ap;

	buf_str(headers, name);
	buf_str(headers, ": ");
	from = headers->len;
	/* Most values are as they stand; printf(3) is dear. */
	if (strchr(fmt, '%') == NULL) {
		buf_str(headers, fmt);
	} else {
		va_start(ap, fmt);
		buf_vprintf(headers, fmt, ap);
		va_end(ap);
	}
	defuse(headers, from);
	buf_str(headers, "\r\n");
}

/* Takes the reference over. */
static void
set_page(struct response *response, int status, const char *type,
    struct page *page)
{
	page_unref(response->page);
	response->page = page;
	response->status = status;
	response->may_gzip = true;
	buf_str(&response->headers, "Content-Type: ");
	buf_str(&response->headers, type);
	buf_str(&response->headers, "\r\nX-Content-Type-Options: nosniff\r\n");
}

void
response_json(struct response *response, struct buf *body)
{
	set_page(response, 200, "application/json", page_new(body));
}

void
response_page(struct response *response, struct page *page)
{
	set_page(response, 200, "application/json", page_ref(page));
}

void
response_text(struct response *response, const char *type, struct buf *body)
{
	set_page(response, 200, type, page_new(body));
}

static void
set_live_page(struct response *response, const char *type, struct buf *body,
    bool is_open)
{
	set_page(response, 200, type, page_new(body));
	response_header(response, "Cache-Control", "no-store, no-transform");
	response_header(response, "X-Accel-Buffering", "no");
	response_header(response, "Incremental", "?1");
	response->may_gzip = false; /* it would wait for more */
	response->is_open = is_open;
}

void
response_events(struct response *response, struct buf *body, bool is_open)
{
	set_live_page(response, "text/event-stream", body, is_open);
}

void
response_probe(struct response *response, struct buf *body,
    const struct probe *probe)
{
	set_live_page(response, "application/json", body, probe_goes_on(probe));
	response->probe = *probe;
}

void
response_empty(struct response *response, int status)
{
	page_unref(response->page);
	response->page = NULL;
	response->status = status;
}

/* Append it without its last brace.  urn NULL: that of the status. */
static void
write_problem(struct buf *body, const struct status *status, const char *urn,
    const char *detail)
{
	buf_printf(body,
	    "{\"type\":\"urn:tidemark:error:%s\",\"title\":\"%s\","
	    "\"status\":%d,\"detail\":",
	    urn != NULL ? urn : status->urn, status->title, status->number);
	json_quote(body, span_str(detail));
}

/* body: a problem without its last brace; taken over. */
static void
set_problem(struct response *response, const struct status *status,
    struct buf body)
{
	response_fini(response);
	buf_byte(&body, '}');
	set_page(response, status->number, "application/problem+json",
	    page_new(&body));
	response_header(response, "Cache-Control", "no-store");
	if (status->number == 503)
		response_header(response, "Retry-After", "%d", RETRY_AFTER_S);
}

void
response_error(struct response *response, const struct err *err)
{
	const struct status *status = find_status(problems[err->code].status);
	const char *detail = problems[err->code].detail;
	struct buf body = { 0 };

	if (status->number == 500)
		log_error("%s", err->msg);
	else if (detail != NULL)
		log_debug("%s", err->msg);
	write_problem(&body, status, urns[err->code],
	    detail != NULL ? detail : err->msg);
	set_problem(response, status, body);
}

void
response_gone(struct response *response, const struct err *err,
    struct cursor oldest)
{
	const struct status *status = find_status(problems[ERR_GONE].status);
	char text[CURSOR_TEXT_BYTES];
	struct buf body = { 0 };

	write_problem(&body, status, NULL, err->msg);
	buf_printf(&body, ",\"oldest\":\"%s\"", cursor_text(oldest, text));
	set_problem(response, status, body);
}

void
response_problem(struct response *response, int status, const char *detail, ...)
{
	struct buf text = { 0 }, body = { 0 };
	va_list ap;

	va_start(ap, detail);
	buf_vprintf(&text, detail, ap);
	va_end(ap);
	write_problem(&body, find_status(status), NULL, buf_cstr(&text));
	set_problem(response, find_status(status), body);
	buf_fini(&text);
}

static bool
wants_gzip(const struct response *response, struct request_form form)
{
	return response->may_gzip &&
	    page_bytes(response->page).len >= form.gzip_bytes_min;
}

bool
response_is_unsqueezed(const struct response *response,
    struct request_form form)
{
	return response->page != NULL && wants_gzip(response, form) &&
	    page_is_unsqueezed(response->page);
}

/* The bytes to send, and whether they are the gzip form. */
static struct span
choose_text(const struct response *response, struct request_form form,
    bool *is_gzip)
{
	struct span plain = page_bytes(response->page), gzip = { 0 };

	if (wants_gzip(response, form))
		gzip = page_gzip(response->page);
	*is_gzip = gzip.len > 0;
	return *is_gzip ? gzip : plain;
}

void
response_head(struct response *response, struct request_form form,
    struct buf *head, struct span *body)
{
	bool is_gzip = false;
	struct span text = { 0 };

	buf_str(head, "Status: ");
	buf_u64(head, (uint64_t)response->status);
	buf_byte(head, ' ');
	buf_str(head, find_status(response->status)->title);
	buf_str(head, "\r\n");
	if (response->headers.len > 0)
		buf_span(head, buf_as_span(&response->headers));
	if (response->page != NULL)
		text = choose_text(response, form, &is_gzip);
	if (is_gzip)
		buf_str(head, "Content-Encoding: gzip\r\n");
	if (response->may_gzip)
		buf_str(head, "Vary: Accept-Encoding\r\n");
	if (response->page != NULL && !response->is_open) {
		buf_str(head, "Content-Length: ");
		buf_u64(head, text.len);
		buf_str(head, "\r\n");
	}
	buf_str(head, "\r\n");
	*body = form.is_head ? span_of(NULL, 0) : text;
}

static struct frame *
make_frame(struct response *response, struct request_form form, uint16_t id)
{
	struct buf head = { 0 };
	struct frame_text text = { .head = &head, .page = response->page };
	struct frame *frame;

	response_head(response, form, &head, &text.body);
	frame = frame_new(id, &text,
	    response->is_open && !form.is_head ? FRAME_OPEN : FRAME_LAST);
	buf_fini(&head);
	return frame;
}

struct frame *
response_frame(struct response *response, struct request_form form, uint16_t id)
{
	bool is_gzip = false;
	struct frame **kept;

	if (form.is_head || id != RESPONSE_COMMON_ID)
		return make_frame(response, form, id);
	if (response->page != NULL)
		(void)choose_text(response, form, &is_gzip);
	kept = &response->frame[is_gzip];
	if (*kept == NULL)
		*kept = make_frame(response, form, id);
	return frame_ref(*kept);
}
