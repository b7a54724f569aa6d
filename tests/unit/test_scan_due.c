#include "scan_due.h"

#include <stdio.h>
#include <unistd.h>

#include "bell.h"
#include "check.h"
#include "config.h"
#include "tmpdir.h"

static struct config_coll coll[2];
static char store[2][4096];
static struct config_project project[2] = {
	{ .store = store[0], .coll = coll, .n_colls = 2 },
	{ .store = store[1] },
};

/* Its last scan was so long ago; the watcher's pid, or 0. */
static void
was_scanned(int i, int64_t ago_ms, int pid)
{
	const struct bell_pulse pulse = {
		.watcher_pid = (uint64_t)pid,
		.scanned = { walltime_now().ms - ago_ms },
	};
	struct bell *bell;

	CHECK_OK(bell_open(&bell, store[i], BELL_RING));
	CHECK_OK(bell_strike(bell, 1, 1));
	bell_beat(bell, &pulse);
	bell_close(bell);
}

static struct config
fresh(size_t n_projects)
{
	static int n;
	char name[32];

	coll[0].interval_ms = 600000;
	coll[1].interval_ms = 100000;
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(name, sizeof(name), "%d.db", n++);
		(void)snprintf(store[i], sizeof(store[i]), "%s",
		    tmpdir_path(name));
	}
	return (struct config){ .project = project, .n_projects = n_projects };
}

static void
the_shortest_interval_counts(void)
{
	struct bell_pulse pulse = { 0 };

	(void)fresh(2);
	CHECK_INT(scan_due_rest_ms(&project[0], &pulse), 100000);
	CHECK_INT(scan_due_rest_ms(&project[1], &pulse), 2000);
}

static void
a_long_scan_is_followed_by_a_longer_rest(void)
{
	struct bell_pulse pulse = { .scan_us = 25000000 };

	(void)fresh(1);
	CHECK_INT(scan_due_rest_ms(&project[0], &pulse), 100000);
	pulse.scan_us = 25001000;
	CHECK_INT(scan_due_rest_ms(&project[0], &pulse), 100004);
}

static void
the_first_scan_is_due(void)
{
	struct config config = fresh(1);

	CHECK_INT(scan_due_ms(&config), 0);
}

static void
the_next_is_due_when_the_last_is_old(void)
{
	struct config config = fresh(1);

	was_scanned(0, 100000, 0);
	CHECK_INT(scan_due_ms(&config), 0);
	was_scanned(0, 0, 0);
	CHECK(scan_due_ms(&config) > 0);
	CHECK(scan_due_ms(&config) <= 100000);
}

static void
one_of_the_future_is_none(void)
{
	struct config config = fresh(1);

	was_scanned(0, -600000, 0);
	CHECK_INT(scan_due_ms(&config), 0);
}

static void
none_is_due_where_somebody_watches(void)
{
	struct config config = fresh(2);

	was_scanned(0, 600000, 0);
	was_scanned(1, 600000, (int)getpid());
	CHECK_INT(scan_due_ms(&config), SCAN_DUE_NEVER);
}

static void
the_oldest_of_all_projects_counts(void)
{
	struct config config = fresh(2);

	was_scanned(0, 0, 0);
	was_scanned(1, 2000, 0);
	CHECK_INT(scan_due_ms(&config), 0);
}

TESTS(the_shortest_interval_counts, a_long_scan_is_followed_by_a_longer_rest,
    the_first_scan_is_due, the_next_is_due_when_the_last_is_old,
    one_of_the_future_is_none, none_is_due_where_somebody_watches,
    the_oldest_of_all_projects_counts)
