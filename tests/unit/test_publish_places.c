#include "publish_places.h"

#include "check.h"

static struct places places;

/* Each with a segment of 10 bytes. */
static void
begin(uint64_t first, uint64_t last)
{
	places_begin(&places, first);
	for (uint64_t seq = first + 1; seq <= last; seq++)
		places_add(&places, seq, 10);
}

static void
one_place_needs_no_segment(void)
{
	places_begin(&places, 0);
	CHECK_INT(places.n, 1);
	CHECK_INT(places_last(&places), 0);
	CHECK_INT(places.sum, 0);
	CHECK(places_has(&places, 0));
	CHECK(!places_has(&places, 1));
}

static void
it_is_full_with_as_many_as_it_holds(void)
{
	begin(1, PLACES_MAX - 1);
	CHECK(!places_is_full(&places));
	places_add(&places, 1000, 10);
	CHECK(places_is_full(&places));
	CHECK_INT(places_last(&places), 1000);
}

static void
the_oldest_go_when_there_are_too_many(void)
{
	begin(1, 10);
	places_trim(&places, 10, 1000, 10);
	CHECK_INT(places.n, 10);
	places_trim(&places, 9, 1000, 10);
	CHECK_INT(places.n, 9);
	CHECK_INT(places.seq[0], 2);
	CHECK_INT(places.bytes[0], 0);
	CHECK_INT(places.sum, 80);
	CHECK_INT(places_last(&places), 10);
}

static void
the_oldest_go_when_they_are_too_long(void)
{
	begin(1, 10);
	places_trim(&places, 100, 90, 10);
	CHECK_INT(places.n, 10);
	places_trim(&places, 100, 89, 10);
	CHECK_INT(places.n, 9);
	places_trim(&places, 100, 0, 10);
	CHECK_INT(places.n, 1);
	CHECK_INT(places.seq[0], 10);
	CHECK_INT(places.sum, 0);
}

static void
what_leads_on_from_where_it_is_needed_stays(void)
{
	begin(1, 10);
	places_trim(&places, 1, 0, 4);
	CHECK_INT(places.seq[0], 4);
	CHECK_INT(places.n, 7);
	places_trim(&places, 1, 0, 3); /* it has gone: nothing more goes */
	CHECK_INT(places.n, 7);
	/* Between two places: from the one before. */
	places_begin(&places, 1);
	places_add(&places, 5, 10);
	places_add(&places, 9, 10);
	places_trim(&places, 1, 0, 7);
	CHECK_INT(places.seq[0], 5);
}

TESTS(one_place_needs_no_segment, it_is_full_with_as_many_as_it_holds,
    the_oldest_go_when_there_are_too_many, the_oldest_go_when_they_are_too_long,
    what_leads_on_from_where_it_is_needed_stays)
