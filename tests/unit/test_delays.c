#include "delays.h"

#include "bell.h"
#include "check.h"
#include "histogram.h"
#include "tmpdir.h"

static const int64_t ns_of_ms = 1000000, ns_of_s = 1000000000;
static const int64_t now_ns = INT64_C(1800000000000000000);
static struct delays delays;
static struct histogram counted;

/* What is in the bell after these delays were told to it. */
static void
tell(void (*note)(void))
{
	static int n;
	char name[16];
	struct bell *bell;

	(void)snprintf(name, sizeof(name), "%d.db", n++);
	CHECK_OK(bell_open(&bell, tmpdir_path(name), BELL_RING));
	note();
	delays_tell(&delays, bell, now_ns);
	delays_tell(&delays, bell, now_ns); /* nothing is told twice */
	CHECK_OK(bell_delays(bell, &counted));
	bell_close(bell);
	delays_fini(&delays);
}

static uint64_t
n_counted(void)
{
	uint64_t n = 0;

	for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
		n += counted.bucket[i];
	return n;
}

static void
note_three(void)
{
	delays_note(&delays, now_ns - 2 * ns_of_ms);
	delays_note(&delays, now_ns);
	delays_note(&delays, now_ns - 60 * ns_of_s);
}

static void
each_file_of_a_transaction_is_counted_once(void)
{
	tell(note_three);
	CHECK_INT(n_counted(), 3);
	CHECK_INT(counted.sum_us, 60002000);
}

static void
note_old_and_future(void)
{
	delays_note(&delays, now_ns - 60 * ns_of_s - ns_of_ms);
	delays_note(&delays, now_ns + 1);
}

static void
what_is_old_or_of_the_future_is_not_counted(void)
{
	tell(note_old_and_future);
	CHECK_INT(n_counted(), 0);
}

static void
note_and_forget(void)
{
	note_three();
	delays_forget(&delays);
	delays_note(&delays, now_ns - 3 * ns_of_ms);
}

static void
what_was_rolled_back_is_not_counted(void)
{
	tell(note_and_forget);
	CHECK_INT(n_counted(), 1);
	CHECK_INT(counted.sum_us, 3000);
}

TESTS(each_file_of_a_transaction_is_counted_once,
    what_is_old_or_of_the_future_is_not_counted,
    what_was_rolled_back_is_not_counted)
