/*
 * fan: from one publication to the last of many clients.
 *
 *	fan CLIENTS ROUNDS GAP_MS IDLE_S TARGET...
 *
 * A TARGET is name=value pairs with commas between them:
 *
 *	name=NAME                of its line in the output
 *	kind=stream|poll         Server-Sent Events, or long-polls
 *	port=N,uri=URI           of the server, on 127.0.0.1
 *	cursor=C                 the clients' first; it goes to the end of URI,
 *	                         as the "to" of each answer does then
 *	validators=1             polls follow by ETag and Last-Modified
 *	file=PATH                publish by renaming a file there, or
 *	post=URI[,post-port=N]   by HTTP
 *	own=PID, via=PID         what to measure: the back end and the web
 *	                         server, each with its children; repeatable
 *
 * Each target has a process of its own.  They take turns, round by round, so
 * that they meet the same machine; a round ends GAP_MS after the last client
 * has the news, and the first one does not count.  IDLE_S: before the rounds,
 * so long a look at clients that hear nothing.
 *
 * One line a target, of key=value:
 *
 *	last                     ms until the last client has it: the median
 *	p50 p99 max              ms of all deliveries
 *	own_us via_us            CPU for each delivery, with the next request
 *	own_rss via_rss          bytes for each client beyond the first
 *	own_end                  the same after all rounds
 *	idle_bytes               a client and second, of HTTP, while idle
 *	idle_own idle_via        CPU meanwhile, percent of a core
 *
 * The clock starts just before rename(2) or send(2).
 */
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "crowd.h"
#include "processes.h"
#include "publisher.h"

enum { TARGETS_MAX = 4, PATIENCE_S = 15, SETTLE_MS = 1000 };

/* What they have used by now. */
struct use {
	double own, via; /* s of CPU */
};

struct fan {
	size_t clients, rounds;
	double gap_s, idle_s;
};

struct target {
	const struct fan *fan;
	const char *name;
	struct crowd_plan plan;
	struct publisher publisher;
	struct processes own, via;
	struct crowd *crowd;

	/* the round */
	char mark[24]; /* "" outside of one */
	size_t round, got;
	size_t *heard; /* by client: the last round it heard of */
	double fired, last;

	/* what has been measured */
	double *ms, *last_ms;
	size_t ms_n, last_n;
	struct use used;
	double own_rss, via_rss, own_end;
	double idle_bytes, idle_own, idle_via;

	int turn; /* socket: a byte in begins a turn, a byte out ends it */
	pid_t pid;
};

/* --- a round -------------------------------------------------------------- */

static void
heard(void *arg, size_t i, const char *text, size_t len)
{
	struct target *t = (struct target *)arg;

	if (t->mark[0] == '\0' || t->heard[i] == t->round ||
	    memmem(text, len, t->mark, strlen(t->mark)) == NULL)
		return;
	t->heard[i] = t->round;
	t->got++;
	t->last = bench_seconds();
	if (t->round > 1)
		t->ms[t->ms_n++] = (t->last - t->fired) * 1e3;
}

static struct use
use_now(const struct target *t)
{
	return (struct use){ .own = processes_cpu_seconds(&t->own),
		.via = processes_cpu_seconds(&t->via) };
}

static void
run_round(struct target *t)
{
	size_t n = t->fan->clients;
	struct use before, after;

	t->round++;
	t->got = 0;
	publisher_prepare(&t->publisher);
	(void)snprintf(t->mark, sizeof(t->mark), "%llu",
	    (unsigned long long)t->publisher.mark);
	before = use_now(t);
	t->fired = bench_seconds();
	publisher_fire(&t->publisher);
	while (t->got < n && bench_seconds() < t->fired + PATIENCE_S)
		crowd_turn(t->crowd, t->fired + PATIENCE_S);
	if (t->got < n)
		errx(1, "%s: %zu of %zu clients have round %zu, %llu are lost",
		    t->name, t->got, n, t->round,
		    (unsigned long long)crowd_counts(t->crowd)->lost);
	t->mark[0] = '\0';
	publisher_finish(&t->publisher);
	crowd_run(t->crowd, t->last + t->fan->gap_s);
	after = use_now(t);
	if (t->round == 1)
		return;
	t->last_ms[t->last_n++] = (t->last - t->fired) * 1e3;
	t->used.own += after.own - before.own;
	t->used.via += after.via - before.via;
}

