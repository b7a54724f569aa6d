#include "app.h"

#include <assert.h>
#include <stdlib.h>

#include "cache.h"
#include "config.h"
#include "feed_kept.h"
#include "manifest.h"
#include "mem.h"
#include "memo.h"
#include "page.h"
#include "project.h"
#include "scan_once.h"
#include "stats.h"
#include "wish.h"

enum { APP_DIFF_PART = 8 };

struct tenant {
	struct project *project;
};

struct app {
	const struct config *config;
	struct stats *stats;
	struct scan_once *scan;
	struct cache *cache;
	struct feed_kept *diffs;
	struct wishes *wishes;
	struct memo *memo;
	struct tenant *tenant;
	size_t n_projects;
};

struct app *
app_new(const struct config *config, struct stats *stats)
{
	struct app *app = mem_new(1, sizeof(*app));

	app->config = config;
	app->stats = stats;
	app->wishes = wishes_new();
	app->memo = memo_new();
	app->cache = cache_new((uint64_t)config->cache_mb << 20);
	app->n_projects = config->n_projects;
	app->tenant = mem_new(app->n_projects + 1, sizeof(*app->tenant));
	for (size_t i = 0; i < app->n_projects; i++)
		app->tenant[i].project = project_new(&config->project[i]);
	return app;
}

void
app_free(struct app *app)
{
	if (app == NULL)
		return;
	memo_free(app->memo);
	for (size_t i = 0; i < app->n_projects; i++)
		project_free(app->tenant[i].project);
	wishes_free(app->wishes);
	free(app->tenant);
	cache_free(app->cache);
	feed_kept_free(app->diffs);
	free(app);
}

const struct config *
app_config(const struct app *app)
{
	return app->config;
}

void
app_have_scanned(struct app *app, struct scan_once *scan)
{
	app->scan = scan;
	for (size_t i = 0; i < app->n_projects; i++)
		project_have_scanned(app->tenant[i].project,
		    scan_once_is_able(scan));
}

const struct scan_once *
app_scan(const struct app *app)
{
	return app->scan;
}

struct stats *
app_stats(const struct app *app)
{
	return app->stats;
}

void
app_count_memory(struct app *app)
{
	struct cache_counts cache = cache_take_counts(app->cache);

	stats_add(app->stats, STATS_CACHE_HITS, cache.hits);
	stats_add(app->stats, STATS_CACHE_MISSES, cache.misses);
	stats_add(app->stats, STATS_REFUSED_MEMORY, cache.refused);
	stats_add(app->stats, STATS_GZIPS, page_take_gzips());
	stats_set(app->stats, STATS_CACHE_BYTES, (int64_t)cache.bytes);
	stats_set(app->stats, STATS_PAGE_BYTES,
	    (int64_t)page_usage_of_all().bytes);
}

struct cache *
app_cache(struct app *app)
{
	return app->cache;
}

struct memo *
app_memo(struct app *app)
{
	return app->memo;
}

void
app_keep_diffs(struct app *app)
{
	size_t bytes = ((size_t)app->config->cache_mb << 20) / APP_DIFF_PART;

	if (bytes > APP_DIFF_BYTES_MAX)
		bytes = APP_DIFF_BYTES_MAX;
	app_forget_diffs(app);
	if (bytes > 0)
		app->diffs = feed_kept_new(bytes);
}

void
app_forget_diffs(struct app *app)
{
	feed_kept_free(app->diffs);
	app->diffs = NULL;
}

struct feed_kept *
app_diffs(struct app *app)
{
	return app->diffs;
}

struct wishes *
app_wishes(struct app *app)
{
	return app->wishes;
}

const struct err *
app_manifest(const struct app *app, struct project *project,
    struct manifest *manifest)
{
	struct bell_ring ring;
	struct store *store;
	const struct err *err = project_store(project, &store);

	if (err != NULL)
		return err;
	manifest->project = project_name(project);
	manifest->poll_ms = app->config->poll_ms;
	project_bell(project, &ring, &manifest->pulse);
	return manifest_read(manifest, store);
}

void
app_warm(struct app *app)
{
	for (size_t i = 0; i < app->n_projects; i++) {
		struct manifest manifest = { 0 };

		/* What cannot be read now is asked for again. */
		(void)!app_manifest(app, app->tenant[i].project, &manifest);
		manifest_fini(&manifest);
	}
}

const struct err *
app_project(struct app *app, struct span name, struct project **out)
{
	for (size_t i = 0; i < app->n_projects; i++) {
		if (span_is(name, project_name(app->tenant[i].project))) {
			*out = app->tenant[i].project;
			return NULL;
		}
	}
	return err_new(ERR_NOT_FOUND, "there is no such project");
}

size_t
app_n_projects(const struct app *app)
{
	return app->n_projects;
}

struct project *
app_project_at(struct app *app, size_t i)
{
	assert(i < app->n_projects);
	return app->tenant[i].project;
}

bool
app_is_barred(const struct app *app)
{
	for (size_t i = 0; i < app->n_projects; i++)
		if (project_is_barred(app->tenant[i].project))
			return true;
	return false;
}
