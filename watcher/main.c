/*
 * tidemark-watcher: sees every change of state files and records it as a
 * change of entities in a database, for tidemark-fcgi to serve.
 *
 * The way of a change, each stage with its file:
 *
 *   hint       inotify says: look here                        hint.c
 *   scan       the walk that finds everything, hinted or not  scan.c
 *              against what was seen before                   seen.c row.c
 *              of the paths that the collection takes         pick.c
 *   look       one file: as it was? half written? gone?       look.c due.c
 *              opened without leaving the directory           beneath.c
 *   source     its bytes become entities                      source_*.c
 *              which file feeds which                         claim.c
 *   coll       one collection; from here on lib/intake.c      coll.c
 *   work       slices, transactions, pace, pulse              work.c
 *              how long changes took until then               delays.c
 *   watch      one project: store, bell, collections          watch.c
 *              its collections by sub-directories             every.c
 *              what cannot be read                            problem.c
 *   publish    the same as files, for hosts without the API   publish.c
 *              with head.json, manifest.json, segments        publish_*.c
 *              and snapshots, which publish.h explains
 *              and that nothing else is reached               watch_reach.c
 *   projects   all of a configuration; SIGHUP                 projects.c
 */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "err.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "projects.h"
#include "watch_reach.h"

enum exit_status { EXIT_GOOD = 0, EXIT_TROUBLE = 1, EXIT_USAGE = 2 };

struct options {
	const char *dir;
	const char *file; /* -c */
	const char *publish;
	bool is_once, is_check, no_sandbox;
	enum log_level level;
};

/* What the signal handlers work on. */
struct program {
	const struct options *options;
	struct loop *loop;
	struct projects *projects;
	struct notify_watchdog watchdog;
};

static const char usage[] =
    "usage: tidemark-watcher [options] DIR | -c FILE\n"
    "\n"
    "Watch state files and record every change in a database.\n"
    "  DIR             every sub-directory is a collection of project main\n"
    "  -c, --config F  what to watch, as docs/CONFIG.md explains\n"
    "      --once      one full scan, then end (for cron)\n"
    "      --publish D keep in D, for each project, files with all that the\n"
    "                  API would answer, for a web server that has nothing\n"
    "                  else or a CDN, as docs/HOSTING.md explains\n"
    "      --check     say what would be watched, or what is wrong\n"
    "      --no-sandbox\n"
    "                  do not give up what is not needed once it watches\n"
    "  -v, --verbose   say more;  -q, --quiet  only what went wrong\n"
    "  -h, --help      this;      -V, --version\n"
    "\n"
    "What happens is told on stderr, a line an event: to a person on a\n"
    "terminal, else as logfmt (time= level= program= pid= msg= …).\n"
    "SIGHUP reads the configuration again; SIGTERM ends it cleanly.\n"
    "Status: 0 a clean end, 1 trouble, 2 wrong usage or configuration.\n";

enum { OPT_ONCE = 256, OPT_CHECK, OPT_NO_SANDBOX, OPT_PUBLISH };

static const struct option long_options[] = {
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ "no-sandbox", no_argument, NULL, OPT_NO_SANDBOX },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "publish", required_argument, NULL, OPT_PUBLISH },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* --- options ------------------------------------------------------------- */

static int
wrong_usage(const char *reason)
{
	if (reason != NULL)
		(void)fprintf(stderr, "tidemark-watcher: %s\n", reason);
	(void)fprintf(stderr, "try: tidemark-watcher --help\n");
	return EXIT_USAGE;
}

/* -1 to go on, else the exit status. */
static int
take_option(struct options *o, int option)
{
	switch (option) {
	case 'c':
		o->file = optarg;
		return -1;
	case 'v':
		o->level = LOG_DEBUG;
		return -1;
	case 'q':
		o->level = LOG_WARNING;
		return -1;
	case OPT_ONCE:
		o->is_once = true;
		return -1;
	case OPT_CHECK:
		o->is_check = true;
		return -1;
	case OPT_NO_SANDBOX:
		o->no_sandbox = true;
		return -1;
	case OPT_PUBLISH:
		if (*optarg == '\0')
			return wrong_usage("--publish: a directory is needed");
		o->publish = optarg;
		return -1;
	case 'h':
		(void)fputs(usage, stdout);
		return EXIT_GOOD;
	case 'V':
		(void)puts("tidemark-watcher " TIDEMARK_VERSION);
		return EXIT_GOOD;
	default: /* getopt(3) has said what */
		return wrong_usage(NULL);
	}
}

static int
take_options(struct options *o, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:hqvV", long_options,
		    NULL)) != -1) {
		int status = take_option(o, option);

		if (status >= 0)
			return status;
	}
	if (argc - optind > 1)
		return wrong_usage("one directory only");
	if (optind < argc)
		o->dir = argv[optind];
	if (o->dir != NULL && o->file != NULL)
		return wrong_usage("a directory or -c, not both");
	if (o->dir == NULL && o->file == NULL)
		return wrong_usage("a directory or -c FILE is needed");
	return -1;
}

