/*
 * chance: random numbers that spread clients over time; no secrets.
 *
 * Floor 0.
 */
#ifndef CHANCE_H
#define CHANCE_H

#include <stdint.h>

/* 0 .. most, evenly. */
uint32_t chance_upto(uint32_t most);

/* 64 bits; other ones in each process, unless it forks later. */
uint64_t chance_bits(void);

#endif /* CHANCE_H */
