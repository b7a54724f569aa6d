#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "api.h"
#include "app.h"
#include "bell.h"
#include "buf.h"
#include "config.h"
#include "json.h"
#include "log.h"
#include "proc.h"
#include "project.h"
#include "pulse.h"
#include "request.h"
#include "response.h"
#include "sandbox.h"
#include "scan_once.h"
#include "stats.h"
#include "store.h"

enum level { LEVEL_OK, LEVEL_DEGRADED, LEVEL_DOWN, LEVEL__MAX };

static const char *const level_texts[LEVEL__MAX] = {
	[LEVEL_OK] = "ok",
	[LEVEL_DEGRADED] = "degraded",
	[LEVEL_DOWN] = "down",
};

enum {
	/* With less than this left the watcher may soon be unable to commit. */
	HEALTH_DISK_BYTES_MIN = 64 << 20,
	/* A commit is seen before its ring; a restored file may take longer. */
	HEALTH_MOMENT_MS = 5000,
	HEALTH_STALL_MS_MAX = 1500,
	HEALTH_FDS_PERCENT_MAX = 90,
};

/*
 * To add a check: its name here and in check_names, a function that fills it,
 * docs/PROTOCOL.md.
 */
enum check_name {
	CHECK_STORE,
	CHECK_WATCHER,
	CHECK_DISK,
	CHECK_WAITERS,
	CHECK_LOOP,
	CHECK_DESCRIPTORS,
	CHECK_SANDBOX,
	CHECK__MAX
};

static const char *const check_names[CHECK__MAX] = {
	[CHECK_STORE] = "store",
	[CHECK_WATCHER] = "watcher",
	[CHECK_DISK] = "disk",
	[CHECK_WAITERS] = "waiters",
	[CHECK_LOOP] = "loop",
	[CHECK_DESCRIPTORS] = "descriptors",
	[CHECK_SANDBOX] = "sandbox",
};

struct check {
	enum level level;
	struct buf reason;  /* the worst; empty when there is nothing to say */
	struct buf figures; /* more members, each with a comma before it */
};

/* All projects together: the worst of each, so that no name gets out. */
struct checkup {
	struct check check[CHECK__MAX];
	size_t n; /* projects */
	size_t n_readable, n_unavailable, n_contradicted, n_damaged;
	size_t n_stopped, n_late;
	enum pulse_state pulse;
	bool is_wal;
	bool is_inotify;
	uint64_t problems;
	bool has_watcher;
	unsigned watcher_parts; /* of its sandbox, that all watchers have */
	uint64_t disk_bytes;    /* free where least is; UINT64_MAX: not known */
};

/* reason: what is wrong, and what to do about it. */
PRINTF_LIKE(3, 4)
static void
worsen(struct check *check, enum level level, const char *reason, ...)
{
	va_list ap;

	if (level <= check->level)
		return;
	check->level = level;
	buf_clear(&check->reason);
	va_start(ap, reason);
	buf_vprintf(&check->reason, reason, ap);
	va_end(ap);
}

/* --- one project ------------------------------------------------------------- */

/* What project_bell() gave, before its store was looked at. */
struct bell_said {
	struct bell_ring ring;
	struct bell_pulse pulse;
};

/*
 * What was rung for must be there.  A watcher that begins another log strikes
 * the bell a little later.
 */
static bool
is_contradicted(const struct bell_said *said, const struct store_state *state)
{
	const struct bell_ring *ring = &said->ring;

	if (ring->seq == 0 ||
	    walltime_now().ms - ring->at.ms < HEALTH_MOMENT_MS)
		return false;
	if (ring->epoch != state->epoch)
		return !pulse_is_alive(&said->pulse);
	return ring->seq > state->head;
}

static void
look_at_store(struct project *project, const struct bell_said *said,
    struct checkup *checkup)
{
	struct store *store;
	struct store_state state;
	const struct err *err = project_store(project, &store);

	if (err == NULL)
		err = store_state(store, &state);
	if (err == NULL) {
		checkup->n_readable++;
		checkup->n_contradicted += is_contradicted(said, &state);
		checkup->n_damaged += project_is_damaged(project);
		checkup->is_wal &= store_is_wal(store);
	} else if (err->code == ERR_UNAVAILABLE) {
		checkup->n_unavailable++;
	} else {
		log_event(LOG_ERROR, "a store cannot be read",
		    log_text("project", project_name(project)),
		    log_text("reason", err->msg));
	}
}

