/*
 * fuzz_request: CGI variables, one "NAME=value" a line (a value may not hold a
 * line feed; a web server's does not either).  What they come to, encoded
 * again, comes to the same.
 */
#include "fuzz.h"

#include <assert.h>

#include "buf.h"
#include "config.h"
#include "request.h"
#include "utf8.h"

/* A literal that may be changed, as the configuration has them. */
#define TEXT(literal) ((char[]){ literal })

static struct config_alias aliases[] = {
	{ TEXT("/api/jobs"), TEXT("main/jobs?shape=list&where=/a:eq:1") },
	{ TEXT("/health"), TEXT("/health") },
	{ TEXT("/api/v1/old"), TEXT("main/%6eew?a=%20") },
};

static const struct config config = {
	.base = TEXT("/api/v1/"),
	.alias = aliases,
	.n_aliases = sizeof(aliases) / sizeof(aliases[0]),
	.gzip_bytes_min = 1,
};

/* The same without aliases: what was one is its target now. */
static const struct config plain = { .base = TEXT("/api/v1/") };

static struct span
env(void *arg, const char *name)
{
	struct span rest = *(const struct span *)arg;

	while (rest.len > 0) {
		struct span value = span_cut(&rest, '\n');

		if (span_is(span_cut(&value, '='), name))
			return value;
	}
	return span_of(NULL, 0);
}

static void
check_text(struct span text)
{
	assert(utf8_is_valid(text));
	assert(text.len == 0 || memchr(text.p, '\0', text.len) == NULL);
}

static void
check_params(const struct request *request)
{
	/* An alias's own come on top. */
	assert(request_n_params(request) <= REQUEST_PARAMS_MAX);
	for (size_t i = 0; i < request_n_params(request); i++) {
		struct request_pair param = request_param(request, i);

		check_text(param.name);
		check_text(param.value);
	}
}

static void
check_path(const struct request *request)
{
	size_t n = request_n_segments(request);

	for (size_t i = 0; i < n; i++) {
		struct span tail = request_tail(request, i);
		struct span segment = request_segment(request, i);

		check_text(tail);
		assert(tail.len >= segment.len);
		assert(span_eq(segment, span_of(tail.p, segment.len)));
		assert(i + 1 == n || tail.p[segment.len] == '/');
		assert(i + 1 < n || tail.len == segment.len);
	}
}

/* Each byte: whatever it is, it means no more than itself. */
static void
encode(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		buf_printf(out, "%%%02x", (unsigned char)text.p[i]);
}

static void
encode_all(const struct request *request, struct buf *uri)
{
	size_t n = request_n_segments(request);

	buf_str(uri, "REQUEST_URI=/api/v1/");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(uri, '/');
		encode(uri, request_segment(request, i));
	}
	/* One slash behind a project or a collection is no empty id. */
	if (n > 0 && n < 4 && request_segment(request, n - 1).len == 0)
		buf_byte(uri, '/');
	buf_byte(uri, '?');
	for (size_t i = 0; i < request_n_params(request); i++) {
		struct request_pair param = request_param(request, i);

		encode(uri, param.name);
		buf_byte(uri, '=');
		encode(uri, param.value);
		buf_byte(uri, '&');
	}
}

static void
is_same(const struct request *a, const struct request *b)
{
	assert(request_n_segments(a) == request_n_segments(b));
	for (size_t i = 0; i < request_n_segments(a); i++)
		assert(span_eq(request_segment(a, i), request_segment(b, i)));
	assert(request_n_params(a) == request_n_params(b));
	for (size_t i = 0; i < request_n_params(a); i++) {
		struct request_pair x = request_param(a, i);
		struct request_pair y = request_param(b, i);

		assert(span_eq(x.name, y.name) && span_eq(x.value, y.value));
	}
}

static void
comes_to_the_same(const struct request *request)
{
	struct request *again = NULL;
	struct buf uri = { 0 };
	struct span vars;

	encode_all(request, &uri);
	vars = buf_as_span(&uri);
	if (uri.len < REQUEST_URI_BYTES_MAX &&
	    request_n_params(request) <= REQUEST_PARAMS_MAX) {
		assert(request_new(&again, &plain, REQUEST_CGI, env, &vars) ==
		    NULL);
		is_same(request, again);
		request_free(again);
	}
	buf_fini(&uri);
}

/* In a query a plus is a space, however that is written. */
static void
plus_is_space(const struct request *request, struct span uri)
{
	struct request *again = NULL;
	struct buf vars = { 0 };
	bool is_query = false;
	struct span spaced;

	buf_str(&vars, "REQUEST_URI=");
	for (size_t i = 0; i < uri.len; i++) {
		is_query |= uri.p[i] == '?';
		if (is_query && uri.p[i] == '+')
			buf_str(&vars, "%20");
		else
			buf_byte(&vars, uri.p[i]);
	}
	spaced = buf_as_span(&vars);
	if (uri.len > 0 && vars.len < REQUEST_URI_BYTES_MAX) {
		assert(request_new(&again, &config, REQUEST_CGI, env,
			   &spaced) == NULL);
		is_same(request, again);
		request_free(again);
	}
	buf_fini(&vars);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct span vars = span_of((const char *)bytes, n);
	struct request *request = NULL;
	const struct err *err =
	    request_new(&request, &config, REQUEST_CGI, env, &vars);

	assert(request != NULL);
	(void)request_form(request);
	assert(request_if_none_match(request).len <= REQUEST_HEADER_BYTES_MAX);
	if (err == NULL) {
		check_path(request);
		check_params(request);
		comes_to_the_same(request);
		plus_is_space(request, env(&vars, "REQUEST_URI"));
	}
	request_free(request);
	return 0;
}
