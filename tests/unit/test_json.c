#include "json.h"

#include <dirent.h>
#include <stdlib.h>

#include "check.h"
#include "mem.h"
#include "slurp.h"

static struct json doc;

static const char *
canonical(const char *text)
{
	if (!CHECK_OK(json_scan(&doc, span_str(text), NULL)))
		return NULL;
	return buf_cstr(&doc.text);
}

static void
white_space_goes_and_order_stays(void)
{
	CHECK_STR(canonical(" { \"b\" : [ 1 ,\t2 ] ,\r\n\"a\":null } "),
	    "{\"b\":[1,2],\"a\":null}");
}

static void
numbers_keep_their_text(void)
{
	static const char text[] =
	    "[1.0,-0,1e2,1E+2,18446744073709551617,0.1000000,1e400]";

	CHECK_STR(canonical(text), text);
}

static void
escapes_become_the_shortest(void)
{
	CHECK_STR(canonical("\"\\u0041\\/\\u000a\\u001F\\u0022\\u005c\\u007f"
			    "\\ud83d\\ude00\\u00e9\\b\\f\""),
	    "\"A/\\n\\u001f\\\"\\\\\x7f\xf0\x9f\x98\x80\xc3\xa9\\b\\f\"");
}

static void
canonical_bytes_are_a_fixed_point(void)
{
	char *once = strdup(
	    canonical("{\"k\\u0000\\n\":[\"\\u2028\",{\"\":-1.50e-7}]}"));

	CHECK_STR(canonical(once), once);
	free(once);
}

static void
the_tape_walks_members_and_elements(void)
{
	uint32_t array;

	(void)canonical("{\"a\":{\"x\":[]},\"b\":[10,[],\"s\"],\"c\":true}");
	CHECK_INT(doc.node[0].count, 3);
	CHECK_INT(doc.node[0].next, doc.n_nodes);
	array = json_member(&doc, 0, span_str("b"));
	if (!CHECK(array != 0))
		return;
	CHECK_INT(json_kind(&doc, array), JSON_ARRAY);
	CHECK_INT(doc.node[array].count, 3);
	CHECK(span_is(json_span(&doc, array), "[10,[],\"s\"]"));
	CHECK(span_is(json_span(&doc, array + 1), "10"));
	CHECK(span_is(json_inside(json_span(&doc, array + 3)), "s"));
	CHECK(json_member(&doc, 0, span_str("d")) == 0);
}

