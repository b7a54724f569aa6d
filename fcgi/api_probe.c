#include "api.h"
#include "buf.h"
#include "params.h"
#include "probe.h"
#include "request.h"
#include "response.h"

static const char *const interfaces[] = {
	[REQUEST_DAEMON] = "daemon",
	[REQUEST_SPAWNED] = "spawned",
	[REQUEST_CGI] = "cgi",
};

static const char *
yes_or_no(bool is)
{
	return is ? "true" : "false";
}

static void
write_head(const struct request *request, uint32_t gap_ms, struct buf *out)
{
	struct request_seen seen = request_seen(request);

	buf_printf(out,
	    "{\"interface\":\"%s\",\"headers\":{\"authorization\":%s,"
	    "\"last_event_id\":%s,\"if_none_match\":%s,"
	    "\"accept_encoding\":%s},\"gap_ms\":%u,\"chunks\":[",
	    interfaces[request_door(request)], yes_or_no(seen.authorization),
	    yes_or_no(seen.last_event_id), yes_or_no(seen.if_none_match),
	    yes_or_no(seen.accept_encoding), gap_ms);
}

/*
 * GET probe: what the web server lets through, and when.
 *
 *   chunks=n   1 to 10 (3)
 *   gap=n      0 to 2000 (200): ms between them
 *
 * The document of probe.h: which headers have arrived (never what they say),
 * by which interface, and when each chunk was sent.  It goes out as events do.
 * 503 when too many are on their way.
 */
const struct err *
api_probe(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct probe probe = { .n = 3, .gap_ms = 200 };
	const struct err *err = params_number(api->request, "chunks", 1,
	    PROBE_CHUNKS_MAX, &probe.n);
	struct buf body = { 0 };

	(void)parked; /* a stream of another kind: response->probe */
	if (err == NULL)
		err = params_number(api->request, "gap", 0, PROBE_GAP_MS_MAX,
		    &probe.gap_ms);
	if (err != NULL)
		return err;
	write_head(api->request, probe.gap_ms, &body);
	do
		probe_chunk(&probe, &body);
	while (probe_goes_on(&probe) &&
	    (probe.gap_ms == 0 ||
		request_method(api->request) == REQUEST_HEAD));
	response_probe(response, &body, &probe);
	return NULL;
}
