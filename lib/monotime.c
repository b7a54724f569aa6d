#include "monotime.h"

#include <stdio.h>
#include <time.h>

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts = { 0 };

	/* Fails for an unknown clock id only. */
	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

struct monotime
monotime_now(void)
{
	struct monotime t = { read_clock(CLOCK_MONOTONIC) };

	return t;
}

struct walltime
walltime_now(void)
{
	struct walltime t = { read_clock(CLOCK_REALTIME) / 1000000 };

	return t;
}

char *
walltime_text(struct walltime t, char text[WALLTIME_TEXT_BYTES])
{
	time_t seconds = (time_t)(t.ms / 1000);
	int millis = (int)(t.ms % 1000);
	struct tm tm = { 0 };

	if (millis < 0) {
		millis += 1000;
		seconds--;
	}
	/* Fails beyond the year 2^31 only; then it says year 1900. */
	(void)gmtime_r(&seconds, &tm);
	(void)snprintf(text, WALLTIME_TEXT_BYTES,
	    "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    millis);
	return text;
}
