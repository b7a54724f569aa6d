#include "publish_places.h"

#include <assert.h>
#include <string.h>

void
places_begin(struct places *places, uint64_t seq)
{
	*places = (struct places){ .n = 1, .seq = { seq } };
}

bool
places_is_full(const struct places *places)
{
	return places->n == PLACES_MAX;
}

void
places_add(struct places *places, uint64_t seq, uint64_t bytes)
{
	assert(!places_is_full(places) && seq > places_last(places));
	places->seq[places->n] = seq;
	places->bytes[places->n] = bytes;
	places->sum += bytes;
	places->n++;
}

uint64_t
places_last(const struct places *places)
{
	assert(places->n > 0);
	return places->seq[places->n - 1];
}

bool
places_has(const struct places *places, uint64_t seq)
{
	for (size_t i = 0; i < places->n; i++)
		if (places->seq[i] == seq)
			return true;
	return false;
}

/* The first place becomes the beginning: no segment leads there. */
static void
drop(struct places *places, size_t n)
{
	if (n == 0)
		return;
	places->n -= n;
	memmove(places->seq, places->seq + n, places->n * sizeof(uint64_t));
	memmove(places->bytes, places->bytes + n, places->n * sizeof(uint64_t));
	places->bytes[0] = 0;
}

void
places_trim(struct places *places, size_t most, uint64_t bytes, uint64_t needed)
{
	size_t n = 0;

	while (n + 1 < places->n && places->seq[n + 1] <= needed &&
	    (places->n - n > most || places->sum > bytes))
		places->sum -= places->bytes[++n];
	drop(places, n);
}
