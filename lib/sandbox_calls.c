/*
 * A list of what is allowed: what somebody adds to the kernel is refused from
 * the beginning.  A call that is not in it fails with ENOSYS, as on a kernel
 * that does not have it, for which C libraries have a way round; one that is in
 * it, but not with such an argument, fails with EPERM.
 *
 * Not in it: all that starts programs, traces, mounts, loads or makes
 * namespaces; connections; threads; other people's clocks, limits and signals.
 *
 * To add a call: a line here, sorted.  Numbers that an older kernel's headers
 * or a newer architecture lack are left out by #ifdef.
 */
#include "sandbox_calls.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Those whose calls have been looked through: 64 bits, the low half first. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#else
#define ARCH 0
#endif

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const uint32_t calls[] = {
#ifdef SYS_accept
	SYS_accept,
#endif
	SYS_accept4,
#ifdef SYS_access
	SYS_access,
#endif
	SYS_bind,
	SYS_brk,
	SYS_clock_getres,
	SYS_clock_gettime,
	SYS_clock_nanosleep,
	SYS_close,
#ifdef SYS_close_range
	SYS_close_range,
#endif
	SYS_dup,
#ifdef SYS_dup2
	SYS_dup2,
#endif
	SYS_dup3,
#ifdef SYS_epoll_create
	SYS_epoll_create,
#endif
	SYS_epoll_create1,
	SYS_epoll_ctl,
	SYS_epoll_pwait,
#ifdef SYS_epoll_pwait2
	SYS_epoll_pwait2,
#endif
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
	SYS_eventfd2,
	SYS_exit,
	SYS_exit_group,
	SYS_faccessat,
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
	SYS_fadvise64,
	SYS_fallocate,
	SYS_fchmod,
	SYS_fchown,
	SYS_fcntl,
	SYS_fdatasync,
	SYS_flock,
	SYS_fstat,
	SYS_fstatfs,
	SYS_fsync,
	SYS_ftruncate,
	SYS_futex,
	SYS_getcwd,
#ifdef SYS_getdents
	SYS_getdents,
#endif
	SYS_getdents64,
	SYS_getegid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getpeername,
	SYS_getpid,
	SYS_getppid,
	SYS_getrandom,
#ifdef SYS_getrlimit
	SYS_getrlimit,
#endif
	SYS_getrusage,
	SYS_getsockname,
	SYS_getsockopt,
	SYS_gettid,
	SYS_gettimeofday,
	SYS_getuid,
	SYS_inotify_add_watch,
	SYS_inotify_init1,
	SYS_inotify_rm_watch,
	SYS_lseek,
#ifdef SYS_lstat
	SYS_lstat,
#endif
	SYS_madvise,
#ifdef SYS_mkdir
	SYS_mkdir,
#endif
	SYS_mkdirat,
	SYS_mremap,
	SYS_msync,
	SYS_munmap,
	SYS_nanosleep,
	SYS_newfstatat,
#ifdef SYS_open
	SYS_open,
#endif
	SYS_openat,
#ifdef SYS_openat2
	SYS_openat2,
#endif
	SYS_pipe2,
#ifdef SYS_poll
	SYS_poll,
#endif
	SYS_ppoll,
	SYS_pread64,
	SYS_preadv,
	SYS_preadv2,
	SYS_prlimit64,
	SYS_pselect6,
	SYS_pwrite64,
	SYS_pwritev,
	SYS_pwritev2,
	SYS_read,
#ifdef SYS_readlink
	SYS_readlink,
#endif
	SYS_readlinkat,
	SYS_readv,
	SYS_recvfrom,
	SYS_recvmsg,
#ifdef SYS_rename
	SYS_rename,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
	SYS_renameat2,
	SYS_restart_syscall,
	SYS_rt_sigaction,
	SYS_rt_sigpending,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_rt_sigsuspend,
	SYS_rt_sigtimedwait,
	SYS_sched_getaffinity,
	SYS_sched_yield,
#ifdef SYS_select
	SYS_select,
#endif
	SYS_sendmsg,
	SYS_sendto,
	SYS_setsockopt,
	SYS_shutdown,
	SYS_sigaltstack,
	SYS_signalfd4,
#ifdef SYS_stat
	SYS_stat,
#endif
	SYS_statfs,
	SYS_statx,
	SYS_sysinfo,
	SYS_tgkill,
#ifdef SYS_time
	SYS_time,
#endif
	SYS_timerfd_create,
	SYS_timerfd_gettime,
	SYS_timerfd_settime,
	SYS_uname,
#ifdef SYS_unlink
	SYS_unlink,
#endif
	SYS_unlinkat,
	SYS_utimensat,
	SYS_write,
	SYS_writev,
};

