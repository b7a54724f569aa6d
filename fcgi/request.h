/*
 * request: what a web server tells us about one HTTP request, as CGI
 * variables (RFC 3875 section 4.1), taken apart.  Pure.
 *
 * The path comes from REQUEST_URI alone, since every server fills SCRIPT_NAME
 * and PATH_INFO differently and some decode them: whatever follows the first
 * "/api/v1/" (the configured base) below any mount.  Aliases are looked up by
 * the end of the path, before that base if both are there.  Only where a server
 * gives no REQUEST_URI, SCRIPT_NAME and PATH_INFO are taken as they are.
 *
 * Floor 3.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "span.h"

struct config;

enum {
	REQUEST_URI_BYTES_MAX = 16384,
	REQUEST_PARAMS_MAX = 128,        /* query parameters */
	REQUEST_HEADER_BYTES_MAX = 4096, /* a longer one counts as absent */
};

enum request_method {
	REQUEST_GET,
	REQUEST_HEAD,
	REQUEST_OPTIONS,
	REQUEST_POST,
	REQUEST_PUT,
	REQUEST_PATCH,
	REQUEST_DELETE,
	REQUEST_OTHER,
	REQUEST__MAX
};

/* How the request reached us; shown by the probe, decides about slots. */
enum request_door { REQUEST_DAEMON, REQUEST_SPAWNED, REQUEST_CGI };

struct request_pair {
	struct span name, value;
};

/* A CGI variable, or an empty span.  arg: of the door that owns them. */
typedef struct span request_env_fn(void *arg, const char *name);

struct request; /* opaque; owns all its bytes */

/*
 * Take the variables apart.  ERR_BAD_REQUEST (bad percent-encoding, no
 * REQUEST_URI …), ERR_LIMIT (414), ERR_NOT_FOUND (not below the base and no
 * alias): *out is set in each case, with method and headers, so that the error
 * can be answered in the right form.
 */
const struct err *request_new(struct request **out, const struct config *,
    enum request_door, request_env_fn *, void *arg) MUST_CHECK;
void request_free(struct request *);

enum request_method request_method(const struct request *);
enum request_door request_door(const struct request *);

/* Path components behind the base, decoded: "main", "workflows", "a/b" … */
size_t request_n_segments(const struct request *);
struct span request_segment(const struct request *, size_t i);
/* Components from i on joined by '/': an entity's id. */
struct span request_tail(const struct request *, size_t i);

/*
 * Query parameters, decoded, in order: those of the alias first, then the
 * request's own, where one that is not repeatable overrides the alias's.
 */
size_t request_n_params(const struct request *);
struct request_pair request_param(const struct request *, size_t i);
/* The last one of that name; false when there is none. */
bool request_find(const struct request *, const char *name, struct span *value);

/* Request headers that matter; empty when absent. */
struct span request_if_none_match(const struct request *);
struct span request_last_event_id(const struct request *);
struct span request_origin(const struct request *);
struct span request_remote_addr(const struct request *);

/* Which headers were there at all, however long. */
struct request_seen {
	bool authorization, last_event_id, if_none_match, accept_encoding;
};

struct request_seen request_seen(const struct request *);

/* What of a request shapes the answer, for when the request has gone. */
struct request_form {
	bool is_head;          /* the body stays here (HEAD) */
	size_t gzip_bytes_min; /* a shorter body is not compressed; SIZE_MAX:
	                        * the client takes none (RFC 9110 12.5.3) */
};

struct request_form request_form(const struct request *);

#endif /* REQUEST_H */
