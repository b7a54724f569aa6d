/*
 * crowd: many HTTP/1.1 clients of one server on 127.0.0.1, in one thread.
 * They come from a few addresses of the loopback net, so that ports do not
 * run out.
 */
#ifndef CROWD_H
#define CROWD_H

#include <stddef.h>
#include <stdint.h>

struct crowd; /* opaque */

enum crowd_kind {
	CROWD_STREAM, /* one answer that does not end: Server-Sent Events */
	CROWD_POLL,   /* an answer, and at once the next request */
};

/* What a poll has of the answer before. */
enum crowd_follow {
	CROWD_NOTHING,
	CROWD_CURSOR,     /* the member "to", at the end of the URI */
	CROWD_VALIDATORS, /* ETag and Last-Modified, as conditions */
};

/* Client i has an event (without its empty line), or a whole answer. */
typedef void crowd_fn(void *arg, size_t i, const char *text, size_t len);

struct crowd_plan {
	enum crowd_kind kind;
	enum crowd_follow follow;
	int port;
	const char *uri;
	const char *cursor; /* CROWD_CURSOR: of the first request */
	crowd_fn *heard;
	void *arg;
};

struct crowd_counts {
	uint64_t bytes;   /* of HTTP that came in */
	uint64_t answers; /* that were whole */
	uint64_t lost;    /* connections that ended before their answer */
	int status;       /* of the last answer that began */
};

/* The plan is borrowed, room is the most clients there will be.  Ends the
   program where something cannot be had. */
struct crowd *crowd_new(const struct crowd_plan *, size_t room);
void crowd_free(struct crowd *);

/* More clients, until there are n.  Each has asked; a stream has begun. */
void crowd_grow(struct crowd *, size_t n);

/* Take what has come, or comes first, before a time of bench_seconds(). */
void crowd_turn(struct crowd *, double until);

/* Take what comes until then. */
void crowd_run(struct crowd *, double until);

/* Readable when something has come. */
int crowd_fd(const struct crowd *);

const struct crowd_counts *crowd_counts(const struct crowd *);

#endif /* CROWD_H */
