#include "scan_attendant.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "beside.h"
#include "config.h"
#include "exit_status.h"
#include "monotime.h"
#include "scan_due.h"
#include "scan_record.h"

enum {
	/* One that fails is not tried again with every request. */
	SCAN_RETRY_MS = 10000,
	ATTENDED_FD = 3,
};

static char program[] = "tidemark-watcher";

/* --- words -------------------------------------------------------------------- */

/* False: there is nobody any more. */
static bool
say(enum scan_word word, struct span why)
{
	char text[SCAN_WORD_BYTES_MAX] = { (char)word };
	size_t n = why.len < sizeof(text) - 1 ? why.len : sizeof(text) - 1;

	/* The end of it says most. */
	if (n > 0)
		memcpy(text + 1, why.p + why.len - n, n);
	return send(ATTENDED_FD, text, n + 1, MSG_NOSIGNAL) >= 0;
}

/* A log is to have what went wrong, once: whoever began it may have gone. */
static void
say_why(int record, const struct scan_past *past)
{
	if (past->end == SCAN_ENDED_BADLY &&
	    say(SCAN_WORD_WHY, buf_as_span(&past->said)))
		scan_record_end(record, SCAN_ENDED_TOLD);
}

/* --- the watcher ---------------------------------------------------------------- */

/* Its stdout and stderr are the record, which is so locked until it ends. */
static int
prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *attr, int record)
{
	sigset_t none, set;
	int why;

	(void)sigemptyset(&none);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	why = posix_spawn_file_actions_adddup2(files, record, STDOUT_FILENO);
	if (why == 0)
		why = posix_spawn_file_actions_adddup2(files, record,
		    STDERR_FILENO);
	if (why == 0)
		why = posix_spawn_file_actions_addclosefrom_np(files,
		    STDERR_FILENO + 1);
	if (why == 0)
		why = posix_spawnattr_setsigmask(attr, &none);
	if (why == 0)
		why = posix_spawnattr_setsigdefault(attr, &set);
	if (why == 0)
		why = posix_spawnattr_setflags(attr,
		    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return why;
}

/* Of what a request brings only what a program may need. */
static char **
environment(void)
{
	static const char *const names[] = { "HOME", "LD_LIBRARY_PATH", "PATH",
		"TMPDIR", "TZ" };
	enum { N = sizeof(names) / sizeof(names[0]) };
	static struct buf kept[N];
	static char *env[N + 1];
	size_t n = 0;

	for (size_t i = 0; i < N; i++) {
		const char *value = getenv(names[i]);

		if (value == NULL)
			continue;
		buf_clear(&kept[i]);
		buf_printf(&kept[i], "%s=%s", names[i], value);
		env[n++] = buf_room(&kept[i], 1);
		kept[i].data[kept[i].len] = '\0';
	}
	env[n] = NULL;
	return env;
}

/* 0, or an errno. */
static int
launch(const struct config *config, int record, pid_t *pid)
{
	char quiet[] = "--quiet", once[] = "--once", dashes[] = "--";
	char of_file[] = "-c";
	char path[PATH_MAX];
	bool is_dir = config->file == NULL;
	char *argv[] = { program, quiet, once, is_dir ? dashes : of_file,
		is_dir ? config->project[0].every_dir : config->file, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int why = posix_spawn_file_actions_init(&files);

	if (why == 0)
		why = posix_spawnattr_init(&attr);
	if (why != 0)
		return why;
	why = prepare(&files, &attr, record);
	if (why == 0)
		why = beside_path(program, path) == NULL ? 0 : ENOENT;
	if (why == 0)
		why =
		    posix_spawn(pid, path, &files, &attr, argv, environment());
	if (why == ENOENT)
		why = posix_spawnp(pid, program, &files, &attr, argv,
		    environment());
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&files);
	return why;
}

/* --- a scan --------------------------------------------------------------------- */

static bool
has_ended_well(int record, pid_t pid)
{
	char text[EXIT_STATUS_TEXT_BYTES];
	struct buf line = { 0 };
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	if (status == 0)
		return true;
	(void)lseek(record, 0, SEEK_END);
	buf_printf(&line, "%s %s", program, exit_status_text(status, text));
	scan_record_say(record, buf_cstr(&line));
	buf_fini(&line);
	return false;
}

static bool
scan(const struct config *config, int record)
{
	struct buf line = { 0 };
	pid_t pid;
	int why = launch(config, record, &pid);

	if (why == 0)
		return has_ended_well(record, pid);
	if (why == ENOENT)
		buf_printf(&line,
		    "%s is neither beside tidemark-fcgi nor in PATH", program);
	else
		buf_printf(&line, "%s does not start: %s", program,
		    strerror(why));
	scan_record_say(record, buf_cstr(&line));
	buf_fini(&line);
	return false;
}

static bool
is_to_rest(const struct scan_past *past)
{
	int64_t age = walltime_now().ms - past->begun_ms;

	return (past->end == SCAN_ENDED_BADLY ||
		   past->end == SCAN_ENDED_TOLD) &&
	    age >= 0 && age < SCAN_RETRY_MS;
}

static enum scan_word
have_scan_done(const struct config *config, int record)
{
	struct scan_past past = scan_record_read(record);
	bool is_well;

	say_why(record, &past);
	buf_fini(&past.said);
	if (is_to_rest(&past))
		return SCAN_WORD_FAILED;
	/* Another one may have been done meanwhile. */
	if (scan_due_ms(config) != 0)
		return SCAN_WORD_DONE;
	scan_record_begin(record);
	is_well = scan(config, record);
	scan_record_end(record, is_well ? SCAN_ENDED_WELL : SCAN_ENDED_BADLY);
	if (is_well)
		return SCAN_WORD_DONE;
	past = scan_record_read(record);
	say_why(record, &past);
	buf_fini(&past.said);
	return SCAN_WORD_FAILED;
}

/* When the word is out, the record is free. */
static void
answer(const struct config *config)
{
	int record = scan_record_lock(config);
	enum scan_word word = SCAN_WORD_BUSY;

	if (record >= 0) {
		word = have_scan_done(config, record);
		(void)close(record); /* what is not in it is lost */
	} else if (errno != EWOULDBLOCK) {
		word = SCAN_WORD_FAILED;
		(void)say(SCAN_WORD_WHY, span_str(strerror(errno)));
	}
	(void)say(word, span_str(""));
}

/* --- the process ------------------------------------------------------------------ */

static bool
settle(int fd)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)sigemptyset(&none);
	if (setsid() < 0 || null < 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) != 0 ||
	    signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return false;
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (dup2(null, i) < 0)
			return false;
	if (fd != ATTENDED_FD && dup2(fd, ATTENDED_FD) < 0)
		return false;
	closefrom(ATTENDED_FD + 1);
	return fcntl(ATTENDED_FD, F_SETFD, FD_CLOEXEC) == 0;
}

__attribute__((noreturn)) static void
attend(const struct config *config, int fd)
{
	char word;

	if (settle(fd))
		while (recv(ATTENDED_FD, &word, sizeof(word), 0) > 0)
			answer(config);
	_exit(0);
}

int
scan_attendant_start(const struct config *config)
{
	int fds[2], why;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		attend(config, fds[1]);
	why = errno;
	(void)close(fds[1]);
	if (pid > 0)
		return fds[0];
	(void)close(fds[0]);
	errno = why;
	return -1;
}
