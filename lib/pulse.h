/*
 * pulse: how the watcher of a project is doing, by the pulse beside its bell,
 * and what that means for a client that polls.
 *
 * Floor 2.
 */
#ifndef PULSE_H
#define PULSE_H

#include <stdbool.h>
#include <stdint.h>

#include "bell.h"
#include "monotime.h"

struct buf;

enum pulse_state { PULSE_OK, PULSE_DEGRADED, PULSE_STOPPED, PULSE__MAX };

/* Is its process there? */
bool pulse_is_alive(const struct bell_pulse *);

/*
 * STOPPED: no such process (any more), or it has not scanned for three
 * intervals; DEGRADED: some source cannot be read.
 */
enum pulse_state pulse_state(const struct bell_pulse *, struct walltime now);
const char *pulse_state_text(enum pulse_state);
const char *pulse_mode_text(const struct bell_pulse *);

/* Until the next scan; idle_ms when nobody will scan. */
int64_t pulse_next_ms(const struct bell_pulse *, struct walltime now,
    int64_t idle_ms);

/*
 * Append {"interval_ms","next_scan_ms","hint"}, the "poll" of an answer.
 *
 * after_ms  with a hint to poll: when to come again; else negative
 */
void pulse_write_poll(const struct bell_pulse *, uint32_t interval_ms,
    int64_t after_ms, struct buf *out);

/*
 * When a client that cannot wait should come again: just past the next scan,
 * spread so that a crowd of so many does not come at once.
 */
int64_t pulse_after_ms(const struct bell_pulse *, uint32_t interval_ms,
    uint32_t crowd);

#endif /* PULSE_H */
