#include "cache.h"

#include "check.h"
#include "page.h"

#define MB ((size_t)1 << 20)

/* A page of n bytes. */
static struct page *
page_of(size_t n)
{
	struct buf body = { 0 };

	memset(buf_room(&body, n), 'x', n);
	body.len = n;
	return page_new(&body);
}

static struct page *
find(struct cache *cache, const char *key, const char *tag)
{
	return cache_find(cache, span_str(key), span_str(tag));
}

/* One that is being sent; to be given back. */
static struct page *
add(struct cache *cache, const char *key, size_t n)
{
	struct page *page = page_of(n);

	cache_add(cache, span_str(key), span_str("1"), page);
	return page;
}

/* One that nobody is being sent. */
static void
add_idle(struct cache *cache, const char *key, size_t n)
{
	page_unref(add(cache, key, n));
}

static void
what_is_kept_is_found_by_key_and_tag(void)
{
	struct cache *cache = cache_new(MB);
	struct page *page = add(cache, "a", 10);

	CHECK(find(cache, "a", "1") == page);
	CHECK(find(cache, "b", "1") == NULL);
	CHECK(cache_has(cache, span_str("a")));
	CHECK(!cache_has(cache, span_str("b")));
	page_unref(page);
	CHECK(find(cache, "a", "1") == page);
	cache_free(cache);
	CHECK_INT(page_usage_of_all().bytes, 0);
}

static void
another_tag_drops_it_at_once(void)
{
	struct cache *cache = cache_new(MB);

	add_idle(cache, "a", 10);
	add_idle(cache, "b", 20);
	CHECK(find(cache, "a", "2") == NULL);
	CHECK_INT(page_usage_of_all().bytes, 20);
	CHECK(find(cache, "a", "1") == NULL);
	add_idle(cache, "b", 30);
	CHECK_INT(page_usage_of_all().bytes, 30);
	cache_free(cache);
}

static void
within_the_budget_all_is_kept(void)
{
	struct cache *cache = cache_new(3 * MB);

	add_idle(cache, "a", MB);
	add_idle(cache, "b", MB);
	add_idle(cache, "c", MB);
	CHECK_INT(page_usage_of_all().bytes, 3 * MB);
	cache_free(cache);
}

static void
beyond_it_what_was_not_asked_for_longest_goes(void)
{
	struct cache *cache = cache_new(3 * MB);

	add_idle(cache, "a", MB);
	add_idle(cache, "b", MB);
	add_idle(cache, "c", MB);
	CHECK(find(cache, "a", "1") != NULL);
	add_idle(cache, "d", 1);
	CHECK(find(cache, "b", "1") == NULL);
	CHECK(find(cache, "a", "1") != NULL);
	CHECK(find(cache, "c", "1") != NULL);
	CHECK(find(cache, "d", "1") != NULL);
	cache_free(cache);
}

static void
what_is_being_sent_stays(void)
{
	struct cache *cache = cache_new(2 * MB);
	struct page *sent = add(cache, "a", MB);

	add_idle(cache, "b", MB);
	add_idle(cache, "c", MB);
	CHECK(find(cache, "a", "1") == sent);
	CHECK(find(cache, "b", "1") == NULL);
	page_unref(sent);
	cache_free(cache);
}

static void
without_a_budget_a_body_is_shared_while_it_is_sent(void)
{
	struct cache *cache = cache_new(0);
	struct page *sent = add(cache, "a", 10);

	CHECK(find(cache, "a", "1") == sent);
	page_ref(sent);
	page_unref(sent);
	CHECK(find(cache, "a", "1") == sent);
	page_unref(sent);
	CHECK(find(cache, "a", "1") == NULL);
	CHECK_INT(page_usage_of_all().bytes, 0);
	cache_free(cache);
}

static void
room_is_what_is_not_being_sent(void)
{
	struct cache *cache = cache_new(3 * MB);
	struct page *sent = add(cache, "a", MB), *unknown = page_of(MB);

	add_idle(cache, "b", MB);
	CHECK_INT(cache_room(cache, 0), MB);
	CHECK_INT(cache_room(cache, 4 * MB), MB);
	CHECK(cache_admits(cache, MB));
	CHECK(!cache_admits(cache, MB + 1));
	page_unref(unknown);
	CHECK_INT(cache_room(cache, 0), 2 * MB);
	page_unref(sent);
	CHECK_INT(cache_room(cache, 0), 3 * MB);
	cache_free(cache);
}

static void
one_beyond_the_budget_is_made_alone(void)
{
	struct cache *cache = cache_new(MB);
	struct page *small = page_of(PAGE_SMALL_BYTES), *large;

	CHECK_INT(cache_room(cache, 5 * MB), 5 * MB);
	CHECK_INT(cache_room_max(cache, 5 * MB), 5 * MB);
	large = page_of(PAGE_SMALL_BYTES + 1);
	CHECK(cache_room(cache, 5 * MB) < MB);
	CHECK_INT(cache_room_max(cache, 5 * MB), 5 * MB);
	page_unref(large);
	CHECK_INT(cache_room(cache, 5 * MB), 5 * MB);
	page_unref(small);
	cache_free(cache);
}

