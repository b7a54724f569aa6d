/*
 * manifest: what a project has, how live it is, and how its watcher does: the
 * answer of `GET {project}` and the first event of a stream.
 *
 * Floor 3.
 */
#ifndef MANIFEST_H
#define MANIFEST_H

#include "bell.h"
#include "buf.h"
#include "err.h"
#include "pulse.h"
#include "store.h"

struct app;
struct project;

enum { MANIFEST_ETAG_BYTES = 128 };

struct manifest {
	const struct app *app;
	const struct project *project;
	struct store_state state;
	struct bell_ring ring;
	struct bell_pulse pulse;
	enum pulse_state watcher;
	struct buf colls, problems; /* JSON arrays */
};

/* m is {0}, and to be given back in any case.  ERR_UNAVAILABLE without a
 * store; ERR_STORE. */
const struct err *manifest_read(struct manifest *m, const struct app *,
    struct project *) MUST_CHECK;
void manifest_fini(struct manifest *);

/* Append it as JSON. */
void manifest_write(const struct manifest *, struct buf *body);

/* Of what a client would act on, quoted. */
void manifest_etag(const struct manifest *, char etag[MANIFEST_ETAG_BYTES]);

#endif /* MANIFEST_H */
