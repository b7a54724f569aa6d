#include "patch.h"

#include <stdlib.h>

#include "patching.h"
#include "slurp.h"
#include "sorted.h"

static struct json result, expected;

/* --- RFC 6902 ------------------------------------------------------------ */

static void
add_inserts_or_overwrites(void)
{
	check_becomes("{\"a\":1}",
	    "[{\"op\":\"add\",\"path\":\"/b\",\"value\":[2]}]",
	    "{\"a\":1,\"b\":[2]}");
	check_becomes("{}", "[{\"op\":\"add\",\"path\":\"/\",\"value\":1}]",
	    "{\"\":1}");
	check_becomes("{\"a\":1}",
	    "[{\"op\":\"add\",\"path\":\"/a\",\"value\":2}]", "{\"a\":2}");
	check_becomes("[1,2]",
	    "[{\"op\":\"add\",\"path\":\"/0\",\"value\":0},"
	    "{\"op\":\"add\",\"path\":\"/-\",\"value\":4},"
	    "{\"op\":\"add\",\"path\":\"/3\",\"value\":3}]",
	    "[0,1,2,3,4]");
	check_becomes("[]", "[{\"op\":\"add\",\"path\":\"/0\",\"value\":0}]",
	    "[0]");
	check_becomes("{\"a\":1}",
	    "[{\"op\":\"add\",\"path\":\"\",\"value\":2}]", "2");
}

static void
remove_leaves_no_comma_behind(void)
{
	check_becomes("{\"a\":1,\"b\":2,\"c\":3}",
	    "[{\"op\":\"remove\",\"path\":\"/a\"},"
	    "{\"op\":\"remove\",\"path\":\"/c\"}]",
	    "{\"b\":2}");
	check_becomes("{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/a\"}]",
	    "{}");
	check_becomes("[1,2,3]",
	    "[{\"op\":\"remove\",\"path\":\"/1\"},"
	    "{\"op\":\"remove\",\"path\":\"/1\"}]",
	    "[1]");
	check_becomes("[1]", "[{\"op\":\"remove\",\"path\":\"/0\"}]", "[]");
	check_refused("[1]", "[{\"op\":\"remove\",\"path\":\"\"}]",
	    ERR_CONFLICT);
}

static void
a_member_that_comes_back_is_there_once(void)
{
	check_becomes("{\"a\":1,\"b\":2}",
	    "[{\"op\":\"remove\",\"path\":\"/a\"},"
	    "{\"op\":\"add\",\"path\":\"/a\",\"value\":3},"
	    "{\"op\":\"test\",\"path\":\"/a\",\"value\":3}]",
	    "{\"a\":3,\"b\":2}");
	check_becomes("{\"a\":1}",
	    "[{\"op\":\"remove\",\"path\":\"/a\"},"
	    "{\"op\":\"add\",\"path\":\"/a\",\"value\":3},"
	    "{\"op\":\"add\",\"path\":\"/b\",\"value\":4}]",
	    "{\"a\":3,\"b\":4}");
}

static void
replace_needs_something_to_replace(void)
{
	check_becomes("{\"a\":{\"b\":[1,2]}}",
	    "[{\"op\":\"replace\",\"path\":\"/a/b/1\",\"value\":{}}]",
	    "{\"a\":{\"b\":[1,{}]}}");
	check_becomes("[1]",
	    "[{\"op\":\"replace\",\"path\":\"\",\"value\":{}}]", "{}");
	check_refused("{\"a\":1}",
	    "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":1}]", ERR_CONFLICT);
	check_refused("[1]",
	    "[{\"op\":\"replace\",\"path\":\"/-\",\"value\":1}]", ERR_CONFLICT);
}

