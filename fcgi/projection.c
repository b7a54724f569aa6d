#include "projection.h"

#include <stdlib.h>

#include "json.h"
#include "mem.h"
#include "pointer.h"

struct field {
	char *name; /* quoted, as it stands in the answer */
	size_t name_len;
	char *pointer; /* as pointer.h has it */
	size_t pointer_len;
};

struct projection {
	struct field field[PROJECTION_FIELDS_MAX];
	size_t n_fields;
};

struct projection *
projection_new(void)
{
	return mem_new(1, sizeof(struct projection));
}

void
projection_free(struct projection *projection)
{
	if (projection == NULL)
		return;
	for (size_t i = 0; i < projection->n_fields; i++) {
		free(projection->field[i].name);
		free(projection->field[i].pointer);
	}
	free(projection);
}

/* In an answer each name stands once. */
static bool
is_known(const struct projection *projection, struct span name)
{
	for (size_t i = 0; i < projection->n_fields; i++)
		if (span_eq(name,
			span_of(projection->field[i].name,
			    projection->field[i].name_len)))
			return true;
	return false;
}

const struct err *
projection_add(struct projection *projection, struct span text)
{
	struct span pointer = text, name = span_cut(&pointer, ':');
	struct buf quoted = { 0 }, canonical = { 0 };
	struct field *field = &projection->field[projection->n_fields];
	const struct err *err;

	if (projection->n_fields == PROJECTION_FIELDS_MAX)
		return err_new(ERR_BAD_REQUEST, "there are more than %d",
		    PROJECTION_FIELDS_MAX);
	if (text.len > PROJECTION_FIELD_BYTES_MAX)
		return err_new(ERR_BAD_REQUEST, "longer than %d bytes",
		    PROJECTION_FIELD_BYTES_MAX);
	if (name.len == 0 || name.len == text.len)
		return err_new(ERR_BAD_REQUEST, "not \"name:pointer\"");
	json_escape(&canonical, pointer);
	json_quote(&quoted, name);
	err = pointer_check(buf_as_span(&canonical));
	if (err == NULL && is_known(projection, buf_as_span(&quoted)))
		err = err_new(ERR_BAD_REQUEST, "two fields of the same name");
	if (err == NULL) {
		field->name = buf_take(&quoted, &field->name_len);
		field->pointer = buf_take(&canonical, &field->pointer_len);
		projection->n_fields++;
	}
	buf_fini(&quoted);
	buf_fini(&canonical);
	return err;
}

bool
projection_is_all(const struct projection *projection)
{
	return projection->n_fields == 0;
}

void
projection_key(const struct projection *projection, struct buf *key)
{
	for (size_t i = 0; i < projection->n_fields; i++) {
		const struct field *field = &projection->field[i];

		buf_printf(key, "s%zu:%zu:", field->name_len,
		    field->pointer_len);
		buf_add(key, field->name, field->name_len);
		buf_add(key, field->pointer, field->pointer_len);
	}
}

void
projection_write(const struct projection *projection, struct span body,
    size_t most, struct buf *out)
{
	struct span value;

	if (projection_is_all(projection)) {
		buf_span(out, body);
		return;
	}
	buf_byte(out, '{');
	for (size_t i = 0; i < projection->n_fields && out->len <= most; i++) {
		const struct field *field = &projection->field[i];

		if (!pointer_seek(body,
			span_of(field->pointer, field->pointer_len), &value))
			continue;
		if (out->data[out->len - 1] != '{')
			buf_byte(out, ',');
		buf_add(out, field->name, field->name_len);
		buf_byte(out, ':');
		buf_span(out, value);
	}
	buf_byte(out, '}');
}
