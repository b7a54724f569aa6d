#include "params.h"

#include "filter.h"
#include "moment.h"
#include "request.h"

const struct err *
params_number(const struct request *request, const char *name, uint32_t least,
    uint32_t most, uint32_t *value)
{
	struct span text;
	uint64_t n = 0;
	bool is_good;

	if (!request_find(request, name, &text))
		return NULL;
	is_good = text.len > 0 && text.len <= 10;
	for (size_t i = 0; i < text.len && is_good; i++) {
		is_good = text.p[i] >= '0' && text.p[i] <= '9';
		n = n * 10 + (uint64_t)(text.p[i] - '0');
	}
	if (!is_good || n < least || n > most)
		return err_new(ERR_BAD_REQUEST,
		    "parameter %s: not a whole number from %u to %u", name,
		    least, most);
	*value = (uint32_t)n;
	return NULL;
}

const struct err *
params_flag(const struct request *request, const char *name, bool *value)
{
	struct span text = { 0 };

	*value = false;
	if (!request_find(request, name, &text) || span_is(text, "0"))
		return NULL;
	*value = true;
	if (!span_is(text, "1"))
		return err_new(ERR_BAD_REQUEST, "parameter %s: not 0 or 1",
		    name);
	return NULL;
}

const struct err *
params_cursor(const struct request *request, const char *name,
    struct cursor *value)
{
	struct span text = { 0 };
	const struct err *err;

	*value = (struct cursor){ 0 };
	if (!request_find(request, name, &text))
		return NULL;
	err = cursor_parse(text, value);
	return err != NULL
	    ? err_new(ERR_BAD_REQUEST, "parameter %s: %s", name, err->msg)
	    : NULL;
}

const struct err *
params_moment(const struct request *request, const char *name,
    struct moment *value, bool *is_given)
{
	struct span text = { 0 };
	const struct err *err;

	*is_given = request_find(request, name, &text);
	if (!*is_given)
		return NULL;
	err = moment_parse(text, value);
	return err != NULL ? err_wrap(err, "parameter %s", name) : NULL;
}

static const struct err *
narrow(struct filter *filter, struct request_pair param, bool in_collection)
{
	if (span_is(param.name, "match"))
		return filter_add_match(filter, param.value, in_collection);
	if (span_is(param.name, "where"))
		return filter_add_where(filter, param.value);
	return NULL;
}

const struct err *
params_filter(const struct request *request, bool in_collection,
    struct filter **filter)
{
	const struct err *err = NULL;
	struct span name = span_str("collections"), names;

	*filter = filter_new();
	if (!in_collection && request_find(request, "collections", &names))
		err = filter_add_collections(*filter, names);
	for (size_t i = 0; i < request_n_params(request) && err == NULL; i++) {
		struct request_pair param = request_param(request, i);

		name = param.name;
		err = narrow(*filter, param, in_collection);
	}
	return err != NULL ? err_new(ERR_BAD_REQUEST, "parameter %.*s: %s",
				 SPAN_ARGS(name), err->msg)
			   : NULL;
}

const struct err *
params_refuse(const struct request *request, const char *const *names, size_t n)
{
	struct span value;

	for (size_t i = 0; i < n; i++)
		if (request_find(request, names[i], &value))
			return err_new(ERR_BAD_REQUEST,
			    "parameter %s: not offered by this server",
			    names[i]);
	return NULL;
}
