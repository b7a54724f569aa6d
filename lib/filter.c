#include "filter.h"

#include <stdint.h>
#include <stdlib.h>

#include "glob.h"
#include "json.h"
#include "mem.h"
#include "pointer.h"

enum where_op {
	WHERE_EQ,
	WHERE_NE,
	WHERE_LT,
	WHERE_LE,
	WHERE_GT,
	WHERE_GE,
	WHERE_HAS,
	WHERE__MAX
};

enum term_kind { TERM_COLLECTION, TERM_MATCH, TERM_WHERE };

/* A piece of text, which moves while it grows. */
struct piece {
	uint32_t at, len;
};

/*
 * COLLECTION  left: a name
 * MATCH       left: glob of collections, right: glob of ids
 * WHERE       left: pointer as pointer.h has it, right: a canonical scalar
 */
struct term {
	enum term_kind kind;
	enum where_op op;
	struct piece left, right;
};

struct filter {
	struct buf text;
	struct term *term;
	size_t n_terms, cap_terms;
	bool has_collection, has_match, has_where;
};

static const char *const op_names[WHERE__MAX] = {
	[WHERE_EQ] = ":eq:",
	[WHERE_NE] = ":ne:",
	[WHERE_LT] = ":lt:",
	[WHERE_LE] = ":le:",
	[WHERE_GT] = ":gt:",
	[WHERE_GE] = ":ge:",
	[WHERE_HAS] = ":has:",
};

struct filter *
filter_new(void)
{
	return mem_new(1, sizeof(struct filter));
}

void
filter_free(struct filter *filter)
{
	if (filter == NULL)
		return;
	buf_fini(&filter->text);
	free(filter->term);
	free(filter);
}

/* --- making one ------------------------------------------------------------ */

static struct piece
keep(struct filter *filter, struct span text)
{
	struct piece piece = { (uint32_t)filter->text.len, (uint32_t)text.len };

	buf_span(&filter->text, text);
	return piece;
}

static struct span
get(const struct filter *filter, struct piece piece)
{
	return span_of(filter->text.data + piece.at, piece.len);
}

static const struct err *
check_size(const struct filter *filter, struct span text)
{
	if (filter->n_terms == FILTER_TERMS_MAX)
		return err_new(ERR_LIMIT, "there are more than %d terms",
		    FILTER_TERMS_MAX);
	if (text.len > FILTER_TERM_BYTES_MAX)
		return err_new(ERR_LIMIT, "a term is longer than %d bytes",
		    FILTER_TERM_BYTES_MAX);
	return NULL;
}

static void
add_term(struct filter *filter, struct term term)
{
	filter->term = mem_grow(filter->term, filter->n_terms,
	    &filter->cap_terms, sizeof(*filter->term));
	filter->term[filter->n_terms++] = term;
}

/* The rule of config_is_coll_name(), which reserves some names besides. */
static bool
is_name(struct span text)
{
	if (text.len == 0 || text.len > 64 || text.p[0] == '_' ||
	    text.p[0] == '-')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '_' && c != '-')
			return false;
	}
	return true;
}

const struct err *
filter_add_collections(struct filter *filter, struct span text)
{
	const struct err *err;

	do {
		struct span name = span_cut(&text, ',');
		struct term term = { .kind = TERM_COLLECTION };

		if (!is_name(name))
			return err_new(ERR_BAD_REQUEST,
			    "not a collection's name: \"%.*s\"",
			    SPAN_ARGS(name));
		err = check_size(filter, name);
		if (err != NULL)
			return err;
		term.left = keep(filter, name);
		add_term(filter, term);
		filter->has_collection = true;
	} while (text.len > 0);
	return NULL;
}

const struct err *
filter_add_match(struct filter *filter, struct span text, bool in_collection)
{
	struct term term = { .kind = TERM_MATCH };
	struct span left = span_str("*"), right = text;
	const struct err *err = check_size(filter, text);

	if (err != NULL)
		return err;
	if (!in_collection) {
		if (memchr(text.p, ':', text.len) == NULL)
			return err_new(ERR_BAD_REQUEST,
			    "not \"collection:glob\"");
		left = span_cut(&right, ':');
	}
	if (left.len == 0 || right.len == 0)
		return err_new(ERR_BAD_REQUEST, "an empty pattern");
	term.left = keep(filter, left);
	term.right = keep(filter, right);
	add_term(filter, term);
	filter->has_match = true;
	return NULL;
}

