#include "chance.h"

#include <sys/random.h>

/*
 * SplitMix64 from a random place: a system call for each number would cost
 * more than what it is for.
 * Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014.
 */
uint64_t
chance_bits(void)
{
	static uint64_t state;
	uint64_t z;

	/* Without entropy everybody is spread alike, which is no harm. */
	if (state == 0 &&
	    getrandom(&state, sizeof(state), GRND_NONBLOCK) !=
		(ssize_t)sizeof(state))
		state = 1;
	z = state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t
chance_upto(uint32_t most)
{
	return (uint32_t)(chance_bits() % ((uint64_t)most + 1));
}
