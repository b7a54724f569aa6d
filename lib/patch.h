/*
 * patch: applies patches (RFC 6902, plus str_ins and str_del of JSON Patch
 * Extended, positions in UTF-16 code units) to canonical documents.
 *
 * Floor 1.
 */
#ifndef PATCH_H
#define PATCH_H

#include "buf.h"
#include "err.h"
#include "json.h"
#include "span.h"

/*
 * A document under change.  Only what a patch touches is taken apart, so a
 * chain of small patches costs its own length, not the document's.
 */
struct patch_doc; /* opaque */

/* body: canonical; borrowed until the document is freed. */
struct patch_doc *patch_doc_new(struct span body);
void patch_doc_free(struct patch_doc *);

/*
 * Apply all operations of a scanned patch, in order.  The patch may be freed
 * afterwards.
 *
 * NULL; ERR_CONFLICT when a path does not exist or a test fails,
 * ERR_BAD_REQUEST when an operation is malformed, ERR_LIMIT beyond
 * JSON_BYTES_MAX or JSON_DEPTH_MAX, or when few bytes of patch ask for seconds
 * of work; the text names operation (from 0) and path ("operation 3, /a/b: …").
 * After an error the document is half-changed: only free it.
 */
const struct err *patch_doc_apply(struct patch_doc *, const struct json *patch)
    MUST_CHECK;

/* Append the document's canonical bytes. */
void patch_doc_write(const struct patch_doc *, struct buf *out);

/*
 * One patch on one document: all or nothing (out is written on success only).
 * Errors as above.
 */
const struct err *patch_apply(struct span body, const struct json *patch,
    struct buf *out) MUST_CHECK;

#endif /* PATCH_H */
