#include "api.h"

#include "cursor.h"
#include "project.h"
#include "request.h"
#include "response.h"
#include "store.h"

/*
 * Weak comparison, RFC 9110 section 8.8.3.2; and mod_deflate of both Apache
 * and lighttpd appends "-gzip" to what it has compressed.
 */
static bool
is_same_tag(struct span theirs, struct span ours)
{
	static const char suffix[] = "-gzip\"";
	size_t n = sizeof(suffix) - 1;

	if (theirs.len >= 2 && memcmp(theirs.p, "W/", 2) == 0)
		theirs = span_of(theirs.p + 2, theirs.len - 2);
	if (ours.len >= 2 && memcmp(ours.p, "W/", 2) == 0)
		ours = span_of(ours.p + 2, ours.len - 2);
	if (span_eq(theirs, ours))
		return true;
	return theirs.len == ours.len + n - 1 &&
	    memcmp(theirs.p + theirs.len - n, suffix, n) == 0 &&
	    memcmp(theirs.p, ours.p, ours.len - 1) == 0;
}

static bool
is_listed(struct span list, struct span etag, bool may_be_any)
{
	while (list.len > 0) {
		struct span one = span_cut(&list, ',');

		while (one.len > 0 && (one.p[0] == ' ' || one.p[0] == '\t'))
			one = span_of(one.p + 1, one.len - 1);
		while (one.len > 0 &&
		    (one.p[one.len - 1] == ' ' || one.p[one.len - 1] == '\t'))
			one.len--;
		if ((may_be_any && span_is(one, "*")) || is_same_tag(one, etag))
			return true;
	}
	return false;
}

bool
api_is_named(const struct request *request, const char *etag)
{
	return is_listed(request_if_none_match(request), span_str(etag), false);
}

static bool
is_cached(const struct request *request, struct response *response,
    const char *etag, const char *cache_control)
{
	response_header(response, "ETag", "%s", etag);
	response_header(response, "Cache-Control", "%s", cache_control);
	if (!is_listed(request_if_none_match(request), span_str(etag), true))
		return false;
	response_empty(response, 304);
	response->may_gzip = true; /* as the answer in full would say */
	return true;
}

bool
api_is_cached(const struct request *request, struct response *response,
    const char *etag)
{
	return is_cached(request, response, etag, "no-cache");
}

bool
api_is_cached_past(const struct request *request, struct response *response,
    const char *etag, bool is_fixed)
{
	return is_cached(request, response, etag,
	    is_fixed ? "public, max-age=31536000, immutable" : "no-cache");
}

void
api_error(struct project *project, struct response *response,
    const struct err *err)
{
	struct store_state state;
	struct store *store;

	if (err->code == ERR_GONE && project != NULL &&
	    project_store(project, &store) == NULL &&
	    store_state(store, &state) == NULL)
		response_gone(response, err,
		    (struct cursor){ state.epoch, state.floor });
	else
		response_error(response, err);
}
