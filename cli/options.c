#include "options.h"

#include <getopt.h>
#include <string.h>

#include "nearest.h"

static const struct cmd_option common[] = {
	[OPTIONS_CONFIG] = { 'c', "config", "FILE",
	    "the configuration that names the database" },
	[OPTIONS_PROJECT] = { 'p', "project", "NAME",
	    "which of its projects; needed where there are several" },
	[OPTIONS_DATABASE] = { 'd', "database", "PATH",
	    "a database file, or a directory that tidemark-watcher watches" },
	[OPTIONS_JSON] = { 0, "json", NULL,
	    "JSON for programs; of a list, one object a line" },
	[OPTIONS_COLOR] = { 0, "color", "WHEN",
	    "colours: auto (on a terminal), always or never" },
	[OPTIONS_HELP] = { 'h', "help", NULL, "this page" },
	[OPTIONS_VERSION] = { 'V', "version", NULL, "the version" },
	[OPTIONS__MAX] = { 0 },
};

/* Two tables in one: those of the command first. */
struct tables {
	const struct cmd_option *own; /* may be NULL */
	const char **own_value;
	const char **value;
	struct option long_option[CMD_OPTIONS_MAX + OPTIONS__MAX + 1];
	char letters[2 * (CMD_OPTIONS_MAX + OPTIONS__MAX) + 3];
	int n_own;
};

enum { LONG = 256 }; /* what getopt_long(3) returns for the first option */

static const struct cmd_option *
option_at(const struct tables *t, int i)
{
	return i < t->n_own ? &t->own[i] : &common[i - t->n_own];
}

static void
add(struct tables *t, int i)
{
	const struct cmd_option *o = option_at(t, i);
	size_t n = strlen(t->letters);

	t->long_option[i] = (struct option){ .name = o->name,
		.has_arg = o->arg != NULL ? required_argument : no_argument,
		.val = LONG + i };
	/* A letter that the command has itself is its own. */
	if (o->letter == 0 || strchr(t->letters, o->letter) != NULL)
		return;
	t->letters[n++] = o->letter;
	if (o->arg != NULL)
		t->letters[n] = ':';
}

/* Which option a short or a long one is; -1 for none. */
static int
index_of(const struct tables *t, int option)
{
	int n = t->n_own + OPTIONS__MAX;

	if (option >= LONG)
		return option - LONG;
	for (int i = 0; i < n; i++)
		if (option != 0 && option_at(t, i)->letter == option)
			return i;
	return -1;
}

static const struct err *
unknown(const struct tables *t, const char *text)
{
	struct nearest n = { .word = span_str(text) };

	if (strncmp(text, "--", 2) != 0)
		return err_new(ERR_BAD_REQUEST, "there is no option -%c",
		    optopt);
	n.word = span_of(text + 2, strcspn(text + 2, "="));
	for (int i = 0; t->long_option[i].name != NULL; i++)
		nearest_try(&n, t->long_option[i].name);
	if (n.found != NULL)
		return err_new(ERR_BAD_REQUEST,
		    "there is no option --%.*s; is --%s meant?",
		    SPAN_ARGS(n.word), n.found);
	return err_new(ERR_BAD_REQUEST, "there is no option --%.*s",
	    SPAN_ARGS(n.word));
}

/* What getopt_long(3) did not like. */
static const struct err *
fault(const struct tables *t, int answer, const char *text)
{
	int i = index_of(t, optopt);

	if (i < 0)
		return unknown(t, text);
	if (answer == ':')
		return err_new(ERR_BAD_REQUEST, "--%s needs an argument: %s",
		    option_at(t, i)->name, option_at(t, i)->arg);
	return err_new(ERR_BAD_REQUEST, "--%s takes no argument",
	    option_at(t, i)->name);
}

