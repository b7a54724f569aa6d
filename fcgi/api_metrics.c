#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api.h"
#include "app.h"
#include "bell.h"
#include "buf.h"
#include "config.h"
#include "exposition.h"
#include "histogram.h"
#include "log.h"
#include "mem.h"
#include "proc.h"
#include "project.h"
#include "pulse.h"
#include "response.h"
#include "stats.h"
#include "store.h"

/* --- what all workers counted ------------------------------------------------ */

/* Rows of one name stand together; help NULL: as the row before. */
static const struct {
	const char *name, *help;
	struct exposition_label label;
	enum stats_counter counter;
} counters[] = {
	{ "requests_total", "Requests that arrived as a whole.", { NULL, NULL },
	    STATS_REQUESTS },
	{ "deliveries_total",
	    "Answers to polls that waited, and events to streams, for one "
	    "client each.",
	    { "transport", "longpoll" }, STATS_POLLS_ANSWERED },
	{ "deliveries_total", NULL, { "transport", "sse" }, STATS_EVENTS_SENT },
	{ "heartbeats_total", "Heartbeats to streams.", { NULL, NULL },
	    STATS_HEARTBEATS },
	{ "bookmarks_total", "Events that moved a cursor only.", { NULL, NULL },
	    STATS_BOOKMARKS },
	{ "byes_total", "Streams that were told to come back later.",
	    { NULL, NULL }, STATS_BYES },
	{ "wakes_total", "Rings of a bell that were acted on.", { NULL, NULL },
	    STATS_WAKES },
	{ "log_reads_total", "Times that a group of waiters read a log.",
	    { NULL, NULL }, STATS_READS },
	{ "encodes_total",
	    "Answers and events that were made, for however many.",
	    { NULL, NULL }, STATS_ENCODES },
	{ "gzips_total", "Bodies that were compressed.", { NULL, NULL },
	    STATS_GZIPS },
	{ "sent_bytes_total", "Bytes for web servers.", { NULL, NULL },
	    STATS_BYTES_SENT },
	{ "cache_lookups_total", "Answers looked for among the kept ones.",
	    { "result", "hit" }, STATS_CACHE_HITS },
	{ "cache_lookups_total", NULL, { "result", "miss" },
	    STATS_CACHE_MISSES },
	{ "drops_total", "Connections that were closed on a peer, and why.",
	    { "reason", "slow" }, STATS_DROP_SLOW },
	{ "drops_total", NULL, { "reason", "half_request" }, STATS_DROP_HALF },
	{ "drops_total", NULL, { "reason", "idle" }, STATS_DROP_IDLE },
	{ "drops_total", NULL, { "reason", "protocol" }, STATS_DROP_PROTOCOL },
	{ "drops_total", NULL, { "reason", "gone" }, STATS_DROP_GONE },
	{ "refusals_total", "Waits that were answered at once, and why.",
	    { "reason", "full" }, STATS_REFUSED_FULL },
	{ "refusals_total", NULL, { "reason", "address" },
	    STATS_REFUSED_ADDRESS },
	{ "refusals_total", NULL, { "reason", "memory" },
	    STATS_REFUSED_MEMORY },
};

static const struct {
	const char *name, *help;
	struct exposition_label label;
	enum stats_gauge gauge;
} gauges[] = {
	{ "connections", "Connections of web servers.", { NULL, NULL },
	    STATS_CONNS },
	{ "waiters", "Requests that wait for news.",
	    { "transport", "longpoll" }, STATS_POLLS_WAITING },
	{ "waiters", NULL, { "transport", "sse" }, STATS_STREAMS_OPEN },
	{ "waiter_slots", "Waiters that there is room for.", { NULL, NULL },
	    STATS_SLOTS },
	{ "groups", "Groups of waiters that get the same.", { NULL, NULL },
	    STATS_GROUPS },
	{ "queue_bytes", "Bytes that peers have not taken yet.", { NULL, NULL },
	    STATS_QUEUE_BYTES },
	{ "cache_bytes", "Bytes of kept answers.", { NULL, NULL },
	    STATS_CACHE_BYTES },
	{ "page_bytes", "Bytes of answers in memory.", { NULL, NULL },
	    STATS_PAGE_BYTES },
};

