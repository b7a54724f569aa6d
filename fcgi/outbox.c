#include "outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "mem.h"
#include "page.h"
#include "record.h"

/* Enough for 1.3 MB: more than a socket ever takes at once. */
enum { OUTBOX_VECTORS = 64 };

struct outbox_item {
	struct outbox_item *next;
	struct buf bytes; /* the head of answer, or whole records */
	struct page *page;
	struct record_answer answer; /* unless is_raw */
	size_t sent;
	bool is_raw;
};

static int
vectors(const struct outbox_item *item, struct iovec iov[OUTBOX_VECTORS])
{
	if (!item->is_raw)
		return record_answer_iov(&item->answer, item->sent, iov,
		    OUTBOX_VECTORS);
	iov[0].iov_base = item->bytes.data + item->sent;
	iov[0].iov_len = item->bytes.len - item->sent;
	return iov[0].iov_len > 0;
}

/* EMPTY: all of the item is sent. */
static enum outbox_state
item_send(struct outbox_item *item, int fd)
{
	struct iovec iov[OUTBOX_VECTORS];
	struct msghdr msg = { .msg_iov = iov };
	ssize_t n;

	for (;;) {
		msg.msg_iovlen = (size_t)vectors(item, iov);
		if (msg.msg_iovlen == 0)
			return OUTBOX_EMPTY;
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			item->sent += (size_t)n;
		else if (errno == EAGAIN)
			return OUTBOX_FULL;
		else if (errno != EINTR)
			return OUTBOX_BROKEN;
	}
}

static void
item_free(struct outbox_item *item)
{
	page_unref(item->page);
	buf_fini(&item->bytes);
	free(item);
}

static void
queue(struct outbox *box, struct outbox_item *item)
{
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
outbox_add(struct outbox *box, int fd, struct span bytes)
{
	ssize_t n = 0;
	struct outbox_item *item;

	if (box->first == NULL) {
		do
			n = send(fd, bytes.p, bytes.len,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
		while (n < 0 && errno == EINTR);
		if (n < 0 && errno != EAGAIN)
			return OUTBOX_BROKEN;
		n = n < 0 ? 0 : n;
		if ((size_t)n == bytes.len)
			return OUTBOX_EMPTY;
	}
	item = mem_new(1, sizeof(*item));
	item->is_raw = true;
	buf_add(&item->bytes, bytes.p + n, bytes.len - (size_t)n);
	queue(box, item);
	return OUTBOX_FULL;
}

enum outbox_state
outbox_answer(struct outbox *box, int fd, const struct outbox_answer *answer)
{
	struct outbox_item now = { 0 }, *rest;
	enum outbox_state state = OUTBOX_FULL;

	record_answer_init(&now.answer, answer->id, buf_as_span(answer->head),
	    answer->body);
	if (box->first == NULL)
		state = item_send(&now, fd);
	if (state != OUTBOX_FULL)
		return state;
	rest = mem_new(1, sizeof(*rest));
	*rest = now;
	/* The bytes stay where they are; only their owner changes. */
	rest->bytes = *answer->head;
	memset(answer->head, 0, sizeof(*answer->head));
	if (answer->page != NULL)
		rest->page = page_ref(answer->page);
	queue(box, rest);
	return OUTBOX_FULL;
}

enum outbox_state
outbox_flush(struct outbox *box, int fd)
{
	enum outbox_state state = OUTBOX_EMPTY;
	struct outbox_item *item;

	while (state == OUTBOX_EMPTY && (item = box->first) != NULL) {
		state = item_send(item, fd);
		if (state != OUTBOX_EMPTY)
			break;
		box->first = item->next;
		if (box->first == NULL)
			box->last = NULL;
		item_free(item);
	}
	return state;
}