static void
move_takes_before_it_puts(void)
{
	check_becomes("[1,2,3]",
	    "[{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/2\"}]", "[2,3,1]");
	check_becomes("{\"a\":{\"b\":1},\"c\":2}",
	    "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/c\"}]",
	    "{\"a\":{},\"c\":1}");
	check_becomes("{\"a\":{\"b\":1}}",
	    "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"\"}]", "1");
	check_becomes("{\"a\":1}",
	    "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]", "{\"a\":1}");
	check_refused("[1,2,3]",
	    "[{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/3\"}]",
	    ERR_CONFLICT);
	check_refused("{}",
	    "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]",
	    ERR_CONFLICT);
}

static void
nothing_moves_into_itself(void)
{
	check_refused("{\"a\":{\"b\":1}}",
	    "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]",
	    ERR_BAD_REQUEST);
	check_refused("{\"a\":1}",
	    "[{\"op\":\"move\",\"from\":\"\",\"path\":\"/a\"}]",
	    ERR_BAD_REQUEST);
	check_becomes("{\"a\":1,\"ab\":{}}",
	    "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/ab/c\"}]",
	    "{\"ab\":{\"c\":1}}");
}

static void
a_copy_does_not_follow_the_original(void)
{
	check_becomes("{\"a\":[1]}",
	    "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"},"
	    "{\"op\":\"add\",\"path\":\"/a/-\",\"value\":2},"
	    "{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/c\"},"
	    "{\"op\":\"add\",\"path\":\"/a/-\",\"value\":3},"
	    "{\"op\":\"remove\",\"path\":\"/c/0\"}]",
	    "{\"a\":[1,2,3],\"b\":[1],\"c\":[2]}");
	check_becomes("{\"a\":1}",
	    "[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/b\"}]",
	    "{\"a\":1,\"b\":{\"a\":1}}");
}

static void
keys_are_found_through_both_escapes(void)
{
	check_becomes("{\"a/b\":1,\"m~n\":2,\"q\\\"r\":3,\"\\u0001\":4}",
	    "[{\"op\":\"remove\",\"path\":\"/a~1b\"},"
	    "{\"op\":\"remove\",\"path\":\"/m~0n\"},"
	    "{\"op\":\"remove\",\"path\":\"/q\\u0022r\"},"
	    "{\"op\":\"add\",\"path\":\"/\\u0001\",\"value\":5},"
	    "{\"op\":\"add\",\"path\":\"/x~1\\n\",\"value\":6}]",
	    "{\"\\u0001\":5,\"x/\\n\":6}");
}

static void
test_compares_numbers_by_value(void)
{
	static const struct {
		const char *number, *other;
		bool is_same;
	} rows[] = {
		{ "1", "1.0", true },
		{ "1", "10e-1", true },
		{ "100", "1E+2", true },
		{ "12", "1.2e1", true },
		{ "1.2e1", "12", true },
		{ "123", "12.4e1", false },
		{ "0.00120", "12e-4", true },
		{ "-0", "0.0e5", true },
		{ "1234567890123456789012345", "1234567890123456789012345.0",
		    true },
		{ "1e00000000000000000000002", "100", true },
		{ "1e99999999999999999999999", "1e99999999999999999999999",
		    true },
		{ "1", "-1", false },
		{ "1", "10", false },
		{ "0", "1e-400", false },
		{ "101", "11", false },
		{ "1.01", "1.1", false },
		{ "18446744073709551616", "18446744073709551617", false },
		{ "9007199254740993", "9007199254740992", false },
		{ "1e99999999999999999999999", "1e99999999999999999999998",
		    false },
	};
	char operations[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(operations, sizeof(operations),
		    "[{\"op\":\"test\",\"path\":\"\",\"value\":%s}]",
		    rows[i].other);
		if (rows[i].is_same)
			check_becomes(rows[i].number, operations,
			    rows[i].number);
		else
			check_refused(rows[i].number, operations, ERR_CONFLICT);
	}
}

