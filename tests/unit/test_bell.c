#include "bell.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "histogram.h"
#include "mount.h"
#include "tmpdir.h"

static bool is_remote; /* what every path is taken for */

/* Stands in for the archive's: there is no NFS in a test. */
bool
mount_is_remote(const char *path)
{
	(void)path;
	return is_remote;
}

/* A store's path of its own for each test. */
static const char *
fresh(void)
{
	static int n;
	char name[16];

	(void)snprintf(name, sizeof(name), "%d.db", n++);
	return tmpdir_path(name);
}

static void
file_put(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	CHECK(f != NULL && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static void
nobody_listens_before_there_is_a_bell(void)
{
	struct bell *b;

	CHECK_ERR(bell_open(&b, fresh(), BELL_LISTEN), ERR_UNAVAILABLE);
	CHECK(b == NULL);
}

static void
without_its_folder_there_is_no_bell(void)
{
	struct bell *b;

	CHECK_ERR(bell_open(&b, tmpdir_path("none/1.db"), BELL_RING), ERR_GONE);
	CHECK(b == NULL);
}

static void
a_listener_reads_what_was_rung(void)
{
	const char *path = fresh();
	struct bell *ringer, *listener;
	struct bell_pulse pulse;
	struct bell_ring ring;

	CHECK_OK(bell_open(&ringer, path, BELL_RING));
	CHECK_OK(bell_open(&listener, path, BELL_LISTEN));
	CHECK_OK(bell_strike(ringer, 0xfedcba9876543210, 42));
	CHECK_OK(bell_read(listener, &ring, &pulse));
	CHECK(ring.epoch == 0xfedcba9876543210);
	CHECK_INT(ring.seq, 42);
	CHECK_INT(ring.pid, getpid());
	CHECK(ring.boot == bell_boot());
	CHECK(walltime_now().ms - ring.at.ms < 60000);
	CHECK_INT(pulse.watcher_pid, 0);
	bell_close(ringer);
	bell_close(listener);
}

/* Overwrite one of the 8-byte fields of a bell. */
static void
field_put(struct bell *b, off_t field, uint64_t value)
{
	int fd = open(bell_path(b), O_WRONLY | O_CLOEXEC);

	CHECK(pwrite(fd, &value, sizeof(value), field * 8) == sizeof(value));
	(void)close(fd);
}

static void
the_age_of_a_ring_is_measured(void)
{
	struct monotime before = monotime_now(), after;
	struct bell_pulse pulse;
	struct bell_ring ring;
	struct bell *b;

	CHECK_OK(bell_open(&b, fresh(), BELL_RING));
	CHECK_OK(bell_strike(b, 1, 1));
	after = monotime_now();
	CHECK_OK(bell_read(b, &ring, &pulse));
	CHECK(ring.struck.ns >= before.ns && ring.struck.ns <= after.ns);
	CHECK_INT(bell_age_us(&ring, monotime_after_ms(ring.struck, 3)), 3000);
	CHECK_INT(bell_age_us(&ring, ring.struck), 0);
	CHECK_INT(bell_age_us(&ring, monotime_after_ms(ring.struck, -1)), -1);
	bell_close(b);
}

static void
nobody_knows_the_age_of_a_ring_of_another_boot(void)
{
	enum { BOOT = 3, MONO_NS = 6 };
	struct bell_pulse pulse;
	struct bell_ring ring;
	struct bell *b;

	CHECK_OK(bell_open(&b, fresh(), BELL_RING));
	CHECK_OK(bell_strike(b, 1, 1));
	field_put(b, BOOT, bell_boot() + 1);
	CHECK_OK(bell_read(b, &ring, &pulse));
	CHECK_INT(bell_age_us(&ring, monotime_now()), -1);
	/* Nor of one that was struck without saying. */
	field_put(b, BOOT, bell_boot());
	field_put(b, MONO_NS, 0);
	CHECK_OK(bell_read(b, &ring, &pulse));
	CHECK_INT(bell_age_us(&ring, monotime_now()), -1);
	bell_close(b);
}

static void
the_boot_id_is_the_kernels(void)
{
	char uuid[64] = "", ours[64];
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");
	unsigned long long boot = bell_boot();

	CHECK(f != NULL);
	if (f == NULL)
		return;
	CHECK(fgets(uuid, sizeof(uuid), f) != NULL);
	(void)fclose(f);
	(void)snprintf(ours, sizeof(ours), "%08llx-%04llx-%04llx", boot >> 32,
	    boot >> 16 & 0xffff, boot & 0xffff);
	uuid[18] = '\0';
	CHECK_STR(ours, uuid);
}

static void
a_pulse_arrives(void)
{
	const char *path = fresh();
	struct bell_pulse pulse = { 77, BELL_WATCH_INOTIFY, { 1000 }, { 3000 },
		250, 100000, 2, 7 };
	struct bell_pulse got;
	struct bell_ring ring;
	struct bell *b;

	CHECK_OK(bell_open(&b, path, BELL_RING));
	CHECK_OK(bell_strike(b, 1, 5));
	bell_beat(b, &pulse);
	CHECK_OK(bell_read(b, &ring, &got));
	CHECK_INT(ring.seq, 5);
	CHECK_INT(got.watcher_pid, 77);
	CHECK_INT(got.mode, BELL_WATCH_INOTIFY);
	CHECK_INT(got.scanned.ms, 1000);
	CHECK_INT(got.next.ms, 3000);
	CHECK_INT(got.scan_us, 250);
	CHECK_INT(got.entries, 100000);
	CHECK_INT(got.problems, 2);
	CHECK_INT(got.sandbox, 7);
	bell_close(b);
}

static void
a_pulse_arrives_on_a_remote_file_system(void)
{
	is_remote = true;
	a_pulse_arrives();
	is_remote = false;
}

/* Events that a watch on the bell gets; quiet for a moment ends the count. */
static int
events(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char bytes[4096];
	int n = 0;

	while (poll(&pfd, 1, 50) > 0) {
		ssize_t len = read(fd, bytes, sizeof(bytes));

		n += (int)(len / (ssize_t)sizeof(struct inotify_event));
	}
	return n;
}

static void
a_strike_wakes_a_watch_and_a_pulse_does_not(void)
{
	struct bell *b;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	CHECK_OK(bell_open(&b, fresh(), BELL_RING));
	CHECK(inotify_add_watch(fd, bell_path(b), IN_MODIFY) >= 0);
	bell_beat(b, &(struct bell_pulse){ .watcher_pid = 1 });
	bell_delay(b, 1);
	CHECK_INT(events(fd), 0);
	CHECK_OK(bell_strike(b, 1, 1));
	CHECK_INT(events(fd), 1);
	bell_close(b);
	(void)close(fd);
}

static void
opening_again_keeps_file_and_ring(void)
{
	const char *path = fresh();
	struct bell_pulse pulse;
	struct bell_ring ring;
	struct stat st[2];
	struct bell *b;

	for (int i = 0; i < 2; i++) {
		CHECK_OK(bell_open(&b, path, BELL_RING));
		CHECK(stat(bell_path(b), &st[i]) == 0);
		if (i == 0)
			CHECK_OK(bell_strike(b, 9, 9));
		else
			CHECK_OK(bell_read(b, &ring, &pulse));
		bell_close(b);
	}
	CHECK(st[0].st_ino == st[1].st_ino);
	CHECK_INT(st[1].st_size, 320);
	CHECK_INT(ring.seq, 9);
}

static void
delays_are_kept_from_watcher_to_watcher(void)
{
	const char *path = fresh();
	struct histogram delays;
	struct bell *b, *listener;

	for (int i = 0; i < 2; i++) {
		CHECK_OK(bell_open(&b, path, BELL_RING));
		bell_delay(b, 90);
		bell_delay(b, 7000);
		bell_delay(b, -1);
		bell_beat(b, &(struct bell_pulse){ .watcher_pid = 1 });
		CHECK_OK(bell_strike(b, 1, 1));
		bell_close(b);
	}
	CHECK_OK(bell_open(&listener, path, BELL_LISTEN));
	CHECK_OK(bell_delays(listener, &delays));
	CHECK_INT(delays.bucket[0], 2);
	CHECK_INT(delays.bucket[6], 2);
	CHECK_INT(delays.sum_us, 14180);
	bell_close(listener);
}

static void
delays_are_kept_on_a_remote_file_system(void)
{
	is_remote = true;
	delays_are_kept_from_watcher_to_watcher();
	is_remote = false;
}

static void
a_bell_without_delays_is_read_and_grows(void)
{
	const char *path = fresh();
	struct histogram delays = { 1, { 1 } };
	struct bell_pulse pulse;
	struct bell_ring ring;
	struct bell *b;

	CHECK_OK(bell_open(&b, path, BELL_RING));
	CHECK_OK(bell_strike(b, 1, 7));
	bell_beat(b, &(struct bell_pulse){ .watcher_pid = 33 });
	CHECK(truncate(bell_path(b), 128) == 0);
	CHECK_OK(bell_read(b, &ring, &pulse));
	CHECK_INT(ring.seq, 7);
	CHECK_INT(pulse.watcher_pid, 33);
	CHECK_OK(bell_delays(b, &delays));
	CHECK_INT(delays.sum_us + delays.bucket[0], 0);
	bell_close(b);
	CHECK_OK(bell_open(&b, path, BELL_RING));
	bell_delay(b, 50);
	CHECK_OK(bell_delays(b, &delays));
	CHECK_INT(delays.bucket[0], 1);
	CHECK_OK(bell_read(b, &ring, &pulse));
	CHECK_INT(ring.seq, 7);
	bell_close(b);
}

static void
everybody_may_listen(void)
{
	struct bell *b;
	struct stat st;
	mode_t mask = umask(022);

	CHECK_OK(bell_open(&b, fresh(), BELL_RING));
	CHECK(stat(bell_path(b), &st) == 0);
	CHECK_INT(st.st_mode & 0777, 0644);
	bell_close(b);
	(void)umask(mask);
}

/* Like bell_read on a bell file with these bytes. */
static const struct err *
read_bytes(const char *bytes, size_t n)
{
	const char *path = fresh();
	char file[4200];
	struct bell_pulse pulse;
	struct bell_ring ring;
	const struct err *err;
	struct bell *b;

	(void)snprintf(file, sizeof(file), "%s-bell", path);
	file_put(file, bytes, n);
	CHECK_OK(bell_open(&b, path, BELL_LISTEN));
	err = bell_read(b, &ring, &pulse);
	bell_close(b);
	return err;
}

static void
what_is_no_bell_is_not_read(void)
{
	char zeros[128] = "", text[256];

	memset(text, 'x', sizeof(text));
	CHECK_ERR(read_bytes("", 0), ERR_UNAVAILABLE);
	CHECK_ERR(read_bytes("torn", 4), ERR_UNAVAILABLE);
	CHECK_ERR(read_bytes(zeros, sizeof(zeros)), ERR_UNAVAILABLE);
	CHECK_ERR(read_bytes(text, sizeof(text)), ERR_UNAVAILABLE);
}

/* A pid beyond all pids would be cut to that of somebody else. */
static void
what_cannot_be_in_a_bell_is_not_there(void)
{
	enum { TIME = 4, MONO = 6, PID = 8, SCANNED = 10, NEXT = 11 };
	const struct bell_pulse beat = { .watcher_pid = INT32_MAX,
		.scanned = { 253402300799999 },
		.next = { 253402300799999 } };
	struct bell_pulse pulse;
	struct bell_ring ring;
	struct bell *b;

	CHECK_OK(bell_open(&b, fresh(), BELL_RING));
	CHECK_OK(bell_strike(b, 1, 1));
	bell_beat(b, &beat);
	CHECK_OK(bell_read(b, &ring, &pulse));
	CHECK_INT(pulse.watcher_pid, INT32_MAX);
	CHECK_INT(pulse.scanned.ms, 253402300799999);
	CHECK_INT(pulse.next.ms, 253402300799999);
	field_put(b, TIME, UINT64_MAX);
	field_put(b, MONO, (uint64_t)INT64_MAX + 1);
	field_put(b, PID, (uint64_t)INT32_MAX + 1);
	field_put(b, SCANNED, 253402300800000);
	field_put(b, NEXT, (uint64_t)INT64_MAX + 1);
	CHECK_OK(bell_read(b, &ring, &pulse));
	CHECK_INT(ring.at.ms, 0);
	CHECK_INT(bell_age_us(&ring, monotime_now()), -1);
	CHECK_INT(pulse.watcher_pid, 0);
	CHECK_INT(pulse.scanned.ms, 0);
	CHECK_INT(pulse.next.ms, 0);
	bell_close(b);
}

static void
half_a_bell_is_not_read(void)
{
	const char *path = fresh();
	struct bell_pulse pulse;
	struct bell_ring ring;
	struct bell *b;

	CHECK_OK(bell_open(&b, path, BELL_RING));
	CHECK_OK(bell_strike(b, 1, 1));
	CHECK(truncate(bell_path(b), 100) == 0);
	CHECK_ERR(bell_read(b, &ring, &pulse), ERR_UNAVAILABLE);
	bell_close(b);
	CHECK_OK(bell_open(&b, path, BELL_RING));
	CHECK_OK(bell_read(b, &ring, &pulse));
	bell_close(b);
}

static void
the_second_watcher_is_told_who_the_first_is(void)
{
	const char *path = fresh();
	struct bell *first, *second;
	const struct err *err;
	char want[128];

	(void)snprintf(want, sizeof(want),
	    "another tidemark-watcher (pid %d) is watching this project",
	    (int)getpid());
	CHECK_OK(bell_open(&first, path, BELL_RING));
	CHECK_OK(bell_open(&second, path, BELL_RING));
	CHECK_OK(bell_lock(first, 0));
	err = bell_lock(second, 0);
	if (CHECK_ERR(err, ERR_CONFLICT))
		CHECK_STR(err->msg, want);
	/* Going away without the lock takes nothing from who has it. */
	bell_close(second);
	CHECK_OK(bell_open(&second, path, BELL_RING));
	err = bell_lock(second, 0);
	if (CHECK_ERR(err, ERR_CONFLICT))
		CHECK_STR(err->msg, want);
	bell_close(first);
	CHECK_OK(bell_lock(second, 0));
	bell_close(second);
}

static void
a_clean_end_is_seen_in_the_pulse(void)
{
	const char *path = fresh();
	struct bell *watcher, *listener;
	struct bell_pulse pulse;
	struct bell_ring ring;

	CHECK_OK(bell_open(&watcher, path, BELL_RING));
	CHECK_OK(bell_open(&listener, path, BELL_LISTEN));
	CHECK_OK(bell_lock(watcher, 0));
	CHECK_OK(bell_strike(watcher, 1, 1));
	CHECK_OK(bell_read(listener, &ring, &pulse));
	CHECK_INT(pulse.watcher_pid, getpid());
	bell_close(watcher);
	CHECK_OK(bell_read(listener, &ring, &pulse));
	CHECK_INT(pulse.watcher_pid, 0);
	CHECK_INT(ring.seq, 1);
	bell_close(listener);
}

static void
after_a_clean_end_the_last_scan_is_known(void)
{
	const char *path = fresh();
	const struct bell_pulse beat = { 77, BELL_WATCH_INOTIFY, { 1000 },
		{ 3000 }, 250, 100000, 2, 7 };
	struct bell_pulse pulse;
	struct bell_ring ring;
	struct bell *b;

	CHECK_OK(bell_open(&b, path, BELL_RING));
	CHECK_OK(bell_lock(b, 0));
	CHECK_OK(bell_strike(b, 1, 1));
	bell_beat(b, &beat);
	bell_close(b);
	CHECK_OK(bell_open(&b, path, BELL_LISTEN));
	CHECK_OK(bell_read(b, &ring, &pulse));
	CHECK_INT(pulse.watcher_pid, 0);
	CHECK_INT(pulse.mode, BELL_WATCH_NONE);
	CHECK_INT(pulse.next.ms, 0);
	CHECK_INT(pulse.scanned.ms, 1000);
	CHECK_INT(pulse.scan_us, 250);
	CHECK_INT(pulse.entries, 100000);
	CHECK_INT(pulse.problems, 2);
	bell_close(b);
}

static void
a_killed_watcher_leaves_no_lock(void)
{
	const char *path = fresh();
	struct bell *b;
	pid_t pid = fork();

	if (pid == 0) {
		if (bell_open(&b, path, BELL_RING) != NULL ||
		    bell_lock(b, 0) != NULL)
			_exit(1);
		(void)raise(SIGKILL);
	}
	(void)waitpid(pid, NULL, 0);
	CHECK_OK(bell_open(&b, path, BELL_RING));
	CHECK_OK(bell_lock(b, 0));
	bell_close(b);
}

/* It says through a pipe that it has the lock. */
static void
who_ends_soon_is_waited_for(void)
{
	const char *path = fresh();
	struct bell *b;
	int said[2];
	char byte = 'x';
	pid_t pid;

	CHECK(pipe(said) == 0);
	pid = fork();
	if (pid == 0) {
		if (bell_open(&b, path, BELL_RING) != NULL ||
		    bell_lock(b, 0) != NULL || write(said[1], &byte, 1) != 1)
			_exit(1);
		(void)poll(NULL, 0, 100);
		_exit(0);
	}
	CHECK(read(said[0], &byte, 1) == 1);
	CHECK_OK(bell_open(&b, path, BELL_RING));
	CHECK_ERR(bell_lock(b, 0), ERR_CONFLICT);
	CHECK_OK(bell_lock(b, 60000));
	(void)waitpid(pid, NULL, 0);
	(void)close(said[0]);
	(void)close(said[1]);
	bell_close(b);
}

static void
another_file_at_its_path_is_noticed(void)
{
	const char *path = fresh();
	struct bell *b, *another;
	char moved[4096];

	CHECK_OK(bell_open(&b, path, BELL_RING));
	CHECK(!bell_is_replaced(b));
	(void)snprintf(moved, sizeof(moved), "%s-moved", bell_path(b));
	CHECK(rename(bell_path(b), moved) == 0);
	CHECK(bell_is_replaced(b));
	CHECK_OK(bell_open(&another, path, BELL_RING));
	CHECK(bell_is_replaced(b));
	CHECK(!bell_is_replaced(another));
	bell_close(another);
	CHECK(rename(moved, bell_path(b)) == 0);
	CHECK(!bell_is_replaced(b));
	bell_close(b);
}

static void
a_complaint_is_heard_until_it_ends(void)
{
	const char *path = fresh();
	struct bell *ringer, *first, *second;

	CHECK_OK(bell_open(&ringer, path, BELL_RING));
	CHECK_OK(bell_lock(ringer, 0));
	CHECK_OK(bell_open(&first, path, BELL_LISTEN));
	CHECK_OK(bell_open(&second, path, BELL_LISTEN));
	CHECK(!bell_has_complaint(ringer));
	bell_complain(first, true);
	bell_complain(first, true);
	CHECK(bell_has_complaint(ringer));
	CHECK(bell_has_complaint(second));
	bell_complain(second, true);
	bell_complain(first, false);
	CHECK(bell_has_complaint(ringer));
	bell_close(second);
	CHECK(!bell_has_complaint(ringer));
	bell_close(first);
	bell_close(ringer);
}

TESTS(nobody_listens_before_there_is_a_bell,
    without_its_folder_there_is_no_bell, a_listener_reads_what_was_rung,
    the_age_of_a_ring_is_measured,
    nobody_knows_the_age_of_a_ring_of_another_boot, the_boot_id_is_the_kernels,
    a_pulse_arrives, a_pulse_arrives_on_a_remote_file_system,
    a_strike_wakes_a_watch_and_a_pulse_does_not,
    opening_again_keeps_file_and_ring, delays_are_kept_from_watcher_to_watcher,
    delays_are_kept_on_a_remote_file_system,
    a_bell_without_delays_is_read_and_grows, everybody_may_listen,
    what_is_no_bell_is_not_read, what_cannot_be_in_a_bell_is_not_there,
    half_a_bell_is_not_read, the_second_watcher_is_told_who_the_first_is,
    a_clean_end_is_seen_in_the_pulse, after_a_clean_end_the_last_scan_is_known,
    a_killed_watcher_leaves_no_lock, who_ends_soon_is_waited_for,
    another_file_at_its_path_is_noticed, a_complaint_is_heard_until_it_ends)
