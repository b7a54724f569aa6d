/*
 * fuzz_request: CGI variables, one "NAME=value" a line (a value may not hold a
 * line feed; a web server's does not either).
 */
#include "fuzz.h"

#include <assert.h>

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
	}
	request_free(request);
	return 0;
}
