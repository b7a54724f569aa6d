/*
 * publish_manifest: manifest.json, what `GET {project}` answers, and of which
 * places the snapshots are.
 *
 * Floor 3.
 */
#ifndef PUBLISH_MANIFEST_H
#define PUBLISH_MANIFEST_H

#include "err.h"
#include "manifest.h"

struct places;
struct publish_colls;
struct publish_dir;
struct store;

struct publish_manifest {
	char etag[MANIFEST_ETAG_BYTES]; /* of the file; "": write it anyway */
};

/*
 * When it would say something else, or is to be written anyway; but not before
 * the places reach to the head, since it names both.  The manifest is as its
 * user has to fill it, and given back.
 */
const struct err *publish_manifest_write(struct publish_manifest *,
    struct manifest *, struct publish_dir *, struct store *,
    const struct publish_colls *, const struct places *) MUST_CHECK;

#endif /* PUBLISH_MANIFEST_H */