static void
a_fault_has_line_column_and_reason(void)
{
	static const struct {
		const char *text;
		size_t line, column;
		const char *reason;
	} rows[] = {
		{ "", 1, 1, "expected a value, found the end" },
		{ "{\n \"a\": 01}", 2, 7, "a number with a leading zero" },
		{ "[1,]", 1, 4, "expected a value" },
		{ "[1\n2]", 2, 1, "expected , or ] in an array" },
		{ "{\"a\" 1}", 1, 6, "expected : after the key" },
		{ "{a:1}", 1, 2, "expected a key in quotes" },
		{ "[1.]", 1, 4, "expected a digit after the decimal point" },
		{ "\"a\tb\"", 1, 3, "a raw control character in a string" },
		{ "\n\n  \"abc", 3, 3, "the string does not end" },
		{ "\"\\x\"", 1, 2, "an escape that JSON does not have" },
		{ "\"\\ud800x\"", 1, 2, "a lone high surrogate" },
		{ "\"\\udc00\"", 1, 2, "a lone low surrogate" },
		{ "\"\xed\xa0\x80\"", 1, 2, "bytes that are not UTF-8" },
		{ "\"\xc0\xaf\"", 1, 2, "bytes that are not UTF-8" },
		{ "{} x", 1, 4, "something follows the value" },
		{ "nul", 1, 1, "expected a value" },
		{ "\xef\xbb\xbf{}", 1, 1, "expected a value" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_fault fault = { 0 };

		CHECK_ERR(json_scan(&doc, span_str(rows[i].text), &fault),
		    ERR_PARSE);
		CHECK_INT(fault.line, rows[i].line);
		CHECK_INT(fault.column, rows[i].column);
		CHECK_STR(fault.reason, rows[i].reason);
		CHECK_INT(doc.n_nodes, 0);
	}
}

/* The place is that of the second key in the bytes as they came. */
static void
duplicate_keys_are_refused_where_they_stand(void)
{
	struct json_fault fault = { 0 };
	struct buf many = { 0 };

	CHECK_ERR(json_scan(&doc,
		      span_str("{\"x\":[{}],\n  \"k\":1, \"\\u006b\":2}"),
		      &fault),
	    ERR_PARSE);
	CHECK_INT(fault.line, 2);
	CHECK_INT(fault.column, 10);
	buf_str(&many, "{");
	for (int i = 0; i < 1000; i++)
		buf_printf(&many, "\"k%d\":%d,\n", i, i);
	buf_str(&many, "\"k500\":0}");
	CHECK_ERR(json_scan(&doc, buf_as_span(&many), &fault), ERR_PARSE);
	CHECK_INT(fault.line, 1001);
	CHECK_INT(fault.column, 1);
	buf_cut(&many, many.len - strlen("\"k500\":0}"));
	buf_str(&many, "\"k1000\":0}");
	CHECK_OK(json_scan(&doc, buf_as_span(&many), &fault));
	buf_fini(&many);
}

static void
depth_64_is_taken_and_65_refused(void)
{
	enum { N = JSON_DEPTH_MAX };
	char text[2 * (N + 1) + 1] = "";

	memset(text, '[', N);
	memset(text + N, ']', N);
	CHECK_OK(json_scan(&doc, span_str(text), NULL));
	memset(text, '[', N + 1);
	memset(text + N + 1, ']', N + 1);
	CHECK_ERR(json_scan(&doc, span_str(text), NULL), ERR_LIMIT);
}

static void
sixteen_mib_are_taken_and_a_byte_more_refused(void)
{
	char *text = mem_resize(NULL, JSON_BYTES_MAX + 1, 1);

	memset(text, 'x', JSON_BYTES_MAX + 1);
	text[0] = '"';
	text[JSON_BYTES_MAX - 1] = '"';
	CHECK_OK(json_scan(&doc, span_of(text, JSON_BYTES_MAX), NULL));
	CHECK_ERR(json_scan(&doc, span_of(text, JSON_BYTES_MAX + 1), NULL),
	    ERR_LIMIT);
	free(text);
}

/* Each prefix of a document is an error, never a read behind its end. */
static void
every_cut_is_an_error(void)
{
	static const char text[] =
	    "{\"a\":[1.5e3,true,null,\"\\ud83d\\ude00\xc3\xa9\"],\"b\":{}}";

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *cut = mem_resize(NULL, n, 1); /* ASan guards its end */

		memcpy(cut, text, n);
		CHECK_ERR(json_scan(&doc, span_of(cut, n), NULL), ERR_PARSE);
		free(cut);
	}
}

static void
quoting_and_unescaping_are_inverse(void)
{
	static const char raw[] = "a\"\\/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9 z";
	struct buf quoted = { 0 }, back = { 0 };

	json_quote(&quoted, span_of(raw, sizeof(raw))); /* with the NUL */
	CHECK_STR(canonical(buf_cstr(&quoted)), buf_cstr(&quoted));
	json_unescape(&back, json_inside(buf_as_span(&quoted)));
	CHECK(span_eq(buf_as_span(&back), span_of(raw, sizeof(raw))));
	buf_clear(&quoted);
	json_quote(&quoted, span_of(NULL, 0));
	CHECK_STR(buf_cstr(&quoted), "\"\"");
	buf_clear(&quoted);
	json_quote(&quoted,
	    span_str("a\xff"
		     "b\xe2\x82"));
	CHECK_STR(buf_cstr(&quoted),
	    "\"a\xef\xbf\xbd"
	    "b\xef\xbf\xbd\"");
	buf_fini(&quoted);
	buf_fini(&back);
}

