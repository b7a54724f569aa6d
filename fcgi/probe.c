#include "probe.h"

#include "buf.h"
#include "monotime.h"

void
probe_chunk(struct probe *probe, struct buf *out)
{
	char now[WALLTIME_TEXT_BYTES];

	probe->done++;
	buf_printf(out, "{\"n\":%u,\"at\":\"%s\"}%s\n", probe->done,
	    walltime_text(walltime_now(), now),
	    probe_goes_on(probe) ? "," : "]}");
}
