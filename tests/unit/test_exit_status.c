#include "exit_status.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

#include "check.h"

static void
it_is_told_how_a_child_ended(void)
{
	static const struct {
		int status;
		const char *text;
	} rows[] = {
		{ W_EXITCODE(0, 0), "ended with status 0" },
		{ W_EXITCODE(2, 0), "ended with status 2" },
		{ W_EXITCODE(0, SIGKILL), "was killed by signal 9 (Killed)" },
		{ W_EXITCODE(0, SIGSEGV) | WCOREFLAG,
		    "was killed by signal 11 (Segmentation fault), "
		    "core dumped" },
	};
	char text[EXIT_STATUS_TEXT_BYTES];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_STR(exit_status_text(rows[i].status, text), rows[i].text);
}

static void
the_longest_fits(void)
{
	char text[EXIT_STATUS_TEXT_BYTES];

	for (int signo = 1; signo < NSIG; signo++)
		CHECK(strlen(exit_status_text(signo | WCOREFLAG, text)) <
		    EXIT_STATUS_TEXT_BYTES - 1);
}

TESTS(it_is_told_how_a_child_ended, the_longest_fits)
