#include "past.h"

#include <stdlib.h>

#include "mem.h"
#include "store_case.h"
#include "store_trim.h"
#include "trim_case.h"

static const struct monotime to_the_end = { INT64_MAX };

static bool
list(const struct store_entity *entity, void *arg)
{
	buf_printf(arg, "%.*s@%llu/%lld=%.*s ", SPAN_ARGS(entity->id),
	    (unsigned long long)entity->version, (long long)entity->updated.ms,
	    SPAN_ARGS(entity->body));
	return true;
}

/* All of "things" at a seq, "id@version/time=body …"; cut as often as can be
 * when the slices end at once. */
static const char *
things_at(uint64_t seq, const char *after, struct monotime until, int *n_slices)
{
	static struct buf text;
	struct past *past = past_new(cid, seq, span_str(after));
	bool is_over = false;
	int n = 0;

	buf_clear(&text);
	while (!is_over && !check_failed) {
		CHECK_OK(past_walk(past, db, until, list, &text, &is_over));
		n++;
	}
	past_free(past);
	if (n_slices != NULL)
		*n_slices = n;
	return buf_cstr(&text);
}

static void
fill(void)
{
	uint64_t a;

	case_open();
	CHECK_OK(store_begin(db));
	a = case_create("a", "1");      /* 1 */
	(void)case_create("b", "2");    /* 2 */
	case_put(a, "3");               /* 3 */
	case_delete(a);                 /* 4 */
	(void)case_create("c/d", "[]"); /* 5 */
	(void)case_append((struct change){ .op = CHANGE_CREATE,
			      .eid = a,
			      .at = { 2000 } },
	    "6"); /* 6 */
	case_commit();
}

static void
each_place_shows_what_was_there(void)
{
	fill();
	CHECK_STR(things_at(1, "", to_the_end, NULL), "a@1/1000=1 ");
	CHECK_STR(things_at(2, "", to_the_end, NULL), "a@1/1000=1 b@2/1000=2 ");
	CHECK_STR(things_at(3, "", to_the_end, NULL), "a@3/1000=3 b@2/1000=2 ");
	CHECK_STR(things_at(4, "", to_the_end, NULL), "b@2/1000=2 ");
	CHECK_STR(things_at(5, "", to_the_end, NULL),
	    "b@2/1000=2 c/d@5/1000=[] ");
	CHECK_STR(things_at(6, "", to_the_end, NULL),
	    "a@6/2000=6 b@2/1000=2 c/d@5/1000=[] ");
	CHECK_STR(things_at(5, "b", to_the_end, NULL), "c/d@5/1000=[] ");
	case_close();
}

static void
slices_fit_together(void)
{
	static const struct monotime at_once = { 0 };
	int n;

	fill();
	CHECK_STR(things_at(5, "", at_once, &n), "b@2/1000=2 c/d@5/1000=[] ");
	CHECK_INT(n, 4);
	case_close();
}

static bool
list_one(const struct store_entity *entity, void *arg)
{
	(void)list(entity, arg);
	return false;
}

static void
a_caller_may_have_enough(void)
{
	struct past *past;
	struct buf text = { 0 };
	bool is_over = false;

	fill();
	past = past_new(cid, 3, span_str(""));
	CHECK_OK(past_walk(past, db, to_the_end, list_one, &text, &is_over));
	CHECK(is_over);
	CHECK_STR(buf_cstr(&text), "a@3/1000=3 ");
	past_free(past);
	buf_fini(&text);
	case_close();
}

static void
the_time_of_a_trimmed_version_is_kept(void)
{
	fill();
	trim(3);
	CHECK_STR(things_at(3, "", to_the_end, NULL), "a@3/1000=3 b@2/1000=2 ");
	case_close();
}

static void
below_the_floor_all_is_gone(void)
{
	struct past *past;
	bool is_over;

	fill();
	trim(3);
	past = past_new(cid, 2, span_str(""));
	CHECK_ERR(past_walk(past, db, to_the_end, list, NULL, &is_over),
	    ERR_GONE);
	CHECK(!is_over);
	past_free(past);
	case_close();
}

/* --- often and seldom changed --------------------------------------------- */

enum { IDS = 20, CHANGES = 4000 };

/* What the log must say, kept beside it. */
struct model {
	int value[IDS], version[IDS]; /* version 0: not there */
	char *text[CHANGES + 1];
};

static void
note(struct model *model, uint64_t seq)
{
	struct buf text = { 0 };

	for (int i = 0; i < IDS; i++)
		if (model->version[i] > 0)
			buf_printf(&text, "id-%02d@%d/1000={\"n\":%d} ", i,
			    model->version[i], model->value[i]);
	model->text[seq] = mem_dup(buf_cstr(&text), text.len);
	buf_fini(&text);
}

static void
change(struct model *model, uint64_t *eid, int i, int seq)
{
	struct change change = { .eid = eid[i] };
	char id[16], body[32], patch[96];

	(void)snprintf(id, sizeof(id), "id-%02d", i);
	(void)snprintf(body, sizeof(body), "{\"n\":%d}", seq);
	(void)snprintf(patch, sizeof(patch),
	    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":%d}]", seq);
	change.id = span_str(id);
	change.op = CHANGE_PUT;
	if (model->version[i] == 0) {
		change.op = CHANGE_CREATE;
	} else if (rand() % 20 == 0) {
		change.op = CHANGE_DELETE;
		body[0] = '\0';
	} else if (rand() % 2 > 0) {
		change.op = CHANGE_PATCH;
		change.patch = span_str(patch);
	}
	eid[i] = case_append(change, body);
	model->value[i] = seq;
	model->version[i] = body[0] == '\0' ? 0 : seq;
	note(model, (uint64_t)seq);
}

static void
random_places_are_as_they_were(void)
{
	static struct model model;
	uint64_t eid[IDS] = { 0 };
	static const struct monotime ends[] = { { 0 }, { INT64_MAX } };

	srand(17);
	case_open();
	CHECK_OK(store_begin(db));
	for (int seq = 1; seq <= CHANGES && !check_failed; seq++) {
		/* Some often, in the end one alone; others never again. */
		int i = seq % 3 > 0 || seq > CHANGES * 3 / 4
		    ? 7
		    : rand() % (seq < CHANGES / 2 ? IDS : IDS / 4);

		change(&model, eid, i, seq);
	}
	case_commit();
	for (int i = 0; i < 400 && !check_failed; i++) {
		int seq = 1 + rand() % CHANGES;

		CHECK_STR(things_at((uint64_t)seq, "", ends[i % 2], NULL),
		    model.text[seq]);
	}
	for (int seq = 1; seq <= CHANGES; seq++)
		free(model.text[seq]);
	case_close();
}

TESTS(each_place_shows_what_was_there, slices_fit_together,
    a_caller_may_have_enough, the_time_of_a_trimmed_version_is_kept,
    below_the_floor_all_is_gone, random_places_are_as_they_were)
