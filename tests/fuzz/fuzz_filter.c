/*
 * fuzz_filter: first the collection and the id that are asked about, in a
 * line; then terms, one a line, of which the first letter is the kind: c
 * (collections), m (match), n (match within a collection), w (where); then,
 * behind an empty line, the body.  The verdicts are those of an evaluator that
 * takes the terms apart by itself, and a filter made of the same terms has the
 * same key.
 */
#include "filter.h"

#include <assert.h>
#include <stdlib.h>

#include "fuzz.h"
#include "glob.h"
#include "json.h"
#include "mem.h"
#include "pointer.h"

/* --- one where, by hand --------------------------------------------------------- */

static const char *const ops[] = { "eq", "ne", "lt", "le", "gt", "ge", "has" };

/* Cut at the first ":op:", looking at each place in turn. */
static const char *
split(struct span *text, struct span *value)
{
	for (size_t at = 0; at < text->len; at++) {
		struct span rest = span_of(text->p + at, text->len - at);

		for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
			size_t n = strlen(ops[i]);

			if (rest.len < n + 2 || rest.p[0] != ':' ||
			    rest.p[n + 1] != ':' ||
			    memcmp(rest.p + 1, ops[i], n) != 0)
				continue;
			*value = span_of(rest.p + n + 2, rest.len - n - 2);
			text->len = at;
			return ops[i];
		}
	}
	return NULL;
}

/* The value as JSON: a scalar, or else a text. */
static void
scan_wanted(struct span value, struct json *wanted)
{
	struct buf text = { 0 };

	if (json_scan(wanted, value, NULL) != NULL ||
	    json_kind(wanted, 0) >= JSON_ARRAY) {
		json_quote(&text, value);
		assert(json_scan(wanted, buf_as_span(&text), NULL) == NULL);
	}
	buf_fini(&text);
}

