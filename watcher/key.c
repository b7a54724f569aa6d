#include "key.h"

#include "json.h"
#include "pointer.h"

static const char *const usual[] = { "id", "key", "uuid", "name" };

/* Append the scalar that a field, a pointer or a name, leads to. */
static bool
add_field(struct span doc, struct span field, struct buf *id)
{
	struct buf pointer = { 0 };
	struct span value;
	bool is_found;

	if (field.len > 0 && field.p[0] == '/')
		buf_span(&pointer, field);
	else
		pointer_add_key(&pointer, field);
	is_found = pointer_seek(doc, buf_as_span(&pointer), &value);
	buf_fini(&pointer);
	if (!is_found || value.p[0] == '{' || value.p[0] == '[' ||
	    value.p[0] == 'n')
		return false;
	if (value.p[0] == '"')
		json_unescape(id, json_inside(value));
	else
		buf_span(id, value);
	return true;
}

bool
key_of(const struct config_coll *conf, struct span doc, struct buf *id)
{
	buf_clear(id);
	for (size_t i = 0; i < conf->key.n; i++) {
		if (i > 0)
			buf_byte(id, ' ');
		if (!add_field(doc, span_str(conf->key.name[i]), id))
			return false;
	}
	for (size_t i = 0;
	     conf->key.n == 0 && i < sizeof(usual) / sizeof(*usual); i++)
		if (add_field(doc, span_str(usual[i]), id))
			return true;
	return conf->key.n > 0;
}