static const struct {
	const char *name, *help;
	enum stats_histogram histogram;
} histograms[] = {
	{ "commit_to_wake_seconds",
	    "From the commit of a change until a process acts on its bell.",
	    STATS_COMMIT_TO_WAKE },
	{ "wake_to_last_write_seconds",
	    "From then until all who waited have been written to.",
	    STATS_WAKE_TO_LAST_WRITE },
	{ "loop_round_seconds",
	    "Rounds of the event loop, during which nobody else is served.",
	    STATS_LOOP_ROUND },
};

#define N_ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void
write_sums(const struct stats_sums *sums, struct buf *out)
{
	for (size_t i = 0; i < N_ROWS(counters); i++) {
		if (counters[i].help != NULL)
			exposition_family(out, counters[i].name,
			    EXPOSITION_COUNTER, counters[i].help);
		exposition_count(out, counters[i].name,
		    EXPOSITION_LABELS(counters[i].label),
		    sums->counter[counters[i].counter]);
	}
	for (size_t i = 0; i < N_ROWS(gauges); i++) {
		if (gauges[i].help != NULL)
			exposition_family(out, gauges[i].name, EXPOSITION_GAUGE,
			    gauges[i].help);
		exposition_value(out, gauges[i].name,
		    EXPOSITION_LABELS(gauges[i].label),
		    (double)sums->gauge[gauges[i].gauge]);
	}
	for (size_t i = 0; i < N_ROWS(histograms); i++) {
		exposition_family(out, histograms[i].name, EXPOSITION_HISTOGRAM,
		    histograms[i].help);
		exposition_histogram(out, histograms[i].name,
		    EXPOSITION_UNLABELLED,
		    &sums->histogram[histograms[i].histogram]);
	}
}

/* --- figures of processes and projects ----------------------------------------- */

/* A figure of each: a double at this offset; NaN is left out. */
struct figure {
	const char *name, *help;
	size_t offset;
};

struct subject {
	struct exposition_label label;
	const void *figures;
};

static double
figure_of(const struct figure *figure, const struct subject *subject)
{
	double value;

	memcpy(&value, (const char *)subject->figures + figure->offset,
	    sizeof(value));
	return value;
}

static void
write_figures(const struct figure *figure, size_t n_figures,
    const struct subject *subject, size_t n, struct buf *out)
{
	for (size_t f = 0; f < n_figures; f++) {
		exposition_family(out, figure[f].name, EXPOSITION_GAUGE,
		    figure[f].help);
		for (size_t i = 0; i < n; i++)
			exposition_value(out, figure[f].name,
			    EXPOSITION_LABELS(subject[i].label),
			    figure_of(&figure[f], &subject[i]));
	}
}

/* --- processes ------------------------------------------------------------------- */

struct process {
	char number[16];
	double started, rss, fds, fds_max;
};

#define FIGURE(name, member, help)                                             \
	{                                                                      \
		name, help, offsetof(struct process, member)                   \
	}
static const struct figure process_figures[] = {
	FIGURE("process_start_time_seconds", started,
	    "When a worker was started, since 1970."),
	FIGURE("process_resident_memory_bytes", rss,
	    "Memory of a worker; what it shares with others counts in each."),
	FIGURE("process_open_fds", fds, "Open descriptors of a worker."),
	FIGURE("process_max_fds", fds_max, "The limit of open descriptors."),
};
#undef FIGURE

static double
known(int64_t number)
{
	return number < 0 ? NAN : (double)number;
}

/* False: there is none with that number now. */
static bool
read_process(const struct stats *stats, unsigned number,
    struct process *process)
{
	struct stats_process who;
	struct proc proc;

	if (!stats_process(stats, number, &who))
		return false;
	proc_read(who.pid, &proc);
	(void)snprintf(process->number, sizeof(process->number), "%u", number);
	process->started = (double)who.started.ms / 1000;
	process->rss = known(proc.rss_bytes);
	process->fds = known(proc.fds);
	process->fds_max = known(proc.fds_max);
	return true;
}

