/*
 * diff_bench: bytes and time of the patch for one change to each of several
 * documents, beside the bytes of the document and the time of applying it.
 *
 * NAME <TAB> body bytes <TAB> patch bytes <TAB> diff us <TAB> patch us
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "buf.h"
#include "diff.h"
#include "json.h"
#include "patch.h"

enum { ROUNDS = 9 };

/* Fills in the document before (to = 0) or after (1) the change. */
typedef void make_fn(struct buf *, int to);

static void
row(struct buf *b, int id, int n)
{
	if (b->data[b->len - 1] != '[')
		buf_byte(b, ',');
	buf_printf(b,
	    "{\"id\":\"item-%06d\",\"state\":\"%s\",\"progress\":%d,"
	    "\"owner\":{\"name\":\"user%d\",\"mail\":null},\"ratio\":%d.%03d,"
	    "\"note\":\"%s %d\",\"at\":\"2026-01-02T03:%02d:05Z\",\"done\":%s}",
	    id, id % 3 > 0 ? "running" : "done", id % 100, id % 7, id % 10,
	    id % 1000, "something about this item, at some length, number", id,
	    n, id % 2 > 0 ? "true" : "false");
}

static void
counter(struct buf *b, int to)
{
	buf_printf(b,
	    "{\"name\":\"%0200d\",\"counter\":%d,\"state\":\"running\"}", 0,
	    41 + to);
}

static void
append(struct buf *b, int to)
{
	buf_byte(b, '[');
	for (int i = 0; i < 1000 + to; i++)
		buf_printf(b,
		    "%s{\"t\":%d,\"level\":\"info\",\"text\":\"something "
		    "happened in part %d of the work that is done here\"}",
		    i > 0 ? "," : "", 1000000 + i, i * 31 % 97);
	buf_byte(b, ']');
}

static void
ring(struct buf *b, int to)
{
	buf_byte(b, '[');
	for (int i = to; i < 1000 + to; i++)
		row(b, i, 0);
	buf_byte(b, ']');
}

static void
small_ring(struct buf *b, int to)
{
	buf_byte(b, '[');
	for (int i = to; i < 5000 + to; i++)
		buf_printf(b, "%s%d", i > to ? "," : "", i * i % 8191 % 7);
	buf_byte(b, ']');
}

static void
removal(struct buf *b, int to)
{
	buf_byte(b, '[');
	for (int i = 0; i < 1000; i++)
		if (to == 0 || i != 500)
			row(b, i, 0);
	buf_byte(b, ']');
}

static void
move(struct buf *b, int to)
{
	buf_byte(b, '[');
	for (int i = 0; i < 1000; i++) {
		if (to == 0 || i != 700)
			row(b, i, 0);
		if (to == 1 && i == 99)
			row(b, 700, 0);
	}
	buf_byte(b, ']');
}

static void
reversal(struct buf *b, int to)
{
	buf_byte(b, '[');
	for (int i = 0; i < 1000; i++)
		row(b, to == 0 ? i : 999 - i, 0);
	buf_byte(b, ']');
}

static void
timestamps(struct buf *b, int to)
{
	buf_byte(b, '[');
	for (int i = 0; i < 1000; i++)
		row(b, i, to);
	buf_byte(b, ']');
}

static void
rewrite(struct buf *b, int to)
{
	buf_byte(b, '[');
	for (int i = 0; i < 2000; i++)
		row(b, i + 5000 * to, to);
	buf_byte(b, ']');
}

static void
shuffle(struct buf *b, int to)
{
	buf_byte(b, '[');
	for (int i = 0; i < 1000; i++)
		buf_printf(b, "%s%d", i > 0 ? "," : "",
		    to == 0 ? i : i * 619 % 1000);
	buf_byte(b, ']');
}

static void
map(struct buf *b, int to)
{
	buf_byte(b, '{');
	for (int i = 0; i < 1000; i++) {
		buf_printf(b, "%s\"key-%d\":[", i > 0 ? "," : "", i);
		row(b, i, i % 36 == 0 ? to : 0);
		buf_byte(b, ']');
	}
	buf_byte(b, '}');
}

static void
floats(struct buf *b, int to)
{
	buf_byte(b, '[');
	for (int i = 0; i < 5000; i++)
		buf_printf(b, "%s%d.%04d", i > 0 ? "," : "", i * 7 % 90,
		    (i * 7919 + (i % 170 == 0 ? to : 0)) % 10000);
	buf_byte(b, ']');
}

static void
lines(struct buf *b, int first, int last)
{
	buf_str(b, "{\"log\":\"");
	for (int i = first; i < last; i++)
		buf_printf(b,
		    "2026-01-02T03:04:05Z worker[%d]: step %d took %d ms and "
		    "ended in every way as it ought to\\n",
		    i % 16, i, i * 31 % 997);
	buf_str(b, "\"}");
}

static void
log_grows(struct buf *b, int to)
{
	lines(b, 0, 11700 + to);
}

static void
log_slides(struct buf *b, int to)
{
	lines(b, to, 750 + to);
}

/* The middle of what was measured; runs until then are not counted. */
static double
median_us(struct json *from, struct json *to, struct json *patch)
{
	double us[ROUNDS];
	struct buf out = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		double start = bench_seconds();

		buf_clear(&out);
		if (patch == NULL)
			diff(from, to, &diff_default, &out);
		else if (patch_apply(buf_as_span(&from->text), patch, &out) !=
		    NULL)
			abort();
		us[i] = (bench_seconds() - start) * 1e6;
	}
	buf_fini(&out);
	return bench_median(us, ROUNDS);
}

static void
measure(const char *name, make_fn *make)
{
	struct json from = { 0 }, to = { 0 }, patch = { 0 };
	struct buf a = { 0 }, b = { 0 }, out = { 0 };

	make(&a, 0);
	make(&b, 1);
	if (json_scan(&from, buf_as_span(&a), NULL) != NULL ||
	    json_scan(&to, buf_as_span(&b), NULL) != NULL)
		abort();
	diff(&from, &to, &diff_default, &out);
	if (json_scan(&patch, buf_as_span(&out), NULL) != NULL)
		abort();
	printf("%s\t%zu\t%zu\t%.0f\t%.0f\n", name, to.text.len, out.len,
	    median_us(&from, &to, NULL), median_us(&from, &to, &patch));
	json_fini(&from);
	json_fini(&to);
	json_fini(&patch);
	buf_fini(&a);
	buf_fini(&b);
	buf_fini(&out);
}

int
main(void)
{
	static const struct {
		const char *name;
		make_fn *make;
	} changes[] = {
		{ "1 row removed of 1000", removal },
		{ "1 row appended to 1000", append },
		{ "log of 1 MB grows by a line", log_grows },
		{ "log of 64 KB slides by a line", log_slides },
		{ "counter", counter },
		{ "ring of 1000 rows", ring },
		{ "ring of 5000 small numbers", small_ring },
		{ "1 row moved of 1000", move },
		{ "1000 rows turned round", reversal },
		{ "time in each of 1000 rows", timestamps },
		{ "28 edits in a map of 1000", map },
		{ "30 of 5000 floats", floats },
		{ "1000 numbers shuffled", shuffle },
		{ "2000 other rows", rewrite },
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		measure(changes[i].name, changes[i].make);
	return 0;
}
