#include "memo.h"

#include <stdlib.h>
#include <xxhash.h>

#include "accept.h"
#include "frame.h"
#include "mem.h"
#include "page.h"
#include "project.h"
#include "response.h"
#include "wait.h"

enum { MEMO_COMMON_ID = 1 };

struct slot {
	struct buf key; /* empty: nothing is here */
	struct request_form form;
	/* An answer: */
	struct frame *frame;
	struct response_basis basis;
	struct monotime until;
	/* A poll: */
	struct wait *wait;
};

struct memo {
	struct slot slot[MEMO_SLOTS];
};

struct memo *
memo_new(void)
{
	return mem_new(1, sizeof(struct memo));
}

static void
slot_clear(struct slot *slot)
{
	buf_clear(&slot->key);
	frame_unref(slot->frame);
	slot->frame = NULL;
	wait_free(slot->wait);
	slot->wait = NULL;
}

void
memo_free(struct memo *memo)
{
	if (memo == NULL)
		return;
	for (size_t i = 0; i < MEMO_SLOTS; i++) {
		slot_clear(&memo->slot[i]);
		buf_fini(&memo->slot[i].key);
	}
	free(memo);
}

bool
memo_key(request_env_fn *env, void *arg, struct buf *key)
{
	struct span method = env(arg, "REQUEST_METHOD");
	struct span uri = env(arg, "REQUEST_URI");
	struct span tags = env(arg, "HTTP_IF_NONE_MATCH");

	buf_clear(key);
	if (uri.len == 0 || uri.len + tags.len > MEMO_KEY_BYTES_MAX ||
	    !(span_is(method, "GET") || span_is(method, "HEAD")))
		return false;
	buf_byte(key, method.p[0]);
	buf_byte(key,
	    accept_gzip(env(arg, "HTTP_ACCEPT_ENCODING")) ? 'z' : '-');
	buf_span(key, uri);
	buf_byte(key, '\n'); /* no address holds it */
	buf_span(key, tags);
	return true;
}

static struct slot *
slot_of(struct memo *memo, struct span key)
{
	return &memo->slot[XXH3_64bits(key.p, key.len) % MEMO_SLOTS];
}

static bool
is_good(const struct slot *slot, struct monotime now)
{
	if (slot->wait != NULL)
		return true;
	return !monotime_reached(slot->until, now) &&
	    response_basis_holds(&slot->basis);
}

bool
memo_find(struct memo *memo, struct span key, struct monotime now,
    struct memo_found *found)
{
	struct slot *slot = slot_of(memo, key);

	if (slot->key.len == 0 || !span_eq(buf_as_span(&slot->key), key))
		return false;
	if (!is_good(slot, now)) {
		slot_clear(slot);
		return false;
	}
	found->frame = slot->frame;
	found->wait = slot->wait;
	found->form = slot->form;
	return true;
}

static struct slot *
replace(struct memo *memo, struct span key, struct request_form form)
{
	struct slot *slot = slot_of(memo, key);

	slot_clear(slot);
	buf_span(&slot->key, key);
	slot->form = form;
	return slot;
}

void
memo_keep_answer(struct memo *memo, struct span key, struct monotime now,
    struct response *response, struct request_form form)
{
	struct frame *frame;
	struct slot *slot;

	if (response->basis.project == NULL ||
	    (response->page != NULL &&
		page_bytes(response->page).len > MEMO_BYTES_MAX))
		return;
	frame = response_frame(response, form, MEMO_COMMON_ID);
	if (frame_bytes(frame) > MEMO_BYTES_MAX) {
		frame_unref(frame);
		return;
	}
	slot = replace(memo, key, form);
	slot->frame = frame;
	slot->basis = response->basis;
	slot->until = monotime_after_ms(now, MEMO_MS);
}

void
memo_keep_wait(struct memo *memo, struct span key, const struct wait *wait,
    struct request_form form)
{
	replace(memo, key, form)->wait = wait_again(wait);
}
