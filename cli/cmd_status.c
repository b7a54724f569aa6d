/* tidemark status: what there is, and how it does. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "amount.h"
#include "base.h"
#include "bell.h"
#include "buf.h"
#include "cmd.h"
#include "config.h"
#include "cursor.h"
#include "grid.h"
#include "ink.h"
#include "json.h"
#include "mem.h"
#include "out.h"
#include "pulse.h"

/* What is known of one project. */
struct status {
	const struct base *base;
	struct store_state state;
	struct walltime now;
	struct walltime oldest; /* ms 0: the log has no change */
	struct bell_pulse pulse;
	bool has_bell;
	uint64_t file_bytes, wal_bytes, free_bytes;
};

/* --- reading ------------------------------------------------------------- */

static uint64_t
bytes_of(const char *path, const char *suffix)
{
	struct buf name = { 0 };
	struct stat st;
	uint64_t n = 0;

	buf_printf(&name, "%s%s", path, suffix);
	if (stat(buf_cstr(&name), &st) == 0)
		n = (uint64_t)st.st_size;
	buf_fini(&name);
	return n;
}

static const struct err *
free_bytes_of(const char *path, uint64_t *n)
{
	struct statvfs fs;

	if (statvfs(path, &fs) != 0)
		return err_sys("%s", path);
	*n = (uint64_t)fs.f_bavail * fs.f_frsize;
	return NULL;
}

/* A store_change_fn: the first one is the oldest. */
static bool
take_oldest(const struct change *change, void *arg)
{
	struct status *s = arg;

	s->oldest = change->at;
	return false;
}

static const struct err *
read_store(struct status *s)
{
	struct store *store = s->base->store;
	const struct err *err = store_state(store, &s->state);

	if (err == NULL)
		err = store_changes(store,
		    (struct store_range){ .after = s->state.floor },
		    take_oldest, s);
	return err;
}

static const struct err *
read_all(struct status *s)
{
	struct bell_ring ring;
	const char *path = s->base->path;

	s->now = walltime_now();
	s->has_bell = s->base->bell != NULL &&
	    bell_read(s->base->bell, &ring, &s->pulse) == NULL;
	s->file_bytes = bytes_of(path, "");
	s->wal_bytes = bytes_of(path, "-wal");
	return free_bytes_of(path, &s->free_bytes);
}

static enum pulse_state
watcher_state(const struct status *s)
{
	return s->has_bell ? pulse_state(&s->pulse, s->now) : PULSE_STOPPED;
}

/* --- for people ---------------------------------------------------------- */

struct sheet {
	const struct status *status;
	struct out *out;
	struct grid grid;
	struct buf text;
	bool is_first; /* of a list */
};

static void
label(struct sheet *sh, const char *name)
{
	buf_str(&sh->text, "  ");
	ink_word(sh->out->ink, &sh->text, INK_DIM, name);
	for (size_t n = strlen(name); n < 10; n++)
		buf_byte(&sh->text, ' ');
}

static void
tell_log(struct sheet *sh)
{
	const struct status *s = sh->status;
	struct cursor head = { s->state.epoch, s->state.head };
	char text[CURSOR_TEXT_BYTES];

	label(sh, "head");
	buf_printf(&sh->text, "%s\n", cursor_text(head, text));
	label(sh, "log");
	buf_printf(&sh->text, "%llu changes since seq %llu",
	    (unsigned long long)(s->state.head - s->state.floor),
	    (unsigned long long)s->state.floor);
	if (s->oldest.ms != 0) {
		buf_str(&sh->text, ", the oldest ");
		amount_time(&sh->text, s->now.ms - s->oldest.ms);
		buf_str(&sh->text, " ago");
	}
	buf_byte(&sh->text, '\n');
}

static void
tell_disk(struct sheet *sh)
{
	const struct status *s = sh->status;

	label(sh, "disk");
	amount_bytes(&sh->text, s->file_bytes);
	buf_str(&sh->text, ", write-ahead log ");
	amount_bytes(&sh->text, s->wal_bytes);
	buf_str(&sh->text, ", ");
	amount_bytes(&sh->text, s->free_bytes);
	buf_str(&sh->text, " free\n");
}

static void
tell_watcher(struct sheet *sh)
{
	static const enum ink_colour colours[PULSE__MAX] = {
		[PULSE_OK] = INK_GREEN,
		[PULSE_DEGRADED] = INK_YELLOW,
		[PULSE_STOPPED] = INK_RED,
	};
	const struct status *s = sh->status;
	enum pulse_state state = watcher_state(s);
	struct buf *text = &sh->text;

	label(sh, "watcher");
	ink_word(sh->out->ink, text, colours[state], pulse_state_text(state));
	if (s->has_bell && pulse_is_alive(&s->pulse))
		buf_printf(text, ", pid %llu, by %s, %llu files",
		    (unsigned long long)s->pulse.watcher_pid,
		    pulse_mode_text(&s->pulse),
		    (unsigned long long)s->pulse.entries);
	if (s->has_bell && s->pulse.scanned.ms != 0) {
		buf_str(text, ", last scan ");
		amount_time(text, s->now.ms - s->pulse.scanned.ms);
		buf_str(text, " ago, which took ");
		amount_time(text, (int64_t)(s->pulse.scan_us / 1000));
	}
	buf_byte(text, '\n');
}