static void
for_a_small_one_there_is_always_room(void)
{
	struct cache *cache = cache_new(MB);
	struct page *sent = add(cache, "a", 2 * MB);

	CHECK_INT(cache_room(cache, 0), PAGE_SMALL_BYTES);
	CHECK(cache_admits(cache, PAGE_SMALL_BYTES));
	CHECK(!cache_admits(cache, PAGE_SMALL_BYTES + 1));
	page_unref(sent);
	cache_free(cache);
}

static void
room_is_made_before_it_is_needed(void)
{
	struct cache *cache = cache_new(3 * MB);

	add_idle(cache, "a", MB);
	add_idle(cache, "b", MB);
	cache_make_room(cache, MB);
	CHECK_INT(page_usage_of_all().bytes, 2 * MB);
	cache_make_room(cache, MB + 1);
	CHECK(find(cache, "a", "1") == NULL);
	CHECK(find(cache, "b", "1") != NULL);
	cache_make_room(cache, 4 * MB);
	CHECK_INT(page_usage_of_all().bytes, 0);
	cache_free(cache);
}

static void
the_gzip_form_counts(void)
{
	struct cache *cache = cache_new(MB);
	struct page *page = add(cache, "a", MB);

	add_idle(cache, "b", 1);
	CHECK(find(cache, "b", "1") == NULL);
	CHECK(page_gzip(page).len > 0);
	page_unref(page); /* body and gzip are too much */
	CHECK_INT(page_usage_of_all().bytes, 0);
	cache_free(cache);
}

static void
entries_are_bounded(void)
{
	struct cache *cache = cache_new(MB);
	char key[16];

	for (int i = 0; i < CACHE_ENTRIES_MAX; i++) {
		(void)snprintf(key, sizeof(key), "%d", i);
		add_idle(cache, key, 1);
	}
	CHECK(find(cache, "1", "1") != NULL);
	CHECK_INT(page_usage_of_all().bytes, CACHE_ENTRIES_MAX);
	add_idle(cache, "one more", 1);
	CHECK(find(cache, "0", "1") == NULL);
	CHECK(find(cache, "1", "1") != NULL);
	CHECK_INT(page_usage_of_all().bytes, CACHE_ENTRIES_MAX);
	cache_free(cache);
}

static void
keys_are_bounded(void)
{
	static char key[CACHE_KEY_BYTES_MAX + 1];
	struct cache *cache = cache_new(MB);

	memset(key, 'k', CACHE_KEY_BYTES_MAX);
	add_idle(cache, key, 1);
	CHECK(find(cache, key, "1") == NULL);
	key[CACHE_KEY_BYTES_MAX - 1] = '\0';
	add_idle(cache, key, 1);
	CHECK(find(cache, key, "1") != NULL);
	cache_free(cache);
}

static void
a_cleared_cache_takes_nothing_from_those_who_are_sent_it(void)
{
	struct cache *cache = cache_new(MB);
	struct page *sent = add(cache, "a", 10);

	add_idle(cache, "b", 10);
	cache_clear(cache);
	CHECK_INT(page_usage_of_all().bytes, 10);
	CHECK(find(cache, "a", "1") == NULL);
	CHECK_INT(page_bytes(sent).len, 10);
	cache_free(cache);
	page_unref(sent);
	CHECK_INT(page_usage_of_all().bytes, 0);
}

static void
a_limit_lowers_the_budget(void)
{
	struct cache *cache = cache_new(2 * MB);

	add_idle(cache, "a", MB);
	add_idle(cache, "b", MB);
	cache_limit(cache, 3 * MB);
	CHECK_INT(page_usage_of_all().bytes, 2 * MB);
	cache_limit(cache, MB);
	CHECK_INT(page_usage_of_all().bytes, MB);
	CHECK_INT(cache_room(cache, 0), MB);
	cache_free(cache);
}

static void
it_counts_what_was_found_and_refused(void)
{
	struct cache *cache = cache_new(MB);
	struct cache_counts counts;

	add_idle(cache, "a", 10);
	add_idle(cache, "b", 20);
	CHECK(find(cache, "a", "1") != NULL);
	CHECK(find(cache, "b", "2") == NULL); /* and dropped */
	CHECK(find(cache, "c", "1") == NULL);
	CHECK(cache_refuse(cache)->code == ERR_BUSY);
	counts = cache_take_counts(cache);
	CHECK_INT(counts.hits, 1);
	CHECK_INT(counts.misses, 2);
	CHECK_INT(counts.refused, 1);
	CHECK_INT(counts.bytes, 10);
	counts = cache_take_counts(cache);
	CHECK_INT(counts.hits + counts.misses + counts.refused, 0);
	CHECK_INT(counts.bytes, 10);
	cache_free(cache);
}

TESTS(what_is_kept_is_found_by_key_and_tag, another_tag_drops_it_at_once,
    within_the_budget_all_is_kept,
    beyond_it_what_was_not_asked_for_longest_goes, what_is_being_sent_stays,
    without_a_budget_a_body_is_shared_while_it_is_sent,
    room_is_what_is_not_being_sent, one_beyond_the_budget_is_made_alone,
    for_a_small_one_there_is_always_room, room_is_made_before_it_is_needed,
    the_gzip_form_counts, entries_are_bounded, keys_are_bounded,
    a_cleared_cache_takes_nothing_from_those_who_are_sent_it,
    a_limit_lowers_the_budget, it_counts_what_was_found_and_refused)
