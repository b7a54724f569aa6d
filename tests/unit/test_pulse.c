#include "pulse.h"

#include <unistd.h>

#include "check.h"

enum { INTERVAL_MS = 3000, LATE_MS = 3 * INTERVAL_MS, IDLE_MS = 5000 };

static const struct walltime scanned = { 1000000 };

static struct bell_pulse
some_pulse(void)
{
	struct bell_pulse pulse = {
		.watcher_pid = (uint64_t)getpid(),
		.scanned = scanned,
		.next = { scanned.ms + INTERVAL_MS },
	};

	return pulse;
}

static struct walltime
after_ms(int64_t ms)
{
	struct walltime now = { scanned.ms + ms };

	return now;
}

static void
three_intervals_without_a_scan_are_late(void)
{
	struct bell_pulse pulse = some_pulse();

	CHECK_INT(pulse_state(&pulse, after_ms(LATE_MS)), PULSE_OK);
	CHECK_INT(pulse_state(&pulse, after_ms(LATE_MS + 1)), PULSE_STOPPED);
	pulse.scanned.ms = 0; /* the first scan is under way */
	CHECK_INT(pulse_state(&pulse, after_ms(LATE_MS + 1)), PULSE_OK);
}

static void
so_is_a_scan_in_a_future_that_the_clock_went_back_from(void)
{
	struct bell_pulse pulse = some_pulse();

	CHECK_INT(pulse_state(&pulse, after_ms(-LATE_MS)), PULSE_OK);
	CHECK_INT(pulse_state(&pulse, after_ms(-LATE_MS - 1)), PULSE_STOPPED);
}

static void
nobody_is_told_to_wait_until_the_clock_is_there_again(void)
{
	struct bell_pulse pulse = some_pulse();

	CHECK_INT(pulse_next_ms(&pulse, after_ms(1000), IDLE_MS), 2000);
	CHECK_INT(pulse_next_ms(&pulse, after_ms(4000), IDLE_MS), 0);
	CHECK_INT(pulse_next_ms(&pulse, after_ms(LATE_MS + 1), IDLE_MS),
	    IDLE_MS);
	CHECK_INT(pulse_next_ms(&pulse, after_ms(-3600000), IDLE_MS), IDLE_MS);
}

TESTS(three_intervals_without_a_scan_are_late,
    so_is_a_scan_in_a_future_that_the_clock_went_back_from,
    nobody_is_told_to_wait_until_the_clock_is_there_again)
