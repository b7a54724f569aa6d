/*
 * amount: bytes and times in the few digits that a person reads.
 *
 * Floor 3; pure.
 */
#ifndef AMOUNT_H
#define AMOUNT_H

#include <stdint.h>

#include "buf.h"

/* Append 999 B, 9.8 kB, 12 MB …: thousands, at least two digits. */
void amount_bytes(struct buf *, uint64_t);

/* Append 850 ms, 12 s, 5 min, 3 h, 12 days; what is below 0 is 0 ms. */
void amount_time(struct buf *, int64_t ms);

#endif /* AMOUNT_H */
