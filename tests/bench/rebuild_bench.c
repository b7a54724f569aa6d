/*
 * rebuild_bench: how long it takes to rebuild the version of a document that is
 * farthest from the body that was kept, by kind of document; and to walk a
 * collection as it was.  One line a case: name, steps, bytes, us.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bell.h"
#include "bench.h"
#include "history.h"
#include "intake.h"
#include "json.h"
#include "past.h"
#include "store.h"

enum {
	ROUNDS = 9,
	BATCH = 50,
	ENTITIES = 10000,
	LINE_BYTES = 100,
	NESTED_DEPTH = 60
};

struct bench {
	struct store *store;
	struct bell *bell;
	struct intake *intake;
	uint32_t cid;
	struct buf doc; /* what the case writes */
	unsigned long random;
};

/* Makes the document of a step out of the one before. */
typedef void step_fn(struct bench *, unsigned int step);

static void
must(const struct err *err)
{
	if (err == NULL)
		return;
	(void)fprintf(stderr, "rebuild_bench: %s\n", err->msg);
	exit(1);
}

static unsigned int
any(struct bench *b, unsigned int n)
{
	b->random = b->random * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned int)(b->random >> 33) % n;
}

static void
add_letters(struct bench *b, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		buf_byte(&b->doc, (char)('a' + any(b, 26)));
}

/* --- documents ------------------------------------------------------------------ */

/* 250 rows of 400 bytes, of which some number changes. */
static void
rows(struct bench *b, unsigned int step)
{
	size_t kept;

	if (step > 0) {
		/* "n":0000000000, at the beginning of each row */
		kept = any(b, 250);
		(void)snprintf(b->doc.data + 1 + kept * 400 + 5, 11, "%010u",
		    1000000000 + any(b, 1000000000));
		b->doc.data[1 + kept * 400 + 15] = ',';
		return;
	}
	buf_byte(&b->doc, '[');
	for (unsigned int i = 0; i < 250; i++) {
		buf_printf(&b->doc, "{\"n\":%010u,\"text\":\"",
		    1000000000 + any(b, 1000000000));
		add_letters(b, 400 - 27);
		buf_str(&b->doc, i < 249 ? "\"}," : "\"} ");
	}
	buf_byte(&b->doc, ']');
}

/* 25 000 numbers of three digits, of which one changes. */
static void
numbers(struct bench *b, unsigned int step)
{
	if (step > 0) {
		b->doc.data[1 + any(b, 25000) * 4] = (char)('1' + any(b, 9));
		return;
	}
	for (unsigned int i = 0; i < 25000; i++)
		buf_printf(&b->doc, "%c%u", i == 0 ? '[' : ',',
		    100 + any(b, 900));
	buf_byte(&b->doc, ']');
}

/* The same, 60 lists deep. */
static void
nested(struct bench *b, unsigned int step)
{
	if (step > 0) {
		b->doc.data[NESTED_DEPTH + any(b, 25000) * 4] =
		    (char)('1' + any(b, 9));
		return;
	}
	for (int i = 1; i < NESTED_DEPTH; i++)
		buf_byte(&b->doc, '[');
	numbers(b, 0);
	for (int i = 1; i < NESTED_DEPTH; i++)
		buf_byte(&b->doc, ']');
}

/* 7 000 members, of which one changes. */
static void
members(struct bench *b, unsigned int step)
{
	if (step > 0) {
		b->doc.data[10 + any(b, 7000) * 14] = (char)('1' + any(b, 9));
		return;
	}
	for (unsigned int i = 0; i < 7000; i++)
		buf_printf(&b->doc, "%c\"k%05u\":%04u", i == 0 ? '{' : ',', i,
		    1000 + any(b, 9000));
	buf_byte(&b->doc, '}');
}

