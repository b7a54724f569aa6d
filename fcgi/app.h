/*
 * app: what every handler may see: the configuration, the projects that are
 * open, and how full this process is.  Made after fork(2): an SQLite handle
 * must not cross it.
 *
 * Floor 3.
 */
#ifndef APP_H
#define APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "monotime.h"
#include "span.h"

struct app; /* opaque */
struct cache;
struct config;
struct feed_kept;
struct manifest;
struct memo;
struct project;
struct scan_once;
struct stats;
struct wishes;

/* Both are borrowed. */
struct app *app_new(const struct config *, struct stats *);
void app_free(struct app *);

const struct config *app_config(const struct app *);
struct stats *app_stats(const struct app *); /* of this process */
/* Requests have scans done where nobody watches; borrowed. */
void app_have_scanned(struct app *, struct scan_once *);
const struct scan_once *app_scan(const struct app *); /* NULL: they do not */
/* Bring what they say of memory up to date. */
void app_count_memory(struct app *);
struct cache *app_cache(struct app *);
struct memo *app_memo(struct app *);
struct wishes *app_wishes(struct app *);

/*
 * Keep what was found to differ between versions, for all who missed the same:
 * where many are served.  Takes up to an eighth of cache_mb, APP_DIFF_BYTES_MAX
 * at most.
 */
enum { APP_DIFF_BYTES_MAX = 8 << 20 };
void app_keep_diffs(struct app *);
void app_forget_diffs(struct app *);
struct feed_kept *app_diffs(struct app *); /* NULL: none are kept */

/* Open the stores that are there, so that no request has to wait for it. */
void app_warm(struct app *);

/* ERR_NOT_FOUND when the configuration has no such project. */
const struct err *app_project(struct app *, struct span name, struct project **)
    MUST_CHECK;
/* What it has now; the manifest is {0}, and to be given back in any case.
 * ERR_UNAVAILABLE without a store; ERR_STORE. */
const struct err *app_manifest(const struct app *, struct project *,
    struct manifest *) MUST_CHECK;
size_t app_n_projects(const struct app *);
struct project *app_project_at(struct app *, size_t i);

/* Is there a store that a process which starts now could reach? */
bool app_is_barred(const struct app *);

#endif /* APP_H */
