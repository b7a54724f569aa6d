#include "publish_manifest.h"

#include <string.h>

#include "publish_colls.h"
#include "publish_dir.h"
#include "publish_places.h"
#include "store.h"

static const struct err *
write_file(const struct manifest *manifest, struct publish_dir *dir,
    const struct publish_colls *colls)
{
	struct buf text = { 0 };
	const struct err *err;

	manifest_write(manifest, &text);
	buf_cut(&text, text.len - 1);
	buf_str(&text, ",\"snapshots\":");
	publish_colls_write(colls, &text);
	buf_byte(&text, '}');
	err = publish_dir_write(dir, "manifest.json", buf_as_span(&text));
	buf_fini(&text);
	return err;
}

const struct err *
publish_manifest_write(struct publish_manifest *m, struct manifest *manifest,
    struct publish_dir *dir, struct store *store,
    const struct publish_colls *colls, const struct places *places)
{
	char etag[MANIFEST_ETAG_BYTES];
	const struct err *err = manifest_read(manifest, store);

	if (err == NULL && manifest->state.head == places_last(places)) {
		manifest_etag(manifest, etag);
		if (strcmp(etag, m->etag) != 0)
			err = write_file(manifest, dir, colls);
		if (err == NULL)
			(void)memcpy(m->etag, etag, sizeof(etag));
	}
	manifest_fini(manifest);
	return err;
}
