#include "pick.h"

#include <string.h>

#include "glob.h"
#include "utf8.h"

/* What editors, producers and downloads leave lying about for a moment. */
static const char *const temporary[] = {
	".crdownload",
	".part",
	".swo",
	".swp",
	".swx",
	".tmp",
	"~",
};

static bool
has_ending(struct span s, const char *ending)
{
	size_t n = strlen(ending);

	return s.len >= n && memcmp(s.p + s.len - n, ending, n) == 0;
}

/* A component that begins with a dot; a glob has none but by intent. */
static bool
is_hidden(struct span path)
{
	bool at_start = true;

	for (size_t i = 0; i < path.len; i++) {
		if (at_start && path.p[i] == '.')
			return true;
		at_start = path.p[i] == '/';
	}
	return false;
}

static struct span
base_of(struct span path)
{
	const char *slash =
	    path.len == 0 ? NULL : memrchr(path.p, '/', path.len);

	if (slash == NULL)
		return path;
	return span_of(slash + 1, path.len - (size_t)(slash + 1 - path.p));
}

/* The ending that marks path as temporary, or NULL. */
static const char *
temporary_ending(struct span path)
{
	struct span base = base_of(path);

	for (size_t i = 0; i < sizeof(temporary) / sizeof(*temporary); i++)
		if (has_ending(base, temporary[i]))
			return temporary[i];
	if (base.len > 1 && base.p[0] == '#' && base.p[base.len - 1] == '#')
		return "#";
	return NULL;
}

/* By itself, or by a directory on the way to it. */
static bool
is_excluded(const struct config_coll *conf, struct span path)
{
	if (conf->exclude.n == 0)
		return false;
	for (size_t len = 1; len <= path.len; len++) {
		if (len < path.len && path.p[len] != '/')
			continue;
		for (size_t i = 0; i < conf->exclude.n; i++)
			if (glob_path(span_str(conf->exclude.name[i]),
				span_of(path.p, len)))
				return true;
	}
	return false;
}

bool
pick_file(const struct config_coll *conf, struct span path)
{
	const char *ending;
	bool hidden;

	if (conf->file != NULL)
		return span_is(path, conf->file);
	hidden = is_hidden(path);
	ending = temporary_ending(path);
	for (size_t i = 0; i < conf->files.n; i++) {
		struct span glob = span_str(conf->files.name[i]);

		if (hidden && !is_hidden(glob))
			continue;
		if (ending != NULL && !has_ending(glob, ending))
			continue;
		if (glob_path(glob, path))
			return !is_excluded(conf, path);
	}
	return false;
}

bool
pick_dir(const struct config_coll *conf, struct span path)
{
	bool hidden = is_hidden(path);

	if (conf->file != NULL)
		return false;
	for (size_t i = 0; i < conf->files.n; i++) {
		struct span glob = span_str(conf->files.name[i]);

		if (hidden && !is_hidden(glob))
			continue;
		if (glob_path_below(glob, path))
			return !is_excluded(conf, path);
	}
	return false;
}

/* The last dot of the name and what follows it; not a leading dot. */
static struct span
without_extension(struct span path)
{
	struct span base = base_of(path);
	const char *dot = base.len == 0 ? NULL : memrchr(base.p, '.', base.len);

	if (dot != NULL && dot != base.p)
		path.len = (size_t)(dot - path.p);
	return path;
}

const struct err *
pick_id(const struct config_coll *conf, struct span path, struct buf *id)
{
	struct span base = base_of(path);

	buf_clear(id);
	switch (conf->id) {
	case CONFIG_ID_PATH:
		buf_span(id, without_extension(path));
		break;
	case CONFIG_ID_NAME:
		buf_span(id, without_extension(base));
		break;
	case CONFIG_ID_FOLDER:
		if (base.len == path.len)
			return err_new(ERR_BAD_REQUEST,
			    "it lies in no folder that could be its id");
		buf_add(id, path.p, path.len - base.len - 1);
		break;
	}
	return NULL;
}

/* Bytes of the printable character at p; 0 when it is none. */
static size_t
printable(const unsigned char *p, const unsigned char *end)
{
	size_t n = utf8_length(p, end);

	if (n == 1 && (p[0] < 0x20 || p[0] == 0x7f || p[0] == '\\'))
		return 0;
	if (n == 2 && p[0] == 0xc2 && p[1] < 0xa0)
		return 0; /* C1 controls */
	return n;
}

void
pick_readable(struct span name, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)name.p;
	const unsigned char *end = p + name.len;

	while (p < end) {
		size_t n = printable(p, end);

		if (n > 0)
			buf_add(out, p, n);
		else
			buf_printf(out, "\\x%02x", *p);
		p += n > 0 ? n : 1;
	}
}
