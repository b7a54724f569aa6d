#include "page.h"

#include <assert.h>
#include <limits.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "mem.h"

enum {
	/*
	 * From here on a body is compressed at the fastest level: it would
	 * take longer than it saves its own client.
	 */
	PAGE_FAST_BYTES = 256 << 10,
	PAGE_GZIP_WINDOW = 15 + 16,
	/* After so much was freed it is given back to the system. */
	PAGE_RETURN_BYTES = 16 << 20,
};

struct page {
	uint32_t refs;
	bool is_tried; /* gzip holds what there is to hold */
	const struct page_keeper *keeper;
	struct buf body;
	struct buf gzip;
};

static struct page_usage all;
static size_t freed; /* since memory was last given back */

struct page *
page_new(struct buf *body)
{
	struct page *page = mem_new(1, sizeof(*page));

	page->refs = 1;
	page->body.data = buf_take(body, &page->body.len);
	if (page->body.len > PAGE_SMALL_BYTES) {
		/* It grew by doubling: as much again may be spare. */
		page->body.data =
		    mem_resize(page->body.data, page->body.len, 1);
		all.n_large++;
	}
	all.bytes += page->body.len;
	return page;
}

struct page *
page_ref(struct page *page)
{
	page->refs++;
	return page;
}

/*
 * What was freed between blocks that live on stays with malloc(3), which is
 * what makes the next body cheap; but not for ever, and not all of it.
 */
static void
return_memory(size_t bytes)
{
	freed += bytes;
	if (freed < PAGE_RETURN_BYTES)
		return;
	freed = 0;
	(void)malloc_trim(0); /* says whether there was any */
}

static void
page_free(struct page *page)
{
	struct page_usage usage = page_usage(page);

	all.bytes -= usage.bytes;
	all.n_large -= usage.n_large;
	buf_fini(&page->body);
	buf_fini(&page->gzip);
	free(page);
	if (usage.n_large > 0)
		return_memory(usage.bytes);
}

void
page_unref(struct page *page)
{
	if (page == NULL)
		return;
	assert(page->refs > 0);
	if (--page->refs == 0)
		page_free(page);
	else if (page_is_idle(page))
		page->keeper->idle(page->keeper->arg);
}

struct span
page_bytes(const struct page *page)
{
	return buf_as_span(&page->body);
}

/* --- memory ------------------------------------------------------------------ */

struct page_usage
page_usage(const struct page *page)
{
	return (struct page_usage){
		.bytes = page->body.len + page->gzip.len,
		.n_large = page->body.len > PAGE_SMALL_BYTES,
	};
}

struct page_usage
page_usage_of_all(void)
{
	return all;
}

void
page_keep(struct page *page, const struct page_keeper *keeper)
{
	assert(page->keeper == NULL);
	page->keeper = keeper;
	page->refs++;
}

void
page_give_up(struct page *page)
{
	page->keeper = NULL;
	page_unref(page);
}

bool
page_is_idle(const struct page *page)
{
	return page->refs == 1 && page->keeper != NULL;
}

/* --- gzip -------------------------------------------------------------------- */

/* False when it did not get shorter, or could not be done at all. */
static bool
compress_into(struct span bytes, struct buf *out)
{
	int level =
	    bytes.len < PAGE_FAST_BYTES ? Z_DEFAULT_COMPRESSION : Z_BEST_SPEED;
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
		all.bytes += page->gzip.len;
	}
	return buf_as_span(&page->gzip);
}
