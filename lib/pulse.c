#include "pulse.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>

#include "buf.h"
#include "chance.h"

enum {
	PULSE_LATE_INTERVALS = 3,
	PULSE_LATE_MS_MIN = 6000, /* a busy machine is no stopped watcher */
	PULSE_PAST_SCAN_MS = 30,  /* reading, storing and ringing */
	PULSE_SPREAD_MS_MIN = 250,
	PULSE_CROWD_A_MS = 2, /* requests that cost nobody anything */
};

static const char *const state_texts[PULSE__MAX] = {
	[PULSE_OK] = "ok",
	[PULSE_DEGRADED] = "degraded",
	[PULSE_STOPPED] = "stopped",
};

static bool
is_late(const struct bell_pulse *pulse, struct walltime now)
{
	int64_t interval = pulse->next.ms - pulse->scanned.ms;
	int64_t late =
	    PULSE_LATE_INTERVALS * interval + (int64_t)(pulse->scan_us / 1000);

	if (pulse->scanned.ms == 0) /* the first scan is under way */
		return false;
	if (late < PULSE_LATE_MS_MIN)
		late = PULSE_LATE_MS_MIN;
	/* It scanned in the future: the clock was set back, and it is due. */
	return llabs(now.ms - pulse->scanned.ms) > late;
}

bool
pulse_is_alive(const struct bell_pulse *pulse)
{
	return pulse->watcher_pid != 0 &&
	    (kill((pid_t)pulse->watcher_pid, 0) == 0 || errno != ESRCH);
}

enum pulse_state
pulse_state(const struct bell_pulse *pulse, struct walltime now)
{
	if (!pulse_is_alive(pulse) || is_late(pulse, now))
		return PULSE_STOPPED;
	return pulse->problems > 0 ? PULSE_DEGRADED : PULSE_OK;
}

const char *
pulse_state_text(enum pulse_state state)
{
	return state_texts[state];
}

const char *
pulse_mode_text(const struct bell_pulse *pulse)
{
	return pulse->mode == BELL_WATCH_INOTIFY ? "inotify" : "scan";
}

int64_t
pulse_next_ms(const struct bell_pulse *pulse, struct walltime now,
    int64_t idle_ms)
{
	int64_t left = pulse->next.ms - now.ms;

	if (pulse->next.ms == 0 || pulse_state(pulse, now) == PULSE_STOPPED)
		return idle_ms;
	return left > 0 ? left : 0;
}

int64_t
pulse_after_ms(const struct bell_pulse *pulse, uint32_t interval_ms,
    uint32_t crowd)
{
	uint32_t spread_ms = crowd / PULSE_CROWD_A_MS;

	if (spread_ms > interval_ms)
		spread_ms = interval_ms;
	if (spread_ms < PULSE_SPREAD_MS_MIN)
		spread_ms = PULSE_SPREAD_MS_MIN;
	return pulse_next_ms(pulse, walltime_now(), interval_ms) +
	    PULSE_PAST_SCAN_MS + chance_upto(spread_ms);
}

void
pulse_write_poll(const struct bell_pulse *pulse, uint32_t interval_ms,
    int64_t after_ms, struct buf *out)
{
	buf_printf(out, "{\"interval_ms\":%u,\"next_scan_ms\":%lld,",
	    interval_ms,
	    (long long)pulse_next_ms(pulse, walltime_now(), interval_ms));
	if (after_ms >= 0)
		buf_printf(out, "\"hint\":\"poll\",\"after_ms\":%lld}",
		    (long long)after_ms);
	else
		buf_str(out, "\"hint\":null}");
}
