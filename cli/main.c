/*
 * tidemark: looks into the databases that tidemark-watcher keeps.  The map of
 * the program:
 *
 *   main.c           which command; how it ended
 *     options.c        the command line, from tables; the manual pages
 *     nearest.c        which word was meant (pure)
 *   cmd_*.c          the commands, each with its manual page
 *     report.c         what verify found
 *     verify_log.c     … the log against the entities
 *     verify_files.c   … the files, and the bell
 *     doctor_*.c       what a host does to us, asked from outside
 *     fetch.c          … over HTTP (libcurl)
 *     fetch_none.c     … or not, in a program that needs no shared library
 *     verdict.c        … finding by finding
 *     remedy.c         … and which directive mends it (pure)
 *   base.c           the database: found, opened
 *     target.c         collection/id: what of it is meant
 *     point.c          a place in the log
 *     follow.c         what goes on happening
 *   out.c            stdout: a terminal, a pipe, or nobody any more
 *     ink.c            colours, and no orders to the terminal (pure)
 *     roll.c           lists of entities, and one
 *     step.c           a change (pure)
 *     delta.c delta_line.c  where two documents differ (pure)
 *     grid.c           tables (pure)
 *     pretty.c         documents for people (pure)
 *     amount.c         bytes and times for people (pure)
 *
 * What a command reads comes from lib/store*.c, as for the other programs.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base.h"
#include "cmd.h"
#include "err.h"
#include "log.h"
#include "nearest.h"
#include "options.h"
#include "out.h"

enum exit_status { EXIT_GOOD = 0, EXIT_TROUBLE = 1, EXIT_USAGE = 2 };

static const struct cmd *const cmds[] = {
	&cmd_status,
	&cmd_log,
	&cmd_show,
	&cmd_at,
	&cmd_diff,
	&cmd_verify,
	&cmd_compact,
	&cmd_export,
	&cmd_import,
	&cmd_doctor,
};

enum { N_CMDS = sizeof(cmds) / sizeof(cmds[0]) };

static const char help_head[] =
    "usage: tidemark [options] COMMAND [options] [arguments]\n"
    "\n"
    "Looks into the databases that tidemark-watcher keeps.  Works while all\n"
    "programs run, and when none does.  doctor alone asks a web server.\n"
    "\n"
    "Commands (tidemark COMMAND --help tells all about one):\n";

static const char tail[] =
    "\n"
    "Without -c and -d the configuration is the file that the environment\n"
    "variable TIDEMARK_CONFIG names, else tidemark.json beside the program.\n"
    "Colours are left out where NO_COLOR is set.\n"
    "\n"
    "Status: 0 done, 1 trouble or not found, 2 wrong usage or configuration.\n";

/* Errors quote what comes from outside. */
static void
say(const char *what, const char *hint)
{
	struct ink ink = { .is_shielded = true };
	struct buf line = { 0 };

	buf_str(&line, "tidemark: ");
	ink_text(ink, &line, span_str(what));
	(void)fprintf(stderr, "%s\n%s", buf_cstr(&line), hint);
	buf_fini(&line);
}

static int
wrong_usage(const struct err *err, const char *command)
{
	char hint[80];

	(void)snprintf(hint, sizeof(hint), "try: tidemark%s%s --help\n",
	    command != NULL ? " " : "", command != NULL ? command : "");
	say(err->msg, hint);
	return EXIT_USAGE;
}

static const struct cmd *
find(const char *name, const struct err **err)
{
	struct nearest n = { .word = span_str(name) };

	for (size_t i = 0; i < N_CMDS; i++) {
		if (strcmp(cmds[i]->name, name) == 0)
			return cmds[i];
		nearest_try(&n, cmds[i]->name);
	}
	*err = n.found != NULL
	    ? err_new(ERR_BAD_REQUEST, "there is no command %s; is %s meant?",
		  name, n.found)
	    : err_new(ERR_BAD_REQUEST, "there is no command %s", name);
	return NULL;
}

