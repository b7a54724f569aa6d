#include "exit_status.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

char *
exit_status_text(int status, char text[EXIT_STATUS_TEXT_BYTES])
{
	if (WIFSIGNALED(status))
		(void)snprintf(text, EXIT_STATUS_TEXT_BYTES,
		    "was killed by signal %d (%s)%s", WTERMSIG(status),
		    strsignal(WTERMSIG(status)),
		    WCOREDUMP(status) ? ", core dumped" : "");
	else
		(void)snprintf(text, EXIT_STATUS_TEXT_BYTES,
		    "ended with status %d", WEXITSTATUS(status));
	return text;
}
