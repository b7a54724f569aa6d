#include "scan_due.h"

#include "bell.h"
#include "config.h"
#include "monotime.h"
#include "pulse.h"

enum { SCAN_DUE_RESTS = 4 };

int64_t
scan_due_rest_ms(const struct config_project *project,
    const struct bell_pulse *pulse)
{
	int64_t rest = (int64_t)(pulse->scan_us / 1000) * SCAN_DUE_RESTS;
	int64_t interval =
	    project->n_colls > 0 ? INT64_MAX : CONFIG_INTERVAL_MS;

	for (size_t i = 0; i < project->n_colls; i++)
		if (project->coll[i].interval_ms < interval)
			interval = project->coll[i].interval_ms;
	return rest > interval ? rest : interval;
}

/* Zeros while there is no bell. */
static struct bell_pulse
read_pulse(const struct config_project *project)
{
	struct bell_pulse pulse = { 0 };
	struct bell_ring ring;
	struct bell *bell;

	if (bell_open(&bell, project->store, BELL_LISTEN) != NULL)
		return pulse;
	if (bell_read(bell, &ring, &pulse) != NULL)
		pulse = (struct bell_pulse){ 0 };
	bell_close(bell);
	return pulse;
}

int64_t
scan_due_ms(const struct config *config)
{
	struct walltime now = walltime_now();
	int64_t soonest = INT64_MAX;

	for (size_t i = 0; i < config->n_projects; i++) {
		const struct config_project *project = &config->project[i];
		struct bell_pulse pulse = read_pulse(project);
		int64_t age = now.ms - pulse.scanned.ms;
		int64_t left = scan_due_rest_ms(project, &pulse) - age;

		if (pulse_is_alive(&pulse))
			return SCAN_DUE_NEVER;
		/* One of tomorrow says that the clock was set. */
		if (age < 0 || left < 0)
			left = 0;
		if (left < soonest)
			soonest = left;
	}
	return soonest;
}