/* The first ":op:"; text is cut before it, *value is what follows. */
static bool
split_where(struct span *text, enum where_op *op, struct span *value)
{
	size_t first = SIZE_MAX;

	for (int i = 0; i < WHERE__MAX; i++) {
		const char *name = op_names[i];
		const char *at = memmem(text->p, text->len, name, strlen(name));

		if (at == NULL || (size_t)(at - text->p) >= first)
			continue;
		first = (size_t)(at - text->p);
		*op = (enum where_op)i;
		at += strlen(name);
		*value = span_of(at, text->len - (size_t)(at - text->p));
	}
	text->len = first;
	return first != SIZE_MAX;
}

/* As JSON if it is a scalar, else as the text that it is. */
static void
canonical_scalar(struct span value, struct buf *out)
{
	struct json doc = { 0 };

	if (json_scan(&doc, value, NULL) == NULL &&
	    json_kind(&doc, 0) != JSON_ARRAY &&
	    json_kind(&doc, 0) != JSON_OBJECT)
		buf_span(out, json_span(&doc, 0));
	else
		json_quote(out, value);
	json_fini(&doc);
}

const struct err *
filter_add_where(struct filter *filter, struct span text)
{
	struct term term = { .kind = TERM_WHERE };
	struct span value = { 0 };
	struct buf pointer = { 0 }, scalar = { 0 };
	const struct err *err = check_size(filter, text);

	if (err != NULL)
		return err;
	if (!split_where(&text, &term.op, &value))
		return err_new(ERR_BAD_REQUEST,
		    "not \"pointer:op:value\" with op eq, ne, lt, le, gt, ge "
		    "or has");
	json_escape(&pointer, text);
	err = pointer_check(buf_as_span(&pointer));
	if (err != NULL)
		goto out;
	canonical_scalar(value, &scalar);
	if (term.op == WHERE_HAS && !span_is(buf_as_span(&scalar), "true") &&
	    !span_is(buf_as_span(&scalar), "false")) {
		err = err_new(ERR_BAD_REQUEST, "has is true or false");
		goto out;
	}
	term.left = keep(filter, buf_as_span(&pointer));
	term.right = keep(filter, buf_as_span(&scalar));
	add_term(filter, term);
	filter->has_where = true;
out:
	buf_fini(&pointer);
	buf_fini(&scalar);
	return err;
}

/* --- comparing scalars ------------------------------------------------------ */

static bool
is_number(struct span v)
{
	return v.p[0] == '-' || (v.p[0] >= '0' && v.p[0] <= '9');
}

static bool
is_whole(struct span v)
{
	return memchr(v.p, '.', v.len) == NULL &&
	    memchr(v.p, 'e', v.len) == NULL && memchr(v.p, 'E', v.len) == NULL;
}

static int
sign(bool is_less, bool is_more)
{
	return is_more - is_less;
}

/* Of any size, exactly.  JSON allows no leading zeros. */
static int
order_whole(struct span a, struct span b)
{
	bool is_minus = a.p[0] == '-';
	int order;

	if (span_is(a, "-0"))
		return order_whole(span_of("0", 1), b);
	if (span_is(b, "-0"))
		return order_whole(a, span_of("0", 1));
	if (is_minus != (b.p[0] == '-'))
		return is_minus ? -1 : 1;
	order = a.len != b.len ? sign(a.len<b.len, a.len> b.len)
			       : memcmp(a.p, b.p, a.len);
	return is_minus ? -order : order;
}

static double
double_of(struct span v)
{
	char *text = mem_dup(v.p, v.len);
	double number = strtod(text, NULL);

	free(text);
	return number;
}

