#include "slots.h"

#include "check.h"

enum { MANY = 4 };

/* Take so many of one address; returns how many were given. */
static int
take(struct slots *slots, const char *address, struct slot *slot, int n)
{
	int taken = 0;

	for (int i = 0; i < n; i++)
		taken += slots_take(slots, slots_address(span_str(address)),
			     &slot[i]) == SLOTS_OK;
	return taken;
}

static void
give(struct slots *slots, struct slot slot[MANY])
{
	for (int i = 0; i < MANY; i++)
		slots_give(slots, &slot[i]);
}

static void
so_many_in_all_and_not_one_more(void)
{
	struct slots *slots = slots_new();
	struct slot slot[MANY] = { { 0 } }, one = { 0 };

	slots_limit(slots, 3, 100);
	CHECK_INT(take(slots, "192.0.2.1", slot, 3), 3);
	CHECK_INT(slots_take(slots, 0, &one), SLOTS_FULL);
	CHECK(!one.is_held);
	CHECK_INT(slots_refused(slots), 1);
	slots_give(slots, &slot[0]);
	CHECK_INT(slots_take(slots, 0, &one), SLOTS_OK);
	CHECK_INT(slots_held(slots), 3);
	slots_give(slots, &one);
	slots_give(slots, &one); /* once is enough */
	CHECK_INT(slots_held(slots), 2);
	give(slots, slot);
	slots_free(slots);
}

static void
so_many_of_one_address(void)
{
	struct slots *slots = slots_new();
	struct slot mine[MANY] = { { 0 } }, other[MANY] = { { 0 } };

	slots_limit(slots, 100, 2);
	CHECK_INT(take(slots, "192.0.2.1", mine, 2), 2);
	CHECK_INT(slots_take(slots, slots_address(span_str("192.0.2.1")),
		      &mine[2]),
	    SLOTS_ADDRESS_FULL);
	CHECK_INT(take(slots, "192.0.2.2", other, 3), 2);
	CHECK_INT(take(slots, "unix:", mine + 2, 2), 2); /* no address */
	give(slots, mine);
	CHECK_INT(take(slots, "192.0.2.1", mine, 2), 2);
	give(slots, mine);
	give(slots, other);
	slots_free(slots);
}

static void
who_holds_one_keeps_it_under_a_lower_limit(void)
{
	struct slots *slots = slots_new();
	struct slot slot[MANY] = { { 0 } };

	slots_limit(slots, 3, 3);
	CHECK_INT(take(slots, "192.0.2.1", slot, 3), 3);
	slots_limit(slots, 1, 1);
	CHECK_INT(slots_in_all(slots), 1);
	slots_give(slots, &slot[0]);
	CHECK_INT(take(slots, "192.0.2.1", slot, 1), 0);
	slots_give(slots, &slot[1]);
	slots_give(slots, &slot[2]);
	CHECK_INT(take(slots, "192.0.2.1", slot, 1), 1);
	give(slots, slot);
	slots_free(slots);
}

static void
a_client_is_an_address_or_a_network_of_ipv6(void)
{
	static const struct {
		const char *a, *b;
		bool is_same;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1", "::ffff:192.0.2.1", true },
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
		{ "2001:DB8:1:2::1", "2001:db8:1:2::1", true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t a = slots_address(span_str(rows[i].a));
		uint64_t b = slots_address(span_str(rows[i].b));

		if (!CHECK((a == b) == rows[i].is_same) ||
		    !CHECK(a != 0 && b != 0))
			printf("#   %s and %s\n", rows[i].a, rows[i].b);
	}
}

static void
what_is_no_address_is_nobody(void)
{
	static const char *const texts[] = { "", "unix:", "192.0.2", "1.2.3.4 ",
		"host.example", "2001:db8::1%eth0",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK_INT(slots_address(span_str(texts[i])), 0);
}

TESTS(so_many_in_all_and_not_one_more, so_many_of_one_address,
    who_holds_one_keeps_it_under_a_lower_limit,
    a_client_is_an_address_or_a_network_of_ipv6, what_is_no_address_is_nobody)