/* --- before and after the rounds -------------------------------------------- */

/* No byte for a while: all have what they asked for, or wait. */
static void
settle(struct target *t)
{
	double end = bench_seconds() + PATIENCE_S;
	uint64_t before;

	do {
		before = crowd_counts(t->crowd)->bytes;
		crowd_run(t->crowd, bench_seconds() + SETTLE_MS / 1e3);
	} while (
	    crowd_counts(t->crowd)->bytes != before && bench_seconds() < end);
}

static void
gather(struct target *t)
{
	size_t n = t->fan->clients;
	double own, via;

	t->crowd = crowd_new(&t->plan, n);
	crowd_grow(t->crowd, 1);
	settle(t);
	own = processes_rss_bytes(&t->own);
	via = processes_rss_bytes(&t->via);
	t->own_end = own;
	crowd_grow(t->crowd, n);
	settle(t);
	t->own_rss = (processes_rss_bytes(&t->own) - own) / (double)n;
	t->via_rss = (processes_rss_bytes(&t->via) - via) / (double)n;
}

static void
stand_idle(struct target *t)
{
	double start = bench_seconds(), seconds;
	uint64_t bytes = crowd_counts(t->crowd)->bytes;
	struct use before = use_now(t), after;

	crowd_run(t->crowd, start + t->fan->idle_s);
	seconds = bench_seconds() - start;
	after = use_now(t);
	bytes = crowd_counts(t->crowd)->bytes - bytes;
	t->idle_bytes = (double)bytes / (double)t->fan->clients / seconds;
	t->idle_own = (after.own - before.own) / seconds * 100;
	t->idle_via = (after.via - before.via) / seconds * 100;
}

static void
report(struct target *t)
{
	double deliveries = t->ms_n > 0 ? (double)t->ms_n : 1;

	t->own_end = processes_rss_bytes(&t->own) - t->own_end;
	printf("%s last=%.3f p50=%.3f p99=%.3f max=%.3f "
	       "own_us=%.2f via_us=%.2f own_rss=%.0f via_rss=%.0f own_end=%.0f "
	       "idle_bytes=%.3f idle_own=%.3f idle_via=%.3f\n",
	    t->name, bench_quantile(t->last_ms, t->last_n, 0.5),
	    bench_quantile(t->ms, t->ms_n, 0.5),
	    bench_quantile(t->ms, t->ms_n, 0.99),
	    bench_quantile(t->ms, t->ms_n, 1), t->used.own / deliveries * 1e6,
	    t->used.via / deliveries * 1e6, t->own_rss, t->via_rss,
	    t->own_end / (double)t->fan->clients, t->idle_bytes, t->idle_own,
	    t->idle_via);
	if (fflush(stdout) != 0)
		err(1, "stdout");
}

/* --- turns ---------------------------------------------------------------- */

/* Other targets have theirs; the clients' connections are kept drained. */
static void
await_turn(struct target *t)
{
	struct pollfd p[2] = { { .fd = t->turn, .events = POLLIN },
		{ .fd = t->crowd != NULL ? crowd_fd(t->crowd) : -1,
		    .events = POLLIN } };
	char byte;

	do {
		if (poll(p, 2, -1) < 0)
			err(1, "poll");
		if (p[1].revents != 0)
			crowd_turn(t->crowd, 0);
	} while (p[0].revents == 0);
	if (recv(t->turn, &byte, 1, 0) != 1)
		exit(1); /* the conductor has gone */
}

static void
end_turn(struct target *t)
{
	if (send(t->turn, "", 1, MSG_NOSIGNAL) != 1)
		err(1, "turn");
}

/* A target's process: each turn is one step. */
static void
play(struct target *t)
{
	await_turn(t);
	gather(t);
	end_turn(t);
	if (t->fan->idle_s > 0) {
		await_turn(t);
		stand_idle(t);
		end_turn(t);
	}
	for (size_t i = 0; i < t->fan->rounds; i++) {
		await_turn(t);
		run_round(t);
		end_turn(t);
	}
	await_turn(t);
	report(t);
	end_turn(t);
	crowd_free(t->crowd);
}