/* A store_problem_fn. */
static void
tell_problem(const struct store_problem *problem, void *arg)
{
	struct sheet *sh = arg;
	struct buf *text = &sh->text;

	label(sh, sh->is_first ? "problems" : "");
	sh->is_first = false;
	ink_paint(sh->out->ink, text, INK_RED, problem->collection);
	if (problem->id.len > 0) {
		buf_byte(text, '/');
		ink_paint(sh->out->ink, text, INK_RED, problem->id);
	}
	buf_str(text, ": ");
	ink_text(sh->out->ink, text, problem->reason);
	buf_str(text, ", for ");
	amount_time(text, sh->status->now.ms - problem->since.ms);
	buf_byte(text, '\n');
}

/* A store_coll_fn. */
static void
tell_coll(const struct store_coll *coll, void *arg)
{
	struct grid *grid = &((struct sheet *)arg)->grid;

	grid_add(grid, coll->name);
	grid_add(grid, coll->is_files ? "files" : "writes");
	buf_u64(grid_cell(grid), coll->n);
	grid_end(grid);
	amount_bytes(grid_cell(grid), coll->bytes);
	grid_end(grid);
	buf_u64(grid_cell(grid), coll->ver);
	grid_end(grid);
}

static const struct err *
tell_colls(struct sheet *sh)
{
	static const char *const heads[] = { "COLLECTION", "FED BY", "ENTITIES",
		"SIZE", "LAST SEQ" };
	const struct err *err;

	grid_init(&sh->grid, 5);
	for (size_t i = 0; i < 5; i++) {
		ink_word(sh->out->ink, grid_cell(&sh->grid), INK_DIM, heads[i]);
		grid_end(&sh->grid);
	}
	err = store_colls(sh->status->base->store, tell_coll, sh);
	grid_write(&sh->grid, "llrrr", "  ", &sh->text);
	grid_fini(&sh->grid);
	return err;
}

static const struct err *
tell(const struct status *s, struct out *out)
{
	struct sheet sh = { .status = s, .out = out, .is_first = true };
	const struct config_project *project = s->base->project;
	const struct err *err;

	if (project != NULL) {
		ink_word(out->ink, &sh.text, INK_BOLD, project->name);
		buf_str(&sh.text, "  ");
	}
	ink_text(out->ink, &sh.text, span_str(s->base->path));
	buf_byte(&sh.text, '\n');
	tell_log(&sh);
	tell_disk(&sh);
	tell_watcher(&sh);
	err = store_problems(s->base->store, tell_problem, &sh);
	if (err == NULL)
		err = tell_colls(&sh);
	if (err == NULL)
		(void)out_bytes(out, &sh.text);
	buf_fini(&sh.text);
	return err;
}

/* --- for programs -------------------------------------------------------- */

static void
next_element(struct sheet *sh)
{
	if (!sh->is_first)
		buf_byte(&sh->text, ',');
	sh->is_first = false;
}

/* A store_problem_fn. */
static void
write_problem(const struct store_problem *problem, void *arg)
{
	struct buf *text = &((struct sheet *)arg)->text;
	char since[WALLTIME_TEXT_BYTES];

	next_element(arg);
	buf_str(text, "{\"collection\":");
	json_quote(text, problem->collection);
	buf_str(text, ",\"id\":");
	json_quote(text, problem->id);
	buf_str(text, ",\"reason\":");
	json_quote(text, problem->reason);
	buf_printf(text, ",\"since\":\"%s\"}",
	    walltime_text(problem->since, since));
}

/* A store_coll_fn. */
static void
write_coll(const struct store_coll *coll, void *arg)
{
	next_element(arg);
	buf_printf(&((struct sheet *)arg)->text,
	    "{\"name\":\"%s\",\"source\":\"%s\",\"count\":%llu,"
	    "\"bytes\":%llu,\"version\":%llu}",
	    coll->name, coll->is_files ? "files" : "writes",
	    (unsigned long long)coll->n, (unsigned long long)coll->bytes,
	    (unsigned long long)coll->ver);
}