/* Digits of a whole number, with zeros in front; behind its sign. */
static int
order_digits(struct span a, struct span b)
{
	size_t n = a.len > b.len ? a.len : b.len;

	for (size_t i = 0; i < n; i++) {
		char x = i + a.len < n ? '0' : a.p[i + a.len - n];
		char y = i + b.len < n ? '0' : b.p[i + b.len - n];

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static bool
is_whole(struct span v)
{
	for (size_t i = 0; i < v.len; i++)
		if (strchr(".eE", v.p[i]) != NULL)
			return false;
	return true;
}

static bool
is_zero(struct span digits)
{
	return order_digits(digits, span_str("0")) == 0;
}

static int
order_numbers(struct span a, struct span b)
{
	bool a_is_minus = a.p[0] == '-', b_is_minus = b.p[0] == '-';
	char *a_text = mem_dup(a.p, a.len), *b_text = mem_dup(b.p, b.len);
	double x = strtod(a_text, NULL), y = strtod(b_text, NULL);

	free(a_text);
	free(b_text);
	if (!is_whole(a) || !is_whole(b))
		return (x > y) - (x < y);
	a = span_of(a.p + a_is_minus, a.len - a_is_minus);
	b = span_of(b.p + b_is_minus, b.len - b_is_minus);
	a_is_minus &= !is_zero(a);
	b_is_minus &= !is_zero(b);
	if (a_is_minus != b_is_minus)
		return a_is_minus ? -1 : 1;
	return a_is_minus ? order_digits(b, a) : order_digits(a, b);
}

static int
order_strings(struct span a, struct span b)
{
	struct buf x = { 0 }, y = { 0 };
	int order;

	json_unescape(&x, json_inside(a));
	json_unescape(&y, json_inside(b));
	order = span_cmp(buf_as_span(&x), buf_as_span(&y));
	buf_fini(&x);
	buf_fini(&y);
	return order;
}

static bool
compares(const struct json *body, uint32_t node, const char *op,
    const struct json *wanted)
{
	enum json_kind kind = json_kind(body, node);
	struct span a = json_span(body, node), b = json_span(wanted, 0);
	bool is_comparable = kind == json_kind(wanted, 0);
	bool is_ordered = kind == JSON_NUMBER || kind == JSON_STRING;
	int order = !is_comparable || !is_ordered ? !span_eq(a, b)
	    : kind == JSON_NUMBER                 ? order_numbers(a, b)
						  : order_strings(a, b);

	if (op[0] == 'e')
		return order == 0;
	if (op[0] == 'n')
		return order != 0;
	if (!is_comparable || !is_ordered)
		return false;
	if (order == 0)
		return op[1] == 'e';
	return (op[0] == 'l') == (order < 0);
}

static bool
where_holds(struct span text, const struct json *body)
{
	struct json wanted = { 0 };
	struct buf pointer = { 0 };
	struct span value = { 0 };
	const char *op = split(&text, &value);
	uint32_t node;
	bool is_there, holds;

	assert(op != NULL);
	json_escape(&pointer, text);
	scan_wanted(value, &wanted);
	is_there = pointer_find(body, buf_as_span(&pointer), &node);
	if (op[0] == 'h')
		holds = is_there == (json_kind(&wanted, 0) == JSON_TRUE);
	else if (is_there)
		holds = compares(body, node, op, &wanted);
	else
		holds = op[0] == 'n';
	json_fini(&wanted);
	buf_fini(&pointer);
	return holds;
}

/* --- all terms --------------------------------------------------------------------- */

/* Who is asked about, and the verdict so far. */
struct verdict {
	struct span collection, id;
	const struct json *body; /* NULL: none */
	bool has_names, is_named, has_match, is_matched, has_where, holds;
};

static void
judge(struct verdict *v, char kind, struct span text)
{
	struct span rest = text, left = span_str("*");

	switch (kind) {
	case 'c':
		v->has_names = true;
		while (rest.len > 0)
			v->is_named |=
			    span_eq(span_cut(&rest, ','), v->collection);
		break;
	case 'm':
		left = span_cut(&rest, ':');
		/* fall through */
	case 'n':
		v->has_match = true;
		v->is_matched |=
		    glob_id(left, v->collection) && glob_id(rest, v->id);
		break;
	default:
		v->has_where = true;
		v->holds &= v->body == NULL || where_holds(text, v->body);
		break;
	}
}

static const struct err *
add(struct filter *filter, char kind, struct span text)
{
	switch (kind) {
	case 'c':
		return filter_add_collections(filter, text);
	case 'm':
		return filter_add_match(filter, text, false);
	case 'n':
		return filter_add_match(filter, text, true);
	default:
		return filter_add_where(filter, text);
	}
}

/*
 * Terms up to the empty line.  One that is refused may have left a part of
 * itself: a request is answered by the error then, so that is the end.
 */
static bool
take_terms(struct filter *filter, struct verdict *v, struct span *rest)
{
	for (;;) {
		struct span line = span_cut(rest, '\n');
		struct span text;

		if (line.len == 0)
			return true;
		text = span_of(line.p + 1, line.len - 1);
		if (add(filter, line.p[0], text) != NULL)
			return false;
		judge(v, line.p[0], text);
	}
}

static void
is_judged(const struct filter *filter, const struct verdict *v)
{
	bool wants_id =
	    (!v->has_names || v->is_named) && (!v->has_match || v->is_matched);

	assert(filter_wants_id(filter, v->collection, v->id) == wants_id);
	if (wants_id)
		assert(filter_wants_collection(filter, v->collection));
	assert(filter_has_where(filter) == v->has_where);
	assert(filter_is_all(filter) ==
	    !(v->has_names || v->has_match || v->has_where));
	if (v->body != NULL)
		assert(filter_wants_body(filter, buf_as_span(&v->body->text)) ==
		    v->holds);
}

static void
has_the_same_key(const struct filter *a, const struct filter *b)
{
	struct buf x = { 0 }, y = { 0 };

	filter_key(a, &x);
	filter_key(b, &y);
	assert(span_eq(buf_as_span(&x), buf_as_span(&y)));
	buf_fini(&x);
	buf_fini(&y);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct span rest = span_of((const char *)bytes, n);
	struct span id = span_cut(&rest, '\n');
	struct span collection = span_cut(&id, ' '), again = rest;
	struct filter *filter = filter_new(), *twin = filter_new();
	struct verdict v = { .collection = collection,
		.id = id,
		.holds = true };
	struct json body = { 0 };
	const char *end = memmem(rest.p, rest.len, "\n\n", 2);

	if (end != NULL &&
	    json_scan(&body,
		span_of(end + 2, (size_t)(rest.p + rest.len - end) - 2),
		NULL) == NULL)
		v.body = &body;
	if (take_terms(filter, &v, &rest)) {
		is_judged(filter, &v);
		assert(take_terms(twin, &v, &again));
		has_the_same_key(filter, twin);
	}
	json_fini(&body);
	filter_free(filter);
	filter_free(twin);
	return 0;
}
