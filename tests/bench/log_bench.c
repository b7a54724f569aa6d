/*
 * log_bench: what a change takes in the database, by kind of document.  A line
 * each: name, changes, bytes of the file that they made it grow by, bytes of
 * their patches (of a change that has none: of its document).
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

struct workload {
	const char *name;
	void (*write)(struct buf *, unsigned int i, unsigned int version);
	unsigned int entities, versions;
};

enum { BATCH = 10, TAIL_BYTES = 16384, LINE_BYTES = 100, ROWS = 1000 };

static void
must(const struct err *err)
{
	if (err == NULL)
		return;
	(void)fprintf(stderr, "log_bench: %s\n", err->msg);
	exit(1);
}

/* Text that does not repeat itself soon. */
static void
write_filler(struct buf *out, unsigned int seed, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245u + 12345u;
		buf_byte(out, (char)('a' + (seed >> 16) % 26));
	}
}

/* What an agent says of itself: three of seven members move. */
static void
write_state(struct buf *out, unsigned int i, unsigned int version)
{
	buf_printf(out,
	    "{\"id\":\"agent-%06u\",\"state\":\"%s\",\"phase\":%u,"
	    "\"progress\":%u.%02u,\"started\":\"2026-01-02T03:04:05Z\","
	    "\"tags\":[\"nightly\",\"x86-64\"],\"note\":\"",
	    i, version % 7 > 0 ? "running" : "waiting", version % 5,
	    version % 100, version * 7 % 100);
	write_filler(out, i, 150);
	buf_str(out, "\"}");
}

static void
write_counters(struct buf *out, unsigned int i, unsigned int version)
{
	buf_printf(out, "{\"requests\":%u,\"errors\":%u,\"note\":\"",
	    version * 173 + i, version / 10);
	write_filler(out, i, 4000);
	buf_str(out, "\"}");
}

/* The end of a log: a line comes, the first ones go. */
static void
write_tail(struct buf *out, unsigned int i, unsigned int version)
{
	buf_str(out, "{\"text\":\"");
	for (unsigned int k = 0; k < TAIL_BYTES / LINE_BYTES; k++) {
		write_filler(out, i * 7919 + version + k, LINE_BYTES - 2);
		buf_str(out, "\\n");
	}
	buf_printf(out, "\",\"start\":%u}", version * (LINE_BYTES - 1));
}

static void
write_array(struct buf *out, unsigned int i, unsigned int version)
{
	buf_byte(out, '[');
	for (unsigned int k = 0; k < ROWS; k++) {
		/* Row k has moved each time that the version met it. */
		unsigned int n = (version + ROWS - k) / ROWS;

		buf_printf(out, "%s{\"id\":%u,\"n\":%u,\"text\":\"",
		    k == 0 ? "" : ",", k, n);
		write_filler(out, i + k, 80);
		buf_str(out, "\"}");
	}
	buf_byte(out, ']');
}

static const struct workload workloads[] = {
	{ "state of 300 bytes", write_state, 500, 60 },
	{ "counters in 4 KB", write_counters, 200, 200 },
	{ "tail of a log, 16 KB", write_tail, 20, 500 },
	{ "array of 1000 rows", write_array, 1, 8000 },
};

static struct store *store;
static struct bell *bell;
static struct intake *in;
static uint32_t cid;

static void
open_all(const char *path)
{
	must(store_open(&store, path, STORE_WRITE, 0));
	must(bell_open(&bell, path, BELL_RING));
	must(store_begin(store));
	must(store_coll_make(store, span_str("things"), true, &cid));
	must(store_commit(store, NULL));
	in = intake_new(store, bell);
}

static void
close_all(void)
{
	intake_free(in);
	store_close(store);
	bell_close(bell);
}

static void
put(const struct workload *w, unsigned int i, unsigned int version)
{
	struct intake_entity entity = { .cid = cid };
	struct json doc = { 0 };
	struct buf text = { 0 };
	char id[32];

	(void)snprintf(id, sizeof(id), "thing-%u", i);
	entity.id = span_str(id);
	w->write(&text, i, version);
	must(json_scan(&doc, buf_as_span(&text), NULL));
	must(intake_put(in, &entity, &doc, NULL, NULL));
	json_fini(&doc);
	buf_fini(&text);
}

static void
put_all(const struct workload *w, unsigned int from, unsigned int to)
{
	unsigned int n = 0;

	for (unsigned int version = from; version < to; version++)
		for (unsigned int i = 0; i < w->entities; i++) {
			if (n++ % BATCH == 0) {
				if (n > 1)
					must(intake_commit(in, NULL));
				must(intake_begin(in));
			}
			put(w, i, version);
		}
	must(intake_commit(in, NULL));
}

struct sum {
	uint64_t n, bytes, document;
};

static bool
add_up(const struct change *change, void *arg)
{
	struct sum *sum = arg;

	sum->n++;
	sum->bytes += change->patch.len > 0 ? change->patch.len : sum->document;
	return true;
}

static off_t
size_of(const char *path)
{
	struct stat st = { 0 };

	return stat(path, &st) == 0 ? st.st_size : 0;
}

static void
run(const struct workload *w, const char *path)
{
	struct store_range range = { .with_patches = true };
	struct sum sum = { 0 };
	struct store_state state;
	struct store_coll coll;
	off_t before;

	open_all(path);
	put_all(w, 0, 1);
	must(store_state(store, &state));
	close_all();
	before = size_of(path);
	open_all(path);
	put_all(w, 1, w->versions);
	must(store_coll_at(store, cid, &coll));
	sum.document = coll.bytes / coll.n;
	range.after = state.head;
	must(store_changes(store, range, add_up, &sum));
	close_all();
	printf("%s\t%llu\t%lld\t%llu\n", w->name, (unsigned long long)sum.n,
	    (long long)(size_of(path) - before), (unsigned long long)sum.bytes);
}

int
main(void)
{
	char dir[] = "/tmp/tidemark-bench.XXXXXX", path[64], command[64];

	if (mkdtemp(dir) == NULL)
		return 1;
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%zu.db", dir, i);
		run(&workloads[i], path);
	}
	(void)snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return system(command) != 0;
}
