/*
 * tidemark-fcgi: serves what tidemark-watcher keeps, to browsers and curl, by
 * way of a web server.  The map of the program:
 *
 *   main.c           command line, configuration, which door
 *   listener.c       the socket of the daemon: its own, or systemd's
 *   pid_file.c       --pid-file: where scripts find the process
 *   handover.c       SIGUSR2: a new program on the same socket
 *   workers.c        a master, and --workers N
 *     settings.c       the configuration, for all of them
 *     exit_status.c    how a child ended, in words
 *   door_daemon.c    accepts, signals, reload
 *     conn.c           one connection: bytes, phases and deadlines
 *     conn_request.c   … and what it does with a request: answers, streams
 *     memo.c           what the same question came to a moment ago
 *     receiver.c       bytes in any pieces → one request at a time (pure)
 *     record.c         FastCGI 1.0 on the wire (pure)
 *     frame.c          bytes for the wire, made once and sent to many
 *     outbox.c         what a slow reader has not taken yet
 *     slots.c          who may wait: so many in all, and of one client
 *     park.c           who waits for news; bells, rounds and deadlines
 *     park_group.c     … those who wait alike: one read, one frame
 *     park_later.c     … for a cursor, or for work to be done in slices
 *     glance.c         … which entities have changed, for all who wait
 *     press.c          who waits for a large answer to be compressed
 *   door_spawned.c   started by the web server: libfcgi, or plain CGI
 *     vigil.c          it waits with the one request that it has
 *     spawned_slots.c  few may: places that all processes share
 *     scan_once.c      nobody watches: requests have tidemark-watcher scan
 *       scan_due.c       … when the last scan is old, by the bells
 *       scan_record.c    … one at a time, and how it went
 *       scan_attendant.c … by a process that may start programs
 *
 *   request.c        CGI variables → method, path, parameters
 *     accept.c         does the client take gzip?
 *   route.c          path → handler, by one table
 *   api_*.c          the handlers, each with its contract above it
 *     params.c         what several of them read from a query
 *     listing.c        the entities of a snapshot, sorted and paged
 *     listing_past.c   … as they were
 *     snapshot_row.c   … each as it stands in the answer
 *     projection.c     select=, named fields of a document
 *     exposition.c     the text that Prometheus scrapes (pure)
 *     proc.c           what the kernel says of our processes
 *   later.c          an answer that is not made at one go
 *   wait.c           a request that waits: a wish, a cursor and a deadline
 *     wish.c           what is to be told, shared by all who want the same
 *     sse.c            events as text/event-stream (pure)
 *   probe.c          an answer in chunks, some time apart (pure)
 *   response.c       status, headers, a page; errors as RFC 9457
 *   page.c           a body shared by all who get the same
 *     cache.c          kept for those to come, within a budget
 *   app.c project.c  what is open: stores and bells
 *     app_reach.c      and that nothing else can be
 *   beside.c         what lies in the folder of the program
 *   stats.c          counters that all workers share
 *
 * A request goes down this list and comes back up as a page, or is parked on
 * the way and comes back when its project's bell rings: a poll once, a stream
 * again and again.
 *
 * To add an endpoint: api_<noun>.c, a line in api.h, a row in route.c.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app_reach.h"
#include "beside.h"
#include "config.h"
#include "door.h"
#include "err.h"
#include "handover.h"
#include "listener.h"
#include "log.h"
#include "mem.h"
#include "pid_file.h"
#include "scan_once.h"
#include "settings.h"
#include "stats.h"
#include "workers.h"

enum { EXIT_USAGE = 2 };

static const char help[] =
    "usage: tidemark-fcgi DIR|-c FILE --listen unix:PATH|tcp:ADDR:PORT\n"
    "                     [--workers N] [--pid-file FILE] [-v]\n"
    "       tidemark-fcgi            (started by a web server)\n"
    "\n"
    "Serves the state that tidemark-watcher keeps as a live HTTP API, behind\n"
    "any web server that speaks FastCGI or CGI.\n"
    "\n"
    "  DIR               serve the sub-directories of DIR, as project \"main\";\n"
    "                    the same DIR that tidemark-watcher was given\n"
    "  -c, --config FILE serve what this configuration names\n"
    "      --listen unix:PATH\n"
    "                    be a FastCGI server on this socket (mode 0660); one\n"
    "                    that was left behind is replaced\n"
    "      --listen tcp:ADDR:PORT\n"
    "                    the same on a port; whoever reaches it is trusted\n"
    "      --workers N   N processes serve it (1 to 64; default 1), started by\n"
    "                    one that does not, and that takes the signals\n"
    "      --no-sandbox  do not give up what is not needed once it serves\n"
    "      --pid-file FILE\n"
    "                    keep the number of that one there\n"
    "      --check       read the configuration, say whether it is good\n"
    "  -v, --verbose     say more on stderr\n"
    "  -h, --help        this text\n"
    "      --version     the version\n"
    "\n"
    "Without --listen, a web server must have started the program: as a\n"
    "FastCGI application (descriptor 0 is a listening socket) or as a CGI\n"
    "script (GATEWAY_INTERFACE is set).  One socket of systemd's (LISTEN_FDS)\n"
    "serves as --listen does.\n"
    "\n"
    "Without DIR and FILE the configuration is the file that the environment\n"
    "variable TIDEMARK_CONFIG names, else tidemark.json beside the program.\n"
    "Words of a query, which a CGI program is given as arguments, are none.\n"
    "\n"
    "What happens is told on stderr, a line an event: to a person on a\n"
    "terminal, else as logfmt (time= level= program= pid= msg= …).\n"
    "\n"
    "SIGTERM and SIGINT answer whoever waits and end the program with status\n"
    "0 within 5 seconds.  SIGHUP reads the configuration again.\n"
    "\n"
    "SIGUSR2 starts the program file anew, on the same socket and with the\n"
    "same arguments.  When the new process serves, this one ends as for\n"
    "SIGTERM, and nobody was refused meanwhile; when it does not within 10\n"
    "seconds, this one goes on and says why on stderr.\n"
    "\n"
    "Exit status: 0 after a clean end, 1 when something failed, 2 for a wrong\n"
    "command line or configuration.\n"
    "\n"
    "  tidemark-watcher /srv/state &\n"
    "  tidemark-fcgi /srv/state --listen unix:/run/tidemark/fcgi.sock\n";

struct options {
	const char *dir;
	const char *file;
	const char *listen;
	const char *pid_file;
	unsigned workers;
	bool no_sandbox;
	bool is_check;
	bool is_verbose;
};

struct program {
	char **argv; /* getopt_long(3) sorts that of main() */
	struct options options;
	char beside[PATH_MAX]; /* tidemark.json beside the program */
	struct settings *settings;
	struct config *config;
	struct listener *listener;
	struct stats_area *stats;
	struct handover *handover;
};

