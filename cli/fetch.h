/*
 * fetch: GET over HTTP and HTTPS, one or many at the same time, and when what
 * of an answer arrived.  Nothing is followed, decoded or kept for later: what
 * comes is what the host sent.
 *
 * Floor 3.  The only module that includes <curl/curl.h>.
 */
#ifndef FETCH_H
#define FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "monotime.h"
#include "span.h"

enum {
	FETCH_BYTES_MAX = 1 << 20, /* of a body; what follows is let go */
	FETCH_LINES_MAX = 16,      /* of which the time is known */
};

struct fetch_client; /* opaque */

/*
 * root           what all addresses begin with
 * takes_any_name do not look at certificates
 *
 * ERR_BAD_REQUEST when it is no http:// or https:// address.
 */
const struct err *fetch_client_new(const char *root, bool takes_any_name,
    struct fetch_client **) MUST_CHECK;
void fetch_client_free(struct fetch_client *);

/* {0} may be ended. */
struct fetch {
	bool is_done;
	const char *fault; /* it came to no good end: why; else NULL */
	long status;       /* 0: no answer has begun */
	const char *http;  /* "HTTP/1.1" */
	struct buf head;   /* header lines of the answer */
	struct buf body;
	struct monotime begun, headed, ended; /* headed: the status line came */
	struct monotime line[FETCH_LINES_MAX]; /* when each line ended */
	unsigned n_lines;
	struct fetch_client *client;
	void *handle;  /* of libcurl's */
	void *headers; /* of libcurl's */
};

/*
 * Begin.  headers: lines such as "If-None-Match: x", up to a NULL; borrowed.
 * limit_ms: when to give up.  The fetch must stay where it is until its end.
 */
void fetch_begin(struct fetch *, struct fetch_client *, const char *address,
    const char *const *headers, int64_t limit_ms);

/* Let all that have begun go on until this one is done, or for so long. */
void fetch_run(struct fetch *, int64_t for_ms);

/* All in one: begin, and run to the end. */
void fetch_get(struct fetch *, struct fetch_client *, const char *address,
    const char *const *headers, int64_t limit_ms);

/* Hang up if need be, and free. */
void fetch_end(struct fetch *);

/* The value of a header of the answer; false when there is none. */
bool fetch_header(const struct fetch *, const char *name, struct span *);

/* The Date of the answer; false when there is none that is one. */
bool fetch_date(const struct fetch *, struct walltime *);

#endif /* FETCH_H */
