#include "request.h"

#include "buf.h"
#include "cgi_env.h"
#include "check.h"
#include "config.h"

/* A literal that may be changed, as the configuration has them. */
#define TEXT(literal) ((char[]){ literal })

static struct config_alias aliases[] = {
	{ TEXT("/api/workflows"),
	    TEXT("main/workflows?shape=list&where=/a:eq:1") },
	{ TEXT("/api/v1/old"), TEXT("main/new") },
	{ TEXT("/health"), TEXT("health") },
	{ TEXT("/api/health"), TEXT("/main/h%20h") },
};

static struct config config = {
	.base = TEXT("/api/v1/"),
	.alias = aliases,
	.n_aliases = sizeof(aliases) / sizeof(aliases[0]),
	.gzip_bytes_min = 100,
};

static struct request *
take(const char *const *vars, const struct err **err)
{
	struct request *request = NULL;

	*err = request_new(&request, &config, REQUEST_DAEMON, cgi_env,
	    (void *)(uintptr_t)vars);
	CHECK(request != NULL);
	return request;
}

static struct request *
ask(const char *uri, const struct err **err)
{
	const char *const vars[] = { "REQUEST_METHOD", "GET", "REQUEST_URI",
		uri, NULL };

	return take(vars, err);
}

/* The components with '|' between, then the parameters. */
static const char *
describe(const struct request *request)
{
	static char line[2000];
	struct buf text = { 0 };

	for (size_t i = 0; i < request_n_segments(request); i++) {
		buf_str(&text, i > 0 ? "|" : "");
		buf_span(&text, request_segment(request, i));
	}
	for (size_t i = 0; i < request_n_params(request); i++) {
		struct request_pair param = request_param(request, i);

		buf_str(&text, i > 0 ? "&" : "?");
		buf_span(&text, param.name);
		buf_byte(&text, '=');
		buf_span(&text, param.value);
	}
	(void)snprintf(line, sizeof(line), "%s", buf_cstr(&text));
	buf_fini(&text);
	return line;
}

struct row {
	const char *uri, *is;
};

static void
check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct err *err;
		struct request *request = ask(rows[i].uri, &err);

		if (CHECK_OK(err))
			CHECK_STR(describe(request), rows[i].is);
		else
			CHECK_STR(rows[i].uri, "taken");
		request_free(request);
	}
}

