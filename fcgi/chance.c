#include "chance.h"

#include <sys/random.h>

uint64_t
chance_bits(void)
{
	uint64_t bits = 0;

	/* Without entropy everybody is spread alike, which is no harm. */
	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(bits))
		bits = 0;
	return bits;
}

uint32_t
chance_upto(uint32_t most)
{
	return (uint32_t)(chance_bits() % ((uint64_t)most + 1));
}
