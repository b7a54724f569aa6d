/*
 * publish_segment: a file that leads from one place in the log to the next:
 * what `changes` answers between the two, for ever.
 *
 * Floor 3.
 */
#ifndef PUBLISH_SEGMENT_H
#define PUBLISH_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "cursor.h"
#include "err.h"

struct places;
struct publish_dir;
struct store;

enum { PUBLISH_SEGMENT_BYTES = 80 };

/* "<epoch>.<from>-<to>.json"; fills and returns name. */
char *publish_segment_name(uint64_t epoch, uint64_t from, uint64_t to,
    char name[PUBLISH_SEGMENT_BYTES]);

/* Is it the name of one? */
bool publish_segment_parse(const char *name, struct cursor *from, uint64_t *to);

/* From the last one of the places to another one, which is added. */
const struct err *publish_segment_write(struct publish_dir *, struct store *,
    uint64_t epoch, struct places *, uint64_t to) MUST_CHECK;

/* Are all of them there?  Then places have their bytes. */
bool publish_segments_find(const struct publish_dir *, uint64_t epoch,
    struct places *);

#endif /* PUBLISH_SEGMENT_H */
