#include "request.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "accept.h"
#include "buf.h"
#include "config.h"
#include "mem.h"
#include "utf8.h"

struct request {
	enum request_method method;
	enum request_door door;
	/* What the spans below point into; its room is reserved at first, so
	 * that it never moves. */
	struct buf text;
	struct span *segment;
	size_t n_segments, cap_segments;
	struct request_pair *param;
	size_t n_params, cap_params;
	struct span if_none_match, last_event_id, origin, remote_addr;
	struct request_seen seen;
	bool takes_gzip;
	size_t gzip_bytes_min;
};

/* What was asked for, still encoded. */
struct target {
	struct span path, query;
	bool is_decoded; /* the path, by the server */
};

static const char *const method_names[REQUEST__MAX] = {
	[REQUEST_GET] = "GET",
	[REQUEST_HEAD] = "HEAD",
	[REQUEST_OPTIONS] = "OPTIONS",
	[REQUEST_POST] = "POST",
	[REQUEST_PUT] = "PUT",
	[REQUEST_PATCH] = "PATCH",
	[REQUEST_DELETE] = "DELETE",
};

/* Of these each one counts; of all others the last. */
static const char *const repeatable[] = { "match", "select", "where" };

/* --- percent-encoding (RFC 3986 section 2.1) ------------------------------ */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many bytes at the front stand for themselves. */
static size_t
plain_run(struct span raw, bool is_query)
{
	size_t n = 0;

	while (n < raw.len && raw.p[n] != '%' && raw.p[n] != '\0' &&
	    !(is_query && raw.p[n] == '+'))
		n++;
	return n;
}

/* Take one encoded byte off the front. */
static const struct err *
decode_one(struct span *raw, char *c)
{
	int high, low;

	*c = raw->p[0] == '+' ? ' ' : raw->p[0];
	if (raw->p[0] == '%') {
		high = raw->len > 2 ? hex_digit(raw->p[1]) : -1;
		low = high >= 0 ? hex_digit(raw->p[2]) : -1;
		if (low < 0)
			return err_new(ERR_BAD_REQUEST,
			    "a %% in the address is not followed by two "
			    "hexadecimal digits");
		*c = (char)(high << 4 | low);
		*raw = span_of(raw->p + 2, raw->len - 2);
	}
	*raw = span_of(raw->p + 1, raw->len - 1);
	return *c != '\0'
	    ? NULL
	    : err_new(ERR_BAD_REQUEST, "there is a NUL in the address");
}

/* Appended to out; '+' is a space in a query only. */
static const struct err *
decode(struct span raw, bool is_query, struct buf *out)
{
	size_t from = out->len;
	const struct err *err;
	char c;

	(void)buf_room(out, raw.len);
	for (;;) {
		size_t n = plain_run(raw, is_query);

		buf_add(out, raw.p, n);
		raw = span_of(raw.p + n, raw.len - n);
		if (raw.len == 0)
			break;
		err = decode_one(&raw, &c);
		if (err != NULL)
			return err;
		buf_byte(out, c);
	}
	if (!utf8_is_valid(span_of(out->data + from, out->len - from)))
		return err_new(ERR_BAD_REQUEST, "the address is not UTF-8");
	return NULL;
}

static const struct err *
decode_path(const struct target *target, struct span raw, struct buf *out)
{
	if (!target->is_decoded)
		return decode(raw, false, out);
	if (memchr(raw.p, '\0', raw.len) != NULL || !utf8_is_valid(raw))
		return err_new(ERR_BAD_REQUEST, "the address is not UTF-8");
	buf_span(out, raw);
	return NULL;
}

/* Decoded bytes of a raw text whose encoding is known to be good. */
static size_t
decoded_len(const struct target *target, struct span raw)
{
	size_t len = raw.len;

	for (size_t i = 0; !target->is_decoded && i < raw.len; i++)
		if (raw.p[i] == '%')
			len -= 2;
	return len;
}

/* --- the parts -------------------------------------------------------------- */

