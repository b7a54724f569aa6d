#include "response.h"

#include <zlib.h>

#include "cgi_env.h"
#include "check.h"
#include "config.h"
#include "page.h"
#include "request.h"

/* A literal that may be changed, as the configuration has them. */
#define TEXT(literal) ((char[]){ literal })

static const struct config config = {
	.base = TEXT("/api/v1/"),
	.gzip_bytes_min = 20,
};

static struct request *
ask(const char *method, const char *accept)
{
	const char *vars[] = { "REQUEST_METHOD", method, "REQUEST_URI",
		"/api/v1/m", "HTTP_ACCEPT_ENCODING", accept, NULL };
	struct request *request;

	CHECK_OK(request_new(&request, &config, REQUEST_DAEMON, cgi_env, vars));
	return request;
}

/* The head of an answer to such a request; body: the bytes behind it. */
static const char *
head_for(struct response *response, const char *method, const char *accept,
    struct span *body)
{
	static struct buf head;
	struct request *request = ask(method, accept);

	buf_clear(&head);
	response_head(response, request_form(request), &head, body);
	request_free(request);
	return buf_cstr(&head);
}

static void
fill(struct response *response, const char *text)
{
	struct buf body = { 0 };

	response_init(response);
	buf_str(&body, text);
	response_json(response, &body);
	CHECK(body.len == 0);
}

static void
a_json_answer_says_its_length_and_type(void)
{
	struct response response;
	struct span body;

	fill(&response, "{\"a\":1}");
	CHECK_STR(head_for(&response, "GET", "", &body),
	    "Status: 200 OK\r\n"
	    "Content-Type: application/json\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Vary: Accept-Encoding\r\n"
	    "Content-Length: 7\r\n"
	    "\r\n");
	CHECK(span_is(body, "{\"a\":1}"));
	response_fini(&response);
}

static void
head_has_the_headers_of_get_and_no_body(void)
{
	struct response response;
	struct span body;
	char get[500];

	fill(&response, "{\"a\":1}");
	(void)snprintf(get, sizeof(get), "%s",
	    head_for(&response, "GET", "", &body));
	CHECK_STR(head_for(&response, "HEAD", "", &body), get);
	CHECK_INT(body.len, 0);
	response_fini(&response);
}

static void
an_empty_answer_has_no_length(void)
{
	struct response response;
	struct span body;

	response_init(&response);
	response_empty(&response, 304);
	response_header(&response, "ETag", "\"%d\"", 5);
	CHECK_STR(head_for(&response, "GET", "gzip", &body),
	    "Status: 304 Not Modified\r\nETag: \"5\"\r\n\r\n");
	CHECK_INT(body.len, 0);
	response_fini(&response);
}

static void
a_header_cannot_make_another_one(void)
{
	struct response response;

	response_init(&response);
	response_header(&response, "Allow", "%s", "a\r\nSet-Cookie: b\n");
	CHECK_STR(buf_cstr(&response.headers), "Allow: aSet-Cookie: b\r\n");
	response_fini(&response);
}

static void
gzip_gives_back_the_same_bytes(void)
{
	static const char text[] =
	    "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]";
	struct response response;
	struct span body, again;
	z_stream z = { 0 };
	unsigned char plain[sizeof(text)];

	fill(&response, text);
	CHECK(strstr(head_for(&response, "GET", "gzip", &body),
		  "Content-Encoding: gzip\r\n") != NULL);
	CHECK(body.len < sizeof(text) - 1);
	CHECK_INT(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)body.p;
	z.avail_in = (uInt)body.len;
	z.next_out = plain;
	z.avail_out = sizeof(plain);
	CHECK_INT(inflate(&z, Z_FINISH), Z_STREAM_END);
	CHECK(span_is(span_of((char *)plain, z.total_out), text));
	(void)inflateEnd(&z);
	/* Compressed once: the second one gets the same bytes. */
	(void)head_for(&response, "GET", "gzip", &again);
	CHECK(again.p == body.p);
	response_fini(&response);
}

static void
what_does_not_get_shorter_is_sent_as_it_is(void)
{
	struct response response;
	struct span body;

	fill(&response, "\"0123456789abcdefghij\"");
	CHECK(strstr(head_for(&response, "GET", "gzip", &body),
		  "Content-Encoding") == NULL);
	CHECK(span_is(body, "\"0123456789abcdefghij\""));
	response_fini(&response);
}

