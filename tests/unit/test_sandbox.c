/* Each test enters in a process of its own, which then tries what it may not.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "check.h"
#include "tmpdir.h"

/* What of the sandbox this kernel has. */
static unsigned available;

static char *
path_in(const char *folder, const char *name)
{
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s%s%s", tmpdir(), folder, *name ? "/" : "",
	    name);
	return buf_take(&path, NULL);
}

/* 0, or the errno of opening it so. */
static int
try_open(const char *folder, const char *name, int flags)
{
	char *path = path_in(folder, name);
	int fd = open(path, flags | O_CLOEXEC, 0644), error = errno;

	free(path);
	if (fd < 0)
		return error;
	(void)close(fd);
	return 0;
}

/* mine is written to, theirs is read, other is none of ours. */
static void
make_folders(void)
{
	static const char *const folders[] = { "mine", "theirs", "other" };

	for (size_t i = 0; i < 3; i++) {
		char *path = path_in(folders[i], "");

		(void)mkdir(path, 0755); /* it may be there already */
		free(path);
		CHECK_INT(try_open(folders[i], "file", O_WRONLY | O_CREAT), 0);
	}
}

static void
enter(void)
{
	struct sandbox *sandbox = sandbox_new();
	char *mine = path_in("mine", ""), *theirs = path_in("theirs", "");

	sandbox_allow(sandbox, SANDBOX_WRITE, mine);
	sandbox_allow(sandbox, SANDBOX_READ, theirs);
	sandbox_enter(sandbox, NULL);
	free(mine);
	free(theirs);
}

/* Run it in a sandbox, if this kernel has these parts. */
static void
inside(unsigned needed, void (*tries)(void))
{
	int status = -1;
	pid_t pid;

	make_folders();
	if ((available & needed) != needed) {
		printf("# not tried: this kernel has not got it\n");
		return;
	}
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		check_failed = false;
		enter();
		tries();
		(void)fflush(stdout);
		_exit(check_failed);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

/* --- files ---------------------------------------------------------------- */

static void
try_files(void)
{
	char *from = path_in("mine", "new"), *to = path_in("mine", "newer");
	char *away = path_in("theirs", "new");

	CHECK_INT(try_open("mine", "new", O_RDWR | O_CREAT | O_TRUNC), 0);
	CHECK_INT(rename(from, to), 0);
	CHECK(rename(to, away) != 0 && (errno == EACCES || errno == EXDEV));
	CHECK_INT(unlink(to), 0);
	CHECK_INT(try_open("theirs", "", O_RDONLY | O_DIRECTORY), 0);
	CHECK_INT(try_open("theirs", "file", O_RDONLY), 0);
	CHECK_INT(try_open("theirs", "file", O_WRONLY), EACCES);
	CHECK_INT(try_open("theirs", "new", O_WRONLY | O_CREAT), EACCES);
	CHECK_INT(try_open("other", "file", O_RDONLY), EACCES);
	CHECK_INT(try_open("other", "", O_RDONLY | O_DIRECTORY), EACCES);
	CHECK_INT(try_open("mine", "../other/file", O_RDONLY), EACCES);
	free(from);
	free(to);
	free(away);
}

static void
files_are_reached_as_far_as_it_was_allowed(void)
{
	inside(SANDBOX_LANDLOCK, try_files);
}

static void
try_bars(void)
{
	char *mine = path_in("mine", ""), *other = path_in("other", "");

	CHECK(!sandbox_bars(mine));
	CHECK(sandbox_bars(other));
	CHECK(!sandbox_bars("/absent"));
	free(mine);
	free(other);
}

static void
it_is_known_what_the_sandbox_bars(void)
{
	char *other;

	inside(SANDBOX_LANDLOCK, try_bars);
	other = path_in("other", "");
	CHECK(!sandbox_bars(other));
	free(other);
}

static void
try_folder(void)
{
	char *made = path_in("theirs", "made");

	CHECK_INT(mkdir(made, 0755), -1);
	CHECK_INT(errno, EACCES);
	free(made);
}

static void
nobody_makes_folders(void)
{
	inside(SANDBOX_LANDLOCK, try_folder);
}

/* --- system calls --------------------------------------------------------- */

static void
try_calls(void)
{
	char name[] = "true";
	char *const argv[] = { name, NULL };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK_INT(connect(fd, (const struct sockaddr *)"", 0), -1);
	CHECK_INT(errno, ENOSYS);
	CHECK_INT(socket(AF_INET, SOCK_STREAM, 0), -1);
	CHECK_INT(errno, EPERM);
	CHECK_INT(execv("/bin/true", argv), -1);
	CHECK_INT(errno, ENOSYS);
	CHECK_INT(fork(), -1);
	CHECK_INT(errno, ENOSYS);
	CHECK_INT(chmod("/", 0755), -1);
	CHECK_INT(errno, ENOSYS);
	CHECK_INT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), -1);
	CHECK_INT(errno, ENOSYS);
}

