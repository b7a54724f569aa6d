#include "outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "frame.h"
#include "mem.h"

struct outbox_item {
	struct outbox_item *next;
	struct frame *frame;
	size_t sent;
};

/* EMPTY: all of the frame is sent. */
static enum outbox_state
send_frame(const struct frame *frame, size_t *sent, int fd)
{
	struct iovec iov[FRAME_VECTORS];
	struct msghdr msg = { .msg_iov = iov };
	const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
	size_t bytes = frame_bytes(frame);
	ssize_t n;

	while (*sent < bytes) {
		msg.msg_iovlen = (size_t)frame_vectors(frame, *sent, iov);
		/* Most are one run of bytes; it is the shorter way. */
		n = msg.msg_iovlen == 1
		    ? send(fd, iov[0].iov_base, iov[0].iov_len, flags)
		    : sendmsg(fd, &msg, flags);
		if (n >= 0)
			*sent += (size_t)n;
		else if (errno == EAGAIN)
			return OUTBOX_FULL;
		else if (errno != EINTR)
			return OUTBOX_BROKEN;
	}
	return OUTBOX_EMPTY;
}

static void
item_free(struct outbox_item *item)
{
	frame_unref(item->frame);
	free(item);
}

/* Takes the reference over. */
static void
queue(struct outbox *box, struct frame *frame, size_t sent)
{
	struct outbox_item *item = mem_new(1, sizeof(*item));

	item->frame = frame;
	item->sent = sent;
	if (box->last != NULL)
		box->last->next = item;
	else
		box->first = item;
	box->last = item;
}

void
outbox_fini(struct outbox *box)
{
	struct outbox_item *item;

	while ((item = box->first) != NULL) {
		box->first = item->next;
		item_free(item);
	}
	box->last = NULL;
}

enum outbox_state
outbox_send(struct outbox *box, int fd, struct frame *frame)
{
	enum outbox_state state = OUTBOX_FULL;
	size_t sent = 0;

	if (box->first == NULL)
		state = send_frame(frame, &sent, fd);
	if (state == OUTBOX_FULL)
		queue(box, frame_ref(frame), sent);
	return state;
}

enum outbox_state
outbox_add(struct outbox *box, int fd, struct span records)
{
	struct frame *frame = frame_of_records(records);
	enum outbox_state state = outbox_send(box, fd, frame);

	frame_unref(frame);
	return state;
}

enum outbox_state
outbox_flush(struct outbox *box, int fd)
{
	enum outbox_state state = OUTBOX_EMPTY;
	struct outbox_item *item;

	while (state == OUTBOX_EMPTY && (item = box->first) != NULL) {
		state = send_frame(item->frame, &item->sent, fd);
		if (state != OUTBOX_EMPTY)
			break;
		box->first = item->next;
		if (box->first == NULL)
			box->last = NULL;
		item_free(item);
	}
	return state;
}

size_t
outbox_bytes(const struct outbox *box)
{
	size_t bytes = 0;

	for (const struct outbox_item *item = box->first; item != NULL;
	     item = item->next)
		bytes += frame_bytes(item->frame) - item->sent;
	return bytes;
}
