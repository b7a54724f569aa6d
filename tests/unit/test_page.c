#include "page.h"

#include <stdlib.h>
#include <zlib.h>

#include "check.h"

enum { BYTES = 300000, PIECE = 10000 };

/* Text, or noise, which does not get shorter. */
static struct page *
page_of(bool is_text)
{
	struct buf body = { 0 };
	uint32_t noise = 1;

	for (size_t i = 0; i < BYTES; i++) {
		noise = noise * 1664525 + 1013904223;
		buf_byte(&body, (char)(is_text ? 'a' + i % 7 : noise >> 24));
	}
	return page_new(&body);
}

/* Is that what comes out of it? */
static bool
unpacks_to(struct span gzip, struct span plain)
{
	char *out = calloc(1, plain.len);
	z_stream z = { 0 };
	bool is;

	if (out == NULL || inflateInit2(&z, 15 + 16) != Z_OK)
		abort();
	z.next_in = (Bytef *)(uintptr_t)gzip.p;
	z.avail_in = (uInt)gzip.len;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)plain.len;
	is = inflate(&z, Z_FINISH) == Z_STREAM_END &&
	    span_eq(span_of(out, z.total_out), plain);
	(void)inflateEnd(&z);
	free(out);
	return is;
}

static void
a_page_is_squeezed_in_pieces(void)
{
	struct page *page = page_of(true);
	int pieces = 1;

	CHECK(page_is_unsqueezed(page));
	while (!page_squeeze(page, PIECE))
		pieces++;
	CHECK_INT(pieces, BYTES / PIECE);
	CHECK(!page_is_unsqueezed(page));
	CHECK(page_gzip(page).len < BYTES / 10);
	CHECK(unpacks_to(page_gzip(page), page_bytes(page)));
	CHECK(page_squeeze(page, PIECE));
	page_unref(page);
}

static void
what_is_half_done_is_finished_at_once(void)
{
	struct page *page = page_of(true);

	CHECK(!page_squeeze(page, PIECE));
	CHECK(unpacks_to(page_gzip(page), page_bytes(page)));
	page_unref(page);
}

static void
what_is_half_done_goes_with_the_page(void)
{
	struct page *page = page_of(true);

	CHECK(!page_squeeze(page, PIECE));
	page_unref(page);
	CHECK_INT(page_usage_of_all().bytes, 0);
}

static void
what_does_not_get_shorter_is_given_up(void)
{
	struct page *page = page_of(false);

	while (!page_squeeze(page, PIECE))
		;
	CHECK(!page_is_unsqueezed(page));
	CHECK_INT(page_gzip(page).len, 0);
	CHECK_INT(page_usage(page).bytes, BYTES);
	CHECK_INT(page_usage_of_all().bytes, BYTES);
	page_unref(page);
}

static void
nothing_is_not_squeezed(void)
{
	struct buf body = { 0 };
	struct page *page = page_new(&body);

	CHECK(!page_is_unsqueezed(page));
	CHECK_INT(page_gzip(page).len, 0);
	page_unref(page);
}

static struct page *
page_of_bytes(size_t n)
{
	struct buf body = { 0 };

	memset(buf_room(&body, n), ' ', n);
	body.len = n;
	return page_new(&body);
}

static void
all_pages_are_counted(void)
{
	struct page *a = page_of_bytes(PAGE_SMALL_BYTES);
	struct page *b = page_of_bytes(PAGE_SMALL_BYTES + 1);
	size_t bytes = 2 * PAGE_SMALL_BYTES + 1;

	CHECK(!page_is_unsqueezed(a));
	CHECK(page_is_unsqueezed(b));
	CHECK_INT(page_usage(a).n_large, 0);
	CHECK_INT(page_usage(b).n_large, 1);
	CHECK_INT(page_usage_of_all().bytes, bytes);
	CHECK_INT(page_usage_of_all().n_large, 1);
	bytes += page_gzip(a).len;
	CHECK_INT(page_usage_of_all().bytes, bytes);
	page_unref(a);
	CHECK_INT(page_usage_of_all().bytes, PAGE_SMALL_BYTES + 1);
	page_unref(b);
	CHECK_INT(page_usage_of_all().bytes, 0);
	CHECK_INT(page_usage_of_all().n_large, 0);
}

static void
count(void *arg)
{
	(*(int *)arg)++;
}

static void
a_keeper_is_told_when_the_others_have_gone(void)
{
	struct page *page = page_of_bytes(1);
	int idle = 0;
	const struct page_keeper keeper = { count, &idle };

	page_keep(page, &keeper);
	page_ref(page);
	CHECK(!page_is_idle(page));
	page_unref(page);
	CHECK_INT(idle, 0);
	page_unref(page);
	CHECK_INT(idle, 1);
	CHECK(page_is_idle(page));
	page_ref(page);
	CHECK(!page_is_idle(page));
	page_give_up(page);
	page_unref(page);
	CHECK_INT(idle, 1);
	CHECK_INT(page_usage_of_all().bytes, 0);
}

TESTS(a_page_is_squeezed_in_pieces, what_is_half_done_is_finished_at_once,
    what_is_half_done_goes_with_the_page, what_does_not_get_shorter_is_given_up,
    nothing_is_not_squeezed, all_pages_are_counted,
    a_keeper_is_told_when_the_others_have_gone)