static void
pages_live_as_long_as_somebody_holds_them(void)
{
	struct buf body = { 0 };
	struct page *page;

	buf_str(&body, "x");
	page = page_new(&body);
	page_ref(page);
	page_unref(page);
	CHECK(span_is(page_bytes(page), "x"));
	page_unref(page);
	page_unref(NULL);
}

static void
an_error_is_a_problem_document(void)
{
	struct response response;
	struct span body;

	response_init(&response);
	response_header(&response, "ETag", "\"old\"");
	response_error(&response,
	    err_new(ERR_BAD_REQUEST, "parameter since: \"x\""));
	CHECK_STR(head_for(&response, "GET", "", &body),
	    "Status: 400 Bad Request\r\n"
	    "Content-Type: application/problem+json\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Cache-Control: no-store\r\n"
	    "Vary: Accept-Encoding\r\n"
	    "Content-Length: 110\r\n"
	    "\r\n");
	CHECK(span_is(body,
	    "{\"type\":\"urn:tidemark:error:bad-request\","
	    "\"title\":\"Bad Request\",\"status\":400,"
	    "\"detail\":\"parameter since: \\\"x\\\"\"}"));
	response_fini(&response);
}

static void
each_error_has_its_status(void)
{
	static const int status[ERR__MAX] = {
		[ERR_SYS] = 500,
		[ERR_STORE] = 500,
		[ERR_PARSE] = 422,
		[ERR_LIMIT] = 414,
		[ERR_GONE] = 410,
		[ERR_NOT_FOUND] = 404,
		[ERR_BAD_REQUEST] = 400,
		[ERR_CONFLICT] = 409,
		[ERR_UNAVAILABLE] = 503,
		[ERR_BUSY] = 503,
	};

	for (int code = 0; code < ERR__MAX; code++) {
		struct response response;

		response_init(&response);
		response_error(&response, err_new((enum err_code)code, "x"));
		CHECK_INT(response.status, status[code]);
		CHECK((strstr(buf_cstr(&response.headers), "Retry-After: ") !=
			  NULL) == (status[code] == 503));
		response_fini(&response);
	}
}

static void
what_is_gone_says_what_is_left(void)
{
	struct response response;

	response_init(&response);
	response_gone(&response, err_new(ERR_GONE, "too old"),
	    (struct cursor){ 10, 20 });
	CHECK_INT(response.status, 410);
	CHECK(span_is(page_bytes(response.page),
	    "{\"type\":\"urn:tidemark:error:gone\",\"title\":\"Gone\","
	    "\"status\":410,\"detail\":\"too old\","
	    "\"oldest\":\"000000000000000a.20\"}"));
	response_fini(&response);
}

static void
errors_from_inside_are_not_shown(void)
{
	static const enum err_code codes[] = { ERR_SYS, ERR_STORE,
		ERR_UNAVAILABLE };

	for (size_t i = 0; i < 3; i++) {
		struct response response;
		struct span body;

		response_init(&response);
		response_error(&response,
		    err_new(codes[i], "/var/lib/x.db: SELECT 1"));
		body = page_bytes(response.page);
		CHECK(memmem(body.p, body.len, "/var", 4) == NULL);
		CHECK(memmem(body.p, body.len, "SELECT", 6) == NULL);
		response_fini(&response);
	}
}

static void
every_status_has_its_own_name(void)
{
	static const int statuses[] = { 400, 404, 405, 409, 410, 413, 414, 422,
		431, 500, 503 };

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct response response;
		char want[32];

		response_init(&response);
		response_problem(&response, statuses[i], "%s", "d");
		(void)snprintf(want, sizeof(want), "\"status\":%d",
		    statuses[i]);
		CHECK_INT(response.status, statuses[i]);
		CHECK(memmem(page_bytes(response.page).p,
			  page_bytes(response.page).len, want,
			  strlen(want)) != NULL);
		response_fini(&response);
	}
}

TESTS(a_json_answer_says_its_length_and_type,
    head_has_the_headers_of_get_and_no_body, an_empty_answer_has_no_length,
    a_header_cannot_make_another_one, gzip_gives_back_the_same_bytes,
    what_does_not_get_shorter_is_sent_as_it_is,
    pages_live_as_long_as_somebody_holds_them, an_error_is_a_problem_document,
    each_error_has_its_status, what_is_gone_says_what_is_left,
    errors_from_inside_are_not_shown, every_status_has_its_own_name)