/* --- the command line ------------------------------------------------------------- */

__attribute__((noreturn)) static void
usage_error(const char *what, const char *which)
{
	(void)fprintf(stderr,
	    "tidemark-fcgi: %s%s\ntry: tidemark-fcgi --help\n", what, which);
	exit(EXIT_USAGE);
}

static unsigned
parse_workers(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || n < 1 ||
	    n > WORKERS_MAX)
		usage_error("--workers takes 1 to 64, not ", text);
	return (unsigned)n;
}

__attribute__((noreturn)) static void
print(const char *text)
{
	exit(fputs(text, stdout) < 0 || fflush(stdout) != 0);
}

enum {
	OPTION_CHECK = 256,
	OPTION_LISTEN,
	OPTION_NO_SANDBOX,
	OPTION_PID_FILE,
	OPTION_VERSION,
	OPTION_WORKERS,
};

static const struct option known[] = {
	{ "check", no_argument, NULL, OPTION_CHECK },
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX },
	{ "pid-file", required_argument, NULL, OPTION_PID_FILE },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "workers", required_argument, NULL, OPTION_WORKERS },
	{ NULL, 0, NULL, 0 },
};

static void
take_option(struct options *options, int option)
{
	switch (option) {
	case 'c':
		options->file = optarg;
		break;
	case 'h':
		print(help);
	case 'v':
		options->is_verbose = true;
		break;
	case OPTION_CHECK:
		options->is_check = true;
		break;
	case OPTION_LISTEN:
		options->listen = optarg;
		break;
	case OPTION_NO_SANDBOX:
		options->no_sandbox = true;
		break;
	case OPTION_PID_FILE:
		options->pid_file = optarg;
		break;
	case OPTION_VERSION:
		print("tidemark-fcgi " TIDEMARK_VERSION "\n");
	case OPTION_WORKERS:
		options->workers = parse_workers(optarg);
		break;
	default: /* getopt_long(3) has said what is wrong */
		usage_error("wrong usage", "");
	}
}

