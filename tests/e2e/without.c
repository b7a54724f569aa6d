/*
 * without: run a program on a kernel that lacks something, as far as it can
 * see.
 *
 *	without landlock|seccomp COMMAND...
 */
#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LANDLOCK_CREATE_RULESET = 444 };

static unsigned
call_of(const char *what)
{
	if (strcmp(what, "landlock") == 0)
		return LANDLOCK_CREATE_RULESET;
	if (strcmp(what, "seccomp") == 0)
		return SYS_seccomp;
	errx(2, "no such thing: %s", what);
}

int
main(int argc, char **argv)
{
	struct sock_filter step[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(step) / sizeof(step[0]),
		.filter = step,
	};

	if (argc < 3)
		errx(2, "usage: without landlock|seccomp COMMAND...");
	step[1].k = call_of(argv[1]);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		err(2, "seccomp");
	(void)execvp(argv[2], argv + 2);
	err(2, "%s", argv[2]);
}
