/*
 * doctor: what the parts of an examination share.  Each part asks the host
 * for something, a GET at a time unless it says otherwise, and gives its
 * verdicts.
 *
 *   doctor_reach.c  who answers, and is it Tidemark at all
 *   doctor_heads.c  what becomes of headers, in either direction
 *   doctor_pace.c   what becomes of time: streams, silence, those who wait
 *
 * Floor 3.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "fetch.h"
#include "json.h"
#include "remedy.h"
#include "verdict.h"

enum { DOCTOR_ANSWER_MS = 20 * 1000 }; /* the longest that one may take */

struct doctor {
	struct fetch_client *web;
	struct verdicts *verdicts;
	const char *mount; /* the path of the address */
	const char *project;
	enum remedy_host host;
	bool is_bare; /* we ask without an Authorization of the address */
	bool is_condition_lost; /* If-None-Match does not arrive */
	char *cursor;           /* of the project; NULL: there is none */
	int64_t usual_us;       /* what a small answer takes */
};

/* A body as JSON; false when it is none. */
bool doctor_read(const struct fetch *, struct json *);

/* A string of an object, as it stands between its quotes; else empty. */
struct span doctor_text(const struct json *, uint32_t object, const char *key);

/* Is a member true? */
bool doctor_is_true(const struct json *, uint32_t object, const char *key);

/* False when there is nothing more to be asked.  Sets host and usual_us. */
bool doctor_reach(struct doctor *);
/* False when there is no such project.  Sets cursor. */
bool doctor_project(struct doctor *);

void doctor_heads(struct doctor *);

void doctor_buffering(struct doctor *);
/* seconds: how long to wait for an answer that says nothing. */
void doctor_silence(struct doctor *, uint32_t seconds);
/* most: how many to let wait at the same time. */
void doctor_waits(struct doctor *, uint32_t most);

#endif /* DOCTOR_H */
