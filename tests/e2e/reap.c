/*
 * reap: run a program, and see all that it leaves behind to its end.
 *
 *	reap COMMAND...
 *
 * Every descendant whose parent ends becomes a child of this process.  Prints
 * "reaped PID" and how each ended, in the end status that a shell would have.
 * SIGTERM is passed on to the children, and to those to come.  Exit status: 0
 * when all that was reaped ended with 0, 1 otherwise, 2 for wrong usage.
 */
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void
terminate_children(void)
{
	char path[64];
	FILE *children;
	int pid;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children",
	    (int)getpid());
	children = fopen(path, "r");
	if (children == NULL)
		err(1, "%s", path);
	while (fscanf(children, "%d", &pid) == 1)
		(void)kill(pid, SIGTERM);
	(void)fclose(children);
}

/* False when no child is left. */
static bool
reap_ended(bool *is_clean)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		int shown = WIFSIGNALED(status) ? 128 + WTERMSIG(status)
						: WEXITSTATUS(status);

		printf("reaped %d status %d\n", (int)pid, shown);
		(void)fflush(stdout);
		*is_clean &= shown == 0;
	}
	return pid == 0;
}

int
main(int argc, char **argv)
{
	bool is_clean = true, is_ending = false;
	sigset_t set, before;
	pid_t pid;

	if (argc < 2)
		errx(2, "usage: reap COMMAND...");
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, &before) != 0 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		err(1, "subreaper");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		(void)execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	while (reap_ended(&is_clean)) {
		if (is_ending)
			terminate_children();
		is_ending |= sigwaitinfo(&set, NULL) == SIGTERM;
	}
	return !is_clean;
}