static void
look_at_watcher(const struct bell_pulse *pulse, struct checkup *checkup)
{
	enum pulse_state state = pulse_state(pulse, walltime_now());

	if (state > checkup->pulse)
		checkup->pulse = state;
	if (state == PULSE_STOPPED && pulse_is_alive(pulse))
		checkup->n_late++;
	else if (state == PULSE_STOPPED)
		checkup->n_stopped++;
	checkup->is_inotify &= pulse->mode == BELL_WATCH_INOTIFY;
	checkup->problems += pulse->problems;
	if (!pulse_is_alive(pulse))
		return;
	checkup->has_watcher = true;
	checkup->watcher_parts &= (unsigned)pulse->sandbox;
}

static void
look_at_disk(struct project *project, struct checkup *checkup)
{
	char *folder = config_store_folder(project_config(project));
	struct statvfs fs;
	uint64_t bytes;

	/* Without a folder there is no store, which says enough. */
	if (statvfs(folder, &fs) == 0) {
		bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
		if (bytes < checkup->disk_bytes)
			checkup->disk_bytes = bytes;
	}
	free(folder);
}

/* --- the checks -------------------------------------------------------------- */

static void
check_store(struct checkup *c)
{
	struct check *check = &c->check[CHECK_STORE];

	if (c->n_readable == 0 && c->n_unavailable == c->n)
		worsen(check, LEVEL_DOWN,
		    "There is no store yet. Start tidemark-watcher with the "
		    "configuration of this server.");
	else if (c->n_readable == 0)
		worsen(check, LEVEL_DOWN,
		    "No store can be read. The log of tidemark-fcgi says why.");
	if (c->n_readable < c->n)
		worsen(check, LEVEL_DEGRADED,
		    "%zu of %zu stores cannot be read. Start tidemark-watcher "
		    "with the configuration of this server; if it runs, the "
		    "log of tidemark-fcgi says why.",
		    c->n - c->n_readable, c->n);
	if (c->n_damaged > 0)
		worsen(check, LEVEL_DEGRADED,
		    "%zu of %zu stores have damaged pages. A running "
		    "tidemark-watcher checks them and begins anew from the "
		    "files; look after the disk.",
		    c->n_damaged, c->n);
	if (c->n_contradicted > 0)
		worsen(check, LEVEL_DEGRADED,
		    "%zu of %zu stores have not got what was committed last, "
		    "as if an old copy had been put in their place. Restart "
		    "tidemark-watcher, which then begins a new log.",
		    c->n_contradicted, c->n);
	buf_printf(&check->figures, ",\"journal\":\"%s\"",
	    c->is_wal ? "wal" : "delete");
}

static void
check_watcher(struct checkup *c, const struct scan_once *scan)
{
	struct check *check = &c->check[CHECK_WATCHER];

	if (c->n_stopped > 0)
		worsen(check, LEVEL_DEGRADED,
		    "Nobody watches %zu of %zu projects, so what is served "
		    "of them may be old. %s",
		    c->n_stopped, c->n, scan_once_advice(scan));
	if (c->n_late > 0)
		worsen(check, LEVEL_DEGRADED,
		    "The watcher of %zu of %zu projects is there, but has not "
		    "scanned for three intervals. Is its disk or the machine "
		    "overloaded, or is it stopped? Its log may say.",
		    c->n_late, c->n);
	if (c->problems > 0)
		worsen(check, LEVEL_DEGRADED,
		    "There are %" PRIu64 " problems with files, of which the "
		    "last good version is served. The manifest of their "
		    "project lists them.",
		    c->problems);
	buf_printf(&check->figures,
	    ",\"state\":\"%s\",\"mode\":\"%s\",\"problems\":%" PRIu64,
	    pulse_state_text(c->pulse), c->is_inotify ? "inotify" : "scan",
	    c->problems);
}

