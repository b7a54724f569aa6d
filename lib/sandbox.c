#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "mem.h"
#include "sandbox_calls.h"

/*
 * <linux/landlock.h> as of ABI 6: what is built on an older system is to use
 * what a newer kernel has.
 */
enum {
	SYSTEM_CALL_CREATE = 444, /* on every architecture */
	SYSTEM_CALL_ADD,
	SYSTEM_CALL_RESTRICT,
};
enum { CREATE_VERSION = 1, RULE_PATH_BENEATH = 1 };
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_OF_ABI_1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,
	FS_TRUNCATE = 1 << 14,
	FS_IOCTL_DEV = 1 << 15,
	FS_OF_FILES = FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE,
	NET_BIND_AND_CONNECT_TCP = 3,
	SCOPE_SIGNAL = 2,
};

struct ruleset {
	uint64_t fs, net, scoped;
};
struct path_beneath {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

struct sandbox {
	int fd; /* the ruleset; -1: there is no Landlock */
	uint64_t handled;
};

static unsigned parts_entered;

/* --- Landlock ------------------------------------------------------------- */

/* Zeros beyond what an older kernel knows do not trouble it. */
static struct ruleset
ruleset_of(long abi)
{
	struct ruleset rules = { .fs = FS_OF_ABI_1 };

	if (abi >= 2)
		rules.fs |= FS_REFER;
	if (abi >= 3)
		rules.fs |= FS_TRUNCATE;
	if (abi >= 4)
		rules.net = NET_BIND_AND_CONNECT_TCP;
	if (abi >= 5)
		rules.fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		rules.scoped = SCOPE_SIGNAL;
	return rules;
}

struct sandbox *
sandbox_new(void)
{
	struct sandbox *sandbox = mem_new(1, sizeof(*sandbox));
	long abi = syscall(SYSTEM_CALL_CREATE, NULL, 0, CREATE_VERSION);
	struct ruleset rules = ruleset_of(abi);

	sandbox->handled = rules.fs;
	sandbox->fd = abi < 1
	    ? -1
	    : (int)syscall(SYSTEM_CALL_CREATE, &rules, sizeof(rules), 0);
	return sandbox;
}

static uint64_t
rights(enum sandbox_access access)
{
	uint64_t fs = FS_READ_FILE;

	if (access != SANDBOX_READ_FILES)
		fs |= FS_READ_DIR;
	if (access >= SANDBOX_WRITE)
		fs |=
		    FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG | FS_REMOVE_FILE;
	if (access == SANDBOX_WRITE_FOLDERS)
		fs |= FS_MAKE_DIR | FS_REMOVE_DIR;
	return fs;
}

/* It, or what is above it; -1: not even that. */
static int
open_nearest(const char *path)
{
	char *at = mem_dup(path, strlen(path)), *slash = at;
	int fd = open(at, O_PATH | O_CLOEXEC);

	while (fd < 0 && slash != NULL && at[1] != '\0') {
		slash = strrchr(at, '/');
		if (slash != NULL)
			slash[slash == at] = '\0';
		fd = open(at, O_PATH | O_CLOEXEC);
	}
	free(at);
	return fd;
}

void
sandbox_allow(struct sandbox *sandbox, enum sandbox_access access,
    const char *path)
{
	struct path_beneath rule = { .access = rights(access) };
	struct stat st;

	if (sandbox->fd < 0)
		return;
	rule.fd = access >= SANDBOX_WRITE ? open(path, O_PATH | O_CLOEXEC)
					  : open_nearest(path);
	if (rule.fd < 0)
		return;
	rule.access &= sandbox->handled;
	if (fstat(rule.fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.access &= FS_OF_FILES;
	/* Fails for what no kernel has under such a path: it stays barred. */
	(void)syscall(SYSTEM_CALL_ADD, sandbox->fd, RULE_PATH_BENEATH, &rule,
	    0);
	(void)close(rule.fd); /* nothing was written to it */
}

static void
allow_folder_of(struct sandbox *sandbox, enum sandbox_access access,
    const char *file)
{
	const char *slash = strrchr(file, '/');
	size_t len = slash != NULL ? (size_t)(slash - file) : 0;
	char *folder = mem_dup(file, len > 0 ? len : 1);

	sandbox_allow(sandbox, access, folder);
	free(folder);
}

void
sandbox_allow_beside(struct sandbox *sandbox, enum sandbox_access access,
    const char *file)
{
	char *real = realpath(file, NULL);

	allow_folder_of(sandbox, access, file);
	if (real != NULL)
		allow_folder_of(sandbox, access, real);
	free(real);
}

/* --- all of it ------------------------------------------------------------ */

static void
tell(const char *whose)
{
	struct buf text = { 0 };

	sandbox_explain(parts_entered, whose, &text);
	if (text.len > 0)
		log_warning("%s", text.data);
	buf_fini(&text);
}

void
sandbox_enter(struct sandbox *sandbox, const char *whose)
{
	unsigned parts = SANDBOX_ENTERED;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		parts |= SANDBOX_NO_NEW_PRIVS;
#ifndef WITHOUT_SANDBOX
	if (sandbox->fd >= 0 &&
	    syscall(SYSTEM_CALL_RESTRICT, sandbox->fd, 0) == 0)
		parts |= SANDBOX_LANDLOCK;
#endif
	if (sandbox->fd >= 0)
		(void)close(sandbox->fd); /* the kernel has what it says */
	free(sandbox);
#ifndef WITHOUT_SANDBOX
	if (sandbox_calls_enter())
		parts |= SANDBOX_SECCOMP;
#endif
	parts_entered = parts;
	if (whose != NULL)
		tell(whose);
}

unsigned
sandbox_parts(void)
{
	return parts_entered;
}

/* What access(2) says Landlock does not change. */
bool
sandbox_bars(const char *folder)
{
	int fd;

	if (!(parts_entered & SANDBOX_LANDLOCK))
		return false;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES && access(folder, R_OK) == 0;
	(void)close(fd); /* nothing was written to it */
	return false;
}

void
sandbox_explain(unsigned parts, const char *whose, struct buf *out)
{
	if (parts == SANDBOX_WHOLE)
		return;
	if (parts == 0) {
		buf_printf(out, "The sandbox of %s is switched off.", whose);
		return;
	}
	buf_printf(out, "The sandbox of %s is not whole.", whose);
	if (!(parts & SANDBOX_NO_NEW_PRIVS))
		buf_str(out,
		    " Without no_new_privs (Linux 3.5) a set-user-id program "
		    "could be started.");
	if (!(parts & SANDBOX_LANDLOCK))
		buf_str(out,
		    " Without Landlock (Linux 5.13, where lsm= names it) all "
		    "files can be reached that its user may.");
	if (!(parts & SANDBOX_SECCOMP))
		buf_str(out,
		    " Without seccomp (Linux 3.17) all system calls can be "
		    "made.");
}
