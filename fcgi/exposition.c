#include "exposition.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "histogram.h"

static const char *const kind_texts[] = {
	[EXPOSITION_COUNTER] = "counter",
	[EXPOSITION_GAUGE] = "gauge",
	[EXPOSITION_HISTOGRAM] = "histogram",
};

void
exposition_family(struct buf *out, const char *name, enum exposition_kind kind,
    const char *help)
{
	buf_printf(out, "# HELP tidemark_%s %s\n# TYPE tidemark_%s %s\n", name,
	    help, name, kind_texts[kind]);
}

static void
add_label(struct buf *out, char before, const char *name, const char *value)
{
	buf_byte(out, before);
	buf_printf(out, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			buf_byte(out, '\\');
		if (*value == '\n')
			buf_str(out, "\\n");
		else
			buf_byte(out, *value);
	}
	buf_byte(out, '"');
}

/* le: the upper bound of a bucket; NULL: none. */
static void
begin_sample(struct buf *out, const char *name, const char *suffix,
    const struct exposition_label *label, const char *le)
{
	char before = '{';

	buf_printf(out, "tidemark_%s%s", name, suffix);
	for (; label->name != NULL; label++, before = ',')
		add_label(out, before, label->name, label->value);
	if (le != NULL) {
		add_label(out, before, "le", le);
		before = ',';
	}
	buf_str(out, before == ',' ? "} " : " ");
}

void
exposition_count(struct buf *out, const char *name,
    const struct exposition_label *labels, uint64_t count)
{
	begin_sample(out, name, "", labels, NULL);
	buf_printf(out, "%" PRIu64 "\n", count);
}

void
exposition_value(struct buf *out, const char *name,
    const struct exposition_label *labels, double value)
{
	if (isnan(value))
		return;
	begin_sample(out, name, "", labels, NULL);
	buf_printf(out, "%.15g\n", value);
}

static void
format_bound(int64_t us, char *text, size_t room)
{
	if (us == INT64_MAX)
		(void)snprintf(text, room, "+Inf");
	else
		(void)snprintf(text, room, "%g", (double)us / 1e6);
}

void
exposition_histogram(struct buf *out, const char *name,
    const struct exposition_label *labels, const struct histogram *histogram)
{
	uint64_t sum = 0;
	char le[32];

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		sum += histogram->bucket[i];
		format_bound(histogram_bound_us(i), le, sizeof(le));
		begin_sample(out, name, "_bucket", labels, le);
		buf_printf(out, "%" PRIu64 "\n", sum);
	}
	begin_sample(out, name, "_sum", labels, NULL);
	buf_printf(out, "%" PRIu64 ".%06" PRIu64 "\n",
	    histogram->sum_us / 1000000, histogram->sum_us % 1000000);
	begin_sample(out, name, "_count", labels, NULL);
	buf_printf(out, "%" PRIu64 "\n", sum);
}
