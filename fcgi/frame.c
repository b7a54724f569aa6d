#include "frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "page.h"
#include "record.h"

/* Copying so much costs less than what the kernel does for each vector. */
enum { FRAME_JOINED_MAX = 8192 };

struct frame {
	uint32_t refs;
	bool is_last;
	size_t bytes;   /* in all */
	struct buf run; /* all of them; else the head of the answer */
	struct record_piece *piece; /* NULL: they are in run */
	struct page *page;
};

static struct frame *
frame_alloc(void)
{
	struct frame *frame = mem_new(1, sizeof(*frame));

	frame->refs = 1;
	return frame;
}

static void
join(struct frame *frame, const struct record_piece *piece)
{
	struct iovec iov[FRAME_VECTORS];
	int n = record_piece_iov(piece, 0, iov, FRAME_VECTORS);

	(void)buf_room(&frame->run, frame->bytes);
	for (int i = 0; i < n; i++)
		buf_add(&frame->run, iov[i].iov_base, iov[i].iov_len);
	assert(frame->run.len == frame->bytes); /* one record, few vectors */
}

struct frame *
frame_new(uint16_t id, const struct frame_text *text, enum frame_end end)
{
	struct frame *frame = frame_alloc();
	const struct span part[RECORD_PARTS] = { buf_as_span(text->head),
		text->body, span_str(text->foot != NULL ? text->foot : "") };
	struct record_piece piece;

	frame->is_last = end == FRAME_LAST;
	record_piece_init(&piece, id, part, frame->is_last);
	frame->bytes = record_piece_bytes(&piece);
	if (frame->bytes <= FRAME_JOINED_MAX) {
		join(frame, &piece);
		return frame;
	}
	/* The bytes stay where they are; only their owner changes. */
	frame->run = *text->head;
	memset(text->head, 0, sizeof(*text->head));
	frame->piece = mem_new(1, sizeof(piece));
	*frame->piece = piece;
	frame->page = text->page != NULL ? page_ref(text->page) : NULL;
	return frame;
}

struct frame *
frame_of_text(uint16_t id, struct buf *text, enum frame_end end)
{
	const struct frame_text whole = { .head = text };
	struct frame *frame = frame_new(id, &whole, end);

	buf_fini(text);
	return frame;
}

struct frame *
frame_of_records(struct span records)
{
	struct frame *frame = frame_alloc();

	buf_span(&frame->run, records);
	frame->bytes = records.len;
	return frame;
}

struct frame *
frame_with_id(const struct frame *frame, uint16_t id)
{
	struct frame *copy = frame_alloc();
	struct iovec iov[FRAME_VECTORS];
	struct buf *run = &copy->run;
	int n;

	copy->is_last = frame->is_last;
	copy->bytes = frame->bytes;
	while ((n = frame_vectors(frame, run->len, iov)) > 0)
		for (int i = 0; i < n; i++)
			buf_add(run, iov[i].iov_base, iov[i].iov_len);
	record_set_id(run->data, run->len, id);
	return copy;
}

struct frame *
frame_ref(struct frame *frame)
{
	frame->refs++;
	return frame;
}

void
frame_unref(struct frame *frame)
{
	if (frame == NULL)
		return;
	assert(frame->refs > 0);
	if (--frame->refs > 0)
		return;
	buf_fini(&frame->run);
	free(frame->piece);
	page_unref(frame->page);
	free(frame);
}

size_t
frame_bytes(const struct frame *frame)
{
	return frame->bytes;
}

bool
frame_is_last(const struct frame *frame)
{
	return frame->is_last;
}

int
frame_vectors(const struct frame *frame, size_t from,
    struct iovec iov[FRAME_VECTORS])
{
	if (frame->piece != NULL)
		return record_piece_iov(frame->piece, from, iov, FRAME_VECTORS);
	iov[0].iov_base = frame->run.data + from;
	iov[0].iov_len = frame->bytes - from;
	return frame->bytes > from;
}