/* Allowed when argument arg is exactly so, or when none of these bits is set.
 */
enum condition { IS, IS_WITHOUT };

static const struct {
	uint32_t call;
	uint32_t arg; /* from 0 */
	enum condition condition;
	uint32_t value; /* of 32 bits, which is all that the kernel looks at */
} conditional[] = {
	/* Is it there?  No signal. */
	{ SYS_kill, 1, IS, 0 },
	{ SYS_mmap, 2, IS_WITHOUT, PROT_EXEC },
	{ SYS_mprotect, 2, IS_WITHOUT, PROT_EXEC },
	/* Places for those who wait, datagrams for a service manager. */
	{ SYS_socket, 0, IS, AF_UNIX },
};

enum {
	FILTER_HEAD = 4,
	FILTER_MAX = FILTER_HEAD + 2 * N(calls) + 5 * N(conditional) + 1,
};

/* seccomp(2): a program over struct seccomp_data, which ends by an answer. */
struct filter {
	struct sock_filter step[FILTER_MAX];
	unsigned short n;
};

static void
add(struct filter *f, struct sock_filter step)
{
	assert(f->n < FILTER_MAX);
	f->step[f->n++] = step;
}

static void
load(struct filter *f, size_t offset)
{
	add(f,
	    (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		(uint32_t)offset));
}

/* Go on there, else leave so many steps out. */
static void
only_if(struct filter *f, uint32_t value, uint8_t steps)
{
	add(f,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0,
		steps));
}

static void
answer(struct filter *f, uint32_t action)
{
	add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

static void
add_conditional(struct filter *f, size_t i)
{
	only_if(f, conditional[i].call, 4);
	load(f,
	    offsetof(struct seccomp_data, args) +
		conditional[i].arg * sizeof(uint64_t));
	if (conditional[i].condition == IS)
		only_if(f, conditional[i].value, 1);
	else
		add(f,
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
			conditional[i].value, 1, 0));
	answer(f, SECCOMP_RET_ALLOW);
	answer(f, SECCOMP_RET_ERRNO | EPERM);
}

/* Calls by the numbers of another architecture are none of ours. */
static void
make(struct filter *f)
{
	load(f, offsetof(struct seccomp_data, arch));
	only_if(f, ARCH, 1);
	load(f, offsetof(struct seccomp_data, nr));
	/* The loaded one is the architecture still, which no number equals. */
	for (size_t i = 0; i < N(calls); i++) {
		only_if(f, calls[i], 1);
		answer(f, SECCOMP_RET_ALLOW);
	}
	for (size_t i = 0; i < N(conditional); i++)
		add_conditional(f, i);
	answer(f, SECCOMP_RET_ERRNO | ENOSYS);
}

/* SPEC_ALLOW: before Linux 5.16 all would else be slower for what concerns
 * programs that run other people's. */
static bool
install(const struct sock_fprog *program)
{
#ifdef SECCOMP_FILTER_FLAG_SPEC_ALLOW
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_SPEC_ALLOW, program) == 0)
		return true;
#endif
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) == 0;
}

bool
sandbox_calls_enter(void)
{
	static struct filter filter; /* too large for the stack */
	struct sock_fprog program = { .filter = filter.step };

	if (ARCH == 0)
		return false;
	filter.n = 0;
	make(&filter);
	program.len = filter.n;
	return install(&program);
}
