/*
 * api: the handlers that route() chooses from.  Each fills the response; only
 * one that may wait returns a wait instead.  URL, parameters, shape and errors
 * of an endpoint stand above its handler in api_<noun>.c.
 *
 * Floor 3.
 */
#ifndef API_H
#define API_H

#include <stdbool.h>

#include "err.h"

struct app;
struct project;
struct request;
struct response;
struct span;
struct wait;

struct api {
	struct app *app;
	struct project *project; /* NULL where the path names none */
	const struct request *request;
};

/*
 * A handler returns an error for response_error(), else has answered.  With a
 * wait for a poll the response is still empty; with one for a stream it is the
 * beginning.
 */
typedef const struct err *api_fn(const struct api *, struct response *,
    struct wait **);

api_fn api_changes;
api_fn api_entity;
api_fn api_events;
api_fn api_health;
api_fn api_history;
api_fn api_manifest;
api_fn api_metrics;
api_fn api_probe;
api_fn api_snapshot;
api_fn api_timeline;

/*
 * Set ETag (quoted already) and Cache-Control: no-cache; when the client has
 * that very version (If-None-Match, RFC 9110 section 13.1.2), the answer is
 * 304, and true.
 */
bool api_is_cached(const struct request *, struct response *, const char *etag);

/* Does the client name that very version?  "*" does not. */
bool api_is_named(const struct request *, const char *etag);

/*
 * The same for an answer that says how it was (at=CURSOR): kept for good.
 * For one at a time: no-cache, since only its cursor is sure to stay.
 */
bool api_is_cached_past(const struct request *, struct response *,
    const char *etag, bool is_fixed);

/*
 * Answer with an error that came up for a project (NULL: for none): a 410 says
 * from where on its log can still be asked.
 */
void api_error(struct project *, struct response *, const struct err *);

#endif /* API_H */