static const struct err *
add_segment(struct request *r, const struct target *target, struct span raw)
{
	size_t from = r->text.len;
	const struct err *err = decode_path(target, raw, &r->text);

	if (err != NULL)
		return err;
	r->segment = mem_grow(r->segment, r->n_segments, &r->cap_segments,
	    sizeof(*r->segment));
	r->segment[r->n_segments++] =
	    span_of(r->text.data + from, r->text.len - from);
	return NULL;
}

/*
 * One slash at the end of a project or collection is no empty id, and none of
 * the two has an empty name.
 */
static const struct err *
take_segments(struct request *r, const struct target *target, struct span path)
{
	const struct err *err = NULL;

	while (path.len > 0 && err == NULL) {
		struct span raw = span_cut(&path, '/');
		bool is_last = path.p == raw.p + raw.len;

		err = add_segment(r, target, raw);
		/* So that a tail is one run of bytes. */
		buf_byte(&r->text, '/');
		if (!is_last && path.len == 0 && r->n_segments >= 3 &&
		    err == NULL)
			err = add_segment(r, target, path);
	}
	return err;
}

static bool
is_repeatable(struct span name)
{
	for (size_t i = 0; i < sizeof(repeatable) / sizeof(repeatable[0]); i++)
		if (span_is(name, repeatable[i]))
			return true;
	return false;
}

static const struct err *
decode_span(struct request *r, struct span raw, struct span *out)
{
	size_t from = r->text.len;
	const struct err *err = decode(raw, true, &r->text);

	*out = span_of(r->text.data + from, r->text.len - from);
	return err;
}

static const struct err *
take_params(struct request *r, struct span query)
{
	while (query.len > 0) {
		struct span value = span_cut(&query, '&');
		struct span name = span_cut(&value, '=');
		struct request_pair pair;
		const struct err *err;

		if (name.len == 0 && value.len == 0)
			continue;
		if (r->n_params == REQUEST_PARAMS_MAX)
			return err_new(ERR_LIMIT,
			    "there are more than %d query parameters",
			    REQUEST_PARAMS_MAX);
		err = decode_span(r, name, &pair.name);
		if (err == NULL)
			err = decode_span(r, value, &pair.value);
		if (err != NULL)
			return err;
		r->param = mem_grow(r->param, r->n_params, &r->cap_params,
		    sizeof(*r->param));
		r->param[r->n_params++] = pair;
	}
	return NULL;
}

/* An alias's parameters are defaults: the request's own override them. */
static void
drop_overridden(struct request *r, size_t n_defaults)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n_params; i++) {
		struct request_pair pair = r->param[i];
		bool is_overridden = false;

		for (size_t j = n_defaults; i < n_defaults && j < r->n_params;
		     j++)
			if (span_eq(r->param[j].name, pair.name) &&
			    !is_repeatable(pair.name))
				is_overridden = true;
		if (!is_overridden)
			r->param[kept++] = pair;
	}
	r->n_params = kept;
}

/* --- where it leads ----------------------------------------------------------- */

/* The alias that the decoded path ends with; of several the longest. */
static const struct config_alias *
find_alias(const struct config *config, struct span path)
{
	const struct config_alias *best = NULL;

	for (size_t i = 0; i < config->n_aliases; i++) {
		struct span end = span_str(config->alias[i].path);

		if (end.len <= path.len &&
		    span_eq(end,
			span_of(path.p + path.len - end.len, end.len)) &&
		    (best == NULL || end.len > strlen(best->path)))
			best = &config->alias[i];
	}
	return best;
}

static const struct err *
take_alias(struct request *r, const struct config_alias *alias)
{
	struct target to = { .query = span_str(alias->to) };
	const struct err *err;

	to.path = span_cut(&to.query, '?');
	if (to.path.len > 0 && to.path.p[0] == '/')
		to.path = span_of(to.path.p + 1, to.path.len - 1);
	err = take_segments(r, &to, to.path);
	return err != NULL ? err : take_params(r, to.query);
}

