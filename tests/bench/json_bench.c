/*
 * json_bench: the scanner against json-c on the same documents, in turns, so
 * that a change of the machine's speed meets both; the best turn of each.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "buf.h"
#include "json.h"

enum { ROUNDS = 9 };

static void
rows(struct buf *b, int n)
{
	buf_str(b, "[");
	for (int i = 0; i < n; i++)
		buf_printf(b,
		    "%s{\"id\": \"item-%06d\", \"state\": \"%s\", \"progress\": "
		    "%d, \"owner\": {\"name\": \"user%d\", \"mail\": null}, "
		    "\"ratio\": %d.%03d, \"done\": %s, \"tags\": [\"a\", \"b\", "
		    "\"%d\"]}",
		    i > 0 ? ",\n " : "", i, i % 3 > 0 ? "running" : "done",
		    i % 100, i % 7, i % 10, i % 1000,
		    i % 2 > 0 ? "true" : "false", i * 7919);
	buf_str(b, "]");
}

static void
numbers(struct buf *b, int n)
{
	buf_str(b, "[");
	for (int i = 0; i < n; i++)
		buf_printf(b, "%s%d.%05d", i > 0 ? "," : "", i * 31 % 1000,
		    i * 7919 % 100000);
	buf_str(b, "]");
}

static void
text(struct buf *b, int n)
{
	buf_str(b, "{\"text\": \"");
	for (int i = 0; i < n; i++)
		buf_printf(b,
		    "2026-01-02T03:04:05Z worker[%d]: step %d of the job took "
		    "%d ms and ended well\\n",
		    i % 16, i, i * 31 % 997);
	buf_str(b, "\"}");
}

static double
ours(struct span bytes, size_t times)
{
	struct json doc = { 0 };
	double start = bench_seconds();

	for (size_t i = 0; i < times; i++)
		if (json_scan(&doc, bytes, NULL) != NULL)
			abort();
	start = bench_seconds() - start;
	json_fini(&doc);
	return start;
}

static double
theirs(struct span bytes, size_t times)
{
	struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH_MAX);
	double start;

	json_tokener_set_flags(tok,
	    JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	start = bench_seconds();
	for (size_t i = 0; i < times; i++) {
		struct json_object *o;

		json_tokener_reset(tok);
		o = json_tokener_parse_ex(tok, bytes.p, (int)bytes.len + 1);
		if (o == NULL)
			abort();
		json_object_put(o);
	}
	start = bench_seconds() - start;
	json_tokener_free(tok);
	return start;
}

static void
compare(const char *name, struct buf *b)
{
	struct span bytes = span_of(buf_cstr(b), b->len);
	size_t times = 1 + 8000000 / bytes.len;
	double a[ROUNDS], c[ROUNDS], mb = (double)(bytes.len * times) / 1e6;

	for (int i = 0; i < ROUNDS; i++) {
		a[i] = ours(bytes, times);
		c[i] = theirs(bytes, times);
	}
	printf("%-22s %9zu B  scanner %6.0f MB/s  json-c %5.0f MB/s  "
	       "ratio %.1f\n",
	    name, bytes.len, mb / bench_least(a, ROUNDS),
	    mb / bench_least(c, ROUNDS),
	    bench_least(c, ROUNDS) / bench_least(a, ROUNDS));
	buf_fini(b);
}

int
main(void)
{
	struct buf b = { 0 };

	rows(&b, 2);
	compare("state file", &b);
	rows(&b, 60);
	compare("rows", &b);
	rows(&b, 6000);
	compare("rows", &b);
	numbers(&b, 100000);
	compare("numbers", &b);
	text(&b, 14000);
	compare("log text", &b);
	return 0;
}
