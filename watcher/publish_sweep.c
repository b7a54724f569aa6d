#include "publish_sweep.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "config.h"
#include "publish_colls.h"
#include "publish_dir.h"
#include "publish_places.h"
#include "publish_segment.h"

struct sweep {
	struct publish_dir *dir;
	uint64_t epoch;
	const struct places *places;
	const struct publish_colls *colls;
};

static bool
has_segment(const struct places *places, uint64_t from, uint64_t to)
{
	for (size_t i = 1; i < places->n; i++)
		if (places->seq[i - 1] == from && places->seq[i] == to)
			return true;
	return false;
}

void
publish_sweep_mark(struct publish_dir *dir, uint64_t epoch,
    const struct places *before, const struct places *now)
{
	char name[PUBLISH_SEGMENT_BYTES];

	for (size_t i = 1; i < before->n; i++)
		if (!has_segment(now, before->seq[i - 1], before->seq[i]))
			publish_dir_touch(dir,
			    publish_segment_name(epoch, before->seq[i - 1],
				before->seq[i], name));
}

static void
remove_old(const struct sweep *sweep, const char *name)
{
	struct publish_stat stat;

	if (publish_dir_stat(sweep->dir, name, &stat) &&
	    stat.age_ms > PUBLISH_GRACE_MS)
		publish_dir_remove(sweep->dir, name);
}

/* Only one of ours has a snapshot in it. */
static void
remove_collection(const struct sweep *sweep, const char *folder)
{
	static const char *const files[] = {
		"snapshot.json",
		"snapshot.json.gz",
		".snapshot.json.new",
		".snapshot.json.gz.new",
	};
	struct buf name = { 0 };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		buf_clear(&name);
		buf_printf(&name, "%s/%s", folder, files[i]);
		publish_dir_remove(sweep->dir, buf_cstr(&name));
	}
	publish_dir_remove_folder(sweep->dir, folder);
	buf_fini(&name);
}

static bool
is_unfinished(const char *name)
{
	size_t n = strlen(name);

	return name[0] == '.' && n > 4 && strcmp(name + n - 4, ".new") == 0;
}

static void
sweep_one(void *arg, const char *name, bool is_folder)
{
	const struct sweep *sweep = arg;
	struct cursor from;
	uint64_t to;

	if (is_folder) {
		if (config_is_coll_name(name) &&
		    !publish_colls_have(sweep->colls, name))
			remove_collection(sweep, name);
	} else if (publish_segment_parse(name, &from, &to)) {
		if (from.epoch != sweep->epoch ||
		    !has_segment(sweep->places, from.seq, to))
			remove_old(sweep, name);
	} else if (is_unfinished(name)) {
		remove_old(sweep, name);
	}
}

const struct err *
publish_sweep(struct publish_dir *dir, uint64_t epoch,
    const struct places *places, const struct publish_colls *colls)
{
	struct sweep sweep = { dir, epoch, places, colls };

	return publish_dir_each(dir, sweep_one, &sweep);
}
