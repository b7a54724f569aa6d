/*
 * fuzz_accept: three header lines of a client: Accept-Encoding, If-None-Match,
 * Last-Event-ID.  What was said last of a coding counts; letter case and white
 * space do not; and a version is held for known only where the client named
 * it.
 */
#include "accept.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

#include "api.h"
#include "buf.h"
#include "config.h"
#include "fuzz.h"
#include "request.h"
#include "response.h"

/* --- Accept-Encoding -------------------------------------------------------- */

static bool
takes_gzip_after(struct span list, const char *more)
{
	struct buf longer = { 0 };
	bool is_welcome;

	buf_span(&longer, list);
	buf_str(&longer, more);
	is_welcome = accept_gzip(buf_as_span(&longer));
	buf_fini(&longer);
	return is_welcome;
}

/* Upper case, and white space on both sides of each separator. */
static bool
takes_gzip_shouted(struct span list)
{
	struct buf loud = { 0 };
	bool is_welcome;

	for (size_t i = 0; i < list.len; i++) {
		char c = (char)toupper((unsigned char)list.p[i]);
		bool is_separator = c == ',' || c == ';' || c == '=';

		if (is_separator)
			buf_str(&loud, " \t");
		buf_byte(&loud, c);
		if (is_separator)
			buf_byte(&loud, '\t');
	}
	is_welcome = accept_gzip(buf_as_span(&loud));
	buf_fini(&loud);
	return is_welcome;
}

static void
check_coding(struct span list)
{
	bool is_welcome = accept_gzip(list);

	assert(takes_gzip_shouted(list) == is_welcome);
	assert(takes_gzip_after(list, ",br;q=1") == is_welcome);
	assert(!takes_gzip_after(list, ",gzip;q=0"));
	assert(!takes_gzip_after(list, ",gzip;q=0.001,identity"));
	assert(takes_gzip_after(list, ",identity;q=0,gzip"));
	assert(takes_gzip_after(list, ",identity;q=0.5,gzip;q=0.5"));
}

/* --- If-None-Match, Last-Event-ID --------------------------------------------- */

static const struct config config = {
	.base = (char[]){ "/" },
	.gzip_bytes_min = 1,
};

struct headers {
	struct span if_none_match, last_event_id;
};

static struct span
env(void *arg, const char *name)
{
	const struct headers *headers = arg;

	if (strcmp(name, "HTTP_IF_NONE_MATCH") == 0)
		return headers->if_none_match;
	if (strcmp(name, "HTTP_LAST_EVENT_ID") == 0)
		return headers->last_event_id;
	return span_str(strcmp(name, "REQUEST_URI") == 0 ? "/main" : "");
}

static bool
is_known(struct headers headers, const char *etag)
{
	struct request *request = NULL;
	struct response response = { 0 };
	bool is_known;

	assert(
	    request_new(&request, &config, REQUEST_CGI, env, &headers) == NULL);
	assert(span_eq(request_last_event_id(request), headers.last_event_id) ||
	    headers.last_event_id.len > REQUEST_HEADER_BYTES_MAX);
	response_init(&response);
	is_known = api_is_cached(request, &response, etag);
	assert((response.status == 304) == is_known);
	response_fini(&response);
	request_free(request);
	return is_known;
}

static bool
is_known_after(struct span list, const char *more)
{
	struct headers headers = { 0 };
	struct buf longer = { 0 };
	bool is;

	buf_span(&longer, list);
	buf_str(&longer, more);
	headers.if_none_match = buf_as_span(&longer);
	is = is_known(headers, "W/\"1042\"");
	buf_fini(&longer);
	return is;
}

/* Weakly compared, RFC 9110 section 8.8.3.2, or as a web server renamed it. */
static bool
is_in(struct span list)
{
	while (list.len > 0) {
		struct span one = span_cut(&list, ',');

		while (one.len > 0 && (one.p[0] == ' ' || one.p[0] == '\t'))
			one = span_of(one.p + 1, one.len - 1);
		while (one.len > 0 &&
		    (one.p[one.len - 1] == ' ' || one.p[one.len - 1] == '\t'))
			one.len--;
		if (span_is(one, "*") || span_is(one, "\"1042\"") ||
		    span_is(one, "W/\"1042\"") ||
		    span_is(one, "\"1042-gzip\"") ||
		    span_is(one, "W/\"1042-gzip\""))
			return true;
	}
	return false;
}

static void
check_tags(struct headers headers)
{
	struct span list = headers.if_none_match;
	bool is = is_known(headers, "W/\"1042\"");

	/* Weakly compared: the strong tag is known to the same clients. */
	assert(is_known(headers, "\"1042\"") == is);
	assert(is == (list.len <= REQUEST_HEADER_BYTES_MAX && is_in(list)));
	if (list.len + 32 > REQUEST_HEADER_BYTES_MAX)
		return;
	assert(is_known_after(list, ",\"1041\"") == is);
	assert(is_known_after(list, " ,\"1042\""));
	assert(is_known_after(list, ",W/\"1042-gzip\""));
	assert(is_known_after(list, ",\t*"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct headers headers;
	struct span rest = span_of((const char *)bytes, n);

	check_coding(span_cut(&rest, '\n'));
	headers.if_none_match = span_cut(&rest, '\n');
	headers.last_event_id = rest;
	check_tags(headers);
	return 0;
}
