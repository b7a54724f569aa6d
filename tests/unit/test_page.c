#include "page.h"

#include "check.h"

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

TESTS(all_pages_are_counted, a_keeper_is_told_when_the_others_have_gone)
