#include "bell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "histogram.h"
#include "mem.h"
#include "mount.h"

static const uint64_t MAGIC = 0x316c6c6562656474; /* "tdebell1", host order */

/* The file. */
struct ring {
	uint64_t magic, epoch, seq, boot, time_ms, pid, mono_ns, zero;
};
struct pulse {
	uint64_t pid, mode, scanned_ms, next_ms, scan_us, entries, problems;
	uint64_t sandbox;
};
struct image {
	struct ring ring;
	struct pulse pulse;
	struct histogram delays;
	uint64_t zero[7];
};
enum { HEAD_BYTES = offsetof(struct image, delays) };

/* The last ms of the year 9999. */
#define TIME_MS_MAX INT64_C(253402300799999)

_Static_assert(offsetof(struct image, pulse) == 64, "bell.h");
_Static_assert(offsetof(struct image, delays) == 128, "bell.h");
_Static_assert(sizeof(struct image) == 320, "bell.h");

struct bell {
	char *path;
	int fd;
	uint64_t boot;
	struct image *map;       /* NULL: write(2) the pulse, with … */
	struct histogram delays; /* … these */
	bool is_locked;
};

uint64_t
bell_boot(void)
{
	char uuid[37] = "";
	uint64_t boot = 0;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, uuid, sizeof(uuid) - 1) < 18)
		uuid[0] = '\0';
	(void)close(fd);
	for (const char *p = uuid; *p != '\0' && p < uuid + 19; p++) {
		const char *digits = "0123456789abcdef",
			   *d = strchr(digits, *p);

		if (d != NULL)
			boot = boot << 4 | (uint64_t)(d - digits);
	}
	return boot;
}

const char *
bell_path(const struct bell *b)
{
	return b->path;
}

/* --- open ----------------------------------------------------------------- */