static void
test_knows_no_order_of_members(void)
{
	check_becomes("{\"a\":{\"x\":1,\"y\":[{\"p\":1,\"q\":2}]}}",
	    "[{\"op\":\"test\",\"path\":\"/a\","
	    "\"value\":{\"y\":[{\"q\":2.0,\"p\":1}],\"x\":1}}]",
	    "{\"a\":{\"x\":1,\"y\":[{\"p\":1,\"q\":2}]}}");
	check_refused("{\"a\":1,\"b\":2}",
	    "[{\"op\":\"test\",\"path\":\"\",\"value\":{\"a\":1,\"c\":2}}]",
	    ERR_CONFLICT);
	check_refused("[1,2]",
	    "[{\"op\":\"test\",\"path\":\"\",\"value\":[2,1]}]", ERR_CONFLICT);
	check_refused("[1,2]",
	    "[{\"op\":\"test\",\"path\":\"\",\"value\":[1.0,2,3]}]",
	    ERR_CONFLICT);
	check_refused("[1,2,3]",
	    "[{\"op\":\"test\",\"path\":\"\",\"value\":[1.0,2]}]",
	    ERR_CONFLICT);
	check_refused("{\"a\":1}",
	    "[{\"op\":\"test\",\"path\":\"\",\"value\":{\"a\":1,\"b\":2}}]",
	    ERR_CONFLICT);
	check_refused("\"1\"", "[{\"op\":\"test\",\"path\":\"\",\"value\":1}]",
	    ERR_CONFLICT);
}

/* --- limits and errors --------------------------------------------------- */

static void
malformed_operations_are_bad_requests(void)
{
	static const char *const operations[] = {
		"{}",
		"[1]",
		"[{}]",
		"[{\"op\":\"add\"}]",
		"[{\"path\":\"/a\"}]",
		"[{\"op\":1,\"path\":\"/a\"}]",
		"[{\"op\":\"add\",\"path\":1,\"value\":1}]",
		"[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]",
		"[{\"op\":\"add\",\"path\":\"/~2\",\"value\":1}]",
		"[{\"op\":\"add\",\"path\":\"/a\"}]",
		"[{\"op\":\"replace\",\"path\":\"/a\"}]",
		"[{\"op\":\"test\",\"path\":\"/a\"}]",
		"[{\"op\":\"Add\",\"path\":\"/a\",\"value\":1}]",
		"[{\"op\":\"move\",\"path\":\"/a\"}]",
		"[{\"op\":\"move\",\"path\":\"/a\",\"from\":null}]",
		"[{\"op\":\"copy\",\"path\":\"/a\",\"from\":\"b\"}]",
		"[{\"op\":\"str_ins\",\"path\":\"\",\"str\":\"\"}]",
		"[{\"op\":\"str_ins\",\"path\":\"\",\"pos\":0}]",
		"[{\"op\":\"str_ins\",\"path\":\"\",\"pos\":-1,\"str\":\"\"}]",
		"[{\"op\":\"str_ins\",\"path\":\"\",\"pos\":0.5,\"str\":\"\"}]",
		"[{\"op\":\"str_ins\",\"path\":\"\",\"pos\":\"0\",\"str\":\"\"}]",
		"[{\"op\":\"str_ins\",\"path\":\"\",\"pos\":0,\"str\":1}]",
		"[{\"op\":\"str_del\",\"path\":\"/a\",\"pos\":0}]",
	};

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		check_refused("{\"a\":\"text\"}", operations[i],
		    ERR_BAD_REQUEST);
}

static void
members_that_mean_nothing_are_ignored(void)
{
	check_becomes("{}",
	    "[{\"op\":\"add\",\"path\":\"/a\",\"value\":1,\"xyz\":2}]",
	    "{\"a\":1}");
}

static void
an_error_names_operation_and_path(void)
{
	const struct err *err = apply("{\"a\":1}",
	    "[{\"op\":\"remove\",\"path\":\"/a\"},"
	    "{\"op\":\"remove\",\"path\":\"/b/c\"}]");

	if (CHECK_ERR(err, ERR_CONFLICT))
		CHECK(strncmp(err->msg, "operation 1, /b/c: ", 19) == 0);
}

