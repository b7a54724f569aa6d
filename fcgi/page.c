#include "page.h"

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

#include "mem.h"

/*
 * From here on a body is compressed at the fastest level: it would hold up
 * everybody else for longer than it saves its own client.
 */
enum { PAGE_LARGE_BYTES = 256 << 10, PAGE_GZIP_WINDOW = 15 + 16 };

struct page {
	uint32_t refs;
	bool is_tried; /* gzip holds what there is to hold */
	struct buf body;
	struct buf gzip;
};

struct page *
page_new(struct buf *body)
{
	struct page *page = mem_new(1, sizeof(*page));

	page->refs = 1;
	page->body.data = buf_take(body, &page->body.len);
	return page;
}

struct page *
page_ref(struct page *page)
{
	page->refs++;
	return page;
}

void
page_unref(struct page *page)
{
	if (page == NULL)
		return;
	assert(page->refs > 0);
	if (--page->refs > 0)
		return;
	buf_fini(&page->body);
	buf_fini(&page->gzip);
	free(page);
}

struct span
page_bytes(const struct page *page)
{
	return buf_as_span(&page->body);
}

/* False when it did not get shorter, or could not be done at all. */
static bool
compress_into(struct span bytes, struct buf *out)
{
	int level =
	    bytes.len < PAGE_LARGE_BYTES ? Z_DEFAULT_COMPRESSION : Z_BEST_SPEED;
	z_stream z = { 0 };
	bool is_done;

	if (bytes.len > UINT_MAX)
		return false;
	if (deflateInit2(&z, level, Z_DEFLATED, PAGE_GZIP_WINDOW, 8,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	z.next_in = (Bytef *)(uintptr_t)bytes.p;
	z.avail_in = (uInt)bytes.len;
	/* No room for more than the body itself: longer is of no use. */
	z.next_out = (Bytef *)buf_room(out, bytes.len);
	z.avail_out = (uInt)bytes.len;
	is_done = deflate(&z, Z_FINISH) == Z_STREAM_END;
	out->len = is_done ? z.total_out : 0;
	(void)deflateEnd(&z); /* says whether it was ended early; we know */
	return is_done;
}

struct span
page_gzip(struct page *page)
{
	if (!page->is_tried) {
		page->is_tried = true;
		if (compress_into(page_bytes(page), &page->gzip))
			page->gzip.data =
			    mem_resize(page->gzip.data, page->gzip.len, 1);
		else
			buf_fini(&page->gzip);
	}
	return buf_as_span(&page->gzip);
}
