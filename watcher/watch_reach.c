#include "watch_reach.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "sandbox.h"

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

void
watch_reach_limit(const struct config *config)
{
	struct sandbox *sandbox = sandbox_new();

	(void)!each_folder(config, allow, sandbox); /* it has no errors */
	for (size_t i = 0; i < config->n_projects; i++)
		sandbox_allow_beside(sandbox, SANDBOX_WRITE,
		    config->project[i].store);
	if (config->file != NULL)
		sandbox_allow_beside(sandbox, SANDBOX_READ_FILES, config->file);
	sandbox_allow(sandbox, SANDBOX_READ_FILES,
	    "/proc/sys/kernel/random/boot_id");
	sandbox_enter(sandbox, "tidemark-watcher");
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
	return each_folder(config, refuse_barred, NULL);
}

bool
watch_reach_is_lost(const struct config_project *project)
{
	char *folder = config_store_folder(project);
	bool is_lost = (sandbox_parts() & SANDBOX_LANDLOCK) &&
	    (access(folder, F_OK) != 0 || sandbox_bars(folder));

	free(folder);
	return is_lost;
}
