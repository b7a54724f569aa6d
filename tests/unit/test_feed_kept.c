#include "feed_kept.h"

#include "buf.h"
#include "check.h"

enum { BYTES = 64 << 10 };

static struct feed_kept_key
key(uint64_t n)
{
	return (struct feed_kept_key){ .epoch = 7, .from = n, .to = n + 1 };
}

/* The patch that is kept; "none" when none is. */
static const char *
kept_for(struct feed_kept *kept, struct feed_kept_key key, size_t cost)
{
	static struct buf text;
	struct span patch;
	size_t its_cost;

	if (!feed_kept_find(kept, &key, &patch, &its_cost))
		return "none";
	CHECK_INT(its_cost, cost);
	buf_clear(&text);
	buf_span(&text, patch);
	return buf_cstr(&text);
}

static void
what_was_added_is_found(void)
{
	struct feed_kept *kept = feed_kept_new(BYTES);
	struct feed_kept_key one = key(1), two = key(2), three = key(3);

	CHECK_STR(kept_for(kept, one, 0), "none");
	feed_kept_add(kept, &one, span_str("[1]"), 10);
	feed_kept_add(kept, &two, span_str("[2]"), 20);
	feed_kept_add(kept, &three, span_str(""), 30);
	CHECK_STR(kept_for(kept, one, 10), "[1]");
	CHECK_STR(kept_for(kept, two, 20), "[2]");
	CHECK_STR(kept_for(kept, three, 30), "");
	feed_kept_free(kept);
}

static void
each_part_of_a_key_counts(void)
{
	struct feed_kept *kept = feed_kept_new(BYTES);
	struct feed_kept_key one = key(1), other;

	feed_kept_add(kept, &one, span_str("[1]"), 10);
	other = one;
	other.epoch++;
	CHECK_STR(kept_for(kept, other, 0), "none");
	other = one;
	other.from++;
	CHECK_STR(kept_for(kept, other, 0), "none");
	other = one;
	other.to++;
	CHECK_STR(kept_for(kept, other, 0), "none");
	other = one;
	other.is_standard = true;
	CHECK_STR(kept_for(kept, other, 0), "none");
	other = one;
	other.is_fixed = true;
	CHECK_STR(kept_for(kept, other, 0), "none");
	feed_kept_free(kept);
}

/* Add n patches of so many bytes, and say how many are there afterwards. */
static size_t
fill(struct feed_kept *kept, uint64_t n, size_t bytes)
{
	struct feed_kept_key k;
	struct buf patch = { 0 };
	struct span found;
	size_t cost, left = 0;

	while (patch.len < bytes)
		buf_byte(&patch, 'x');
	for (uint64_t i = 1; i <= n; i++) {
		k = key(i);
		feed_kept_add(kept, &k, buf_as_span(&patch), i);
		/* The newest is always there. */
		CHECK(feed_kept_find(kept, &k, &found, &cost));
		CHECK_INT(cost, i);
	}
	for (uint64_t i = 1; i <= n; i++) {
		k = key(i);
		if (feed_kept_find(kept, &k, &found, &cost)) {
			CHECK_INT(cost, i);
			CHECK_INT(found.len, bytes);
			left++;
		}
	}
	buf_fini(&patch);
	return left;
}

static void
what_is_kept_is_bounded_and_what_is_new_stays(void)
{
	static const size_t lengths[] = { 0, 2, 100, 1000, 4000 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct feed_kept *kept = feed_kept_new(BYTES);
		size_t left = fill(kept, 5000, lengths[i]);

		CHECK(left > 0 && left * lengths[i] <= BYTES);
		CHECK(left * sizeof(struct feed_kept_key) <= BYTES);
		feed_kept_free(kept);
	}
}

static void
too_long_a_patch_is_not_kept(void)
{
	struct feed_kept *kept = feed_kept_new(BYTES);
	struct feed_kept_key one = key(1), two = key(2);
	static char text[BYTES / 4 + 1];

	memset(text, 'x', sizeof(text));
	feed_kept_add(kept, &one, span_str("[1]"), 10);
	feed_kept_add(kept, &two, span_of(text, sizeof(text)), 20);
	CHECK_STR(kept_for(kept, two, 0), "none");
	CHECK_STR(kept_for(kept, one, 10), "[1]");
	feed_kept_free(kept);
}

static void
without_one_nothing_is_kept(void)
{
	struct feed_kept_key one = key(1);

	feed_kept_add(NULL, &one, span_str("[1]"), 10);
	CHECK_STR(kept_for(NULL, one, 0), "none");
	feed_kept_free(NULL);
}

TESTS(what_was_added_is_found, each_part_of_a_key_counts,
    what_is_kept_is_bounded_and_what_is_new_stays, too_long_a_patch_is_not_kept,
    without_one_nothing_is_kept)
