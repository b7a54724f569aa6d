/*
 * cmd: what each command of tidemark is: its name, its manual page and the
 * function that does it.
 *
 * To add a command: cmd_<name>.c with a struct cmd, its line below, its line
 * in main.c, its part of docs/CLI.md.
 *
 * Floor 3.
 */
#ifndef CMD_H
#define CMD_H

#include <stdbool.h>

#include "err.h"

struct out;
struct place;

enum { CMD_OPTIONS_MAX = 8 };

struct cmd_option {
	char letter;      /* 0: it has none */
	const char *name; /* NULL: the end of a list */
	const char *arg;  /* what stands for its argument; NULL: takes none */
	const char *help;
};

/* One call of a command.  All is borrowed. */
struct cmd_call {
	const struct cmd *cmd;
	const struct place *place;
	struct out *out;
	/* Of the command's options, in their order: the argument, "" where it
	 * takes none, NULL when the option was not given. */
	const char *value[CMD_OPTIONS_MAX];
	char **arg;
	int n_args;
	bool has_failed; /* out: it was done, and the answer is no */
};

struct cmd {
	const char *name;
	const char *summary;  /* a few words, for the list of commands */
	const char *synopsis; /* its arguments */
	const char *text;     /* what it does, in paragraphs */
	const char *examples; /* lines of commands with what they are for */
	const struct cmd_option *options;
	int args_min, args_max;
	/* ERR_BAD_REQUEST is the user's mistake, all else trouble. */
	const struct err *(*run)(struct cmd_call *);
};

extern const struct cmd cmd_at;
extern const struct cmd cmd_compact;
extern const struct cmd cmd_diff;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_export;
extern const struct cmd cmd_import;
extern const struct cmd cmd_log;
extern const struct cmd cmd_show;
extern const struct cmd cmd_status;
extern const struct cmd cmd_verify;

#endif /* CMD_H */
