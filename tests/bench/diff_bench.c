/*
 * diff_bench: bytes and time of the patch for one change to each of several
 * documents; and, with a directory, the documents themselves, for peers:
 * DIR/NN.from, DIR/NN.to, and our patch, DIR/NN.patch; without text operations
 * it is DIR/NN.standard.
 *
 *	diff_bench [DIR]
 *
 * NAME <TAB> body bytes <TAB> patch bytes <TAB> us of scanning both documents
 * and making the patch <TAB> … of making it <TAB> … of applying it
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "buf.h"
#include "diff.h"
#include "diff_changes.h"
#include "json.h"
#include "patch.h"

enum { ROUNDS_MIN = 9, ROUNDS_MAX = 1000 };
#define ROUNDS_SECONDS 0.05

static const struct diff_options standard = { .is_standard = true };

/* A change, its documents as they were written and as they were scanned. */
struct sample {
	struct buf from_text, to_text;
	struct json from, to;
	struct json patch;
	struct buf out;
};

typedef void step_fn(struct sample *);

static void
scan(struct json *doc, const struct buf *text)
{
	if (json_scan(doc, buf_as_span(text), NULL) != NULL)
		abort();
}

static void
make_patch(struct sample *s)
{
	diff(&s->from, &s->to, &diff_default, &s->out);
}

static void
scan_and_make_patch(struct sample *s)
{
	scan(&s->from, &s->from_text);
	scan(&s->to, &s->to_text);
	make_patch(s);
}

static void
apply(struct sample *s)
{
	if (patch_apply(buf_as_span(&s->from.text), &s->patch, &s->out) != NULL)
		abort();
}

/* What else runs on the machine can only add. */
static double
least_us(struct sample *s, step_fn *step)
{
	double us[ROUNDS_MAX], began = bench_seconds();
	size_t n = 0;

	while (n < ROUNDS_MIN ||
	    (n < ROUNDS_MAX && bench_seconds() - began < ROUNDS_SECONDS)) {
		double start = bench_seconds();

		buf_clear(&s->out);
		step(s);
		us[n++] = (bench_seconds() - start) * 1e6;
	}
	return bench_least(us, n);
}

static void
write_file(const char *dir, size_t nth, const char *ending, struct span bytes)
{
	char path[4096];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%02zu.%s", dir, nth, ending);
	file = fopen(path, "w");
	if (file == NULL || fwrite(bytes.p, 1, bytes.len, file) != bytes.len ||
	    fclose(file) != 0)
		abort();
}

static void
write_files(const char *dir, size_t nth, struct sample *s)
{
	write_file(dir, nth, "from", buf_as_span(&s->from_text));
	write_file(dir, nth, "to", buf_as_span(&s->to_text));
	write_file(dir, nth, "patch", buf_as_span(&s->patch.text));
	buf_clear(&s->out);
	diff(&s->from, &s->to, &standard, &s->out);
	write_file(dir, nth, "standard", buf_as_span(&s->out));
}

static void
measure(const char *dir, size_t nth)
{
	const struct diff_change *change = &diff_changes[nth];
	struct sample s = { 0 };
	double whole_us, made_us;
	size_t bytes;

	change->make(&s.from_text, 0);
	change->make(&s.to_text, 1);
	whole_us = least_us(&s, scan_and_make_patch);
	made_us = least_us(&s, make_patch);
	bytes = s.out.len;
	scan(&s.patch, &s.out);
	printf("%s\t%zu\t%zu\t%.1f\t%.1f\t%.1f\n", change->name, s.to.text.len,
	    bytes, whole_us, made_us, least_us(&s, apply));
	if (dir != NULL)
		write_files(dir, nth, &s);
	json_fini(&s.from);
	json_fini(&s.to);
	json_fini(&s.patch);
	buf_fini(&s.from_text);
	buf_fini(&s.to_text);
	buf_fini(&s.out);
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < diff_n_changes; i++)
		measure(argc > 1 ? argv[1] : NULL, i);
	return 0;
}