static const struct err *
take_target(struct request *r, const struct config *config,
    const struct target *target)
{
	struct span path = target->path;
	const char *base = path.len == 0
	    ? NULL
	    : memmem(path.p, path.len, config->base, strlen(config->base));
	size_t before = base != NULL ? (size_t)(base - path.p) : path.len;
	struct buf decoded = { 0 };
	const struct config_alias *alias = NULL;
	const struct err *err;
	size_t n_defaults;

	/* Where there are no aliases nobody asks what stands behind the base.
	 */
	if (config->n_aliases == 0)
		path.len = before;
	err = decode_path(target, path, &decoded);
	path.len = target->path.len;
	if (err != NULL)
		goto out;
	if (config->n_aliases > 0)
		alias = find_alias(config, buf_as_span(&decoded));
	if (alias != NULL &&
	    decoded.len - strlen(alias->path) <=
		decoded_len(target, span_of(path.p, before))) {
		err = take_alias(r, alias);
	} else if (base != NULL) {
		before += strlen(config->base);
		err = take_segments(r, target,
		    span_of(path.p + before, path.len - before));
	} else {
		err = err_new(ERR_NOT_FOUND,
		    "nothing is here: addresses hold %s or are aliases",
		    config->base);
	}
	n_defaults = r->n_params;
	if (err == NULL)
		err = take_params(r, target->query);
	drop_overridden(r, n_defaults);
out:
	buf_fini(&decoded);
	return err;
}

/* --- what the server says ------------------------------------------------------- */

/* RFC 9112 section 3.2: origin-form, or absolute-form as from a proxy. */
static void
split_uri(struct span uri, struct target *target)
{
	const char *colon, *slash;

	uri = span_cut(&uri, '#');
	target->query = uri;
	target->path = span_cut(&target->query, '?');
	if (target->path.len == 0 || target->path.p[0] == '/')
		return;
	colon = memmem(target->path.p, target->path.len, "://", 3);
	if (colon == NULL)
		return;
	colon += 3;
	target->path.len -= (size_t)(colon - target->path.p);
	target->path.p = colon;
	slash = memchr(colon, '/', target->path.len);
	if (slash == NULL)
		slash = colon + target->path.len;
	target->path.len -= (size_t)(slash - colon);
	target->path.p = slash;
}

/* joined: holds the path where it has to be put together. */
static const struct err *
read_target(request_env_fn *env, void *arg, struct buf *joined,
    struct target *target)
{
	struct span uri = env(arg, "REQUEST_URI");

	if (uri.len > REQUEST_URI_BYTES_MAX)
		return err_new(ERR_LIMIT, "the address is longer than %d bytes",
		    REQUEST_URI_BYTES_MAX);
	if (uri.len > 0) {
		split_uri(uri, target);
		return NULL;
	}
	target->is_decoded = true;
	buf_span(joined, env(arg, "SCRIPT_NAME"));
	buf_span(joined, env(arg, "PATH_INFO"));
	target->path = buf_as_span(joined);
	target->query = env(arg, "QUERY_STRING");
	if (target->path.len == 0)
		return err_new(ERR_BAD_REQUEST,
		    "the web server gave neither REQUEST_URI nor PATH_INFO");
	if (target->path.len + target->query.len > REQUEST_URI_BYTES_MAX)
		return err_new(ERR_LIMIT, "the address is longer than %d bytes",
		    REQUEST_URI_BYTES_MAX);
	return NULL;
}

static enum request_method
method_of(struct span name)
{
	for (int i = 0; i < REQUEST__MAX; i++)
		if (method_names[i] != NULL && span_is(name, method_names[i]))
			return (enum request_method)i;
	return REQUEST_OTHER;
}

/* --- all of it ------------------------------------------------------------------ */

enum { HEADERS = 4 };

/*
 * Everything decoded is at most as long as it was before; each path ends in a
 * slash of ours.
 */
static size_t
room_needed(const struct config *config, const struct target *target)
{
	size_t longest = 0;

	for (size_t i = 0; i < config->n_aliases; i++) {
		size_t len = strlen(config->alias[i].to);

		longest = len > longest ? len : longest;
	}
	return target->path.len + target->query.len + longest + 2;
}