/*
 * A query without "=" is handed to a CGI program as its arguments (RFC 3875
 * section 4.4): what stands there is then the client's, and none of ours.
 */
static bool
is_query(void)
{
	const char *query = getenv("QUERY_STRING");

	return getenv("GATEWAY_INTERFACE") != NULL && query != NULL &&
	    *query != '\0' && strchr(query, '=') == NULL;
}

static void
take_arguments(struct options *options, int argc, char **argv)
{
	int option;

	options->workers = 1;
	if (is_query())
		return;
	while ((option = getopt_long(argc, argv, "c:hv", known, NULL)) != -1)
		take_option(options, option);
	if (optind < argc)
		options->dir = argv[optind++];
	if (optind < argc)
		usage_error("one directory only; too much: ", argv[optind]);
	if (options->dir != NULL && options->file != NULL)
		usage_error("either a directory or -c, not both: ",
		    options->dir);
}

/* --- the configuration ------------------------------------------------------------ */

/* Where the configuration is, from wherever we are told. */
static const struct err *
find_config(struct program *program)
{
	struct options *options = &program->options;

	if (options->dir != NULL || options->file != NULL)
		return NULL;
	options->file = getenv("TIDEMARK_CONFIG");
	if (options->file != NULL)
		return NULL;
	options->file = program->beside;
	return beside_path("tidemark.json", program->beside);
}

static const struct err *
load_config(struct program *program)
{
	const struct options *options = &program->options;
	const struct err *err =
	    settings_new(&program->settings, options->dir, options->file);

	return err != NULL ? err
			   : settings_read(program->settings, &program->config);
}

/* --- serving ---------------------------------------------------------------------- */

/* A door_config_fn. */
static const struct err *
copy_config(void *arg, struct config **config)
{
	return settings_copy(((struct program *)arg)->settings, config);
}

/* What is open stays so; nothing has been read from anybody. */
static void
enter_sandbox(const struct program *program, bool is_told)
{
	if (program->config->use_sandbox && !program->options.no_sandbox)
		app_reach_limit(program->config, is_told);
}

/* In a worker. */
static int
serve_daemon(void *arg, unsigned number)
{
	struct program *program = arg;
	struct config *config = program->config;
	const struct err *err;

	enter_sandbox(program, number == 0);
	program->config = NULL; /* the door's from here on */
	err = door_daemon(config, stats_block(program->stats, number),
	    program->listener, program->handover, copy_config, program);
	if (err != NULL)
		log_error("%s", err->msg);
	return err != NULL;
}

/* In the master: for the workers of now, and those that it will start. */
static bool
reload_for_workers(void *arg)
{
	struct program *program = arg;
	struct config *config;
	const struct err *err = settings_read(program->settings, &config);

	if (err != NULL) {
		log_error("the old configuration stays: %s", err->msg);
		return false;
	}
	config_free(program->config);
	program->config = config;
	return true;
}

static int
serve_workers(struct program *program)
{
	const struct workers_job job = {
		.work = serve_daemon,
		.reload = reload_for_workers,
		.arg = program,
	};
	const struct err *err = workers_run(program->options.workers,
	    program->listener, program->handover, &job);

	if (err != NULL)
		log_error("%s", err->msg);
	return err != NULL;
}

static int
serve_spawned(const struct program *program, enum door_spawn spawn)
{
	struct scan_once *scan =
	    scan_once_new(program->config, spawn == DOOR_CGI);
	const struct err *err;

	/* The first one makes the folder, which must be there for the sandbox.
	 */
	scan_once_refresh(scan);
	enter_sandbox(program, false);
	err = door_spawned(program->config, scan, spawn);
	scan_once_free(scan);
	if (err != NULL)
		log_error("%s", err->msg);
	return err != NULL;
}

