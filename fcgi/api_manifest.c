#include "api.h"
#include "app.h"
#include "buf.h"
#include "manifest.h"
#include "response.h"

/*
 * GET {project}: what there is, how live it is, and how the watcher does.
 *
 * {"project","epoch","cursor","floor","server_time","boot_id",
 *  "collections":[{"name","source","count","bytes","version"}],
 *  "live":{"longpoll","sse","websocket"},"poll":{…},"heartbeat_ms",
 *  "watcher":{"state","mode","last_scan","scan_ms","entries",
 *   "problems":[{"collection","id","reason","since"}]}}
 *
 * Weak ETag; 304.  503 without a store.
 */
const struct err *
api_manifest(const struct api *api, struct response *response,
    struct wait **parked)
{
	struct manifest manifest = { 0 };
	char etag[MANIFEST_ETAG_BYTES];
	struct buf body = { 0 };
	const struct err *err = app_manifest(api->app, api->project, &manifest);

	(void)parked; /* nobody waits here */
	if (err == NULL) {
		manifest_etag(&manifest, etag);
		if (!api_is_cached(api->request, response, etag)) {
			manifest_write(&manifest, &body);
			response_json(response, &body);
		}
	}
	manifest_fini(&manifest);
	return err;
}
