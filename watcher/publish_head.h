/*
 * publish_head: head.json, the one file that is asked for again and again:
 * which log, how far, and from which places segments lead there.  A watcher
 * that starts reads it, too.  Pure.
 *
 * {"project","epoch","cursor","published","boot_id","heartbeat_ms",
 *  "poll":{"interval_ms"},"places":[seq, …]}
 *
 * Floor 3.
 */
#ifndef PUBLISH_HEAD_H
#define PUBLISH_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "monotime.h"
#include "publish_places.h"
#include "span.h"

enum { PUBLISH_HEAD_BYTES_MAX = 16 << 10 };

struct publish_head {
	const char *project;
	uint64_t epoch;
	uint64_t boot;
	struct walltime published;
	uint32_t heartbeat_ms; /* it is written anew so often; 0: nobody will */
	uint32_t poll_ms;
	struct places places;
};

void publish_head_write(const struct publish_head *, struct buf *out);

/* Epoch, boot and places, whose bytes are 0.  False: it is none of ours. */
bool publish_head_parse(struct span text, struct publish_head *);

#endif /* PUBLISH_HEAD_H */