static int
order_numbers(struct span a, struct span b)
{
	double x, y;

	if (is_whole(a) && is_whole(b))
		return order_whole(a, b);
	x = double_of(a);
	y = double_of(b);
	return sign(x<y, x> y);
}

/* Of what the strings stand for, not of how they are escaped. */
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

/* True and *order, or false for two that have no order. */
static bool
order_scalars(struct span a, struct span b, int *order)
{
	if (is_number(a) && is_number(b))
		*order = order_numbers(a, b);
	else if (a.p[0] == '"' && b.p[0] == '"')
		*order = order_strings(a, b);
	else
		return false;
	return true;
}

static bool
is_equal(struct span a, struct span b)
{
	if (is_number(a) && is_number(b))
		return order_numbers(a, b) == 0;
	return span_eq(a, b);
}

static bool
where_holds(enum where_op op, struct span found, struct span wanted)
{
	int order = 0;
	bool is_ordered = op != WHERE_EQ && op != WHERE_NE && op != WHERE_HAS &&
	    order_scalars(found, wanted, &order);

	switch (op) {
	case WHERE_EQ:
		return is_equal(found, wanted);
	case WHERE_NE:
		return !is_equal(found, wanted);
	case WHERE_LT:
		return is_ordered && order < 0;
	case WHERE_LE:
		return is_ordered && order <= 0;
	case WHERE_GT:
		return is_ordered && order > 0;
	case WHERE_GE:
		return is_ordered && order >= 0;
	case WHERE_HAS:
		return span_is(wanted, "true");
	case WHERE__MAX:
		break;
	}
	return false;
}

/* --- asking ------------------------------------------------------------------ */

bool
filter_wants_collection(const struct filter *filter, struct span collection)
{
	bool is_named = !filter->has_collection;
	bool is_matched = !filter->has_match;

	for (size_t i = 0; i < filter->n_terms; i++) {
		const struct term *term = &filter->term[i];

		if (term->kind == TERM_COLLECTION)
			is_named |=
			    span_eq(get(filter, term->left), collection);
		else if (term->kind == TERM_MATCH)
			is_matched |=
			    glob_id(get(filter, term->left), collection);
	}
	return is_named && is_matched;
}

bool
filter_wants_id(const struct filter *filter, struct span collection,
    struct span id)
{
	bool is_matched = !filter->has_match;

	if (filter->has_collection &&
	    !filter_wants_collection(filter, collection))
		return false;
	for (size_t i = 0; i < filter->n_terms && !is_matched; i++) {
		const struct term *term = &filter->term[i];

		is_matched = term->kind == TERM_MATCH &&
		    glob_id(get(filter, term->left), collection) &&
		    glob_id(get(filter, term->right), id);
	}
	return is_matched;
}

bool
filter_has_where(const struct filter *filter)
{
	return filter->has_where;
}

bool
filter_is_all(const struct filter *filter)
{
	return filter->n_terms == 0;
}

bool
filter_is_by_collection(const struct filter *filter)
{
	return !filter->has_match && !filter->has_where;
}

bool
filter_wants_body(const struct filter *filter, struct span body)
{
	for (size_t i = 0; i < filter->n_terms; i++) {
		const struct term *term = &filter->term[i];
		struct span found, wanted = get(filter, term->right);
		bool holds;

		if (term->kind != TERM_WHERE)
			continue;
		if (pointer_seek(body, get(filter, term->left), &found))
			holds = where_holds(term->op, found, wanted);
		else
			holds = term->op == WHERE_NE ||
			    (term->op == WHERE_HAS && span_is(wanted, "false"));
		if (!holds)
			return false;
	}
	return true;
}

void
filter_key(const struct filter *filter, struct buf *key)
{
	static const char letter[] = { [TERM_COLLECTION] = 'c',
		[TERM_MATCH] = 'm',
		[TERM_WHERE] = 'w' };

	for (size_t i = 0; i < filter->n_terms; i++) {
		const struct term *term = &filter->term[i];

		buf_printf(key, "%c%d %u:%u:", letter[term->kind],
		    (int)term->op, term->left.len, term->right.len);
		buf_span(key, get(filter, term->left));
		buf_span(key, get(filter, term->right));
	}
}