/* Into text, whose room is made here; room: for the rest. */
static void
take_headers(struct request *r, size_t room, request_env_fn *env, void *arg)
{
	static const char *const name[HEADERS] = { "HTTP_IF_NONE_MATCH",
		"HTTP_LAST_EVENT_ID", "HTTP_ORIGIN", "REMOTE_ADDR" };
	struct span *to[HEADERS] = { &r->if_none_match, &r->last_event_id,
		&r->origin, &r->remote_addr };

	for (size_t i = 0; i < HEADERS; i++) {
		*to[i] = env(arg, name[i]);
		if (to[i]->len > REQUEST_HEADER_BYTES_MAX)
			to[i]->len = 0;
		room += to[i]->len;
	}
	(void)buf_room(&r->text, room);
	for (size_t i = 0; i < HEADERS; i++) {
		size_t from = r->text.len;

		buf_span(&r->text, *to[i]);
		to[i]->p = r->text.data + from;
	}
	r->takes_gzip = accept_gzip(env(arg, "HTTP_ACCEPT_ENCODING"));
}

/* Apache renames what its rewriting rules have set. */
static void
see_headers(struct request_seen *seen, request_env_fn *env, void *arg)
{
	seen->authorization = env(arg, "HTTP_AUTHORIZATION").len > 0 ||
	    env(arg, "REDIRECT_HTTP_AUTHORIZATION").len > 0;
	seen->last_event_id = env(arg, "HTTP_LAST_EVENT_ID").len > 0;
	seen->if_none_match = env(arg, "HTTP_IF_NONE_MATCH").len > 0;
	seen->accept_encoding = env(arg, "HTTP_ACCEPT_ENCODING").len > 0;
}

const struct err *
request_new(struct request **out, const struct config *config,
    enum request_door door, request_env_fn *env, void *arg)
{
	struct request *r = mem_new(1, sizeof(*r));
	struct target target = { 0 };
	struct buf joined = { 0 };
	const struct err *err;

	*out = r;
	r->door = door;
	r->method = method_of(env(arg, "REQUEST_METHOD"));
	r->gzip_bytes_min = config->gzip_bytes_min;
	err = read_target(env, arg, &joined, &target);
	take_headers(r, room_needed(config, &target), env, arg);
	see_headers(&r->seen, env, arg);
	if (err == NULL)
		err = take_target(r, config, &target);
	buf_fini(&joined);
	return err;
}

void
request_free(struct request *r)
{
	if (r == NULL)
		return;
	buf_fini(&r->text);
	free(r->segment);
	free(r->param);
	free(r);
}

/* --- asking --------------------------------------------------------------------- */

enum request_method
request_method(const struct request *r)
{
	return r->method;
}

enum request_door
request_door(const struct request *r)
{
	return r->door;
}

size_t
request_n_segments(const struct request *r)
{
	return r->n_segments;
}

struct span
request_segment(const struct request *r, size_t i)
{
	assert(i < r->n_segments);
	return r->segment[i];
}

struct span
request_tail(const struct request *r, size_t i)
{
	struct span first = request_segment(r, i);
	struct span last = r->segment[r->n_segments - 1];

	return span_of(first.p, (size_t)(last.p + last.len - first.p));
}

size_t
request_n_params(const struct request *r)
{
	return r->n_params;
}

struct request_pair
request_param(const struct request *r, size_t i)
{
	assert(i < r->n_params);
	return r->param[i];
}

bool
request_find(const struct request *r, const char *name, struct span *value)
{
	for (size_t i = r->n_params; i > 0; i--) {
		if (span_is(r->param[i - 1].name, name)) {
			*value = r->param[i - 1].value;
			return true;
		}
	}
	return false;
}

struct span
request_if_none_match(const struct request *r)
{
	return r->if_none_match;
}

struct span
request_last_event_id(const struct request *r)
{
	return r->last_event_id;
}

struct request_seen
request_seen(const struct request *r)
{
	return r->seen;
}

struct span
request_origin(const struct request *r)
{
	return r->origin;
}

struct span
request_remote_addr(const struct request *r)
{
	return r->remote_addr;
}

struct request_form
request_form(const struct request *r)
{
	return (struct request_form){
		.is_head = r->method == REQUEST_HEAD,
		.gzip_bytes_min = r->takes_gzip ? r->gzip_bytes_min : SIZE_MAX,
	};
}