static void
check_disk(struct checkup *c)
{
	struct check *check = &c->check[CHECK_DISK];

	if (c->disk_bytes < HEALTH_DISK_BYTES_MIN)
		worsen(check, LEVEL_DEGRADED,
		    "Less than %d MiB are left on the disk of a store. Make "
		    "room: when it is full nothing is recorded any more.",
		    HEALTH_DISK_BYTES_MIN >> 20);
	buf_str(&check->figures, ",\"free_bytes\":");
	if (c->disk_bytes == UINT64_MAX)
		buf_str(&check->figures, "null");
	else
		buf_u64(&check->figures, c->disk_bytes);
}

static void
check_waiters(struct checkup *c, const struct stats_sums *sums)
{
	struct check *check = &c->check[CHECK_WAITERS];
	int64_t parked =
	    sums->gauge[STATS_POLLS_WAITING] + sums->gauge[STATS_STREAMS_OPEN];
	int64_t slots = sums->gauge[STATS_SLOTS];

	/* Who is started by a web server has none of its own. */
	if (slots > 0 && parked >= slots)
		worsen(check, LEVEL_DEGRADED,
		    "All %" PRId64 " slots for requests that wait are taken: "
		    "whoever comes now has to poll. Raise limits.waiters, if "
		    "the web server can hold as many.",
		    slots);
	buf_printf(&check->figures,
	    ",\"parked\":%" PRId64 ",\"slots\":%" PRId64, parked, slots);
}

static void
check_loop(struct checkup *c, const struct stats_sums *sums)
{
	struct check *check = &c->check[CHECK_LOOP];
	double stall_ms = (double)sums->longest_us / 1000;

	if (stall_ms > HEALTH_STALL_MS_MAX)
		worsen(check, LEVEL_DEGRADED,
		    "Within the last two minutes a process did not answer "
		    "anybody for %.1f s. Is the disk or the machine "
		    "overloaded, or a collection too large to be fetched "
		    "at once?",
		    stall_ms / 1000);
	buf_printf(&check->figures, ",\"stall_ms\":%.3f", stall_ms);
}

/* Of the process that is closest to its limit; false: not known of any. */
static bool
find_fullest(const struct stats *stats, struct proc *fullest)
{
	struct stats_process process;
	struct proc proc;
	bool is_known = false;

	for (unsigned i = 0; i < stats_n(stats); i++) {
		if (!stats_process(stats, i, &process))
			continue;
		proc_read(process.pid, &proc);
		if (proc.fds < 0 || proc.fds_max <= 0 ||
		    (is_known &&
			proc.fds_max - proc.fds >=
			    fullest->fds_max - fullest->fds))
			continue;
		*fullest = proc;
		is_known = true;
	}
	return is_known;
}

static void
check_descriptors(struct checkup *c, const struct stats *stats)
{
	struct check *check = &c->check[CHECK_DESCRIPTORS];
	struct proc proc;

	if (!find_fullest(stats, &proc)) {
		buf_str(&check->figures, ",\"open\":null,\"limit\":null");
		return;
	}
	if (proc.fds * 100 >= proc.fds_max * HEALTH_FDS_PERCENT_MAX)
		worsen(check, LEVEL_DEGRADED,
		    "A process has %" PRId64 " of %" PRId64 " descriptors "
		    "open: soon nobody can connect any more. Raise its limit "
		    "(ulimit -n, LimitNOFILE=), or start more --workers.",
		    proc.fds, proc.fds_max);
	buf_printf(&check->figures, ",\"open\":%" PRId64 ",\"limit\":%" PRId64,
	    proc.fds, proc.fds_max);
}

static void
write_parts(struct buf *out, const char *name, unsigned parts)
{
	static const char *const texts[] = { "false", "true" };

	buf_printf(out,
	    ",\"%s\":{\"no_new_privs\":%s,\"landlock\":%s,\"seccomp\":%s}",
	    name, texts[(parts & SANDBOX_NO_NEW_PRIVS) != 0],
	    texts[(parts & SANDBOX_LANDLOCK) != 0],
	    texts[(parts & SANDBOX_SECCOMP) != 0]);
}

