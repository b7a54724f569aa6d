/*
 * manifest: what a project has, how live it is, and how its watcher does: the
 * answer of `GET {project}`, the first event of a stream, and a published file.
 *
 * Floor 2.
 */
#ifndef MANIFEST_H
#define MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "bell.h"
#include "buf.h"
#include "err.h"
#include "pulse.h"
#include "store.h"

enum { MANIFEST_ETAG_BYTES = 128 };

struct manifest {
	const char *project; /* borrowed */
	uint32_t poll_ms;    /* what clients that poll are told */
	bool is_files;       /* for those who have files alone: none can wait */
	struct bell_pulse pulse;
	/* The rest is what manifest_read() finds: */
	struct store_state state;
	enum pulse_state watcher;
	struct buf colls, problems; /* JSON arrays */
};

/* m is to be given back in any case.  ERR_STORE. */
const struct err *manifest_read(struct manifest *m, struct store *) MUST_CHECK;
void manifest_fini(struct manifest *);

/* Append it as JSON. */
void manifest_write(const struct manifest *, struct buf *body);

/* Of what a client would act on, quoted. */
void manifest_etag(const struct manifest *, char etag[MANIFEST_ETAG_BYTES]);

#endif /* MANIFEST_H */
