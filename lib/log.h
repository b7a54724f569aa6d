/*
 * log: one line an event on stderr, for a person and for the journal:
 *
 *   2026-01-02T03:04:05.678Z tidemark-watcher[123] warning: text
 *
 * Floor 0.
 */
#ifndef LOG_H
#define LOG_H

#include "err.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG__MAX };

/* Set the name that stands in each line (borrowed for ever) and the level. */
void log_init(const char *program, enum log_level most);

void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif /* LOG_H */