/* next: out: the first argument that is no option. */
static const struct err *
take(struct tables *t, const char *order, int argc, char **argv, int *next)
{
	int option;

	memcpy(t->letters, order, strlen(order) + 1);
	while (t->own != NULL && t->own[t->n_own].name != NULL)
		t->n_own++;
	for (int i = 0; i < t->n_own + OPTIONS__MAX; i++)
		add(t, i);
	optind = 0; /* from the beginning, also the second time */
	opterr = 0;
	while ((option = getopt_long(argc, argv, t->letters, t->long_option,
		    NULL)) != -1) {
		int i = index_of(t, option);
		const char *value = optarg != NULL ? optarg : "";

		if (option == ':' || option == '?')
			return fault(t, option, argv[optind - 1]);
		if (i < t->n_own)
			t->own_value[i] = value;
		else
			t->value[i - t->n_own] = value;
	}
	*next = optind;
	return NULL;
}

const struct err *
options_before(int argc, char **argv, struct options *o, int *next)
{
	struct tables t = { .value = o->value };

	return take(&t, "+:", argc, argv, next);
}

const struct err *
options_of(int argc, char **argv, struct options *o, struct cmd_call *call)
{
	const struct cmd *cmd = call->cmd;
	struct tables t = { .own = cmd->options,
		.own_value = call->value,
		.value = o->value };
	int next = argc;
	const struct err *err = take(&t, ":", argc, argv, &next);

	if (err != NULL)
		return err;
	call->arg = argv + next;
	call->n_args = argc - next;
	if (o->value[OPTIONS_HELP] != NULL)
		return NULL;
	if (call->n_args > cmd->args_max)
		return err_new(ERR_BAD_REQUEST, "too many arguments: %s",
		    call->arg[cmd->args_max]);
	if (call->n_args < cmd->args_min)
		return err_new(ERR_BAD_REQUEST, "%s needs more: %s", cmd->name,
		    cmd->synopsis);
	return NULL;
}

/* --- manual pages -------------------------------------------------------- */

static void
print_option(const struct cmd_option *o, struct buf *out)
{
	struct buf name = { 0 };

	if (o->letter != 0)
		buf_printf(&name, "-%c, --%s", o->letter, o->name);
	else
		buf_printf(&name, "    --%s", o->name);
	if (o->arg != NULL)
		buf_printf(&name, " %s", o->arg);
	buf_printf(out, "  %-24s %s\n", buf_cstr(&name), o->help);
	buf_fini(&name);
}

void
options_page_common(struct buf *out)
{
	for (int i = 0; i < OPTIONS__MAX; i++)
		print_option(&common[i], out);
}

void
options_page(const struct cmd *cmd, struct buf *out)
{
	buf_printf(out, "tidemark %s: %s\n\nusage: tidemark %s %s\n\n%s",
	    cmd->name, cmd->summary, cmd->name, cmd->synopsis, cmd->text);
	buf_str(out, "\nOptions:\n");
	for (const struct cmd_option *o = cmd->options; o->name != NULL; o++)
		print_option(o, out);
	for (int i = 0; i < OPTIONS_VERSION; i++) {
		struct cmd_option o = common[i];

		for (const struct cmd_option *own = cmd->options;
		     own->name != NULL; own++)
			if (own->letter == o.letter)
				o.letter = 0;
		print_option(&o, out);
	}
	buf_printf(out, "\nExamples:\n%s", cmd->examples);
	buf_str(out,
	    "\nStatus: 0 done, 1 trouble or not found, 2 wrong usage.\n");
}

/* --- values -------------------------------------------------------------- */

const struct err *
options_number(const char *name, const char *text, uint64_t most, uint64_t *n)
{
	const char *p = text;

	*n = 0;
	for (; *p >= '0' && *p <= '9' && *n <= most; p++)
		*n = *n * 10 + (uint64_t)(*p - '0');
	if (p == text || *p != '\0' || *n > most)
		return err_new(ERR_BAD_REQUEST,
		    "--%s takes a number up to %llu, not \"%s\"", name,
		    (unsigned long long)most, text);
	return NULL;
}