static void
write_page(struct buf *page)
{
	buf_str(page, help_head);
	for (size_t i = 0; i < N_CMDS; i++)
		buf_printf(page, "  %-8s %s\n", cmds[i]->name,
		    cmds[i]->summary);
	buf_str(page, "\nOptions, before or behind the command:\n");
	options_page_common(page);
	buf_str(page, tail);
}

static int
print(struct buf *text)
{
	struct out out;
	const struct err *err;

	out_init(&out, OUT_NEVER, false);
	(void)out_bytes(&out, text);
	buf_fini(text);
	err = out_end(&out);
	if (err == NULL)
		return EXIT_GOOD;
	say(err->msg, "");
	return EXIT_TROUBLE;
}

static const struct err *
colour_of(const char *when, enum out_colour *colour)
{
	*colour = OUT_AUTO;
	if (when == NULL || strcmp(when, "auto") == 0)
		return NULL;
	*colour = strcmp(when, "always") == 0 ? OUT_ALWAYS : OUT_NEVER;
	return *colour == OUT_ALWAYS || strcmp(when, "never") == 0
	    ? NULL
	    : err_new(ERR_BAD_REQUEST,
		  "--color takes auto, always or never, not \"%s\"", when);
}

static int
ended(const struct cmd_call *call, const struct err *err)
{
	const struct err *write_err = out_end(call->out);

	/* What a reader that has gone missed is nobody's concern. */
	if (err == NULL)
		err = write_err;
	if (err == NULL)
		return call->has_failed ? EXIT_TROUBLE : EXIT_GOOD;
	say(err->msg, "");
	return err->code == ERR_BAD_REQUEST ? EXIT_USAGE : EXIT_TROUBLE;
}

/* A command and what follows it. */
static int
run(struct options *options, int argc, char **argv)
{
	const struct err *err = NULL;
	const struct cmd *cmd = find(argv[0], &err);
	struct cmd_call call = { .cmd = cmd };
	struct place place;
	enum out_colour colour = OUT_AUTO;
	struct out out;

	if (cmd == NULL)
		return wrong_usage(err, NULL);
	err = options_of(argc, argv, options, &call);
	if (err == NULL)
		err = colour_of(options->value[OPTIONS_COLOR], &colour);
	if (err != NULL)
		return wrong_usage(err, cmd->name);
	if (options->value[OPTIONS_HELP] != NULL) {
		struct buf page = { 0 };

		options_page(cmd, &page);
		return print(&page);
	}
	out_init(&out, colour, options->value[OPTIONS_JSON] != NULL);
	place = (struct place){ .config = options->value[OPTIONS_CONFIG],
		.project = options->value[OPTIONS_PROJECT],
		.database = options->value[OPTIONS_DATABASE] };
	call.out = &out;
	call.place = &place;
	return ended(&call, cmd->run(&call));
}

int
main(int argc, char **argv)
{
	struct options options = { 0 };
	struct buf text = { 0 };
	const struct err *err;
	int next;

	log_init("tidemark", LOG_WARNING);
	/* Only for the width of letters; text is UTF-8 in any case. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	/* A reader that goes away is seen where it is written to. */
	(void)signal(SIGPIPE, SIG_IGN);
	err = options_before(argc, argv, &options, &next);
	if (err != NULL)
		return wrong_usage(err, NULL);
	if (options.value[OPTIONS_VERSION] != NULL)
		buf_str(&text, "tidemark " TIDEMARK_VERSION "\n");
	else if (options.value[OPTIONS_HELP] != NULL)
		write_page(&text);
	if (text.len > 0)
		return print(&text);
	if (next < argc)
		return run(&options, argc - next, argv + next);
	write_page(&text);
	(void)fputs(buf_cstr(&text), stderr);
	buf_fini(&text);
	return EXIT_USAGE;
}
