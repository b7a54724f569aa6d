/*
 * probe: an answer that comes in chunks, some time apart, so that a client sees
 * what lies between it and us: who collects, and who passes what on.  The
 * chunks together are one JSON document, each of them ends a line.  Pure.
 *
 *   {"interface":"daemon","headers":{"authorization":false,…},"gap_ms":200,
 *    "chunks":[{"n":1,"at":"…Z"},        the head comes with the first one
 *   {"n":2,"at":"…Z"},
 *   {"n":3,"at":"…Z"}]}
 *
 * Floor 3.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

enum {
	PROBE_CHUNKS_MAX = 10,
	PROBE_GAP_MS_MAX = 2000,
	PROBES_MAX = 16, /* on their way in one process */
};

/* All zero: none. */
struct probe {
	uint32_t n, done; /* chunks */
	uint32_t gap_ms;
};

static inline bool
probe_goes_on(const struct probe *probe)
{
	return probe->done < probe->n;
}

/* Append the next chunk, and the end behind the last one. */
void probe_chunk(struct probe *, struct buf *);

#endif /* PROBE_H */
