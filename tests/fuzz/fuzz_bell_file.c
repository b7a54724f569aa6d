/*
 * fuzz_bell_file: a bell that anybody may have damaged.  It is read, and shown,
 * as anything but as a crash; and a watcher that strikes it makes it good
 * again.
 */
#include "pulse.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "bell.h"
#include "buf.h"
#include "exposition.h"
#include "fuzz.h"
#include "histogram.h"
#include "json.h"
#include "tmpdir.h"

enum { BELL_BYTES = 320 };

static void
damage(const uint8_t *bytes, size_t n)
{
	int fd = open(tmpdir_path("store-bell"),
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert(fd >= 0);
	assert(write(fd, bytes, n) == (ssize_t)n);
	assert(close(fd) == 0);
}

/* As manifest, health and metrics do. */
static void
show(const struct bell_ring *ring, const struct bell_pulse *pulse)
{
	char text[WALLTIME_TEXT_BYTES];
	struct walltime now = walltime_now();
	struct buf out = { 0 };
	struct json doc = { 0 };

	assert(bell_age_us(ring, monotime_now()) >= -1);
	(void)pulse_state_text(pulse_state(pulse, now));
	(void)pulse_mode_text(pulse);
	assert(strlen(walltime_text(ring->at, text)) < sizeof(text));
	assert(strlen(walltime_text(pulse->next, text)) < sizeof(text));
	pulse_write_poll(pulse, 3000, -1, &out);
	assert(json_scan(&doc, buf_as_span(&out), NULL) == NULL);
	json_fini(&doc);
	buf_fini(&out);
}

static void
show_delays(struct bell *b)
{
	struct histogram delays, sum = { 0 };
	struct buf out = { 0 };

	assert(bell_delays(b, &delays) == NULL);
	histogram_add(&sum, &delays);
	exposition_family(&out, "delays", EXPOSITION_HISTOGRAM, "delays");
	exposition_histogram(&out, "delays", EXPOSITION_UNLABELLED, &sum);
	buf_fini(&out);
}

static void
listen_to(void)
{
	struct bell_pulse pulse;
	struct bell_ring ring;
	struct bell *b = NULL;

	assert(bell_open(&b, tmpdir_path("store"), BELL_LISTEN) == NULL);
	if (bell_read(b, &ring, &pulse) == NULL)
		show(&ring, &pulse);
	show_delays(b);
	bell_close(b);
}

static void
is_mended(void)
{
	const struct bell_pulse beat = { .watcher_pid = 1,
		.mode = BELL_WATCH_SCAN,
		.scanned = { 2 },
		.next = { 3 },
		.problems = 4 };
	struct bell_pulse pulse;
	struct bell_ring ring;
	struct bell *b = NULL;

	assert(bell_open(&b, tmpdir_path("store"), BELL_RING) == NULL);
	assert(bell_lock(b, 0) == NULL);
	bell_delay(b, 700);
	bell_beat(b, &beat);
	assert(bell_strike(b, 17, 4711) == NULL);
	assert(bell_read(b, &ring, &pulse) == NULL);
	assert(ring.epoch == 17 && ring.seq == 4711);
	assert(pulse.watcher_pid == 1 && pulse.mode == BELL_WATCH_SCAN);
	assert(pulse.scanned.ms == 2 && pulse.next.ms == 3);
	assert(pulse.scan_us == 0 && pulse.entries == 0 && pulse.problems == 4);
	assert(bell_age_us(&ring, monotime_now()) >= 0);
	bell_close(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	damage(bytes, n > BELL_BYTES + 8 ? BELL_BYTES + 8 : n);
	listen_to();
	is_mended();
	listen_to();
	return 0;
}
