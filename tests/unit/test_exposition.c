#include "exposition.h"

#include <math.h>

#include "check.h"
#include "histogram.h"

static struct buf out;

static void
check_out(const char *want)
{
	CHECK_STR(buf_cstr(&out), want);
	buf_fini(&out);
}

static void
a_family_says_what_it_is(void)
{
	exposition_family(&out, "a_total", EXPOSITION_COUNTER, "All of a.");
	exposition_family(&out, "b", EXPOSITION_GAUGE, "B.");
	exposition_family(&out, "c", EXPOSITION_HISTOGRAM, "C.");
	check_out("# HELP tidemark_a_total All of a.\n"
		  "# TYPE tidemark_a_total counter\n"
		  "# HELP tidemark_b B.\n# TYPE tidemark_b gauge\n"
		  "# HELP tidemark_c C.\n# TYPE tidemark_c histogram\n");
}

static void
a_sample_has_its_labels(void)
{
	exposition_count(&out, "a_total", EXPOSITION_UNLABELLED, UINT64_MAX);
	exposition_count(&out, "a_total", EXPOSITION_LABELS({ "x", "1" }), 0);
	exposition_value(&out, "b",
	    EXPOSITION_LABELS({ "x", "1" }, { "y", "2" }), -1.5);
	check_out("tidemark_a_total 18446744073709551615\n"
		  "tidemark_a_total{x=\"1\"} 0\n"
		  "tidemark_b{x=\"1\",y=\"2\"} -1.5\n");
}

static void
a_label_holds_any_text(void)
{
	exposition_value(&out, "b", EXPOSITION_LABELS({ "x", "a\"b\\c\nd}" }),
	    1);
	check_out("tidemark_b{x=\"a\\\"b\\\\c\\nd}\"} 1\n");
}

static void
whole_numbers_are_exact_and_nothing_is_left_out(void)
{
	exposition_value(&out, "b", EXPOSITION_UNLABELLED, 999999999999999);
	exposition_value(&out, "b", EXPOSITION_UNLABELLED, 0.001234);
	exposition_value(&out, "b", EXPOSITION_UNLABELLED, NAN);
	check_out("tidemark_b 999999999999999\ntidemark_b 0.001234\n");
}

static void
buckets_are_cumulative_and_in_seconds(void)
{
	struct histogram histogram = { 0 };

	histogram_observe(&histogram, 90);
	histogram_observe(&histogram, 200);
	histogram_observe(&histogram, 3000000);
	histogram_observe(&histogram, 9000000);
	exposition_histogram(&out, "h", EXPOSITION_LABELS({ "x", "1" }),
	    &histogram);
	check_out("tidemark_h_bucket{x=\"1\",le=\"0.0001\"} 1\n"
		  "tidemark_h_bucket{x=\"1\",le=\"0.00025\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"0.0005\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"0.001\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"0.0025\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"0.005\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"0.01\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"0.025\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"0.05\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"0.1\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"0.25\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"0.5\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"1\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"2.5\"} 2\n"
		  "tidemark_h_bucket{x=\"1\",le=\"5\"} 3\n"
		  "tidemark_h_bucket{x=\"1\",le=\"+Inf\"} 4\n"
		  "tidemark_h_sum{x=\"1\"} 12.000290\n"
		  "tidemark_h_count{x=\"1\"} 4\n");
}

TESTS(a_family_says_what_it_is, a_sample_has_its_labels, a_label_holds_any_text,
    whole_numbers_are_exact_and_nothing_is_left_out,
    buckets_are_cumulative_and_in_seconds)