static void
target_start(struct target *t)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		err(1, "socketpair");
	t->pid = fork();
	if (t->pid < 0)
		err(1, "fork");
	t->turn = pair[t->pid == 0];
	(void)close(pair[t->pid != 0]);
	if (t->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		play(t);
		exit(0);
	}
}

static void
give_turn(struct target *t)
{
	char byte;

	if (send(t->turn, "", 1, MSG_NOSIGNAL) != 1 ||
	    recv(t->turn, &byte, 1, 0) != 1)
		exit(1); /* it has said why */
}

static void
conduct(struct target *target, size_t n, size_t turns)
{
	for (size_t i = 0; i < n; i++)
		target_start(&target[i]);
	for (size_t k = 0; k < turns; k++)
		for (size_t i = 0; i < n; i++)
			give_turn(&target[i]);
	for (size_t i = 0; i < n; i++)
		if (waitpid(target[i].pid, NULL, 0) < 0)
			err(1, "waitpid");
}

/* --- the command line ------------------------------------------------------- */

static int
number(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

static void
set(struct target *t, const char *key, char *value)
{
	struct crowd_plan *plan = &t->plan;

	if (strcmp(key, "name") == 0)
		t->name = value;
	else if (strcmp(key, "kind") == 0)
		plan->kind =
		    strcmp(value, "stream") == 0 ? CROWD_STREAM : CROWD_POLL;
	else if (strcmp(key, "port") == 0)
		plan->port = number(value);
	else if (strcmp(key, "uri") == 0)
		plan->uri = value;
	else if (strcmp(key, "cursor") == 0)
		plan->cursor = value;
	else if (strcmp(key, "validators") == 0)
		plan->follow = CROWD_VALIDATORS;
	else if (strcmp(key, "file") == 0)
		t->publisher.file = value;
	else if (strcmp(key, "post") == 0)
		t->publisher.uri = value;
	else if (strcmp(key, "own") == 0)
		processes_add(&t->own, number(value));
	else if (strcmp(key, "via") == 0)
		processes_add(&t->via, number(value));
	else
		errx(2, "a target has no %s", key);
}

static void
target_open(struct target *t, const struct fan *fan, char *text)
{
	size_t n = fan->clients;
	char *pair;

	t->fan = fan;
	while ((pair = strsep(&text, ",")) != NULL) {
		char *value = strchr(pair, '=');

		if (value == NULL)
			errx(2, "%s: no value", pair);
		*value++ = '\0';
		set(t, pair, value);
	}
	if (t->name == NULL || t->plan.uri == NULL || t->plan.port == 0 ||
	    (fan->rounds > 0 && t->publisher.file == NULL &&
		t->publisher.uri == NULL))
		errx(2, "a target has a name, a uri, a port, and news");
	if (t->plan.cursor != NULL)
		t->plan.follow = CROWD_CURSOR;
	t->publisher.port = t->plan.port;
	t->plan.heard = heard;
	t->plan.arg = t;
	t->heard = calloc(n, sizeof(*t->heard));
	t->ms = calloc(n * fan->rounds + 1, sizeof(*t->ms));
	t->last_ms = calloc(fan->rounds + 1, sizeof(*t->last_ms));
	if (t->heard == NULL || t->ms == NULL || t->last_ms == NULL)
		err(1, NULL);
}

static void
target_close(struct target *t)
{
	(void)close(t->turn);
	free(t->heard);
	free(t->ms);
	free(t->last_ms);
}

int
main(int argc, char **argv)
{
	static struct target target[TARGETS_MAX];
	static struct fan fan;
	size_t n;

	if (argc < 6 || argc > 5 + TARGETS_MAX)
		errx(2, "usage: fan CLIENTS ROUNDS GAP_MS IDLE_S TARGET...");
	n = (size_t)(argc - 5);
	fan = (struct fan){ .clients = strtoul(argv[1], NULL, 10),
		.rounds = strtoul(argv[2], NULL, 10),
		.gap_s = strtod(argv[3], NULL) / 1e3,
		.idle_s = strtod(argv[4], NULL) };
	if (fan.clients == 0)
		errx(2, "CLIENTS: at least 1");
	for (size_t i = 0; i < n; i++)
		target_open(&target[i], &fan, argv[5 + i]);
	conduct(target, n, fan.rounds + (fan.idle_s > 0 ? 3 : 2));
	for (size_t i = 0; i < n; i++)
		target_close(&target[i]);
	return 0;
}
