#include "walltime.h"

#include <stdint.h>

enum {
	MS_DIGITS_LEAST = 12, /* seconds have fewer until the year 5138 */
	MS_DIGITS_MOST = 15,
	ERA_YEARS = 400, /* after which the calendar repeats */
	ERA_DAYS = 146097,
	EPOCH_DAY = 719468, /* 1970-01-01, in days after 0000-03-01 */
};

#define DAY_MS INT64_C(86400000)

/* Exactly n digits; false when there are others. */
static bool
take_digits(struct span *text, size_t n, int *value)
{
	*value = 0;
	if (text->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = text->p[i];

		if (c < '0' || c > '9')
			return false;
		*value = *value * 10 + (c - '0');
	}
	*text = span_of(text->p + n, text->len - n);
	return true;
}

/* One of these characters. */
static bool
take_one_of(struct span *text, const char *these, char *found)
{
	if (text->len == 0 || strchr(these, text->p[0]) == NULL ||
	    text->p[0] == '\0')
		return false;
	*found = text->p[0];
	*text = span_of(text->p + 1, text->len - 1);
	return true;
}

static bool
take(struct span *text, char c)
{
	const char these[] = { c, '\0' };
	char found;

	return take_one_of(text, these, &found);
}

static int
days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && is_leap);
}

/*
 * Days since 1970-01-01.  Years begin with March, so that the leap day is the
 * last one.  Source: https://howardhinnant.github.io/date_algorithms.html
 */
static int
day_number(int year, int month, int day)
{
	int y = year + ERA_YEARS - (month <= 2); /* not below 0 */
	int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day;
	int of_era = y % ERA_YEARS;

	return (y / ERA_YEARS - 1) * ERA_DAYS + of_era * 365 + of_era / 4 -
	    of_era / 100 + of_year - 1 - EPOCH_DAY;
}

/* full-date, as a day since 1970. */
static bool
take_date(struct span *text, int *day)
{
	int year, month, of_month;

	if (!take_digits(text, 4, &year) || !take(text, '-') ||
	    !take_digits(text, 2, &month) || !take(text, '-') ||
	    !take_digits(text, 2, &of_month) || month < 1 || month > 12 ||
	    of_month < 1 || of_month > days_in(year, month))
		return false;
	*day = day_number(year, month, of_month);
	return true;
}

/* time-secfrac, to the millisecond; none is 0. */
static bool
take_fraction(struct span *text, int *ms)
{
	int digit, weight = 100;

	*ms = 0;
	if (!take(text, '.'))
		return true;
	if (!take_digits(text, 1, &digit))
		return false;
	do {
		*ms += digit * weight;
		weight /= 10;
	} while (take_digits(text, 1, &digit));
	return true;
}

/* partial-time, in ms. */
static bool
take_time(struct span *text, int64_t *ms)
{
	int hour, minute, second, fraction;

	if (!take_digits(text, 2, &hour) || !take(text, ':') ||
	    !take_digits(text, 2, &minute) || !take(text, ':') ||
	    !take_digits(text, 2, &second) || !take_fraction(text, &fraction) ||
	    hour > 23 || minute > 59 || second > 60)
		return false;
	*ms = ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + fraction;
	return true;
}

/* time-offset, in ms that are to be taken off. */
static bool
take_offset(struct span *text, int64_t *ms)
{
	int hour, minute;
	char sign;

	*ms = 0;
	if (!take_one_of(text, "Zz+- ", &sign))
		return false;
	if (sign == 'Z' || sign == 'z')
		return true;
	if (!take_digits(text, 2, &hour) || !take(text, ':') ||
	    !take_digits(text, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*ms = (hour * 60 + minute) * INT64_C(60000);
	if (sign == '-')
		*ms = -*ms;
	return true;
}

static bool
parse_number(struct span text, struct walltime *t)
{
	int64_t n = 0;
	int digit;
	size_t digits = text.len;

	if (digits == 0 || digits > MS_DIGITS_MOST)
		return false;
	while (text.len > 0) {
		if (!take_digits(&text, 1, &digit))
			return false;
		n = n * 10 + digit;
	}
	t->ms = digits >= MS_DIGITS_LEAST ? n : n * 1000;
	return true;
}

bool
walltime_parse(struct span text, struct walltime *t)
{
	int64_t ms, offset;
	char between;
	int day;

	if (parse_number(text, t))
		return true;
	if (!take_date(&text, &day) || !take_one_of(&text, "Tt ", &between) ||
	    !take_time(&text, &ms) || !take_offset(&text, &offset) ||
	    text.len > 0)
		return false;
	t->ms = day * DAY_MS + ms - offset;
	return true;
}