/* 12 000 numbers, one goes somewhere and one comes somewhere else. */
static void
places(struct bench *b, unsigned int step)
{
	char *list, *from, *to;

	if (step == 0) {
		for (unsigned int i = 0; i < 12000; i++)
			buf_printf(&b->doc, "%c%07u", i == 0 ? '[' : ',',
			    1000000 + any(b, 9000000));
		buf_byte(&b->doc, ']');
		return;
	}
	list = b->doc.data + 1;
	from = list + any(b, 11999) * 8UL;
	memmove(from, from + 8, b->doc.len - 1 - (size_t)(from + 8 - list));
	to = list + any(b, 11998) * 8UL;
	memmove(to + 8, to, b->doc.len - 9 - (size_t)(to - list));
	(void)snprintf(to, 8, "%07u", 1000000 + any(b, 9000000));
	to[7] = ',';
}

/* 100 KB of text, edited anywhere. */
static void
small_edit(struct bench *b, unsigned int step)
{
	if (step == 0) {
		buf_str(&b->doc, "{\"log\":\"");
		add_letters(b, 100000);
		buf_str(&b->doc, "\"}");
		return;
	}
	b->doc.data[8 + any(b, 99999)] = (char)('A' + any(b, 26));
}

static void
begin_text(struct bench *b)
{
	buf_str(&b->doc, "{\"log\":\"");
	add_letters(b, 1000000);
	buf_str(&b->doc, "\"}");
}

/* A log that grows. */
static void
append(struct bench *b, unsigned int step)
{
	if (step == 0) {
		begin_text(b);
		return;
	}
	buf_cut(&b->doc, b->doc.len - 2);
	add_letters(b, LINE_BYTES);
	buf_str(&b->doc, "\"}");
}

static void
cut_front(struct bench *b)
{
	char *text = b->doc.data + 8;

	memmove(text, text + LINE_BYTES, b->doc.len - 8 - LINE_BYTES);
	buf_cut(&b->doc, b->doc.len - LINE_BYTES);
}

/* … of which only the end is kept. */
static void
slide(struct bench *b, unsigned int step)
{
	append(b, step);
	if (step > 0)
		cut_front(b);
}

/* A few letters become others, somewhere. */
static void
edit(struct bench *b, unsigned int step)
{
	unsigned int at;

	if (step == 0) {
		begin_text(b);
		return;
	}
	at = 8 + any(b, 999000);
	for (unsigned int i = 0; i < 10; i++)
		b->doc.data[at + i] = (char)('A' + any(b, 26));
}

/* --- rebuilding ----------------------------------------------------------------- */

static void
write_steps(struct bench *b, const char *id, step_fn *fn, unsigned int n,
    uint64_t *eid)
{
	struct intake_entity entity = { .cid = b->cid, .id = span_str(id) };
	struct json doc = { 0 };

	for (unsigned int i = 0; i < n; i++) {
		if (i % BATCH == 0)
			must(intake_begin(b->intake));
		fn(b, i);
		must(json_scan(&doc, buf_as_span(&b->doc), NULL));
		must(intake_put(b->intake, &entity, &doc, eid, NULL));
		if (i % BATCH == BATCH - 1 || i == n - 1)
			must(intake_commit(b->intake, NULL));
	}
	json_fini(&doc);
}

/* The version of a seq, steps behind the body that was kept. */
static void
measure(struct bench *b, const char *name, uint64_t eid, uint64_t seq,
    unsigned int steps)
{
	double us[ROUNDS];
	struct buf body = { 0 };
	uint64_t version;

	for (int i = 0; i < ROUNDS; i++) {
		double start = bench_cpu_seconds();

		buf_clear(&body);
		must(history_body(b->store, eid, seq, &body, &version));
		us[i] = (bench_cpu_seconds() - start) * 1e6;
	}
	printf("%s\t%u\t%zu\t%.0f\n", name, steps, body.len,
	    bench_median(us, ROUNDS));
	buf_fini(&body);
}

static bool
is_kept(struct bench *b, uint64_t seq)
{
	struct buf body = { 0 };
	const struct err *err = store_keyframe(b->store, seq, &body);
	bool answer = err == NULL;

	if (err != NULL && err->code != ERR_NOT_FOUND)
		must(err);
	buf_fini(&body);
	return answer;
}

/* How far behind the first body, seq, the next one is that is kept. */
static unsigned int
find_longest(struct bench *b, uint64_t seq, unsigned int most)
{
	unsigned int steps = 1;

	while (steps < most && !is_kept(b, seq + steps))
		steps++;
	return steps - 1;
}