static void
write_state(struct sheet *sh)
{
	const struct status *s = sh->status;
	struct cursor head = { s->state.epoch, s->state.head };
	struct cursor floor = { s->state.epoch, s->state.floor };
	char text[CURSOR_TEXT_BYTES], time[WALLTIME_TEXT_BYTES];
	struct buf *out = &sh->text;

	buf_str(out, "{\"project\":");
	if (s->base->project != NULL)
		json_quote(out, span_str(s->base->project->name));
	else
		buf_str(out, "null");
	buf_str(out, ",\"database\":");
	json_quote(out, span_str(s->base->path));
	buf_printf(out, ",\"epoch\":\"%016llx\",\"cursor\":\"%s\",",
	    (unsigned long long)s->state.epoch, cursor_text(head, text));
	buf_printf(out,
	    "\"floor\":\"%s\",\"oldest\":", cursor_text(floor, text));
	if (s->oldest.ms != 0)
		buf_printf(out, "\"%s\"", walltime_text(s->oldest, time));
	else
		buf_str(out, "null");
	buf_printf(out,
	    ",\"bytes\":%llu,\"wal_bytes\":%llu,\"free_bytes\":%llu,",
	    (unsigned long long)s->file_bytes, (unsigned long long)s->wal_bytes,
	    (unsigned long long)s->free_bytes);
}

static void
write_watcher(struct sheet *sh)
{
	const struct status *s = sh->status;
	char time[WALLTIME_TEXT_BYTES];
	struct buf *out = &sh->text;

	buf_printf(out, "\"watcher\":{\"state\":\"%s\"",
	    pulse_state_text(watcher_state(s)));
	if (s->has_bell && pulse_is_alive(&s->pulse))
		buf_printf(out, ",\"pid\":%llu,\"mode\":\"%s\"",
		    (unsigned long long)s->pulse.watcher_pid,
		    pulse_mode_text(&s->pulse));
	if (s->has_bell && s->pulse.scanned.ms != 0)
		buf_printf(out,
		    ",\"last_scan\":\"%s\",\"scan_ms\":%llu,\"entries\":%llu",
		    walltime_text(s->pulse.scanned, time),
		    (unsigned long long)(s->pulse.scan_us / 1000),
		    (unsigned long long)s->pulse.entries);
	buf_str(out, "},\"problems\":[");
}

static const struct err *
write_json(const struct status *s, struct out *out)
{
	struct sheet sh = { .status = s, .out = out, .is_first = true };
	const struct err *err;

	write_state(&sh);
	write_watcher(&sh);
	err = store_problems(s->base->store, write_problem, &sh);
	buf_str(&sh.text, "],\"collections\":[");
	sh.is_first = true;
	if (err == NULL)
		err = store_colls(s->base->store, write_coll, &sh);
	buf_str(&sh.text, "]}");
	if (err == NULL)
		(void)out_line(out, &sh.text);
	buf_fini(&sh.text);
	return err;
}

/* ------------------------------------------------------------------------- */

/* Everything is of one moment. */
static const struct err *
look(struct base *base, struct out *out)
{
	struct status s = { .base = base };
	const struct err *err = read_all(&s);

	if (err == NULL)
		err = store_view_begin(base->store);
	if (err != NULL)
		return err;
	err = read_store(&s);
	if (err == NULL)
		err = out->is_json ? write_json(&s, out) : tell(&s, out);
	store_view_end(base->store);
	return err;
}

/* A base_fn: one that cannot be looked at does not hide the others. */
static const struct err *
one_project(struct base *base, void *arg)
{
	struct cmd_call *call = arg;
	const struct err *err = base_open_found(base);
	struct buf text = { 0 };

	if (err == NULL)
		err = look(base, call->out);
	if (err == NULL || base->project == NULL)
		return err;
	call->has_failed = true;
	if (call->out->is_json) {
		buf_printf(&text,
		    "{\"project\":\"%s\",\"error\":", base->project->name);
		json_quote(&text, span_str(err->msg));
		buf_byte(&text, '}');
	} else {
		ink_word(call->out->ink, &text, INK_BOLD, base->project->name);
		buf_str(&text, "  ");
		ink_paint(call->out->ink, &text, INK_RED, span_str(err->msg));
	}
	(void)out_line(call->out, &text);
	buf_fini(&text);
	return NULL;
}

static const struct err *
run(struct cmd_call *call)
{
	return base_each(call->place, one_project, call);
}

static const struct cmd_option options[] = { { 0 } };

const struct cmd cmd_status = {
	.name = "status",
	.summary = "what there is, and how it does",
	.synopsis = "[options]",
	.text =
	    "Tells, of each project or the one that -p names: where its log\n"
	    "stands and how far back it reaches, what it takes of the disk and\n"
	    "what is free there, whether the watcher runs and scans, which files\n"
	    "cannot be read and why, and the collections.\n"
	    "\n"
	    "The watcher is ok; or degraded, when some file cannot be read; or\n"
	    "stopped, when it is not there or has not scanned for long.\n",
	.examples = "  tidemark status\n"
		    "  tidemark status -d /srv/state\n"
		    "  tidemark status --json | jq .collections\n",
	.options = options,
	.run = run,
};