static void
write_processes(const struct stats *stats, struct buf *out)
{
	unsigned n = stats_n(stats), n_alive = 0;
	struct process *process = mem_new(n, sizeof(*process));
	struct subject *subject = mem_new(n, sizeof(*subject));

	for (unsigned i = 0; i < n; i++) {
		if (!read_process(stats, i, &process[n_alive]))
			continue;
		subject[n_alive].label.name = "worker";
		subject[n_alive].label.value = process[n_alive].number;
		subject[n_alive].figures = &process[n_alive];
		n_alive++;
	}
	write_figures(process_figures, N_ROWS(process_figures), subject,
	    n_alive, out);
	free(subject);
	free(process);
}

/* --- projects -------------------------------------------------------------------- */

struct tally {
	double up, head, floor, log_bytes, log_age, database, wal;
	double collections, entities, entity_bytes, problems;
	double scan, scan_age, files, is_inotify;
	char epoch[17]; /* "": not known */
	enum pulse_state watcher;
	struct histogram delays;
};

#define FIGURE(name, member, help)                                             \
	{                                                                      \
		name, help, offsetof(struct tally, member)                     \
	}
static const struct figure project_figures[] = {
	FIGURE("store_up", up, "Whether the store can be read."),
	FIGURE("log_head_seq", head, "The newest seq of the log."),
	FIGURE("log_floor_seq", floor,
	    "The oldest seq from which the log can answer."),
	FIGURE("log_bytes", log_bytes,
	    "Its changes, and the bodies from which the past is rebuilt."),
	FIGURE("log_age_seconds", log_age, "Time since its oldest change."),
	FIGURE("store_database_bytes", database, "The database file."),
	FIGURE("store_wal_bytes", wal,
	    "The file of what is not yet copied into it."),
	FIGURE("collections", collections, "Collections."),
	FIGURE("entities", entities, "Entities in them."),
	FIGURE("entity_bytes", entity_bytes, "Documents and ids."),
	FIGURE("problems", problems,
	    "Files that cannot be served as they are."),
	FIGURE("watcher_files", files, "Files that the watcher looks after."),
	FIGURE("watcher_inotify", is_inotify,
	    "Whether inotify names changes; else they show with a scan."),
	FIGURE("watcher_scan_seconds", scan, "How long the last scan took."),
	FIGURE("watcher_scan_age_seconds", scan_age,
	    "Time since the end of the last scan."),
};
#undef FIGURE

static double
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (double)st.st_size : NAN;
}

static void
add_coll(const struct store_coll *coll, void *arg)
{
	struct tally *tally = arg;

	tally->collections++;
	tally->entities += (double)coll->n;
	tally->entity_bytes += (double)coll->bytes;
}

static bool
take_age(const struct change *change, void *arg)
{
	struct tally *tally = arg;

	tally->log_age = (double)(walltime_now().ms - change->at.ms) / 1000;
	return false;
}

static const struct err *
tally_log(struct store *store, struct tally *tally)
{
	struct store_state state;
	uint64_t bytes = 0;
	const struct err *err = store_view_begin(store);

	if (err != NULL)
		return err;
	err = store_state(store, &state);
	tally->collections = tally->entities = tally->entity_bytes = 0;
	if (err == NULL)
		err = store_colls(store, add_coll, tally);
	if (err == NULL)
		err = store_log_bytes(store, &bytes);
	if (err == NULL)
		err = store_changes(store,
		    (struct store_range){ .after = state.floor }, take_age,
		    tally);
	store_view_end(store);
	if (err != NULL)
		return err;
	(void)snprintf(tally->epoch, sizeof(tally->epoch), "%016" PRIx64,
	    state.epoch);
	tally->head = (double)state.head;
	tally->floor = (double)state.floor;
	tally->log_bytes = (double)bytes;
	return NULL;
}

static void
tally_store(struct project *project, struct tally *tally)
{
	const char *path = project_config(project)->store;
	struct buf wal = { 0 };
	struct store *store;
	const struct err *err = project_store(project, &store);

	if (err == NULL)
		err = tally_log(store, tally);
	if (err != NULL) {
		log_debug("project %s: %s", project_name(project), err->msg);
		tally->collections = tally->entities = tally->entity_bytes =
		    NAN;
	}
	tally->up = err == NULL;
	buf_printf(&wal, "%s-wal", path);
	tally->database = size_of(path);
	tally->wal = size_of(buf_cstr(&wal));
	buf_fini(&wal);
}

