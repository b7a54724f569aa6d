/*
 * scan_due: when a scan is due of projects that nobody watches.
 *
 * Floor 3.
 */
#ifndef SCAN_DUE_H
#define SCAN_DUE_H

#include <stdint.h>

struct bell_pulse;
struct config;
struct config_project;

/*
 * How many milliseconds a project is left alone between two scans: the
 * shortest interval of its collections, and four times what the last one took
 * where that is longer.
 */
int64_t scan_due_rest_ms(const struct config_project *,
    const struct bell_pulse *);

/*
 * In how many milliseconds one of the projects wants a scan; 0: now;
 * SCAN_DUE_NEVER while somebody watches one of them, who watches them all.
 * The bells are read, and nothing else.
 */
enum { SCAN_DUE_NEVER = -1 };
int64_t scan_due_ms(const struct config *);

#endif /* SCAN_DUE_H */