static void
check_refused(const char *const *uris, size_t n, enum err_code code)
{
	for (size_t i = 0; i < n; i++) {
		const struct err *err;
		struct request *request = ask(uris[i], &err);

		if (!CHECK_ERR(err, code))
			CHECK_STR(uris[i], "refused");
		request_free(request);
	}
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void
the_path_is_what_follows_the_base_below_any_mount(void)
{
	static const struct row rows[] = {
		{ "/api/v1/main", "main" },
		{ "/live/api/v1/main/jobs", "main|jobs" },
		{ "/~ann/x/api/v1/main/jobs/a/b", "main|jobs|a|b" },
		{ "/api/v1/main/jobs/api/v1/x", "main|jobs|api|v1|x" },
		{ "http://h:1/m/api/v1/main", "main" },
		{ "https://h/api/v1/main?a=b", "main?a=b" },
		{ "/api/v1/main#part", "main" },
		{ "/api/v1/", "" },
	};

	CHECK_ROWS(rows);
}

static void
components_are_decoded_one_by_one(void)
{
	static const struct row rows[] = {
		{ "/api/v1/main/jobs/a%2Fb", "main|jobs|a/b" },
		{ "/api/v1/main/jobs/a%20b+c", "main|jobs|a b+c" },
		{ "/api/v1/main/jobs/%c3%A9", "main|jobs|\xc3\xa9" },
		{ "/api/v1/main/jobs/a%3Fb%23c%25", "main|jobs|a?b#c%" },
		{ "/api/v1/main/jobs//a", "main|jobs||a" },
	};

	CHECK_ROWS(rows);
}

static void
one_slash_at_the_end_of_a_collection_is_no_id(void)
{
	static const struct row rows[] = {
		{ "/api/v1/main/", "main" },
		{ "/api/v1/main/jobs/", "main|jobs" },
		{ "/api/v1/main/jobs/a/", "main|jobs|a|" },
		{ "/api/v1/main//", "main|" },
	};

	CHECK_ROWS(rows);
}

static void
a_tail_is_an_id_however_its_slashes_are_written(void)
{
	static const char *const uris[] = { "/api/v1/m/c/a/b/c",
		"/api/v1/m/c/a%2Fb%2fc", "/api/v1/m/c/a/b%2Fc" };

	for (size_t i = 0; i < 3; i++) {
		const struct err *err;
		struct request *request = ask(uris[i], &err);

		CHECK_OK(err);
		CHECK(span_is(request_tail(request, 2), "a/b/c"));
		CHECK(span_is(request_tail(request, 0), "m/c/a/b/c"));
		request_free(request);
	}
}

static void
queries_are_decoded(void)
{
	static const struct row rows[] = {
		{ "/api/v1/m?a=1&b=x+y%2B%26&c", "m?a=1&b=x y+&&c=" },
		{ "/api/v1/m?", "m" },
		{ "/api/v1/m?&&a=1&", "m?a=1" },
		{ "/api/v1/m?a=b=c?d", "m?a=b=c?d" },
		{ "/api/v1/m?p=/api/v1/x", "m?p=/api/v1/x" },
	};

	CHECK_ROWS(rows);
}

static void
bad_encoding_is_refused(void)
{
	static const char *const uris[] = { "/api/v1/m/%", "/api/v1/m/%4",
		"/api/v1/m/%zz", "/api/v1/m/%0", "/api/v1/m/%00",
		"/api/v1/m/%ff", "/api/v1/m/%c0%80", "/api/v1/m?a=%",
		"/api/v1/m?a=%00", "/api/v1/m?%ff=1", "/api/v1/m/%ed%a0%80",
		"/%/api/v1/m" };

	check_refused(uris, sizeof(uris) / sizeof(uris[0]), ERR_BAD_REQUEST);
}

static void
what_is_not_below_the_base_is_not_found(void)
{
	static const char *const uris[] = { "/", "/api/v1", "/x", "*",
		"http://h", "/?x=/api/v1/main", "/api%2Fv1/main" };

	check_refused(uris, sizeof(uris) / sizeof(uris[0]), ERR_NOT_FOUND);
}

static void
aliases_are_found_below_any_mount(void)
{
	static const struct row rows[] = {
		{ "/api/workflows", "main|workflows?shape=list&where=/a:eq:1" },
		{ "/m/n/api/workflows",
		    "main|workflows?shape=list&where=/a:eq:1" },
		{ "/m/api/work%66lows",
		    "main|workflows?shape=list&where=/a:eq:1" },
		{ "/health", "health" },
		{ "/api/health", "main|h h" }, /* the longest */
	};

	CHECK_ROWS(rows);
}

static void
an_alias_and_the_base_yield_to_whichever_comes_first(void)
{
	static const struct row rows[] = {
		{ "/api/v1/main/files/x/health", "main|files|x|health" },
		{ "/api/v1/old", "main|new" },
		{ "/m%20m/api/v1/old", "main|new" },
		{ "/m%20m/api/v1/a/api/v1/old", "a|api|v1|old" },
	};

	CHECK_ROWS(rows);
}

static void
own_parameters_override_those_of_an_alias(void)
{
	static const struct row rows[] = {
		{ "/api/workflows?shape=list:x&limit=2",
		    "main|workflows?where=/a:eq:1&shape=list:x&limit=2" },
		{ "/api/workflows?where=/b:eq:2",
		    "main|workflows?shape=list&where=/a:eq:1&where=/b:eq:2" },
	};
	const struct err *err;
	struct request *request = ask("/api/v1/m?a=1&a=2", &err);
	struct span value;

	CHECK_ROWS(rows);
	CHECK(request_find(request, "a", &value));
	CHECK(span_is(value, "2"));
	CHECK(!request_find(request, "b", &value));
	request_free(request);
}

static void
limits_are_at_the_limit(void)
{
	static char uri[REQUEST_URI_BYTES_MAX + 2];
	struct buf query = { 0 };
	const struct err *err;

	memset(uri, 'x', sizeof(uri) - 1);
	memcpy(uri, "/api/v1/m/c/", 12);
	uri[REQUEST_URI_BYTES_MAX] = '\0';
	request_free(ask(uri, &err));
	CHECK_OK(err);
	uri[REQUEST_URI_BYTES_MAX] = 'x';
	request_free(ask(uri, &err));
	CHECK_ERR(err, ERR_LIMIT);

	buf_str(&query, "/api/v1/m?");
	for (int i = 0; i < REQUEST_PARAMS_MAX; i++)
		buf_str(&query, "a=1&");
	request_free(ask(buf_cstr(&query), &err));
	CHECK_OK(err);
	buf_str(&query, "a=1");
	request_free(ask(buf_cstr(&query), &err));
	CHECK_ERR(err, ERR_LIMIT);
	buf_fini(&query);
}

static void
the_query_comes_from_the_uri(void)
{
	/* lighttpd rewrites QUERY_STRING. */
	static const char *const vars[] = { "REQUEST_URI", "/api/v1/m?a=%2541",
		"QUERY_STRING", "a=A", "PATH_INFO", "/wrong", NULL };
	const struct err *err;
	struct request *request = take(vars, &err);

	CHECK_OK(err);
	CHECK_STR(describe(request), "m?a=%41");
	request_free(request);
}

static void
without_a_uri_the_decoded_path_is_taken_as_it_is(void)
{
	static const char *const cgi[] = { "SCRIPT_NAME", "/cgi-bin/t.fcgi",
		"PATH_INFO", "/api/v1/m/c/100%25/ \xc3\xa9", "QUERY_STRING",
		"a=%20", NULL };
	static const char *const whole[] = { "SCRIPT_NAME", "/live/api/v1/m/c",
		NULL };
	static const char *const none[] = { "QUERY_STRING", "a=1", NULL };
	static const char *const bad[] = { "PATH_INFO", "/api/v1/\xff", NULL };
	const struct err *err;
	struct request *request = take(cgi, &err);

	CHECK_OK(err);
	CHECK_STR(describe(request), "m|c|100%25| \xc3\xa9?a= ");
	request_free(request);
	request = take(whole, &err);
	CHECK_OK(err);
	CHECK_STR(describe(request), "m|c");
	request_free(request);
	request_free(take(none, &err));
	CHECK_ERR(err, ERR_BAD_REQUEST);
	request_free(take(bad, &err));
	CHECK_ERR(err, ERR_BAD_REQUEST);
}

static void
method_and_headers_are_there_even_after_an_error(void)
{
	static const char *const vars[] = { "REQUEST_METHOD", "HEAD",
		"REQUEST_URI", "/%", "HTTP_IF_NONE_MATCH", "\"1\"",
		"HTTP_ACCEPT_ENCODING", "gzip", NULL };
	const struct err *err;
	struct request *request = take(vars, &err);

	CHECK_ERR(err, ERR_BAD_REQUEST);
	CHECK(request_method(request) == REQUEST_HEAD);
	CHECK(span_is(request_if_none_match(request), "\"1\""));
	CHECK_INT(request_form(request).gzip_bytes_min, 100);
	request_free(request);
}

static void
methods_are_told_apart(void)
{
	static const struct {
		const char *name;
		enum request_method method;
	} rows[] = {
		{ "GET", REQUEST_GET },
		{ "DELETE", REQUEST_DELETE },
		{ "get", REQUEST_OTHER },
		{ "PROPFIND", REQUEST_OTHER },
		{ "", REQUEST_OTHER },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *vars[] = { "REQUEST_METHOD", rows[i].name,
			"REQUEST_URI", "/api/v1/m", NULL };
		const struct err *err;
		struct request *request = take(vars, &err);

		CHECK_OK(err);
		CHECK_INT(request_method(request), rows[i].method);
		request_free(request);
	}
}

static void
gzip_is_taken_by_quality(void)
{
	static const struct {
		const char *accept;
		bool takes;
	} rows[] = {
		{ "gzip", true },
		{ "GZip, deflate, br", true },
		{ "x-gzip", true },
		{ "*", true },
		{ "br;q=1.0, *;q=0.5", true },
		{ "gzip;q=0.001", true },
		{ "deflate , gzip ; q=0.5", true },
		{ "", false },
		{ "br", false },
		{ "gzip;q=0", false },
		{ "gzip;q=0.000", false },
		{ "gzip;q=0, *", false },
		{ "*;q=0", false },
		{ "identity, gzip;q=0.5", false },
		{ "gzip;q=x", false },
		{ "gzipx", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *vars[] = { "REQUEST_URI", "/api/v1/m",
			"HTTP_ACCEPT_ENCODING", rows[i].accept, NULL };
		const struct err *err;
		struct request *request = take(vars, &err);

		CHECK_OK(err);
		if ((request_form(request).gzip_bytes_min != SIZE_MAX) !=
		    rows[i].takes)
			CHECK_STR(rows[i].accept, "judged rightly");
		request_free(request);
	}
}

TESTS(the_path_is_what_follows_the_base_below_any_mount,
    components_are_decoded_one_by_one,
    one_slash_at_the_end_of_a_collection_is_no_id,
    a_tail_is_an_id_however_its_slashes_are_written, queries_are_decoded,
    bad_encoding_is_refused, what_is_not_below_the_base_is_not_found,
    aliases_are_found_below_any_mount,
    an_alias_and_the_base_yield_to_whichever_comes_first,
    own_parameters_override_those_of_an_alias, limits_are_at_the_limit,
    the_query_comes_from_the_uri,
    without_a_uri_the_decoded_path_is_taken_as_it_is,
    method_and_headers_are_there_even_after_an_error, methods_are_told_apart,
    gzip_is_taken_by_quality)
