#include "config_place.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdlib.h>

#include "buf.h"
#include "json.h"

/* --- the line of a place ---------------------------------------------------
 * The text is known to be JSON, so only strings and brackets matter.
 */

static const char *
skip_space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

static const char *
skip_string(const char *p)
{
	for (p++; *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

static const char *
skip_value(const char *p)
{
	size_t depth = 0;

	do {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		p++;
	} while (depth > 0 || strchr(",]} \t\r\n", *p) == NULL);
	return p;
}

/* From a member (or element) to its value. */
static const char *
to_value(const char *p, bool is_member)
{
	if (is_member)
		p = skip_space(skip_string(p)) + 1;
	return skip_space(p);
}

/* To where the place begins: a member at its key. */
static const char *
find(const struct config_place *at)
{
	const char *p;

	if (at->up == NULL)
		return skip_space(at->text->bytes.p);
	p = find(at->up);
	if (at->up->up != NULL)
		p = to_value(p, at->up->name != NULL);
	for (size_t i = 0; i < at->nth; i++) {
		p = to_value(skip_space(p + 1), at->name != NULL);
		p = skip_space(skip_value(p));
	}
	return skip_space(p + 1);
}

static size_t
line_of(const struct config_place *at)
{
	const char *end = find(at);
	size_t line = 1;

	for (const char *p = at->text->bytes.p; p < end; p++)
		line += *p == '\n';
	return line;
}

/* --- its path ------------------------------------------------------------- */

static bool
is_plain(const char *name)
{
	return *name != '\0' &&
	    name[strspn(name,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

/* projects.main.collections.logs.files[1]; aliases["/api/x"] */
static void
add_path(struct buf *path, const struct config_place *at)
{
	if (at->up == NULL)
		return;
	add_path(path, at->up);
	if (at->name == NULL) {
		buf_printf(path, "[%zu]", at->nth);
	} else if (is_plain(at->name)) {
		buf_printf(path, "%s%s", path->len > 0 ? "." : "", at->name);
	} else {
		buf_byte(path, '[');
		json_quote(path, span_str(at->name));
		buf_byte(path, ']');
	}
}

const struct err *
config_fault(const struct config_place *at, const char *fmt, ...)
{
	struct buf path = { 0 }, reason = { 0 };
	const struct err *err;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&reason, fmt, ap);
	va_end(ap);
	add_path(&path, at);
	if (path.len > 0)
		buf_str(&path, ": ");
	err = err_new(ERR_BAD_REQUEST, "%s:%zu: %s%s", at->text->file,
	    line_of(at), buf_cstr(&path), buf_cstr(&reason));
	buf_fini(&path);
	buf_fini(&reason);
	return err;
}

/* --- from place to place -------------------------------------------------- */

static struct config_place
below(const struct config_place *up, const char *name, size_t nth,
    struct json_object *value)
{
	struct config_place at = { up->text, up, name, nth, value };

	return at;
}

struct config_place
config_place_of(const struct config_place *up, const char *name)
{
	size_t nth = 0;

	json_object_object_foreach(up->value, key, value)
	{
		if (strcmp(key, name) == 0)
			return below(up, key, nth, value);
		nth++;
	}
	abort(); /* the caller saw it there */
}

static const struct err *
each_member(const struct config_place *up, config_each_fn *fn, void *arg)
{
	const struct err *err = NULL;
	size_t nth = 0;

	json_object_object_foreach(up->value, key, value)
	{
		struct config_place at = below(up, key, nth++, value);

		err = fn(&at, arg);
		if (err != NULL)
			break;
	}
	return err;
}

const struct err *
config_each(const struct config_place *up, config_each_fn *fn, void *arg)
{
	if (json_object_is_type(up->value, json_type_object))
		return each_member(up, fn, arg);
	for (size_t i = 0; i < json_object_array_length(up->value); i++) {
		struct config_place at =
		    below(up, NULL, i, json_object_array_get_idx(up->value, i));
		const struct err *err = fn(&at, arg);

		if (err != NULL)
			return err;
	}
	return NULL;
}
