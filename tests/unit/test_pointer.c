#include "pointer.h"

#include "check.h"

/* RFC 6901 section 5, in canonical form. */
static const char rfc_doc[] =
    "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,"
    "\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8}";

static const struct {
	const char *pointer, *value;
} rfc_rows[] = {
	{ "", rfc_doc },
	{ "/foo", "[\"bar\",\"baz\"]" },
	{ "/foo/0", "\"bar\"" },
	{ "/foo/1", "\"baz\"" },
	{ "/", "0" },
	{ "/a~1b", "1" },
	{ "/c%d", "2" },
	{ "/e^f", "3" },
	{ "/g|h", "4" },
	{ "/i\\\\j", "5" },
	{ "/k\\\"l", "6" },
	{ "/ ", "7" },
	{ "/m~0n", "8" },
	{ "/foo/2", NULL },
	{ "/foo/00", NULL },
	{ "/foo/-", NULL },
	{ "/foo/-1", NULL },
	{ "/foo/4294967296", NULL },
	{ "/fo", NULL },
	{ "/foo/0/x", NULL },
	{ "//", NULL },
};
enum { N_RFC_ROWS = sizeof(rfc_rows) / sizeof(rfc_rows[0]) };

static void
the_tape_leads_where_rfc_6901_says(void)
{
	struct json doc = { 0 };

	CHECK_OK(json_scan(&doc, span_str(rfc_doc), NULL));
	for (size_t i = 0; i < N_RFC_ROWS; i++) {
		uint32_t node = 0;
		bool is_found =
		    pointer_find(&doc, span_str(rfc_rows[i].pointer), &node);

		if (!CHECK(is_found == (rfc_rows[i].value != NULL)))
			printf("#   %s\n", rfc_rows[i].pointer);
		else if (is_found)
			CHECK(
			    span_is(json_span(&doc, node), rfc_rows[i].value));
	}
	json_fini(&doc);
}

static void
bare_bytes_lead_there_too(void)
{
	for (size_t i = 0; i < N_RFC_ROWS; i++) {
		struct span value = { 0 };
		bool is_found = pointer_seek(span_str(rfc_doc),
		    span_str(rfc_rows[i].pointer), &value);

		if (!CHECK(is_found == (rfc_rows[i].value != NULL)))
			printf("#   %s\n", rfc_rows[i].pointer);
		else if (is_found)
			CHECK(span_is(value, rfc_rows[i].value));
	}
}

static void
empty_containers_hold_nothing(void)
{
	struct span value;

	CHECK(!pointer_seek(span_str("[]"), span_str("/0"), &value));
	CHECK(!pointer_seek(span_str("{}"), span_str("/"), &value));
	CHECK(!pointer_seek(span_str(""), span_str(""), &value));
}

static void
what_is_no_pointer_is_named(void)
{
	char long_one[POINTER_BYTES_MAX + 2];

	CHECK_OK(pointer_check(span_str("")));
	CHECK_OK(pointer_check(span_str("/a~0~1")));
	CHECK_ERR(pointer_check(span_str("a")), ERR_BAD_REQUEST);
	CHECK_ERR(pointer_check(span_str("/~")), ERR_BAD_REQUEST);
	CHECK_ERR(pointer_check(span_str("/~2")), ERR_BAD_REQUEST);
	memset(long_one, '/', sizeof(long_one));
	CHECK_OK(pointer_check(span_of(long_one, POINTER_BYTES_MAX)));
	CHECK_ERR(pointer_check(span_of(long_one, POINTER_BYTES_MAX + 1)),
	    ERR_BAD_REQUEST);
}

static void
what_is_added_is_taken_off_again(void)
{
	struct buf pointer = { 0 }, token = { 0 };
	struct span rest;

	pointer_add_key(&pointer, span_str("a/b~c"));
	pointer_add_index(&pointer, 4294967295u);
	pointer_add_key(&pointer, span_str(""));
	CHECK_STR(buf_cstr(&pointer), "/a~1b~0c/4294967295/");
	rest = buf_as_span(&pointer);
	CHECK(pointer_next(&rest, &token));
	CHECK_STR(buf_cstr(&token), "a/b~c");
	CHECK(pointer_next(&rest, &token));
	CHECK(pointer_next(&rest, &token));
	CHECK_STR(buf_cstr(&token), "");
	CHECK(!pointer_next(&rest, &token));
	buf_fini(&pointer);
	buf_fini(&token);
}

TESTS(the_tape_leads_where_rfc_6901_says, bare_bytes_lead_there_too,
    empty_containers_hold_nothing, what_is_no_pointer_is_named,
    what_is_added_is_taken_off_again)
