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
	bool is_squeezed; /* gzip holds what there is to hold */
	const struct page_keeper *keeper;
	struct buf body;
	struct buf gzip;
	z_stream *z; /* while gzip is half made */
};

static struct page_usage all;
static uint64_t gzips; /* made, and not told yet */
static size_t freed;   /* since memory was last given back */

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

static void
stop_squeezing(struct page *page)
{
	if (page->z == NULL)
		return;
	(void)deflateEnd(page->z); /* says whether it was ended early */
	free(page->z);
	page->z = NULL;
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

	stop_squeezing(page);
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

uint64_t
page_take_gzips(void)
{
	uint64_t made = gzips;

	gzips = 0;
	return made;
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

/* Room for no more than the body itself: longer is of no use. */
static bool
begin_squeezing(struct page *page)
{
	int level = page->body.len < PAGE_FAST_BYTES ? Z_DEFAULT_COMPRESSION
						     : Z_BEST_SPEED;

	page->z = mem_new(1, sizeof(*page->z));
	if (deflateInit2(page->z, level, Z_DEFLATED, PAGE_GZIP_WINDOW, 8,
		Z_DEFAULT_STRATEGY) != Z_OK) {
		free(page->z);
		page->z = NULL;
		return false;
	}
	page->z->next_in = (Bytef *)page->body.data;
	(void)buf_room(&page->gzip, page->body.len);
	return true;
}

static void
end_squeezing(struct page *page, bool is_good)
{
	stop_squeezing(page);
	page->is_squeezed = true;
	if (is_good) {
		gzips++;
		page->gzip.data =
		    mem_resize(page->gzip.data, page->gzip.len, 1);
	} else {
		all.bytes -= page->gzip.len;
		buf_fini(&page->gzip);
	}
}

static uInt
at_most(size_t n, size_t most)
{
	size_t least = n < most ? n : most;

	return least < UINT_MAX ? (uInt)least : UINT_MAX;
}

bool
page_squeeze(struct page *page, size_t n)
{
	size_t left;
	z_stream *z;
	uInt room;
	int rc;

	if (!page->is_squeezed && page->z == NULL && !begin_squeezing(page))
		end_squeezing(page, false);
	if (page->is_squeezed)
		return true;
	z = page->z;
	left = page->body.len - (size_t)((char *)z->next_in - page->body.data);
	z->avail_in = at_most(left, n);
	z->next_out = (Bytef *)(page->gzip.data + page->gzip.len);
	z->avail_out = room =
	    at_most(page->body.len - page->gzip.len, SIZE_MAX);
	rc = deflate(z, z->avail_in == left ? Z_FINISH : Z_NO_FLUSH);
	page->gzip.len += room - z->avail_out;
	all.bytes += room - z->avail_out;
	if (rc == Z_STREAM_END)
		end_squeezing(page, true);
	else if (rc != Z_OK || page->gzip.len == page->body.len)
		end_squeezing(page, false);
	return page->is_squeezed;
}

bool
page_is_unsqueezed(const struct page *page)
{
	return !page->is_squeezed && page->body.len > PAGE_SMALL_BYTES;
}

struct span
page_gzip(struct page *page)
{
	while (!page_squeeze(page, SIZE_MAX))
		;
	return buf_as_span(&page->gzip);
}