static void
tally_watcher(struct project *project, struct tally *tally)
{
	struct walltime now = walltime_now();
	struct bell_pulse pulse;
	struct bell_ring ring;

	project_bell(project, &ring, &pulse);
	project_delays(project, &tally->delays);
	tally->watcher = pulse_state(&pulse, now);
	tally->problems = (double)pulse.problems;
	tally->files = (double)pulse.entries;
	tally->is_inotify = pulse.mode == BELL_WATCH_INOTIFY;
	if (pulse.scanned.ms == 0)
		return; /* never, as far as this watcher knows */
	tally->scan = (double)pulse.scan_us / 1e6;
	tally->scan_age = (double)(now.ms - pulse.scanned.ms) / 1000;
}

static void
write_watcher(const struct subject *project, struct buf *out)
{
	const struct tally *tally = project->figures;

	for (unsigned state = 0; state < PULSE__MAX; state++)
		exposition_value(out, "watcher_state",
		    EXPOSITION_LABELS(project->label,
			{ "state", pulse_state_text(state) }),
		    state == tally->watcher);
}

static void
write_projects(const struct subject *project, size_t n, struct buf *out)
{
	write_figures(project_figures, N_ROWS(project_figures), project, n,
	    out);
	exposition_family(out, "log_info", EXPOSITION_GAUGE,
	    "The epoch of the log: another one, another log.");
	for (size_t i = 0; i < n; i++) {
		const struct tally *tally = project[i].figures;

		exposition_value(out, "log_info",
		    EXPOSITION_LABELS(project[i].label,
			{ "epoch", tally->epoch }),
		    tally->epoch[0] != '\0' ? 1 : NAN);
	}
	exposition_family(out, "watcher_state", EXPOSITION_GAUGE,
	    "How the watcher is: 1 for the state that it is in.");
	for (size_t i = 0; i < n; i++)
		write_watcher(&project[i], out);
	exposition_family(out, "change_to_commit_seconds", EXPOSITION_HISTOGRAM,
	    "From the change of a file until it is in the log.");
	for (size_t i = 0; i < n; i++)
		exposition_histogram(out, "change_to_commit_seconds",
		    EXPOSITION_LABELS(project[i].label),
		    &((const struct tally *)project[i].figures)->delays);
}

static void
tally_projects(struct app *app, struct buf *out)
{
	size_t n = app_n_projects(app);
	struct tally *tally = mem_new(n, sizeof(*tally));
	struct subject *subject = mem_new(n, sizeof(*subject));

	for (size_t i = 0; i < n; i++) {
		struct project *project = app_project_at(app, i);

		tally[i].head = tally[i].floor = NAN;
		tally[i].log_bytes = tally[i].log_age = NAN;
		tally[i].scan = tally[i].scan_age = NAN;
		tally_store(project, &tally[i]);
		tally_watcher(project, &tally[i]);
		subject[i].label.name = "project";
		subject[i].label.value = project_name(project);
		subject[i].figures = &tally[i];
	}
	write_projects(subject, n, out);
	free(subject);
	free(tally);
}

/*
 * GET metrics: figures for a program that collects them, as Prometheus text
 * format 0.0.4; docs/PROTOCOL.md lists them.  Of all workers together, since
 * nobody can choose which of them answers; and of each project, by its name.
 *
 * 200, whatever state anything is in.  no-store.
 */
const struct err *
api_metrics(const struct api *api, struct response *response,
    struct wait **parked)
{
	const struct stats *stats = app_stats(api->app);
	struct stats_sums sums;
	struct buf body = { 0 };

	(void)parked; /* nobody waits here */
	app_count_memory(api->app);
	stats_sum(stats, &sums);
	exposition_family(&body, "build_info", EXPOSITION_GAUGE,
	    "The version that runs.");
	exposition_value(&body, "build_info",
	    EXPOSITION_LABELS({ "version", TIDEMARK_VERSION }), 1);
	write_processes(stats, &body);
	write_sums(&sums, &body);
	tally_projects(api->app, &body);
	response_text(response, EXPOSITION_TYPE, &body);
	response_header(response, "Cache-Control", "no-store");
	return NULL;
}
