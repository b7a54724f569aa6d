#include "step.h"

#include "check.h"
#include "json.h"

static const struct ink plain = { 0 };

static struct change
change_of(enum change_op op, const char *patch)
{
	struct change change = {
		.seq = 42,
		.prev = 7,
		.op = op,
		.at.ms = 1000,
		.id = span_str("a/b"),
		.patch = span_str(patch),
	};

	return change;
}

static const char *
line(enum change_op op, const char *patch)
{
	static struct buf out;
	struct change change = change_of(op, patch);
	struct step step = { .change = &change, .coll = span_str("jobs") };

	buf_clear(&out);
	step_line(plain, &step, &out);
	return buf_cstr(&out);
}

static void
a_line_says_when_what_and_where(void)
{
	CHECK_STR(line(CHANGE_CREATE, ""),
	    "      42  1970-01-01T00:00:01.000Z  create  jobs/a/b");
	CHECK_STR(line(CHANGE_DELETE, ""),
	    "      42  1970-01-01T00:00:01.000Z  delete  jobs/a/b");
	CHECK_STR(line(CHANGE_PATCH,
		      "[{\"op\":\"remove\",\"path\":\"/x\"},"
		      "{\"op\":\"add\",\"path\":\"\",\"value\":{\"path\":1}}]"),
	    "      42  1970-01-01T00:00:01.000Z  patch   jobs/a/b  /x (all)");
}

static void
the_first_three_places_are_told_and_the_rest_counted(void)
{
	const char *op = "{\"op\":\"remove\",\"path\":\"/x\"}";
	struct buf patch = { 0 };

	buf_printf(&patch, "[%s,%s,%s]", op, op, op);
	CHECK(strstr(line(CHANGE_PATCH, buf_cstr(&patch)), "b  /x /x /x") !=
	    NULL);
	CHECK(strchr(line(CHANGE_PATCH, buf_cstr(&patch)), '+') == NULL);
	buf_clear(&patch);
	buf_printf(&patch, "[%s,%s,%s,%s,%s]", op, op, op, op, op);
	CHECK(strstr(line(CHANGE_PATCH, buf_cstr(&patch)), "/x /x /x +2") !=
	    NULL);
	buf_fini(&patch);
}

static void
a_damaged_change_is_told_as_far_as_it_goes(void)
{
	CHECK(strstr(line(CHANGE_PATCH, "nonsense"), "(no patch)") != NULL);
	CHECK(strstr(line(CHANGE_PATCH, "{\"a\":[1]}"), "jobs/a/b") != NULL);
	CHECK(strstr(line(CHANGE_PATCH, "[1,[2]]"), "(all) (all)") != NULL);
	CHECK(strstr(line((enum change_op)9, ""), "?") != NULL);
	CHECK(strstr(line((enum change_op)0, ""), "?") != NULL);
}

static void
operations_are_told_with_all_they_have(void)
{
	struct change change = change_of(CHANGE_PATCH,
	    "[{\"op\":\"replace\",\"path\":\"/s\",\"value\":\"x\"},"
	    "{\"op\":\"move\",\"from\":\"/p\",\"path\":\"/q\"},"
	    "{\"op\":\"str_ins\",\"path\":\"/t\",\"pos\":3,\"str\":\"u\"}]");
	struct step step = { .change = &change };
	struct buf out = { 0 };

	step_content(plain, &step, &out);
	CHECK_STR(buf_cstr(&out),
	    "\n          replace /s \"x\""
	    "\n          move /q from \"/p\""
	    "\n          str_ins /t pos 3 str \"u\"");
	buf_fini(&out);
}

static const char *
json(struct step step, bool has_content)
{
	static struct buf out;

	buf_clear(&out);
	step.coll = span_str("jobs");
	step_json(&step, has_content, &out);
	return buf_cstr(&out);
}

static void
json_has_the_members_of_the_http_api(void)
{
	struct change change = change_of(CHANGE_PATCH, "[]");
	struct step step = { .change = &change };

	change.actor = span_str("ann");
	change.mutation = span_str("m\"1");
	CHECK_STR(json(step, true),
	    "{\"seq\":42,\"at\":\"1970-01-01T00:00:01.000Z\","
	    "\"collection\":\"jobs\",\"id\":\"a/b\",\"op\":\"patch\","
	    "\"base\":7,\"version\":42,\"actor\":\"ann\","
	    "\"mutation\":\"m\\\"1\",\"patch\":[]}");
	CHECK(strstr(json(step, false), "patch\":[") == NULL);
	change = change_of(CHANGE_CREATE, "");
	step.body = span_str("1");
	CHECK(strstr(json(step, true),
		  "\"op\":\"put\",\"base\":0,\"version\":42,\"data\":1}") !=
	    NULL);
	change.op = CHANGE_PUT;
	CHECK(strstr(json(step, true), "\"op\":\"put\",\"base\":7") != NULL);
}

TESTS(a_line_says_when_what_and_where,
    the_first_three_places_are_told_and_the_rest_counted,
    a_damaged_change_is_told_as_far_as_it_goes,
    operations_are_told_with_all_they_have,
    json_has_the_members_of_the_http_api)
