#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "api.h"
#include "app.h"
#include "bell.h"
#include "buf.h"
#include "config.h"
#include "log.h"
#include "mem.h"
#include "project.h"
#include "pulse.h"
#include "request.h"
#include "response.h"
#include "stats.h"
#include "store.h"

enum level { LEVEL_OK, LEVEL_DEGRADED, LEVEL_DOWN, LEVEL__MAX };

static const char *const level_texts[LEVEL__MAX] = {
	[LEVEL_OK] = "ok",
	[LEVEL_DEGRADED] = "degraded",
	[LEVEL_DOWN] = "down",
};

/* With less than this left the watcher may soon be unable to commit. */
enum { HEALTH_DISK_BYTES_MIN = 64 << 20 };

/* All projects together: the worst of each, so that no name gets out. */
struct checkup {
	enum level store, watcher, disk;
	size_t n_stores; /* that can be read */
	enum pulse_state pulse;
	bool is_wal;
	bool is_inotify;
	uint64_t problems;
	uint64_t disk_bytes; /* free where least is */
};

static void
worsen(enum level *level, enum level found)
{
	if (found > *level)
		*level = found;
}

static void
check_store(struct project *project, struct checkup *checkup)
{
	struct store *store;
	struct store_state state;
	const struct err *err = project_store(project, &store);

	if (err == NULL)
		err = store_state(store, &state);
	if (err != NULL) {
		if (err->code != ERR_UNAVAILABLE)
			log_error("project %s: %s", project_name(project),
			    err->msg);
		worsen(&checkup->store, LEVEL_DEGRADED);
		return;
	}
	checkup->n_stores++;
	checkup->is_wal &= store_is_wal(store);
}

static void
check_watcher(struct project *project, struct checkup *checkup)
{
	struct bell_ring ring;
	struct bell_pulse pulse;
	enum pulse_state state;

	project_bell(project, &ring, &pulse);
	state = pulse_state(&pulse, walltime_now());
	if (state > checkup->pulse)
		checkup->pulse = state;
	if (state != PULSE_OK)
		worsen(&checkup->watcher, LEVEL_DEGRADED);
	checkup->is_inotify &= pulse.mode == BELL_WATCH_INOTIFY;
	checkup->problems += pulse.problems;
}

static void
check_disk(struct project *project, struct checkup *checkup)
{
	const char *path = project_config(project)->store;
	const char *slash = strrchr(path, '/');
	char *folder =
	    mem_dup(path, slash != NULL ? (size_t)(slash - path) : 0);
	struct statvfs fs;
	uint64_t bytes;

	/* Without a folder there is no store, which says enough. */
	if (statvfs(folder[0] != '\0' ? folder : "/", &fs) == 0) {
		bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
		if (bytes < HEALTH_DISK_BYTES_MIN)
			worsen(&checkup->disk, LEVEL_DEGRADED);
		if (bytes < checkup->disk_bytes)
			checkup->disk_bytes = bytes;
	}
	free(folder);
}

static enum level
worst(const struct checkup *checkup)
{
	enum level level = checkup->store;

	worsen(&level, checkup->watcher);
	worsen(&level, checkup->disk);
	return level;
}

static void
write_checkup(const struct checkup *c, const struct app *app, struct buf *body)
{
	struct stats_sums sums;

	buf_printf(body,
	    "{\"status\":\"%s\",\"version\":\"" TIDEMARK_VERSION
	    "\",\"checks\":{\"store\":{\"status\":\"%s\",\"journal\":\"%s\"},",
	    level_texts[worst(c)], level_texts[c->store],
	    c->is_wal ? "wal" : "delete");
	buf_printf(body,
	    "\"watcher\":{\"status\":\"%s\",\"state\":\"%s\","
	    "\"mode\":\"%s\",\"problems\":%llu},",
	    level_texts[c->watcher], pulse_state_text(c->pulse),
	    c->is_inotify ? "inotify" : "scan",
	    (unsigned long long)c->problems);
	buf_printf(body, "\"disk\":{\"status\":\"%s\",\"free_bytes\":",
	    level_texts[c->disk]);
	if (c->disk_bytes == UINT64_MAX)
		buf_str(body, "null");
	else
		buf_u64(body, c->disk_bytes);
	stats_sum(app_stats(app), &sums);
	buf_printf(body, "},\"waiters\":{\"status\":\"ok\",\"parked\":%lld}}}",
	    (long long)(sums.gauge[STATS_POLLS_WAITING] +
		sums.gauge[STATS_STREAMS_OPEN]));
}

/*
 * GET health: can this server do its work?
 *
 * {"status":"ok"|"degraded"|"down","version","checks":{
 *  "store":{"status","journal":"wal"|"delete"},
 *  "watcher":{"status","state":"ok"|"degraded"|"stopped",
 *   "mode":"inotify"|"scan","problems"},
 *  "disk":{"status","free_bytes"},"waiters":{"status","parked"}}}
 *
 * 200, or 503 with Retry-After when it is down: no store can be read.
 * Degraded: some store cannot be read, or what is served may be getting old.
 */
const struct err *
api_health(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct checkup checkup = {
		.is_wal = true,
		.is_inotify = true,
		.disk_bytes = UINT64_MAX,
	};
	struct buf body = { 0 };

	(void)parked; /* nobody waits here */
	for (size_t i = 0; i < app_n_projects(api->app); i++) {
		struct project *project = app_project_at(api->app, i);

		check_store(project, &checkup);
		check_watcher(project, &checkup);
		check_disk(project, &checkup);
	}
	if (checkup.n_stores == 0)
		checkup.store = LEVEL_DOWN;
	write_checkup(&checkup, api->app, &body);
	response_json(response, &body);
	response_header(response, "Cache-Control", "no-store");
	if (worst(&checkup) == LEVEL_DOWN) {
		response->status = 503;
		response_header(response, "Retry-After", "1");
	}
	return NULL;
}