/* It grows to its size once; later openers leave it alone. */
static const struct err *
open_to_ring(struct bell *b)
{
	struct stat st;
	void *map;

	b->fd = open(b->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (b->fd < 0 && errno == ENOENT)
		return err_new(ERR_GONE, "%s: its folder is not there",
		    b->path);
	if (b->fd < 0 || fstat(b->fd, &st) != 0 ||
	    (st.st_size < (off_t)sizeof(struct image) &&
		ftruncate(b->fd, sizeof(struct image)) != 0))
		return err_sys("%s", b->path);
	if (mount_is_remote(b->path))
		return bell_delays(b, &b->delays);
	map = mmap(NULL, sizeof(struct image), PROT_READ | PROT_WRITE,
	    MAP_SHARED, b->fd, 0);
	b->map = map == MAP_FAILED ? NULL : map;
	return b->map == NULL ? bell_delays(b, &b->delays) : NULL;
}

static const struct err *
open_to_listen(struct bell *b)
{
	b->fd = open(b->path, O_RDONLY | O_CLOEXEC);
	if (b->fd < 0 && errno == ENOENT)
		return err_new(ERR_UNAVAILABLE, "%s: no bell yet", b->path);
	return b->fd < 0 ? err_sys("%s", b->path) : NULL;
}

const struct err *
bell_open(struct bell **out, const char *store_path, enum bell_mode mode)
{
	size_t room = strlen(store_path) + sizeof("-bell");
	struct bell *b = mem_new(1, sizeof(*b));
	const struct err *err;

	b->path = mem_new(room, 1);
	(void)snprintf(b->path, room, "%s-bell", store_path);
	b->boot = bell_boot();
	b->fd = -1;
	err = mode == BELL_RING ? open_to_ring(b) : open_to_listen(b);
	if (err != NULL) {
		bell_close(b);
		b = NULL;
	}
	*out = b;
	return err;
}

bool
bell_is_replaced(const struct bell *b)
{
	struct stat ours, now;

	return fstat(b->fd, &ours) != 0 || stat(b->path, &now) != 0 ||
	    ours.st_dev != now.st_dev || ours.st_ino != now.st_ino;
}

/* Nobody watches any more; what the last scan found stays. */
static void
end_pulse(struct bell *b)
{
	struct bell_pulse pulse = { 0 };
	struct bell_ring ring;

	if (bell_read(b, &ring, &pulse) != NULL)
		pulse = (struct bell_pulse){ 0 };
	pulse.watcher_pid = 0;
	pulse.mode = BELL_WATCH_NONE;
	pulse.next.ms = 0;
	bell_beat(b, &pulse);
}

void
bell_close(struct bell *b)
{
	if (b == NULL)
		return;
	if (b->is_locked)
		end_pulse(b);
	if (b->map != NULL)
		(void)munmap(b->map, sizeof(*b->map));
	if (b->fd >= 0)
		(void)close(b->fd);
	free(b->path);
	free(b);
}

/* --- watcher -------------------------------------------------------------- */

/* Anybody may have damaged the file: what cannot be is taken for none. */
static int64_t
possible(uint64_t number, int64_t most)
{
	return number <= (uint64_t)most ? (int64_t)number : 0;
}

/* The pid of who has the lock; 0: unknown. */
static uint64_t
holder(const struct bell *b)
{
	struct image image = { 0 };

	/* Failing that, it is unknown. */
	(void)!pread(b->fd, &image, HEAD_BYTES, 0);
	return (uint64_t)possible(image.pulse.pid, INT32_MAX);
}

static const struct err *
held(const struct bell *b)
{
	uint64_t pid = holder(b);

	if (pid == 0)
		return err_new(ERR_CONFLICT,
		    "another tidemark-watcher is watching this project");
	return err_new(ERR_CONFLICT,
	    "another tidemark-watcher (pid %llu) is watching this project",
	    (unsigned long long)pid);
}

/* Its locks are gone when it is.  False where that cannot be waited for. */
static bool
wait_for_holder(const struct bell *b, int ms)
{
	struct pollfd end = { .events = POLLIN };

	end.fd = (int)syscall(SYS_pidfd_open, (pid_t)holder(b), 0);
	if (end.fd < 0)
		return false;
	(void)poll(&end, 1, ms);
	(void)close(end.fd);
	return true;
}

const struct err *
bell_lock(struct bell *b, int ms)
{
	struct monotime until = monotime_after_ms(monotime_now(), ms);

	while (flock(b->fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return err_sys("%s", b->path);
		ms = (int)monotime_left_ms(until, monotime_now());
		if (ms <= 0 || !wait_for_holder(b, ms))
			return held(b);
	}
	b->is_locked = true;
	/* So that the next to come can say who holds it. */
	bell_beat(b, &(struct bell_pulse){ .watcher_pid = (uint64_t)getpid() });
	return NULL;
}

/* Field by field: a reader sees the old or the new value, nothing between. */
static void
store_pulse(struct pulse *to, const struct pulse *from)
{
	__atomic_store_n(&to->mode, from->mode, __ATOMIC_RELAXED);
	__atomic_store_n(&to->scanned_ms, from->scanned_ms, __ATOMIC_RELAXED);
	__atomic_store_n(&to->next_ms, from->next_ms, __ATOMIC_RELAXED);
	__atomic_store_n(&to->scan_us, from->scan_us, __ATOMIC_RELAXED);
	__atomic_store_n(&to->entries, from->entries, __ATOMIC_RELAXED);
	__atomic_store_n(&to->problems, from->problems, __ATOMIC_RELAXED);
	__atomic_store_n(&to->sandbox, from->sandbox, __ATOMIC_RELAXED);
	__atomic_store_n(&to->pid, from->pid, __ATOMIC_RELEASE);
}

/* In vain: health shows an old pulse, which is what there is. */
static void
write_pulse(struct bell *b, const struct pulse *pulse)
{
	struct iovec parts[] = {
		{ (void *)(uintptr_t)pulse, sizeof(*pulse) },
		{ &b->delays, sizeof(b->delays) },
	};

	(void)!pwritev(b->fd, parts, 2, offsetof(struct image, pulse));
}

void
bell_beat(struct bell *b, const struct bell_pulse *pulse)
{
	struct pulse p = {
		.pid = pulse->watcher_pid,
		.mode = pulse->mode,
		.scanned_ms = (uint64_t)pulse->scanned.ms,
		.next_ms = (uint64_t)pulse->next.ms,
		.scan_us = pulse->scan_us,
		.entries = pulse->entries,
		.problems = pulse->problems,
		.sandbox = pulse->sandbox,
	};

	if (b->map != NULL)
		store_pulse(&b->map->pulse, &p);
	else
		write_pulse(b, &p);
}

void
bell_delay(struct bell *b, int64_t us)
{
	histogram_observe(b->map != NULL ? &b->map->delays : &b->delays, us);
}

/* --- ring ----------------------------------------------------------------- */

const struct err *
bell_strike(struct bell *b, uint64_t epoch, uint64_t seq)
{
	struct ring ring = {
		.magic = MAGIC,
		.epoch = epoch,
		.seq = seq,
		.boot = b->boot,
		.time_ms = (uint64_t)walltime_now().ms,
		.pid = (uint64_t)getpid(),
		.mono_ns = (uint64_t)monotime_now().ns,
	};
	ssize_t n = pwrite(b->fd, &ring, sizeof(ring), 0);

	if (n < 0)
		return err_sys("%s", b->path);
	if ((size_t)n < sizeof(ring))
		return err_new(ERR_SYS, "%s: the disk is full", b->path);
	return NULL;
}

const struct err *
bell_read(struct bell *b, struct bell_ring *ring, struct bell_pulse *pulse)
{
	struct image image;
	ssize_t n = pread(b->fd, &image, HEAD_BYTES, 0);

	if (n < 0)
		return err_sys("%s", b->path);
	if (n < HEAD_BYTES || image.ring.magic != MAGIC)
		return err_new(ERR_UNAVAILABLE, "%s: not a bell yet", b->path);
	ring->epoch = image.ring.epoch;
	ring->seq = image.ring.seq;
	ring->boot = image.ring.boot;
	ring->at.ms = possible(image.ring.time_ms, TIME_MS_MAX);
	ring->pid = image.ring.pid;
	/* Another boot's clock began at another time. */
	ring->struck.ns =
	    ring->boot == b->boot ? possible(image.ring.mono_ns, INT64_MAX) : 0;
	pulse->watcher_pid = (uint64_t)possible(image.pulse.pid, INT32_MAX);
	pulse->mode = (enum bell_watch_mode)image.pulse.mode;
	pulse->scanned.ms = possible(image.pulse.scanned_ms, TIME_MS_MAX);
	pulse->next.ms = possible(image.pulse.next_ms, TIME_MS_MAX);
	pulse->scan_us = image.pulse.scan_us;
	pulse->entries = image.pulse.entries;
	pulse->problems = image.pulse.problems;
	pulse->sandbox = image.pulse.sandbox;
	return NULL;
}

int64_t
bell_age_us(const struct bell_ring *ring, struct monotime now)
{
	if (ring->struck.ns == 0 || ring->struck.ns > now.ns)
		return -1;
	return monotime_diff_us(now, ring->struck);
}

/* --- complaints ----------------------------------------------------------- */

static struct flock
complaint(int type)
{
	struct flock lock = {
		.l_type = (short)type,
		.l_whence = SEEK_SET,
		.l_start = sizeof(struct image),
		.l_len = 1,
	};

	return lock;
}

void
bell_complain(struct bell *b, bool is_bad)
{
	struct flock lock = complaint(is_bad ? F_RDLCK : F_UNLCK);

	/* Of the descriptor: who holds it has ended when that is closed. */
	(void)fcntl(b->fd, F_OFD_SETLK, &lock);
}

bool
bell_has_complaint(struct bell *b)
{
	struct flock lock = complaint(F_WRLCK);

	return fcntl(b->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

const struct err *
bell_delays(struct bell *b, struct histogram *delays)
{
	memset(delays, 0, sizeof(*delays));
	/* What is beyond the end of the file is nothing. */
	return pread(b->fd, delays, sizeof(*delays), HEAD_BYTES) < 0
	    ? err_sys("%s", b->path)
	    : NULL;
}
