/*
 * frame: bytes ready for the wire, made once and sent to any number of peers:
 * a whole answer, the beginning of one that stays open, an event in it, or
 * records about the connection itself.  Counted by reference.
 *
 * Small frames are one run of bytes; large ones are described by vectors over
 * the page that they carry, so that a body is never copied.
 *
 * Floor 3.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "buf.h"
#include "span.h"

struct frame; /* opaque */
struct page;

enum frame_end {
	FRAME_OPEN, /* more of this answer will follow */
	FRAME_LAST, /* END_REQUEST stands behind it */
};

/* Enough for 1.3 MB: more than a socket ever takes at once. */
enum { FRAME_VECTORS = 64 };

struct frame_text {
	struct buf *head;  /* its bytes are taken over */
	struct page *page; /* what body lies in; NULL when body is empty */
	struct span body;
	const char *foot; /* a constant; NULL: none */
};

/* FastCGI requests have ids; that of every web server we know is 1. */
struct frame *frame_new(uint16_t id, const struct frame_text *, enum frame_end);

/* … of one text alone, whose bytes are taken over. */
struct frame *frame_of_text(uint16_t id, struct buf *text, enum frame_end);

/* Records as they are; copied. */
struct frame *frame_of_records(struct span);

/* A copy for a request with another id. */
struct frame *frame_with_id(const struct frame *, uint16_t id);

struct frame *frame_ref(struct frame *);
void frame_unref(struct frame *); /* may be NULL */

size_t frame_bytes(const struct frame *);
bool frame_is_last(const struct frame *);

/* Describe what comes after the first `from` bytes; 0: nothing. */
int frame_vectors(const struct frame *, size_t from,
    struct iovec iov[FRAME_VECTORS]);

#endif /* FRAME_H */