static void
a_result_may_be_as_long_as_a_document_and_no_longer(void)
{
	struct buf body = { 0 };

	/* [x,y]: 3 bytes and two texts. */
	buf_byte(&body, '[');
	add_text(&body, "0123456789abcdef", JSON_BYTES_MAX / 32 - 1);
	buf_byte(&body, ']');
	check_becomes(buf_cstr(&body),
	    "[{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/1\"},"
	    "{\"op\":\"str_ins\",\"path\":\"/0\",\"pos\":0,"
	    "\"str\":\"0123456789abcdef012345678\"},"
	    "{\"op\":\"remove\",\"path\":\"/1\"},"
	    "{\"op\":\"str_del\",\"path\":\"/0\",\"pos\":0,\"len\":25}]",
	    buf_cstr(&body));
	check_refused(buf_cstr(&body),
	    "[{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/1\"},"
	    "{\"op\":\"str_ins\",\"path\":\"/0\",\"pos\":0,"
	    "\"str\":\"0123456789abcdef0123456789\"}]",
	    ERR_LIMIT);
	check_refused(buf_cstr(&body),
	    "[{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/1\"},"
	    "{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/2\"}]",
	    ERR_LIMIT);
	buf_fini(&body);
}

/* {"a":{"a":…1}} with n objects. */
static void
add_deep(struct buf *body, int n)
{
	for (int i = 0; i < n; i++)
		buf_str(body, "{\"a\":");
	buf_byte(body, '1');
	for (int i = 0; i < n; i++)
		buf_byte(body, '}');
}

/* Move one deep member to the bottom of another: 1 + from + to levels. */
static const struct err *
nest(int from, int to)
{
	struct buf body = { 0 }, operations = { 0 };
	const struct err *err;

	buf_str(&body, "{\"x\":");
	add_deep(&body, from);
	buf_str(&body, ",\"y\":");
	add_deep(&body, to);
	buf_byte(&body, '}');
	buf_str(&operations, "[{\"op\":\"move\",\"from\":\"/x\",\"path\":\"/y");
	for (int i = 0; i < to; i++)
		buf_str(&operations, "/a");
	buf_str(&operations, "\"}]");
	err = apply(buf_cstr(&body), buf_cstr(&operations));
	buf_fini(&body);
	buf_fini(&operations);
	return err;
}

static void
a_result_may_be_as_deep_as_a_document_and_no_deeper(void)
{
	if (CHECK_OK(nest(33, 30)))
		CHECK_OK(json_scan(&result, buf_as_span(&patched), NULL));
	CHECK_ERR(nest(34, 30), ERR_LIMIT);
	CHECK_ERR(nest(30, 34), ERR_LIMIT);
}

/* --- chains -------------------------------------------------------------- */

static void
a_document_takes_one_patch_after_another(void)
{
	struct patch_doc *doc =
	    patch_doc_new(span_str("{\"n\":0,\"log\":\"\",\"rows\":[]}"));
	struct buf operations = { 0 };

	for (int i = 1; i <= 100; i++) {
		buf_clear(&operations);
		buf_printf(&operations,
		    "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":%d},"
		    "{\"op\":\"str_ins\",\"path\":\"/log\",\"pos\":%d,"
		    "\"str\":\"%d\"},"
		    "{\"op\":\"add\",\"path\":\"/rows/0\",\"value\":{\"i\":%d}},"
		    "{\"op\":\"add\",\"path\":\"/rows/0/j\",\"value\":1}]",
		    i, i - 1, i % 10, i);
		CHECK_OK(json_scan(&patch, buf_as_span(&operations), NULL));
		CHECK_OK(patch_doc_apply(doc, &patch));
		json_fini(&patch); /* it may go */
	}
	buf_clear(&patched);
	patch_doc_write(doc, &patched);
	if (CHECK_OK(json_scan(&result, buf_as_span(&patched), NULL))) {
		CHECK_INT(result.node[result.node[0].next - 1].next,
		    result.n_nodes);
		CHECK(strncmp(buf_cstr(&patched),
			  "{\"n\":100,\"log\":\"12345678901", 26) == 0);
		CHECK(strstr(buf_cstr(&patched),
			  "\"rows\":[{\"i\":100,\"j\":1},{\"i\":99,\"j\":1}") !=
		    NULL);
	}
	patch_doc_free(doc);
	buf_fini(&operations);
}

