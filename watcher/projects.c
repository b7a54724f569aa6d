#include "projects.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "hint.h"
#include "log.h"
#include "loop.h"
#include "mem.h"
#include "watch.h"
#include "work.h"

struct projects {
	struct watch_env env;
	struct config *config;
	struct watch **watch;
	size_t n;
	size_t n_done;
	bool has_failed;
};

static void
on_round(void *arg, bool is_lost)
{
	struct projects *ps = arg;

	if (is_lost)
		log_info("events were lost: looking at everything");
	for (size_t i = 0; i < ps->n; i++) {
		if (is_lost)
			watch_hurry(ps->watch[i]);
		work_round(ps->watch[i]);
	}
}

static void
on_done(void *arg, bool has_failed)
{
	struct projects *ps = arg;

	ps->has_failed = ps->has_failed || has_failed;
	if (++ps->n_done == ps->n)
		loop_stop(ps->env.loop);
}

static void
on_lost(void *arg)
{
	struct projects *ps = arg;

	ps->has_failed = true;
	loop_stop(ps->env.loop);
}

static void
open_hint(struct projects *ps, const struct config *config)
{
	bool is_wanted = false;
	const struct err *err;

	for (size_t i = 0; i < config->n_projects; i++)
		is_wanted = is_wanted || config->project[i].use_inotify;
	if (!is_wanted || ps->env.is_once || ps->env.hint != NULL)
		return;
	err = hint_open(&ps->env.hint, ps->env.loop, on_round, ps);
	if (err != NULL)
		log_warning("%s: changes show with the next scan only; to "
			    "raise the limit: sysctl "
			    "fs.inotify.max_user_instances=512",
		    err->msg);
}

const struct err *
projects_open(struct projects **out, struct loop *loop, struct config *config,
    bool is_once)
{
	struct projects *ps = mem_new(1, sizeof(*ps));
	const struct err *err = NULL;

	ps->env = (struct watch_env){
		.loop = loop,
		.is_once = is_once,
		.poll_ms = config->poll_ms,
		.on_done = on_done,
		.on_lost = on_lost,
		.arg = ps,
	};
	ps->config = config;
	ps->watch = mem_new(config->n_projects, sizeof(struct watch *));
	open_hint(ps, config);
	for (size_t i = 0; err == NULL && i < config->n_projects; i++) {
		err = watch_open(&ps->watch[i], &ps->env, &config->project[i]);
		if (err == NULL)
			ps->n++;
		else
			err = err_wrap(err, "%s", config->project[i].name);
	}
	if (err != NULL) {
		projects_close(ps);
		return err;
	}
	*out = ps;
	return NULL;
}

void
projects_close(struct projects *ps)
{
	for (size_t i = 0; i < ps->n; i++)
		watch_close(ps->watch[i]);
	hint_close(ps->env.hint);
	config_free(ps->config);
	free(ps->watch);
	free(ps);
}

bool
projects_have_failed(const struct projects *ps)
{
	return ps->has_failed;
}

/* --- another configuration ----------------------------------------------- */

/* The present watch of the same database, which is taken away; or NULL. */
static struct watch *
take_present(struct projects *ps, const struct config_project *conf)
{
	for (size_t i = 0; i < ps->n; i++) {
		struct watch *w = ps->watch[i];

		if (w == NULL || strcmp(w->conf->store, conf->store) != 0)
			continue;
		ps->watch[i] = NULL;
		return w;
	}
	return NULL;
}

static bool
is_present(const struct projects *ps, const struct config_project *conf)
{
	for (size_t i = 0; i < ps->n; i++)
		if (strcmp(ps->watch[i]->conf->store, conf->store) == 0)
			return true;
	return false;
}

/* Those that are not there yet; the others stay NULL. */
static const struct err *
open_new(struct projects *ps, const struct config *config, struct watch **watch)
{
	for (size_t i = 0; i < config->n_projects; i++) {
		const struct config_project *conf = &config->project[i];
		const struct err *err;

		if (is_present(ps, conf))
			continue;
		err = watch_open(&watch[i], &ps->env, conf);
		if (err == NULL)
			continue;
		err = err_wrap(err, "%s", conf->name);
		while (i-- > 0)
			watch_close(watch[i]);
		return err;
	}
	return NULL;
}

const struct err *
projects_reload(struct projects *ps, struct config *config)
{
	struct watch **watch =
	    mem_new(config->n_projects, sizeof(struct watch *));
	const struct err *err;

	open_hint(ps, config);
	err = open_new(ps, config, watch);
	if (err != NULL) {
		free(watch);
		config_free(config);
		return err;
	}
	ps->env.poll_ms = config->poll_ms;
	for (size_t i = 0; i < config->n_projects; i++) {
		if (watch[i] != NULL)
			continue;
		watch[i] = take_present(ps, &config->project[i]);
		watch_reload(watch[i], &config->project[i]);
	}
	for (size_t i = 0; i < ps->n; i++)
		watch_close(ps->watch[i]);
	free(ps->watch);
	config_free(ps->config);
	ps->watch = watch;
	ps->n = config->n_projects;
	ps->config = config;
	return NULL;
}