static void
what_is_not_needed_cannot_be_called(void)
{
	inside(SANDBOX_SECCOMP, try_calls);
}

static void
try_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(page != MAP_FAILED);
	CHECK_INT(mprotect(page, 4096, PROT_READ | PROT_EXEC), -1);
	CHECK_INT(errno, EPERM);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	CHECK_INT(errno, EPERM);
}

static void
no_memory_becomes_a_program(void)
{
	inside(SANDBOX_SECCOMP, try_memory);
}

static void
try_signals(void)
{
	CHECK_INT(kill(getpid(), 0), 0);
	CHECK_INT(kill(getppid(), SIGTERM), -1);
	CHECK_INT(errno, EPERM);
}

static void
others_are_not_signalled(void)
{
	inside(SANDBOX_SECCOMP, try_signals);
}

/* --- what is said --------------------------------------------------------- */

/* A part, and the word for it. */
static const struct {
	unsigned part;
	const char *word;
} words[] = {
	{ SANDBOX_NO_NEW_PRIVS, "no_new_privs" },
	{ SANDBOX_LANDLOCK, "Landlock" },
	{ SANDBOX_SECCOMP, "seccomp" },
};

static void
each_missing_part_is_explained(void)
{
	struct buf text = { 0 };

	sandbox_explain(SANDBOX_WHOLE, "it", &text);
	CHECK_INT(text.len, 0);
	sandbox_explain(0, "it", &text);
	CHECK_STR(buf_cstr(&text), "The sandbox of it is switched off.");
	for (size_t i = 0; i < 3; i++) {
		buf_clear(&text);
		sandbox_explain(SANDBOX_WHOLE & ~words[i].part, "it", &text);
		for (size_t k = 0; k < 3; k++)
			CHECK((strstr(buf_cstr(&text), words[k].word) !=
				  NULL) == (i == k));
	}
	buf_fini(&text);
}

/* Asked of a process that enters one, before the tests. */
static void
what_this_kernel_has_is_entered(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		enter();
		_exit((int)sandbox_parts());
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	if (CHECK(WIFEXITED(status)))
		available = (unsigned)WEXITSTATUS(status);
	CHECK(available & SANDBOX_ENTERED);
	CHECK(available & SANDBOX_NO_NEW_PRIVS);
	CHECK_INT(sandbox_parts(), 0);
	printf("# no_new_privs%s%s\n",
	    available & SANDBOX_LANDLOCK ? ", Landlock" : "",
	    available & SANDBOX_SECCOMP ? ", seccomp" : "");
}

TESTS(what_this_kernel_has_is_entered,
    files_are_reached_as_far_as_it_was_allowed,
    it_is_known_what_the_sandbox_bars, nobody_makes_folders,
    what_is_not_needed_cannot_be_called, no_memory_becomes_a_program,
    others_are_not_signalled, each_missing_part_is_explained)