static const struct err *
load(const struct options *o, struct config **config)
{
	const struct err *err = o->file != NULL ? config_load(config, o->file)
						: config_of_dir(config, o->dir);

	if (err != NULL || o->publish == NULL)
		return err;
	err = config_publish(*config, o->publish);
	if (err != NULL)
		config_free(*config);
	return err;
}

/* --- --check ------------------------------------------------------------- */

static void
print_coll(const struct config_coll *coll)
{
	static const char *const kinds[CONFIG__MAX] = {
		[CONFIG_JSON] = "json",
		[CONFIG_ITEMS] = "items",
		[CONFIG_TEXT] = "text",
		[CONFIG_JSONL] = "jsonl",
		[CONFIG_STAT] = "stat",
	};

	printf("  %s: %s of %s", coll->name, kinds[coll->source], coll->dir);
	if (coll->file != NULL)
		printf("/%s", coll->file);
	for (size_t i = 0; i < coll->files.n; i++)
		printf("%s %s", i == 0 ? ":" : ",", coll->files.name[i]);
	for (size_t i = 0; i < coll->exclude.n; i++)
		printf("%s %s", i == 0 ? "; not" : ",", coll->exclude.name[i]);
	printf("; every %u ms\n", coll->interval_ms);
}

static void
print_config(const struct config *config)
{
	for (size_t i = 0; i < config->n_projects; i++) {
		const struct config_project *p = &config->project[i];

		printf("%s: store %s\n", p->name, p->store);
		if (p->publish != NULL)
			printf("  published in %s/%s\n", p->publish, p->name);
		if (p->every_dir != NULL)
			printf("  every sub-directory of %s: json: **/*.json\n",
			    p->every_dir);
		for (size_t k = 0; k < p->n_colls; k++)
			print_coll(&p->coll[k]);
	}
}

/* --- signals ------------------------------------------------------------- */

static void
on_end(void *arg, int signo)
{
	struct program *p = arg;

	log_info("ending (signal %d)", signo);
	notify("STOPPING=1");
	loop_stop(p->loop);
}

static void
on_reload(void *arg, int signo)
{
	struct program *p = arg;
	struct config *config;
	const struct err *err = load(p->options, &config);

	(void)signo;
	if (err == NULL) {
		err = watch_reach_check(config);
		if (err != NULL)
			config_free(config);
	}
	if (err == NULL)
		err = projects_reload(p->projects, config);
	if (err != NULL)
		log_error("the configuration stays as it was: %s", err->msg);
	else
		log_info("the configuration was read again");
}

static const struct err *
take_signals(struct program *p)
{
	const struct err *err = loop_signal(p->loop, SIGTERM, on_end, p);

	if (err == NULL)
		err = loop_signal(p->loop, SIGINT, on_end, p);
	if (err == NULL)
		err = loop_signal(p->loop, SIGHUP, on_reload, p);
	return err;
}

/* ------------------------------------------------------------------------- */

static const struct err *
run(const struct options *o, struct config *config, bool *has_failed)
{
	struct program p = { .options = o };
	const bool is_confined = config->use_sandbox && !o->no_sandbox;
	const struct err *err = loop_new(&p.loop);

	if (err != NULL) {
		config_free(config);
		return err;
	}
	/* First, so that a signal is not lost while the store is opened. */
	err = take_signals(&p);
	if (err == NULL)
		err = projects_open(&p.projects, p.loop, config, o->is_once);
	else
		config_free(config);
	if (err == NULL) {
		if (is_confined) /* cron would mail it each time */
			watch_reach_limit(config, !o->is_once);
		notify("READY=1");
		notify_watchdog_start(&p.watchdog, p.loop);
		err = loop_run(p.loop);
		*has_failed = projects_have_failed(p.projects);
		projects_close(p.projects);
	}
	loop_free(p.loop);
	return err;
}

int
main(int argc, char **argv)
{
	struct options o = { .level = LOG_INFO };
	struct config *config;
	const struct err *err;
	bool has_failed = false;
	int status = take_options(&o, argc, argv);

	if (status >= 0)
		return status;
	log_init("tidemark-watcher", o.level);
	err = load(&o, &config);
	if (err != NULL) {
		(void)fprintf(stderr, "tidemark-watcher: %s\n", err->msg);
		return EXIT_USAGE;
	}
	if (o.is_check) {
		print_config(config);
		config_free(config);
		return EXIT_GOOD;
	}
	err = run(&o, config, &has_failed);
	if (err != NULL)
		log_error("%s", err->msg);
	return err != NULL || has_failed ? EXIT_TROUBLE : EXIT_GOOD;
}
