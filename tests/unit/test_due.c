#include "due.h"

#include "check.h"
#include "seen.h"

static struct seen seen;
static struct due due;
static const struct monotime start = { 1000000000 };

static struct seen_file *
file(const char *name)
{
	return seen_file_new(seen.root, span_str(name));
}

static struct monotime
at_ms(int64_t ms)
{
	return monotime_after_ms(start, ms);
}

static void
begin(void)
{
	seen_init(&seen, NULL);
	due_init(&due);
}

static void
what_is_due_comes_in_its_time(void)
{
	struct seen_file *a, *b, *c;
	struct monotime next;

	begin();
	a = file("a");
	b = file("b");
	c = file("c");
	CHECK(!due_next(&due, &next));
	due_put(&due, a, DUE_200MS, start);
	due_put(&due, b, DUE_20MS, start);
	due_put(&due, c, DUE_TICK, start);
	CHECK(due_next(&due, &next) && next.ns == at_ms(20).ns);
	CHECK(due_take(&due, at_ms(19)) == NULL);
	CHECK(due_take(&due, at_ms(20)) == b);
	CHECK(due_take(&due, at_ms(199)) == NULL);
	CHECK(due_take(&due, at_ms(200)) == a);
	CHECK(due_take(&due, at_ms(100000)) == NULL);
	seen_fini(&seen);
}

static void
a_scan_brings_what_waits_for_it(void)
{
	struct seen_file *a;

	begin();
	a = file("a");
	due_put(&due, a, DUE_TICK, at_ms(500));
	due_tick(&due);
	CHECK(due_take(&due, at_ms(1)) == a);
	seen_fini(&seen);
}

static void
a_file_is_due_once(void)
{
	struct seen_file *a;

	begin();
	a = file("a");
	due_put(&due, a, DUE_50MS, start);
	due_put(&due, a, DUE_NOW, start);
	CHECK(due_take(&due, start) == a);
	CHECK(due_take(&due, at_ms(1000)) == NULL);
	due_put(&due, a, DUE_20MS, start);
	seen_file_free(a);
	CHECK(due_take(&due, at_ms(1000)) == NULL);
	seen_fini(&seen);
}

static void
all_can_be_put_off_to_the_next_scan(void)
{
	struct seen_file *a, *b;
	struct monotime next;

	begin();
	a = file("a");
	b = file("b");
	due_put(&due, a, DUE_NOW, start);
	due_put(&due, b, DUE_200MS, start);
	due_postpone(&due);
	CHECK(!due_next(&due, &next));
	due_tick(&due);
	CHECK(due_take(&due, start) == a);
	CHECK(due_take(&due, start) == b);
	seen_fini(&seen);
}

TESTS(what_is_due_comes_in_its_time, a_scan_brings_what_waits_for_it,
    a_file_is_due_once, all_can_be_put_off_to_the_next_scan)
