#include "watch_reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "log.h"
#include "mem.h"
#include "sandbox.h"
#include "watch.h"

typedef const struct err *folder_fn(const char *folder, void *arg);

/* Each folder that files are looked for in. */
static const struct err *
each_folder(const struct config *config, folder_fn *fn, void *arg)
{
	const struct err *err = NULL;

	for (size_t i = 0; i < config->n_projects && err == NULL; i++) {
		const struct config_project *project = &config->project[i];

		if (project->every_dir != NULL)
			err = fn(project->every_dir, arg);
		for (size_t k = 0; k < project->n_colls && err == NULL; k++)
			err = fn(project->coll[k].dir, arg);
	}
	return err;
}

/* A folder_fn.  What lies in the root has all of the machine beside it. */
static const struct err *
allow(const char *folder, void *sandbox)
{
	char *real = realpath(folder, NULL);
	char *slash = real != NULL ? strrchr(real, '/') : NULL;

	if (slash != NULL && slash != real)
		*slash = '\0';
	sandbox_allow(sandbox, SANDBOX_READ, real != NULL ? real : folder);
	free(real);
	return NULL;
}

/*
 * A folder that is written to.  Where this process may make it anew once it is
 * removed, the one that it lies in, too: else only a new process could go on.
 */
static void
allow_to_write(struct sandbox *sandbox, const char *folder)
{
	char *real = realpath(folder, NULL);
	char *slash = real != NULL ? strrchr(real, '/') : NULL;

	sandbox_allow(sandbox, SANDBOX_WRITE_FOLDERS, folder);
	if (slash != NULL && slash != real) {
		*slash = '\0';
		if (access(real, W_OK) == 0)
			sandbox_allow(sandbox, SANDBOX_WRITE_FOLDERS, real);
	}
	free(real);
}

/* It could not be made later.  Where it cannot be now, publishing says why. */
static void
allow_publication(struct sandbox *sandbox, const char *folder)
{
	(void)mkdir(folder, 0755);
	allow_to_write(sandbox, folder);
}

static void
allow_store(struct sandbox *sandbox, const struct config_project *project)
{
	char *folder = config_store_folder(project);

	allow_to_write(sandbox, folder);
	/* It may be a link to elsewhere. */
	sandbox_allow_beside(sandbox, SANDBOX_WRITE, project->store);
	free(folder);
}

void
watch_reach_limit(const struct config *config, bool is_told)
{
	struct sandbox *sandbox = sandbox_new();

	(void)!each_folder(config, allow, sandbox); /* it has no errors */
	for (size_t i = 0; i < config->n_projects; i++) {
		const struct config_project *project = &config->project[i];

		allow_store(sandbox, project);
		if (project->publish != NULL)
			allow_publication(sandbox, project->publish);
	}
	if (config->file != NULL)
		sandbox_allow_beside(sandbox, SANDBOX_READ_FILES, config->file);
	sandbox_allow(sandbox, SANDBOX_READ_FILES,
	    "/proc/sys/kernel/random/boot_id");
	sandbox_enter(sandbox, is_told ? "tidemark-watcher" : NULL);
}

/* A folder_fn. */
static const struct err *
refuse_barred(const char *folder, void *arg)
{
	(void)arg;
	return sandbox_bars(folder)
	    ? err_new(ERR_CONFLICT,
		  "%s is out of reach of the sandbox of this process: restart "
		  "tidemark-watcher",
		  folder)
	    : NULL;
}

const struct err *
watch_reach_check(const struct config *config)
{
	const struct err *err = each_folder(config, refuse_barred, NULL);

	for (size_t i = 0; i < config->n_projects && err == NULL; i++)
		if (config->project[i].publish != NULL)
			err = refuse_barred(config->project[i].publish, NULL);
	return err;
}

/* It is there, or could be made, but for the sandbox. */
static bool
is_lost(const char *folder)
{
	const char *slash = strrchr(folder, '/');
	char *above =
	    mem_dup(folder, slash == folder ? 1 : (size_t)(slash - folder));
	bool answer = access(folder, F_OK) != 0
	    ? errno == ENOENT && access(above, W_OK) == 0
	    : sandbox_bars(folder);

	free(above);
	return answer;
}

static bool
has_lost(const struct config_project *project)
{
	char *folder;
	bool answer;

	if (!(sandbox_parts() & SANDBOX_LANDLOCK))
		return false;
	folder = config_store_folder(project);
	answer = is_lost(folder) ||
	    (project->publish != NULL && is_lost(project->publish));
	free(folder);
	return answer;
}

bool
watch_reach_end_if_lost(const struct watch *w, const struct err *err)
{
	if (!has_lost(w->conf))
		return false;
	log_event(LOG_ERROR,
	    "a folder that was written to is gone, and another one is out of "
	    "reach of the sandbox: ending, to be started again",
	    log_text("project", w->conf->name), log_text("reason", err->msg));
	w->env->on_lost(w->env->arg);
	return true;
}

void
watch_reach_end_if_barred(const struct watch *w, const char *folder)
{
	if (!sandbox_bars(folder))
		return;
	log_event(LOG_ERROR,
	    "what a folder lies in was replaced or mounted anew, and is out of "
	    "reach of the sandbox: ending, to be started again",
	    log_text("project", w->conf->name), log_text("dir", folder));
	w->env->on_lost(w->env->arg);
}
