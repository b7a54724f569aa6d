/*
 * store_bench: entities made, changed and read back through the intake, as a
 * first crawl and the scans after it do, with the row of the files' cache.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bell.h"
#include "bench.h"
#include "intake.h"
#include "json.h"
#include "store.h"

enum { ENTITIES = 100000, CHANGED = 10000, FILLER_BYTES = 300, ROUNDS = 5 };

struct bench {
	struct store *store;
	struct bell *bell;
	struct intake *intake;
	uint32_t cid;
	struct json doc;
	struct buf text, id;
};

static void
must(const struct err *err)
{
	if (err == NULL)
		return;
	(void)fprintf(stderr, "store_bench: %s\n", err->msg);
	exit(1);
}

/* What an agent's state file looks like: about 500 bytes, three of 12 members
   move from one version to the next. */
static void
write_doc(struct bench *b, unsigned int i, unsigned int version)
{
	buf_clear(&b->text);
	buf_printf(&b->text,
	    "{\"id\":\"agent-%06u\",\"kind\":\"build\",\"state\":\"%s\",\"phase\":"
	    "%u,\"progress\":%u.%02u,\"owner\":{\"name\":\"user%u\",\"mail\":"
	    "null},\"host\":\"node-%02u\",\"started\":\"2026-01-02T03:04:05Z\","
	    "\"tags\":[\"nightly\",\"x86-64\"],\"text\":\"",
	    i, version % 7 > 0 ? "running" : "waiting", version % 5,
	    version % 100, version * 7 % 100, i % 50, i % 64);
	for (unsigned int k = 0; k < FILLER_BYTES; k++)
		buf_byte(&b->text, (char)('a' + (i * 31 + k * 7) % 26));
	buf_str(&b->text, "\"}");
	must(json_scan(&b->doc, buf_as_span(&b->text), NULL));
}

/* Files come in the order of the directory, which is none. */
static unsigned int
shuffled(unsigned int i)
{
	return (unsigned int)((uint64_t)i * 61819 % ENTITIES);
}

static void
put(struct bench *b, unsigned int i, unsigned int version)
{
	struct intake_entity entity = { .cid = b->cid };
	struct store_src src = { .cid = b->cid, .size = 500, .mtime_ns = 1 };

	buf_clear(&b->id);
	buf_printf(&b->id, "dir-%03u/agent-%06u", i % 1000, i);
	entity.id = src.path = buf_as_span(&b->id);
	write_doc(b, i, version);
	must(intake_put(b->intake, &entity, &b->doc, &src.eid, NULL));
	src.ino = i;
	src.ctime_ns = version;
	must(store_src_put(b->store, &src));
}

static void
put_all(struct bench *b, unsigned int n, unsigned int version)
{
	must(intake_begin(b->intake));
	for (unsigned int i = 0; i < n; i++)
		put(b, shuffled(i), version);
	must(intake_commit(b->intake, NULL));
}

/* What the documents themselves cost, to be taken off. */
static double
write_docs(struct bench *b, unsigned int n)
{
	double start = bench_seconds();

	for (unsigned int i = 0; i < n; i++)
		write_doc(b, shuffled(i), 1);
	return bench_seconds() - start;
}

static void
report(const char *what, double seconds, unsigned int n)
{
	printf("%-34s %9.0f /s %8.2f us each\n", what, n / seconds,
	    seconds / n * 1e6);
}

static bool
add_up(const struct store_entity *entity, void *arg)
{
	*(size_t *)arg += entity->id.len + entity->body.len;
	return true;
}

static void
bench_reads(struct bench *b)
{
	double start = bench_seconds();
	size_t bytes = 0;

	must(store_entities(b->store, b->cid, add_up, &bytes));
	report("walk of all bodies", bench_seconds() - start, ENTITIES);
	start = bench_seconds();
	must(store_ids(b->store, b->cid, add_up, &bytes));
	report("walk of ids and versions", bench_seconds() - start, ENTITIES);
	start = bench_seconds();
	must(store_entities_after(b->store, b->cid, span_of("", 0), ENTITIES,
	    add_up, &bytes));
	report("walk of all bodies by id", bench_seconds() - start, ENTITIES);
	if (bytes == 0)
		exit(1);
}

static void
bench_writes(struct bench *b)
{
	double docs = write_docs(b, ENTITIES), start = bench_seconds(), least;

	put_all(b, ENTITIES, 0);
	report("create, one batch, 100 000", bench_seconds() - start - docs,
	    ENTITIES);
	least = 1e9;
	for (unsigned int round = 1; round <= ROUNDS; round++) {
		start = bench_seconds();
		put_all(b, CHANGED, round);
		if (bench_seconds() - start < least)
			least = bench_seconds() - start;
	}
	report("change, batches of 10 000 (>= 15000)", least, CHANGED);
	start = bench_seconds();
	for (unsigned int i = 0; i < CHANGED; i++) {
		must(intake_begin(b->intake));
		put(b, i, ROUNDS + 1);
		must(intake_commit(b->intake, NULL));
	}
	report("change, a batch each", bench_seconds() - start, CHANGED);
}

static void
print_size(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		printf("%-34s %9.1f MB\n", "the file",
		    (double)st.st_size / 1e6);
}

int
main(void)
{
	char dir[] = "/tmp/tidemark-bench.XXXXXX", path[64], command[64];
	struct bench b = { 0 };

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/bench.db", dir);
	must(store_open(&b.store, path, STORE_WRITE, 0));
	must(bell_open(&b.bell, path, BELL_RING));
	must(store_begin(b.store));
	must(store_coll_make(b.store, span_str("agents"), true, &b.cid));
	must(store_commit(b.store, NULL));
	b.intake = intake_new(b.store, b.bell);
	bench_writes(&b);
	bench_reads(&b);
	intake_free(b.intake);
	store_close(b.store);
	bell_close(b.bell);
	json_fini(&b.doc);
	buf_fini(&b.text);
	buf_fini(&b.id);
	print_size(path);
	(void)snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return system(command) != 0;
}
