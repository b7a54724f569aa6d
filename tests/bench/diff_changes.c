#include "diff_changes.h"

#include <stdbool.h>

static void
row(struct buf *b, int id, int n)
{
	if (b->data[b->len - 1] != '[')
		buf_byte(b, ',');
	buf_printf(b,
	    "{\"id\":\"item-%06d\",\"state\":\"%s\",\"progress\":%d,"
	    "\"owner\":{\"name\":\"user%d\",\"mail\":null},\"ratio\":%d.%03d5,"
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
		buf_printf(b, "%s%d.%04d5", i > 0 ? "," : "", i * 7 % 90,
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

/* 8 KB in which one number counts. */
static void
large_counter(struct buf *b, int to)
{
	buf_str(b, "{\"meta\":{\"name\":\"job\",\"steps\":[");
	for (int i = 0; i < 40; i++)
		row(b, i, 0);
	buf_printf(b, "],\"progress\":{\"done\":%d,\"of\":100}}}", 41 + to);
}

/* Nothing tells one element from another but all of it. */
static void
plain_removal(struct buf *b, int to)
{
	buf_byte(b, '[');
	for (int i = 0; i < 1000; i++)
		if (to == 0 || i != 500)
			buf_printf(b,
			    "%s[%d,\"something happened in part %d of the "
			    "work, and it was of kind %d\",%d.5]",
			    i > 0 ? "," : "", i * 7919 % 5003, i % 13, i % 5,
			    i % 3);
	buf_byte(b, ']');
}

static void
settings(struct buf *b, int to)
{
	buf_byte(b, '{');
	for (int i = 0; i < 1600; i++) {
		bool is_edited = to == 1 && i % 600 == 11;

		if (i % 40 == 0)
			buf_printf(b, "%s\"section-%d\":{", i > 0 ? "}," : "",
			    i / 40);
		buf_printf(b,
		    "%s\"setting-%d\":{\"value\":%d,\"unit\":\"ms\","
		    "\"about\":\"what this setting is good for, said at "
		    "some length\"}",
		    i % 40 > 0 ? "," : "", i, is_edited ? 7 : i * 31 % 997);
	}
	buf_str(b, "}}");
}

static void
graph(struct buf *b, int to)
{
	int n_nodes = 300 + 10 * to, n_edges = 600 + 25 * to;

	buf_str(b, "{\"nodes\":[");
	for (int i = 0; i < n_nodes; i++)
		buf_printf(b,
		    "%s{\"id\":\"n%d\",\"label\":\"concept %d\",\"kind\":"
		    "\"entity\",\"x\":%d.25,\"y\":%d.75,\"tags\":[\"a%d\"]}",
		    i > 0 ? "," : "", i, i, i * 31 % 500, i * 17 % 500, i % 9);
	buf_str(b, "],\"edges\":[");
	for (int i = 0; i < n_edges; i++)
		buf_printf(b,
		    "%s{\"id\":\"e%d\",\"source\":\"n%d\",\"target\":"
		    "\"n%d\",\"kind\":\"mentions\",\"weight\":0.%d}",
		    i > 0 ? "," : "", i, i * 7 % 300, i * 13 % 300, i % 10);
	buf_str(b, "]}");
}

/* The clock at the head of a report, and a line at its end. */
static void
report(struct buf *b, int to)
{
	buf_printf(b, "{\"text\":\"written at 03:04:%02d\\n", 5 + to);
	for (int i = 0; i < 600 + to; i++)
		buf_printf(b, "line %d: %d of %d tests passed in %d ms\\n", i,
		    i * 31 % 97, i * 31 % 97 + 3, i * 7919 % 1009);
	buf_str(b, "\"}");
}

/* A document as most are: two members of a small one change. */
static void
state(struct buf *b, int to)
{
	buf_byte(b, '[');
	row(b, 1, to);
	buf_printf(b, ",{\"phase\":\"%s\",\"workers\":%d}]",
	    to == 0 ? "build" : "test", 3 + to);
}

const struct diff_change diff_changes[] = {
	/* Each that a peer was ever measured on. */
	{ "counter in 0.3 KB", counter },
	{ "counter in 8 KB", large_counter },
	{ "1 row appended to 1000", append },
	{ "ring of 1000 rows", ring },
	{ "1 removed of 1000, no ids", plain_removal },
	{ "1 row removed of 1000", removal },
	{ "1 row moved of 1000", move },
	{ "log of 1 MB grows by a line", log_grows },
	{ "log of 64 KB slides by a line", log_slides },
	{ "3 edits in settings of 160 KB", settings },
	{ "10 nodes, 25 edges more in a graph", graph },
	{ "1000 numbers shuffled", shuffle },
	{ "2000 other rows", rewrite },
	{ "28 edits in a map of 1000", map },
	{ "time in each of 1000 rows", timestamps },
	{ "1000 rows turned round", reversal },
	{ "30 of 5000 floats", floats },
	/* Others that tell. */
	{ "ring of 5000 small numbers", small_ring },
	{ "2 members of 0.3 KB", state },
	{ "both ends of a text of 25 KB", report },
};

const size_t diff_n_changes = sizeof(diff_changes) / sizeof(diff_changes[0]);
