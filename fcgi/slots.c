#include "slots.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "mem.h"
#include "monotime.h"

enum { SLOTS_BUCKETS = 1024, SLOTS_PREFIX_BYTES = 8 };

struct holder {
	struct holder *next;
	uint64_t address;
	uint32_t held;
};

struct slots {
	uint32_t in_all, each_address, held;
	uint32_t refused;        /* … */
	struct monotime counted; /* since then */
	struct holder *bucket[SLOTS_BUCKETS];
};

struct slots *
slots_new(void)
{
	return mem_new(1, sizeof(struct slots));
}

void
slots_free(struct slots *slots)
{
	if (slots == NULL)
		return;
	assert(slots->held == 0);
	free(slots);
}

void
slots_limit(struct slots *slots, uint32_t in_all, uint32_t each_address)
{
	slots->in_all = in_all;
	slots->each_address = each_address;
}

uint64_t
slots_address(struct span text)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr v6;
	struct in_addr v4;

	if (text.len == 0 || text.len >= sizeof(address))
		return 0;
	memcpy(address, text.p, text.len);
	address[text.len] = '\0';
	if (inet_pton(AF_INET, address, &v4) == 1)
		return XXH3_64bits(&v4, sizeof(v4));
	if (inet_pton(AF_INET6, address, &v6) != 1)
		return 0;
	if (IN6_IS_ADDR_V4MAPPED(&v6))
		return XXH3_64bits(v6.s6_addr + 12, sizeof(v4));
	return XXH3_64bits(&v6, SLOTS_PREFIX_BYTES);
}

/* Where the holder is, or would be appended. */
static struct holder **
find(struct slots *slots, uint64_t address)
{
	struct holder **at = &slots->bucket[address % SLOTS_BUCKETS];

	while (*at != NULL && (*at)->address != address)
		at = &(*at)->next;
	return at;
}

static bool
is_greedy(const struct slots *slots, const struct holder *holder)
{
	uint32_t held = holder != NULL ? holder->held : 0;

	return held >= slots->each_address;
}

static void
forget_refused(struct slots *slots)
{
	struct monotime now = monotime_now();

	if (!monotime_reached(monotime_after_ms(slots->counted, 1000), now))
		return;
	slots->counted = now;
	slots->refused = 0;
}

static enum slots_verdict
refuse(struct slots *slots, enum slots_verdict verdict)
{
	forget_refused(slots);
	slots->refused++;
	return verdict;
}

enum slots_verdict
slots_take(struct slots *slots, uint64_t address, struct slot *slot)
{
	struct holder **at = find(slots, address);

	assert(!slot->is_held);
	if (slots->held >= slots->in_all)
		return refuse(slots, SLOTS_FULL);
	if (address != 0 && is_greedy(slots, *at))
		return refuse(slots, SLOTS_ADDRESS_FULL);
	if (address != 0 && *at == NULL) {
		*at = mem_new(1, sizeof(**at));
		(*at)->address = address;
	}
	if (address != 0)
		(*at)->held++;
	slots->held++;
	slot->address = address;
	slot->is_held = true;
	return SLOTS_OK;
}

uint32_t
slots_refused(struct slots *slots)
{
	forget_refused(slots);
	return slots->refused;
}

void
slots_give(struct slots *slots, struct slot *slot)
{
	struct holder **at, *holder;

	if (!slot->is_held)
		return;
	slot->is_held = false;
	slots->held--;
	if (slot->address == 0)
		return;
	at = find(slots, slot->address);
	holder = *at;
	assert(holder != NULL && holder->held > 0);
	if (--holder->held > 0)
		return;
	*at = holder->next;
	free(holder);
}

uint32_t
slots_held(const struct slots *slots)
{
	return slots->held;
}

uint32_t
slots_in_all(const struct slots *slots)
{
	return slots->in_all;
}