/* Nobody is served less without: it is said, and is no fault. */
static void
check_sandbox(struct checkup *c)
{
	struct check *check = &c->check[CHECK_SANDBOX];

	write_parts(&check->figures, "server", sandbox_parts());
	sandbox_explain(sandbox_parts(), "tidemark-fcgi", &check->reason);
	if (!c->has_watcher) {
		buf_str(&check->figures, ",\"watcher\":null");
		return;
	}
	write_parts(&check->figures, "watcher", c->watcher_parts);
	if (check->reason.len > 0 && c->watcher_parts != SANDBOX_WHOLE)
		buf_byte(&check->reason, ' ');
	sandbox_explain(c->watcher_parts, "tidemark-watcher", &check->reason);
}

/* --- the answer -------------------------------------------------------------- */

static void
look_at(struct app *app, struct checkup *checkup)
{
	struct bell_said said;
	struct stats_sums sums;

	checkup->n = app_n_projects(app);
	for (size_t i = 0; i < checkup->n; i++) {
		struct project *project = app_project_at(app, i);

		project_bell(project, &said.ring, &said.pulse);
		look_at_store(project, &said, checkup);
		look_at_watcher(&said.pulse, checkup);
		look_at_disk(project, checkup);
	}
	stats_sum(app_stats(app), &sums);
	check_store(checkup);
	check_watcher(checkup, app_scan(app));
	check_disk(checkup);
	check_waiters(checkup, &sums);
	check_loop(checkup, &sums);
	check_descriptors(checkup, app_stats(app));
	check_sandbox(checkup);
}

static enum level
worst(const struct checkup *checkup)
{
	enum level level = LEVEL_OK;

	for (int i = 0; i < CHECK__MAX; i++)
		if (checkup->check[i].level > level)
			level = checkup->check[i].level;
	return level;
}

static void
write_checkup(const struct checkup *c, struct buf *body)
{
	buf_printf(body,
	    "{\"status\":\"%s\",\"version\":\"" TIDEMARK_VERSION
	    "\",\"checks\":{",
	    level_texts[worst(c)]);
	for (int i = 0; i < CHECK__MAX; i++) {
		const struct check *check = &c->check[i];

		buf_printf(body, "%s\"%s\":{\"status\":\"%s\"",
		    i == 0 ? "" : ",", check_names[i],
		    level_texts[check->level]);
		if (check->reason.len > 0) {
			buf_str(body, ",\"reason\":");
			json_quote(body, buf_as_span(&check->reason));
		}
		buf_span(body, buf_as_span(&check->figures));
		buf_byte(body, '}');
	}
	buf_str(body, "}}");
}

/*
 * GET health: can this server do its work?
 *
 * {"status":"ok"|"degraded"|"down","version","checks":{
 *  "store":{"status","journal":"wal"|"delete"},
 *  "watcher":{"status","state":"ok"|"degraded"|"stopped",
 *   "mode":"inotify"|"scan","problems"},
 *  "disk":{"status","free_bytes"},
 *  "waiters":{"status","parked","slots"},
 *  "loop":{"status","stall_ms"},
 *  "descriptors":{"status","open","limit"},
 *  "sandbox":{"status","server":{"no_new_privs","landlock","seccomp"},
 *   "watcher":null|{…}}}}
 *
 * A check that is not ok has a "reason" as well: what is wrong and what to do,
 * for a person; so has a sandbox that is not whole.  "waiters", "loop" and
 * "descriptors" are of all processes together, or the worst.
 *
 * 200, or 503 with Retry-After when it is down: no store can be read.
 * Degraded: some store cannot be read, what is served may be getting old, or
 * it soon will come to that.
 */
const struct err *
api_health(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct checkup checkup = {
		.is_wal = true,
		.is_inotify = true,
		.watcher_parts = SANDBOX_WHOLE,
		.disk_bytes = UINT64_MAX,
	};
	struct buf body = { 0 };

	(void)parked; /* nobody waits here */
	look_at(api->app, &checkup);
	write_checkup(&checkup, &body);
	response_json(response, &body);
	response_header(response, "Cache-Control", "no-store");
	if (worst(&checkup) == LEVEL_DOWN) {
		response->status = 503;
		response_header(response, "Retry-After", "1");
	}
	for (int i = 0; i < CHECK__MAX; i++) {
		buf_fini(&checkup.check[i].reason);
		buf_fini(&checkup.check[i].figures);
	}
	return NULL;
}