/* --- json-patch-tests ---------------------------------------------------- */

/* One of their cases, scanned: document, patch, and what to expect. */
static void
run_case(const struct json *one, int *run)
{
	uint32_t doc = json_member(one, 0, span_str("doc"));
	uint32_t ops = json_member(one, 0, span_str("patch"));
	uint32_t want = json_member(one, 0, span_str("expected"));
	uint32_t error = json_member(one, 0, span_str("error"));
	const struct err *err;

	if (doc == 0 || ops == 0)
		return;
	buf_clear(&patched);
	CHECK_OK(json_scan(&patch, json_span(one, ops), NULL));
	err = patch_apply(json_span(one, doc), &patch, &patched);
	if (error != 0) {
		CHECK(err != NULL);
	} else if (CHECK_OK(err) && want != 0) {
		CHECK_OK(json_scan(&result, buf_as_span(&patched), NULL));
		CHECK_OK(json_scan(&expected, json_span(one, want), NULL));
		CHECK(sorted_same(&result, &expected));
	}
	++*run;
}

/*
 * The array as a whole cannot be scanned, since some cases have a key twice;
 * so each of its elements is.
 */
static void
run_file(const char *name, int *run, int *refused)
{
	const char *vectors = getenv("VECTORS");
	struct json one = { 0 };
	struct buf bytes = { 0 };
	char path[4096];
	int depth = 0;
	bool in_string = false;
	size_t begin = 0;

	(void)snprintf(path, sizeof(path), "%s/json-patch/%s",
	    vectors != NULL ? vectors : "../shared/vectors", name);
	if (!slurp(path, &bytes))
		printf("# SKIPPED: no json-patch-tests at %s\n", path);
	for (size_t i = 0; i < bytes.len; i++) {
		char c = bytes.data[i];

		if (in_string) {
			i += c == '\\';
			in_string = c != '"';
			continue;
		}
		in_string = c == '"';
		if ((c == '{' || c == '[') && depth++ == 1)
			begin = i;
		if ((c != '}' && c != ']') || --depth != 1)
			continue;
		if (json_scan(&one, span_of(bytes.data + begin, i + 1 - begin),
			NULL) == NULL)
			run_case(&one, run);
		else
			++*refused;
		if (check_failed)
			printf("# in %.*s\n", (int)(i + 1 - begin),
			    bytes.data + begin);
		if (check_failed)
			break;
	}
	buf_fini(&bytes);
	json_fini(&one);
}

/* https://github.com/json-patch/json-patch-tests, the disabled ones too. */
static void
json_patch_tests(void)
{
	int run = 0, refused = 0;

	run_file("tests.json", &run, &refused);
	run_file("spec_tests.json", &run, &refused);
	if (run + refused == 0)
		return;
	CHECK_INT(run, 110);
	CHECK_INT(refused, 2); /* a key twice */
}

TESTS(add_inserts_or_overwrites, remove_leaves_no_comma_behind,
    a_member_that_comes_back_is_there_once, replace_needs_something_to_replace,
    move_takes_before_it_puts, nothing_moves_into_itself,
    a_copy_does_not_follow_the_original, keys_are_found_through_both_escapes,
    test_compares_numbers_by_value, test_knows_no_order_of_members,
    malformed_operations_are_bad_requests,
    members_that_mean_nothing_are_ignored, an_error_names_operation_and_path,
    a_result_may_be_as_long_as_a_document_and_no_longer,
    a_result_may_be_as_deep_as_a_document_and_no_deeper,
    a_document_takes_one_patch_after_another, json_patch_tests)
