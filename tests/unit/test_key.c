#include "key.h"

#include "check.h"

/* Configurations hold names that they may free. */
static char method[] = "method", path[] = "/path", odd[] = "a/b~c";
static char *two_fields[] = { method, path };
static char *odd_field[] = { odd };

static void
check(const struct config_coll *conf, const char *doc, const char *want)
{
	struct buf id = { 0 };
	bool has = key_of(conf, span_str(doc), &id);

	CHECK_STR(has ? buf_cstr(&id) : NULL, want);
	buf_fini(&id);
}

static void
the_usual_fields_are_tried_in_turn(void)
{
	struct config_coll conf = { 0 };

	check(&conf, "{\"name\":\"n\",\"id\":\"i\"}", "i");
	check(&conf, "{\"id\":null,\"key\":7}", "7");
	check(&conf, "{\"id\":{},\"uuid\":true}", "true");
	check(&conf, "{\"other\":1}", NULL);
	check(&conf, "[1]", NULL);
	check(&conf, "5", NULL);
}

static void
several_fields_are_joined(void)
{
	struct config_coll conf = { .key = { two_fields, 2 } };

	check(&conf, "{\"path\":\"/u\",\"method\":\"GET\"}", "GET /u");
	check(&conf, "{\"path\":\"/u\"}", NULL);
	check(&conf, "{\"path\":[],\"method\":\"GET\"}", NULL);
}

static void
texts_are_unescaped(void)
{
	struct config_coll conf = { 0 };

	check(&conf, "{\"id\":\"a\\\"b\\\\c\"}", "a\"b\\c");
}

static void
a_name_is_no_pointer(void)
{
	struct config_coll conf = { .key = { odd_field, 1 } };

	check(&conf, "{\"a/b~c\":1.50}", "1.50");
}

TESTS(the_usual_fields_are_tried_in_turn, several_fields_are_joined,
    texts_are_unescaped, a_name_is_no_pointer)
