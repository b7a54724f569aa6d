#include "project.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "config.h"
#include "cursor.h"
#include "histogram.h"
#include "mem.h"
#include "monotime.h"
#include "pulse.h"
#include "sandbox.h"
#include "scan_due.h"
#include "store.h"

struct project {
	const struct config_project *config;
	struct store *store; /* NULL: not there yet */
	struct bell *bell;   /* NULL: not there yet */
	dev_t bell_dev;      /* the file that bell has open */
	ino_t bell_ino;
	struct buf bell_path;
	struct monotime complained; /* of a damaged page; ns 0: we do not … */
	ino_t complained_ino;       /* … in this file */
	bool is_barred;
	bool is_scanned_here;
};

enum { COMPLAIN_MS = 10000 }; /* several scans of the watcher's */

struct project *
project_new(const struct config_project *config)
{
	struct project *project = mem_new(1, sizeof(*project));

	project->config = config;
	buf_printf(&project->bell_path, "%s-bell", config->store);
	return project;
}

void
project_free(struct project *project)
{
	if (project == NULL)
		return;
	store_close(project->store);
	if (project->bell != NULL)
		bell_close(project->bell);
	buf_fini(&project->bell_path);
	free(project);
}

const char *
project_name(const struct project *project)
{
	return project->config->name;
}

const struct config_project *
project_config(const struct project *project)
{
	return project->config;
}

/* --- bell ----------------------------------------------------------------- */

/* Open it, or open it again when another file stands at its path by now. */
static bool
reach_bell(struct project *project)
{
	struct stat st;

	if (stat(project->bell_path.data, &st) != 0)
		return project->bell != NULL; /* the open one is as good */
	if (project->bell != NULL && st.st_dev == project->bell_dev &&
	    st.st_ino == project->bell_ino)
		return true;
	if (project->bell != NULL)
		bell_close(project->bell);
	project->bell = NULL;
	if (bell_open(&project->bell, project->config->store, BELL_LISTEN) !=
	    NULL) {
		project->bell = NULL;
		return false;
	}
	project->bell_dev = st.st_dev;
	project->bell_ino = st.st_ino;
	return true;
}

/* --- store ---------------------------------------------------------------- */

static ino_t
store_ino(const struct project *project)
{
	struct stat st;

	return stat(project->config->store, &st) == 0 ? st.st_ino : 0;
}

static void
forget_store(struct project *project)
{
	store_close(project->store);
	project->store = NULL;
}

/* The watcher is to check the file; and we open it anew. */
static void
complain(struct project *project)
{
	project->complained = monotime_now();
	project->complained_ino = store_ino(project);
	if (reach_bell(project))
		bell_complain(project->bell, true);
	forget_store(project);
}

/* Who meets the page again complains again. */
static void
end_complaint(struct project *project)
{
	struct monotime end =
	    monotime_after_ms(project->complained, COMPLAIN_MS);

	if (!monotime_reached(end, monotime_now()) &&
	    store_ino(project) == project->complained_ino)
		return;
	project->complained.ns = 0;
	if (project->bell != NULL)
		bell_complain(project->bell, false);
}

bool
project_is_damaged(const struct project *project)
{
	return project->complained.ns != 0 ||
	    (project->bell != NULL && bell_has_complaint(project->bell));
}

static bool
is_barred(const struct project *project)
{
	char *folder = config_store_folder(project->config);
	bool answer = sandbox_bars(folder);

	free(folder);
	return answer;
}

bool
project_is_barred(const struct project *project)
{
	return project->is_barred;
}

const struct err *
project_store(struct project *project, struct store **store)
{
	const struct err *err = NULL;

	if (project->complained.ns != 0)
		end_complaint(project);
	if (project->store != NULL && store_is_replaced(project->store))
		forget_store(project);
	if (project->store != NULL && store_is_damaged(project->store))
		complain(project);
	if (project->store == NULL)
		err = store_open(&project->store, project->config->store,
		    STORE_READ, 0);
	project->is_barred = err != NULL && is_barred(project);
	if (project->is_barred)
		err = err_new(ERR_UNAVAILABLE,
		    "%s: out of reach of the sandbox of this process",
		    project->config->store);
	else if (err != NULL && err->code == ERR_STORE)
		complain(project);
	*store = project->store;
	return err;
}

static void
read_bell(struct project *project, struct bell_ring *ring,
    struct bell_pulse *pulse)
{
	memset(ring, 0, sizeof(*ring));
	memset(pulse, 0, sizeof(*pulse));
	if (!reach_bell(project))
		return;
	if (bell_read(project->bell, ring, pulse) != NULL) {
		memset(ring, 0, sizeof(*ring));
		memset(pulse, 0, sizeof(*pulse));
	}
}

/* As long as they come often enough. */
static void
stand_in(const struct project *project, struct bell_pulse *pulse)
{
	struct bell_pulse ours = *pulse;

	if (pulse->scanned.ms == 0 || pulse_is_alive(pulse))
		return;
	ours.watcher_pid = (uint64_t)getpid();
	ours.mode = BELL_WATCH_SCAN;
	ours.next.ms =
	    pulse->scanned.ms + scan_due_rest_ms(project->config, pulse);
	if (pulse_state(&ours, walltime_now()) != PULSE_STOPPED)
		*pulse = ours;
}

void
project_have_scanned(struct project *project, bool is_so)
{
	project->is_scanned_here = is_so;
}

void
project_bell(struct project *project, struct bell_ring *ring,
    struct bell_pulse *pulse)
{
	read_bell(project, ring, pulse);
	if (project->is_scanned_here)
		stand_in(project, pulse);
}

bool
project_head_by_bell(struct project *project, struct cursor *head)
{
	struct bell_ring ring;
	struct bell_pulse pulse;

	if (project->store != NULL || store_ino(project) == 0)
		return false;
	read_bell(project, &ring, &pulse);
	*head = (struct cursor){ ring.epoch, ring.seq };
	return ring.epoch != 0 && ring.boot == bell_boot() &&
	    (pulse.watcher_pid == 0 || pulse_is_alive(&pulse));
}

void
project_delays(struct project *project, struct histogram *delays)
{
	if (!reach_bell(project) || bell_delays(project->bell, delays) != NULL)
		memset(delays, 0, sizeof(*delays));
}

/*
 * The nearest directory above the bell that is there: something on the way to
 * the bell will be made in it.
 */
static int
watch_above(const char *path, int inotify_fd)
{
	char *above = mem_dup(path, strlen(path));
	char *slash;
	int watch = -1;

	while (watch < 0 && (slash = strrchr(above, '/')) != NULL) {
		slash[slash == above] = '\0';
		watch = inotify_add_watch(inotify_fd, above,
		    IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
		if (slash == above)
			break;
	}
	free(above);
	return watch;
}

int
project_watch(struct project *project, int inotify_fd)
{
	const char *path = project->bell_path.data;
	int watch = inotify_add_watch(inotify_fd, path, IN_MODIFY);
	int above;

	if (watch >= 0)
		return watch;
	above = watch_above(path, inotify_fd);
	/* It may have come between the two. */
	watch = inotify_add_watch(inotify_fd, path, IN_MODIFY);
	return watch >= 0 ? watch : above;
}
