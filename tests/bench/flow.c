/*
 * flow: many changes a second for many SSE clients, and whether each of them
 * gets every one, in order.
 *
 *	flow PORT URI CURSOR CLIENTS DIR FILES RATE SECONDS OWN VIA
 *
 * The clients ask for URI with CURSOR at its end.  RATE times a second one of
 * FILES files below DIR is replaced.  Then the clients have time to catch up.
 * An event must begin ("from") where the last one of that client ended ("id").
 * Prints key=value:
 *
 *	p50 p99 max         ms from the change to a client that has it
 *	measured            so many of those
 *	events              of one client, on average
 *	broken              events that begin elsewhere
 *	behind              clients that do not end where the foremost does
 *	cursor              where that is
 *	late                ms by which the producer fell behind, at most
 *	own via             CPU of these processes meanwhile, percent of a core
 */
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "crowd.h"
#include "processes.h"
#include "producer.h"

enum {
	CURSOR_BYTES = 48,
	BUCKETS = 200000, /* of 0.1 ms */
	BUCKETS_A_SECOND = 10000,
	PATIENCE_S = 20,
	QUIET_MS = 1000,
};

struct follower {
	char cursor[CURSOR_BYTES];
	uint64_t seq;
};

struct flow {
	struct follower *follower;
	size_t clients;

	/* of a seq beyond the first cursor: when its change was made, in ns; 0
	   where a later change of the same entity took its place */
	uint64_t *made;
	uint64_t first, room, known; /* known: all seqs up to this */

	uint64_t bucket[BUCKETS];
	uint64_t measured, events, broken;
};

static uint64_t
seq_of(const char *cursor)
{
	const char *dot = strchr(cursor, '.');

	return dot != NULL ? strtoull(dot + 1, NULL, 10) : 0;
}

/* The text behind a name, up to an end; the name's first place counts. */
static bool
find(const char *text, size_t len, const char *name, char end,
    char value[CURSOR_BYTES])
{
	const char *at = memmem(text, len, name, strlen(name)), *stop;
	size_t left;

	if (at == NULL)
		return false;
	at += strlen(name);
	left = len - (size_t)(at - text);
	stop = memchr(at, end, left);
	if (stop == NULL || stop - at >= CURSOR_BYTES)
		return false;
	memcpy(value, at, (size_t)(stop - at));
	value[stop - at] = '\0';
	return true;
}

/* When each change of an event was made; an event ends in a line's end, so no
   number runs into what follows. */
static void
learn(struct flow *flow, const char *text, size_t len)
{
	const char *end = text + len, *at = text;

	while ((at = memmem(at, (size_t)(end - at), "\"seq\":", 6)) != NULL) {
		uint64_t seq = strtoull(at + 6, NULL, 10) - flow->first;
		const char *mark;

		at += 6;
		mark = memmem(at, (size_t)(end - at), "pubns", 5);
		if (mark == NULL)
			return;
		mark += strcspn(mark, "0123456789");
		if (seq < flow->room)
			flow->made[seq] = strtoull(mark, NULL, 10);
	}
}

static void
measure(struct flow *flow, uint64_t from, uint64_t to)
{
	uint64_t now = bench_nanoseconds();

	for (uint64_t seq = from + 1 - flow->first;
	     seq <= to - flow->first && seq < flow->room; seq++) {
		uint64_t late;

		if (flow->made[seq] == 0)
			continue;
		late =
		    (now - flow->made[seq]) / (1000000000 / BUCKETS_A_SECOND);
		flow->bucket[late < BUCKETS ? late : BUCKETS - 1]++;
		flow->measured++;
	}
}

static void
heard(void *arg, size_t i, const char *text, size_t len)
{
	struct flow *flow = (struct flow *)arg;
	struct follower *f = &flow->follower[i];
	char from[CURSOR_BYTES], to[CURSOR_BYTES];
	uint64_t seq;

	if (!find(text, len, "id: ", '\n', to))
		return; /* a heartbeat */
	if (!find(text, len, "\"from\":\"", '"', from))
		return; /* hello, ready */
	flow->events++;
	if (strcmp(from, f->cursor) != 0)
		flow->broken++;
	seq = seq_of(to);
	if (seq > flow->known) {
		learn(flow, text, len);
		flow->known = seq;
	}
	measure(flow, f->seq, seq);
	memcpy(f->cursor, to, sizeof(to));
	f->seq = seq;
}

/* --- the run ------------------------------------------------------------------ */

