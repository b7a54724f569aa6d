/*
 * The same operations on an array of a document and on a plain list.
 */
#include "patching.h"

struct model {
	int value[1000];
	int n;
	unsigned random;
};

static int
any(struct model *m, int below)
{
	m->random = m->random * 1664525 + 1013904223;
	return (int)(m->random >> 8) % below;
}

static void
model_insert(struct model *m, int at, int value)
{
	memmove(m->value + at + 1, m->value + at,
	    (size_t)(m->n - at) * sizeof(m->value[0]));
	m->value[at] = value;
	m->n++;
}

static int
model_take(struct model *m, int at)
{
	int value = m->value[at];

	m->n--;
	memmove(m->value + at, m->value + at + 1,
	    (size_t)(m->n - at) * sizeof(m->value[0]));
	return value;
}

static void
model_write(const struct model *m, struct buf *to)
{
	buf_byte(to, '[');
	for (int i = 0; i < m->n; i++)
		buf_printf(to, "%s\"element %d\"", i > 0 ? "," : "",
		    m->value[i]);
	buf_byte(to, ']');
}

/* One operation on both. */
static void
model_step(struct model *m, struct buf *operations)
{
	int at = any(m, m->n), to = any(m, m->n), value = any(m, 100000);

	switch (any(m, 4)) {
	case 0:
		model_insert(m, at, value);
		buf_printf(operations,
		    "{\"op\":\"add\",\"path\":\"/%d\","
		    "\"value\":\"element %d\"}",
		    at, value);
		break;
	case 1:
		(void)model_take(m, at);
		buf_printf(operations, "{\"op\":\"remove\",\"path\":\"/%d\"}",
		    at);
		break;
	case 2:
		m->value[at] = value;
		buf_printf(operations,
		    "{\"op\":\"replace\",\"path\":\"/%d\","
		    "\"value\":\"element %d\"}",
		    at, value);
		break;
	case 3:
		model_insert(m, to, model_take(m, at));
		buf_printf(operations,
		    "{\"op\":\"move\",\"from\":\"/%d\",\"path\":\"/%d\"}", at,
		    to);
		break;
	}
}

static void
an_array_does_what_a_plain_list_does(void)
{
	struct buf body = { 0 }, operations = { 0 }, want = { 0 };
	struct model m = { .n = 600, .random = 1 };

	for (int i = 0; i < m.n; i++)
		m.value[i] = i;
	for (int round = 0; round < 60; round++) {
		buf_clear(&body);
		buf_clear(&operations);
		buf_clear(&want);
		model_write(&m, &body);
		for (int i = 0; i < 50; i++) {
			buf_byte(&operations, i > 0 ? ',' : '[');
			model_step(&m, &operations);
		}
		buf_byte(&operations, ']');
		model_write(&m, &want);
		check_becomes(buf_cstr(&body), buf_cstr(&operations),
		    buf_cstr(&want));
	}
	buf_fini(&body);
	buf_fini(&operations);
	buf_fini(&want);
}

TESTS(an_array_does_what_a_plain_list_does)