/* A signal that comes early waits for whoever will read it.  In a worker
 * SIGUSR2 waits for ever: it is for the master. */
static const struct err *
hold_signals(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR2 };
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaddset(&set, signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return err_sys("sigprocmask");
	/* Ignored, as whoever started us may have it, nobody could be reaped.
	 */
	return signal(SIGCHLD, SIG_DFL) != SIG_ERR ? NULL : err_sys("SIGCHLD");
}

/* *listener stays NULL when there is nothing to listen on. */
static const struct err *
open_listener(struct program *program)
{
	const char *where = program->options.listen;
	const struct err *err = NULL;

	if (where == NULL && getenv("LISTEN_FDS") == NULL)
		return NULL;
	err = hold_signals();
	if (err == NULL)
		err = listener_inherit(&program->listener, where);
	if (err == NULL && program->listener == NULL && where != NULL)
		err = listener_open(&program->listener, where);
	return err;
}

static int
fail(const struct err *err)
{
	(void)fprintf(stderr, "tidemark-fcgi: %s\n", err->msg);
	return err->code == ERR_BAD_REQUEST ? EXIT_USAGE : EXIT_FAILURE;
}

static int
serve_listener(struct program *program)
{
	unsigned n = program->options.workers;
	const char *where = program->options.listen;
	const struct err *err = stats_new(&program->stats, n);

	if (err != NULL)
		return fail(err);
	log_info("serving on %s, %u process%s",
	    where != NULL ? where : "an inherited socket", n,
	    n == 1 ? "" : "es");
	return serve_workers(program);
}

/* The socket is open, and signals are held: from now on both are promised. */
static int
serve(struct program *program)
{
	const char *pid_file = program->options.pid_file;
	struct handover *handover =
	    handover_new(program->argv, program->listener, pid_file);
	const struct err *err = NULL;
	int status;

	program->handover = handover;
	if (handover_is_owner(handover))
		err = pid_file_write(pid_file, getpid());
	status = err == NULL ? serve_listener(program) : fail(err);
	if (handover_is_owner(handover)) {
		listener_remove(program->listener);
		pid_file_remove(pid_file);
	}
	handover_free(handover);
	listener_close(program->listener);
	stats_area_free(program->stats);
	return status;
}

/* Nothing says what to do: a person has typed the bare name. */
static bool
is_bare(const struct options *options)
{
	return options->dir == NULL && options->file == NULL &&
	    options->listen == NULL && !options->is_check &&
	    getenv("LISTEN_FDS") == NULL && door_spawn() == DOOR_NOT_SPAWNED;
}

/* The configuration is good: find the door. */
static int
run(struct program *program)
{
	const struct err *err = open_listener(program);

	if (err != NULL)
		return fail(err);
	if (program->listener != NULL)
		return serve(program);
	if (door_spawn() == DOOR_NOT_SPAWNED)
		usage_error("no --listen, and no web server started this", "");
	if (program->options.pid_file != NULL)
		usage_error("--pid-file is for a daemon, not for what a web "
			    "server started: ",
		    program->options.pid_file);
	return serve_spawned(program, door_spawn());
}

int
main(int argc, char **argv)
{
	static struct program program;
	struct options *options = &program.options;
	const struct err *err;
	int status;

	program.argv = mem_new((size_t)argc + 1, sizeof(*argv));
	memcpy(program.argv, argv, (size_t)argc * sizeof(*argv));
	take_arguments(options, argc, argv);
	log_init("tidemark-fcgi", options->is_verbose ? LOG_DEBUG : LOG_INFO);
	if (is_bare(options))
		usage_error("what is to be served, and where?", "");
	err = find_config(&program);
	if (err == NULL)
		err = load_config(&program);
	if (err != NULL) {
		(void)fail(err);
		return EXIT_USAGE; /* unreadable is as bad as wrong */
	}
	status = options->is_check ? 0 : run(&program);
	config_free(program.config);
	settings_free(program.settings);
	free(program.argv);
	return status;
}