static void
skipping_ends_where_the_value_ends(void)
{
	static const char *const values[] = { "1", "-1.5e9", "\"a\\\"]}\"",
		"[]", "[[1],{\"a\":\"]\"}]", "{}", "{\"a\":{\"b\":[1,2]}}",
		"null", "\"\\\\\"" };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct buf text = { 0 };
		const char *end;

		buf_printf(&text, "%s,7]", values[i]);
		end = text.data + text.len;
		CHECK_INT(json_skip(text.data, end) - text.data,
		    strlen(values[i]));
		end = text.data + strlen(values[i]);
		CHECK(json_skip(text.data, end) == end);
		buf_fini(&text);
	}
}

/* Every value of a document, as the scanner found them. */
static void
check_skips(struct span text)
{
	CHECK_OK(json_scan(&doc, text, NULL));
	for (uint32_t i = 0; i < doc.n_nodes; i++) {
		struct span value = json_span(&doc, i);

		CHECK_INT(json_skip(value.p, doc.text.data + doc.text.len) -
			value.p,
		    value.len);
	}
}

/* It is read in words: what ends a value may be anywhere in one. */
static void
skipping_finds_ends_anywhere_in_a_word(void)
{
	/* #: digits */
	static const char *const forms[] = { "[#,\"]\",{\"k\":[]}]",
		"[\"#\\\"]\",7]", "[\"#\\\\\",[\"#\"]]",
		"{\"#\\\\\\\"\":{\"[\":#}}", "[[#],[[],#,true]]" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		for (int n = 1; n <= 20; n++) {
			struct buf text = { 0 };

			for (const char *p = forms[i]; *p != '\0'; p++)
				for (int k = *p == '#' ? n : 1; k > 0; k--)
					buf_byte(&text, *p == '#' ? '7' : *p);
			check_skips(buf_as_span(&text));
			buf_fini(&text);
		}
	}
}

/*
 * https://github.com/nst/JSONTestSuite: n_ must be refused, with a place; y_
 * must be taken, but for duplicate keys, which we refuse by policy.
 */
static void
json_test_suite(void)
{
	const char *vectors = getenv("VECTORS");
	char dir[2048], path[4096];
	int taken = 0, refused = 0;
	struct dirent *entry;
	DIR *files;

	(void)snprintf(dir, sizeof(dir), "%s/json-parsing/test_parsing",
	    vectors != NULL ? vectors : "../shared/vectors");
	files = opendir(dir);
	if (files == NULL) {
		printf("# SKIPPED: no JSONTestSuite in %s\n", dir);
		return;
	}
	while ((entry = readdir(files)) != NULL) {
		bool want = entry->d_name[0] == 'y' &&
		    strncmp(entry->d_name, "y_object_duplicated", 19) != 0;
		struct json_fault fault = { 0 };
		struct buf bytes = { 0 };
		bool got;

		if (entry->d_name[1] != '_' || entry->d_name[0] == 'i')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		CHECK(slurp(path, &bytes));
		got = json_scan(&doc, buf_as_span(&bytes), &fault) == NULL;
		if (!CHECK(got == want))
			printf("#   %s\n", entry->d_name);
		CHECK(got || (fault.line > 0 && fault.reason != NULL));
		taken += got;
		refused += !got;
		buf_fini(&bytes);
	}
	(void)closedir(files);
	CHECK_INT(taken, 93);
	CHECK_INT(refused, 190);
}

TESTS(white_space_goes_and_order_stays, numbers_keep_their_text,
    escapes_become_the_shortest, canonical_bytes_are_a_fixed_point,
    the_tape_walks_members_and_elements, a_fault_has_line_column_and_reason,
    duplicate_keys_are_refused_where_they_stand,
    depth_64_is_taken_and_65_refused,
    sixteen_mib_are_taken_and_a_byte_more_refused, every_cut_is_an_error,
    quoting_and_unescaping_are_inverse, skipping_ends_where_the_value_ends,
    skipping_finds_ends_anywhere_in_a_word, json_test_suite)
