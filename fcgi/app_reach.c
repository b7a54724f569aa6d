#include "app_reach.h"

#include <stdlib.h>
#include <unistd.h>

#include "config.h"
#include "sandbox.h"

void
app_reach_limit(const struct config *config, bool is_told)
{
	struct sandbox *sandbox = sandbox_new();

	sandbox_allow(sandbox, SANDBOX_READ, "/proc");
	for (size_t i = 0; i < config->n_projects; i++)
		sandbox_allow_beside(sandbox, SANDBOX_WRITE,
		    config->project[i].store);
	sandbox_enter(sandbox, is_told ? "tidemark-fcgi" : NULL);
}

static enum app_reach
look_at(const struct config_project *project)
{
	char *folder = config_store_folder(project);
	enum app_reach reach = APP_REACH_ALL;

	if (sandbox_bars(folder))
		reach = APP_REACH_BARRED;
	else if (access(folder, F_OK) != 0)
		reach = APP_REACH_NOT_YET;
	free(folder);
	return reach;
}

enum app_reach
app_reach_look(const struct config *config)
{
	enum app_reach worst = APP_REACH_ALL;

	if (!(sandbox_parts() & SANDBOX_LANDLOCK))
		return APP_REACH_ALL;
	for (size_t i = 0; i < config->n_projects; i++) {
		enum app_reach reach = look_at(&config->project[i]);

		if (reach > worst)
			worst = reach;
	}
	return worst;
}