static void
catch_up(struct crowd *crowd, struct flow *flow)
{
	double end = bench_seconds() + PATIENCE_S;
	uint64_t before;

	do {
		before = flow->events;
		crowd_run(crowd, bench_seconds() + QUIET_MS / 1e3);
	} while (flow->events != before && bench_seconds() < end);
}

static double
quantile(const struct flow *flow, double share)
{
	uint64_t sum = 0;
	size_t i = 0;

	while (i < BUCKETS - 1 &&
	    (double)(sum += flow->bucket[i]) <= share * (double)flow->measured)
		i++;
	return (double)(i + 1) * 1e3 / BUCKETS_A_SECOND;
}

static double
longest(const struct flow *flow)
{
	size_t i = BUCKETS - 1;

	while (i > 0 && flow->bucket[i] == 0)
		i--;
	return (double)(i + 1) * 1e3 / BUCKETS_A_SECOND;
}

static void
report(const struct flow *flow)
{
	const struct follower *foremost = &flow->follower[0];
	size_t behind = 0;

	for (size_t i = 0; i < flow->clients; i++)
		if (flow->follower[i].seq > foremost->seq)
			foremost = &flow->follower[i];
	for (size_t i = 0; i < flow->clients; i++)
		behind +=
		    strcmp(flow->follower[i].cursor, foremost->cursor) != 0;
	printf("flow p50=%.1f p99=%.1f max=%.1f measured=%" PRIu64
	       " events=%.0f broken=%" PRIu64 " behind=%zu cursor=%s",
	    quantile(flow, 0.5), quantile(flow, 0.99), longest(flow),
	    flow->measured, (double)flow->events / (double)flow->clients,
	    flow->broken, behind, foremost->cursor);
}

static void
follow(struct flow *flow, const struct crowd_plan *plan,
    const struct producer_plan *work, const struct processes *own,
    const struct processes *via)
{
	struct crowd *crowd = crowd_new(plan, flow->clients);
	struct producer producer;
	double own_s, via_s, late, start;

	crowd_grow(crowd, flow->clients);
	catch_up(crowd, flow);
	own_s = processes_cpu_seconds(own);
	via_s = processes_cpu_seconds(via);
	start = bench_seconds();
	producer_start(&producer, work);
	crowd_run(crowd, start + work->seconds);
	own_s = processes_cpu_seconds(own) - own_s;
	via_s = processes_cpu_seconds(via) - via_s;
	late = producer_end(&producer);
	catch_up(crowd, flow);
	report(flow);
	printf(" late=%.1f own=%.1f via=%.1f\n", late,
	    own_s / work->seconds * 100, via_s / work->seconds * 100);
	crowd_free(crowd);
}

static void
flow_open(struct flow *flow, const char *cursor, size_t changes_max)
{
	flow->first = flow->known = seq_of(cursor);
	flow->room = changes_max + 1;
	flow->made = calloc(flow->room, sizeof(*flow->made));
	flow->follower = calloc(flow->clients, sizeof(*flow->follower));
	if (flow->made == NULL || flow->follower == NULL)
		err(1, NULL);
	for (size_t i = 0; i < flow->clients; i++) {
		(void)snprintf(flow->follower[i].cursor, CURSOR_BYTES, "%s",
		    cursor);
		flow->follower[i].seq = flow->first;
	}
}

int
main(int argc, char **argv)
{
	static struct flow flow;
	struct crowd_plan plan = { .kind = CROWD_STREAM,
		.heard = heard,
		.arg = &flow,
		.follow = CROWD_CURSOR };
	struct producer_plan work;
	struct processes own = { 0 }, via = { 0 };

	if (argc != 11)
		errx(2,
		    "usage: flow PORT URI CURSOR CLIENTS DIR FILES RATE "
		    "SECONDS OWN VIA");
	plan.port = (int)strtol(argv[1], NULL, 10);
	plan.uri = argv[2];
	plan.cursor = argv[3];
	flow.clients = strtoul(argv[4], NULL, 10);
	work = (struct producer_plan){ .dir = argv[5],
		.files = strtoul(argv[6], NULL, 10),
		.rate = strtod(argv[7], NULL),
		.seconds = strtod(argv[8], NULL) };
	processes_add(&own, (int)strtol(argv[9], NULL, 10));
	processes_add(&via, (int)strtol(argv[10], NULL, 10));
	if (flow.clients == 0 || work.files == 0 || work.rate <= 0)
		errx(2, "CLIENTS, FILES and RATE: at least 1");
	flow_open(&flow, plan.cursor, (size_t)(work.rate * work.seconds));
	follow(&flow, &plan, &work, &own, &via);
	free(flow.made);
	free(flow.follower);
	return 0;
}
