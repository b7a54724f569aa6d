/*
 * options: the command line, from tables: what was given, what is wrong with
 * it, and the manual pages.
 *
 * Floor 3.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include "buf.h"
#include "cmd.h"
#include "err.h"

/* Options that every command takes; also before its name. */
enum options_common {
	OPTIONS_CONFIG,
	OPTIONS_PROJECT,
	OPTIONS_DATABASE,
	OPTIONS_JSON,
	OPTIONS_COLOR,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS__MAX
};

/* Values as those of struct cmd_call, by enum options_common. */
struct options {
	const char *value[OPTIONS__MAX];
};

/*
 * Before the command.  next: out: where in argv its name is, or argc.
 * ERR_BAD_REQUEST with what is wrong.
 */
const struct err *options_before(int argc, char **argv, struct options *,
    int *next) MUST_CHECK;

/*
 * argv[0] is the command's name; sets value, arg and n_args of the call, whose
 * cmd is set.  With --help the number of arguments is not looked at.
 */
const struct err *options_of(int argc, char **argv, struct options *,
    struct cmd_call *) MUST_CHECK;

/* Append a manual page. */
void options_page(const struct cmd *, struct buf *);
/* … the lines of the options that every command takes. */
void options_page_common(struct buf *);

/* A number of 0 .. most. */
const struct err *options_number(const char *name, const char *text,
    uint64_t most, uint64_t *) MUST_CHECK;

#endif /* OPTIONS_H */
