/*
 * memo: what a request came to, kept by what was asked, so that whoever asks
 * the same costs one look-up: neither parsing nor a database.
 *
 *   an answer  a small one that depends on nothing but a store: good until the
 *              project's bell rings, and for MEMO_MS at most, because a ring
 *              may get lost
 *   a poll     the wait that it asked for: always good
 *
 * The key is all that a handler may look at (memo_key()): who lets handlers see
 * more of a request adds it there.
 *
 * A table of fixed size, in which the newer request replaces an older one at
 * the same place: at most MEMO_SLOTS answers of MEMO_BYTES_MAX.
 *
 * Floor 3.
 */
#ifndef MEMO_H
#define MEMO_H

#include <stdbool.h>

#include "buf.h"
#include "monotime.h"
#include "request.h"
#include "span.h"

struct frame;
struct memo; /* opaque */
struct response;
struct wait;

enum {
	MEMO_SLOTS = 512,
	MEMO_BYTES_MAX = 8192,     /* of an answer, on the wire */
	MEMO_KEY_BYTES_MAX = 2048, /* a longer one is not kept */
	MEMO_MS = 1000,
};

/* One of the two; borrowed until the memo is asked for something else. */
struct memo_found {
	struct frame *frame; /* for requests with id 1 */
	const struct wait *wait;
	struct request_form form;
};

struct memo *memo_new(void);
void memo_free(struct memo *); /* may be NULL */

/* Overwrite key; false: such a request is not kept. */
bool memo_key(request_env_fn *env, void *arg, struct buf *key);

/* False: nothing good is known. */
bool memo_find(struct memo *, struct span key, struct monotime now,
    struct memo_found *);

/* Nothing is done unless the response says what it is based on, and is small;
 * its frame is made. */
void memo_keep_answer(struct memo *, struct span key, struct monotime now,
    struct response *, struct request_form);

/* A poll; copied. */
void memo_keep_wait(struct memo *, struct span key, const struct wait *,
    struct request_form);

#endif /* MEMO_H */