static void
bench_case(struct bench *b, const char *name, step_fn *fn)
{
	struct store_state state, end;
	unsigned int longest;
	uint64_t eid = 0;

	buf_clear(&b->doc);
	must(store_state(b->store, &state));
	/* Some come to nothing. */
	write_steps(b, name, fn, STORE_STEPS_MAX * 6 / 5, &eid);
	must(store_state(b->store, &end));
	longest = find_longest(b, state.head + 1,
	    (unsigned int)(end.head - state.head));
	measure(b, name, eid, state.head + 1 + longest / 10, longest / 10);
	measure(b, name, eid, state.head + 1 + longest, longest);
}

/* --- a collection ----------------------------------------------------------------- */

static void
put_all(struct bench *b, unsigned int n, unsigned int every)
{
	struct intake_entity entity = { .cid = b->cid };
	struct json doc = { 0 };
	char id[32];

	must(intake_begin(b->intake));
	for (unsigned int i = 0; i < n; i += every) {
		(void)snprintf(id, sizeof(id), "entity-%06u", i);
		entity.id = span_str(id);
		buf_clear(&b->doc);
		buf_printf(&b->doc, "{\"n\":%u,\"text\":\"", any(b, 1000000));
		for (int k = 0; k < 300; k++)
			buf_byte(&b->doc, (char)('a' + k % 26));
		buf_str(&b->doc, "\"}");
		must(json_scan(&doc, buf_as_span(&b->doc), NULL));
		must(intake_put(b->intake, &entity, &doc, NULL, NULL));
	}
	must(intake_commit(b->intake, NULL));
	json_fini(&doc);
}

static bool
add_up(const struct store_entity *entity, void *arg)
{
	*(size_t *)arg += entity->body.len;
	return true;
}

/* Slices as the daemon makes them; the longest counts. */
static void
bench_walk(struct bench *b)
{
	double start, slice, longest = 0;
	struct store_state state;
	struct past *past;
	size_t bytes = 0;
	bool is_over = false;

	must(store_begin(b->store));
	must(store_coll_make(b->store, span_str("many"), true, &b->cid));
	must(store_commit(b->store, NULL));
	put_all(b, ENTITIES, 1);
	must(store_state(b->store, &state));
	for (int i = 0; i < 10; i++)
		put_all(b, ENTITIES, 2);
	past = past_new(b->cid, state.head, span_of("", 0));
	start = bench_cpu_seconds();
	while (!is_over) {
		slice = bench_cpu_seconds();
		must(past_walk(past, b->store,
		    monotime_after_ms(monotime_now(), 4), add_up, &bytes,
		    &is_over));
		slice = bench_cpu_seconds() - slice;
		longest = slice > longest ? slice : longest;
	}
	printf("walk\t%d\t%zu\t%.0f\n", ENTITIES / 2, bytes,
	    (bench_cpu_seconds() - start) * 1e6);
	printf("slice\t0\t0\t%.0f\n", longest * 1e6);
	past_free(past);
}

int
main(void)
{
	char dir[] = "/tmp/rebuild_bench.XXXXXX", path[64], command[96];
	struct bench b = { .random = 7 };

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/main.db", dir);
	must(store_open(&b.store, path, STORE_WRITE, 0));
	must(bell_open(&b.bell, path, BELL_RING));
	b.intake = intake_new(b.store, b.bell);
	must(store_begin(b.store));
	must(store_coll_make(b.store, span_str("docs"), true, &b.cid));
	must(store_commit(b.store, NULL));
	bench_case(&b, "rows", rows);
	bench_case(&b, "numbers", numbers);
	bench_case(&b, "nested", nested);
	bench_case(&b, "members", members);
	bench_case(&b, "places", places);
	bench_case(&b, "small_edit", small_edit);
	bench_case(&b, "append", append);
	bench_case(&b, "slide", slide);
	bench_case(&b, "edit", edit);
	bench_walk(&b);
	intake_free(b.intake);
	bell_close(b.bell);
	store_close(b.store);
	buf_fini(&b.doc);
	(void)snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return system(command) != 0; /* NOLINT(cert-env33-c) */
}
