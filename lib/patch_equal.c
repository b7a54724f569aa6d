/*
 * Numbers are compared as decimal text, 0.d1d2d3… * 10^scale without zeros at
 * either end, so 1, 1.0 and 10e-1 are equal and integers of any length are
 * exact.
 */
#include "patch_equal.h"

#include <stdlib.h>

#include "intern.h"
#include "mem.h"

#define EXPONENT_MAX INT64_C(10000000000000000)

struct decimal {
	bool is_negative;
	const char *first, *last; /* digits that count, maybe a point between */
	int64_t scale;
};

/*
 * The exponent of a number; false when it has so many digits that only equal
 * text is equal.
 */
static bool
read_exponent(const char *p, const char *end, int64_t *exponent)
{
	bool is_negative = p < end && *p == '-';

	*exponent = 0;
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (; p < end; p++) {
		if (*exponent > EXPONENT_MAX)
			return false;
		*exponent = *exponent * 10 + (*p - '0');
	}
	if (is_negative)
		*exponent = -*exponent;
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* False as above.  first is NULL for zero. */
static bool
decimal_read(struct decimal *d, struct span text)
{
	const char *p = text.p, *end = text.p + text.len, *q, *point = NULL;

	*d = (struct decimal){ .is_negative = *p == '-' };
	p += d->is_negative;
	for (q = p; q < end && (is_digit(*q) || *q == '.'); q++) {
		if (*q == '.') {
			point = q;
		} else if (*q != '0') {
			d->first = d->first == NULL ? q : d->first;
			d->last = q;
		}
	}
	if (d->first == NULL)
		return true;
	if (!read_exponent(q < end ? q + 1 : end, end, &d->scale))
		return false;
	if (point == NULL)
		point = q;
	/* Digits between the first that counts and the point. */
	d->scale += d->first < point ? point - d->first : point + 1 - d->first;
	return true;
}

static bool
same_digits(const struct decimal *a, const struct decimal *b)
{
	const char *p = a->first, *q = b->first;

	for (; p <= a->last && q <= b->last; p++, q++) {
		p += *p == '.';
		q += *q == '.';
		if (*p != *q)
			return false;
	}
	return p > a->last && q > b->last;
}

static bool
same_number(struct span a, struct span b)
{
	struct decimal x, y;

	if (span_eq(a, b))
		return true;
	if (!decimal_read(&x, a) || !decimal_read(&y, b))
		return false;
	if (x.first == NULL || y.first == NULL) /* -0 is 0 */
		return x.first == y.first;
	return x.is_negative == y.is_negative && x.scale == y.scale &&
	    same_digits(&x, &y);
}

static bool
same_elements(const struct json *a, uint32_t i, const struct json *b,
    uint32_t k)
{
	uint32_t n = a->node[i].count;

	for (i++, k++; n > 0; n--) {
		if (!patch_equal(a, i, b, k))
			return false;
		i = a->node[i].next;
		k = b->node[k].next;
	}
	return true;
}

/* Both have as many members, and keys are unique. */
static bool
same_members(const struct json *a, uint32_t i, const struct json *b, uint32_t k)
{
	struct intern keys = { 0 };
	uint32_t n = a->node[i].count, end = b->node[k].next, at;
	uint32_t *value = NULL;
	bool is_same = true;

	value = mem_new(n, sizeof(*value));
	for (k++; k < end; k = b->node[k + 1].next)
		value[intern_put(&keys, json_span(b, k))] = k + 1;
	for (i++; n > 0 && is_same; n--) {
		is_same = intern_get(&keys, json_span(a, i), &at) &&
		    patch_equal(a, i + 1, b, value[at]);
		i = a->node[i + 1].next;
	}
	free(value);
	intern_fini(&keys);
	return is_same;
}

bool
patch_equal(const struct json *a, uint32_t i, const struct json *b, uint32_t k)
{
	if (span_eq(json_span(a, i), json_span(b, k)))
		return true;
	if (a->node[i].kind != b->node[k].kind ||
	    a->node[i].count != b->node[k].count)
		return false;
	switch (json_kind(a, i)) {
	case JSON_NUMBER:
		return same_number(json_span(a, i), json_span(b, k));
	case JSON_ARRAY:
		return same_elements(a, i, b, k);
	case JSON_OBJECT:
		return same_members(a, i, b, k);
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
	case JSON_STRING:
	case JSON__MAX:
		break;
	}
	return false;
}
