#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "monotime.h"

enum { LOG_LINE_BYTES = 2048 };

static const char *program_name = "tidemark";
static enum log_level level_max = LOG_INFO;

static const char *const level_name[LOG__MAX] = {
	[LOG_ERROR] = "error: ",
	[LOG_WARNING] = "warning: ",
	[LOG_INFO] = "",
	[LOG_DEBUG] = "debug: ",
};

void
log_init(const char *program, enum log_level most)
{
	program_name = program;
	level_max = most;
}

/* Control characters in a file name must not forge lines or move cursors. */
static void
defuse(char *line)
{
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			*line = '?';
}

__attribute__((format(printf, 2, 0))) static void
line(enum log_level level, const char *fmt, va_list ap)
{
	char text[LOG_LINE_BYTES], when[WALLTIME_TEXT_BYTES];

	if (level > level_max)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut when too long */
	defuse(text);
	/* With stderr gone there is nobody left to tell. */
	(void)fprintf(stderr, "%s %s[%d] %s%s\n",
	    walltime_text(walltime_now(), when), program_name, (int)getpid(),
	    level_name[level], text);
}

#define LOG_AT(level)                                                          \
	do {                                                                   \
		va_list ap;                                                    \
		va_start(ap, fmt);                                             \
		line(level, fmt, ap);                                          \
		va_end(ap);                                                    \
	} while (0)

void
log_error(const char *fmt, ...)
{
	LOG_AT(LOG_ERROR);
}

void
log_warning(const char *fmt, ...)
{
	LOG_AT(LOG_WARNING);
}

void
log_info(const char *fmt, ...)
{
	LOG_AT(LOG_INFO);
}

void
log_debug(const char *fmt, ...)
{
	LOG_AT(LOG_DEBUG);
}
