#include "memo.h"

#include <stdio.h>
#include <unistd.h>

#include "bell.h"
#include "cgi_env.h"
#include "check.h"
#include "config.h"
#include "frame.h"
#include "project.h"
#include "response.h"
#include "tmpdir.h"

static const struct request_form plain = { .gzip_bytes_min = SIZE_MAX };
static const struct monotime then = { INT64_C(1000000000) };

/* A project whose bell was rung: nothing here opens a store. */
struct place {
	struct config_project config;
	struct project *project;
	struct bell *bell;
	struct memo *memo;
	char path[4096];
};

static void
place_init(struct place *place)
{
	static int n;
	char name[16];

	(void)snprintf(name, sizeof(name), "%d.db", n++);
	memset(place, 0, sizeof(*place));
	(void)snprintf(place->path, sizeof(place->path), "%s",
	    tmpdir_path(name));
	place->config.store = place->path;
	CHECK_OK(bell_open(&place->bell, place->config.store, BELL_RING));
	CHECK_OK(bell_strike(place->bell, 7, 1));
	place->project = project_new(&place->config);
	place->memo = memo_new();
}

static void
place_fini(struct place *place)
{
	memo_free(place->memo);
	project_free(place->project);
	bell_close(place->bell);
}

static bool
knows(struct place *place, const char *key, struct monotime now)
{
	struct memo_found found;

	return memo_find(place->memo, span_str(key), now, &found) &&
	    found.frame != NULL && found.wait == NULL;
}

/* An answer with n bytes of body; project NULL: based on nothing. */
static void
keep(struct place *place, const char *key, struct project *project, size_t n)
{
	struct response response;
	struct buf body = { 0 };

	response_init(&response);
	if (project != NULL)
		response_base(&response, project);
	memset(buf_room(&body, n), 'x', n);
	body.len = n;
	response_json(&response, &body);
	memo_keep_answer(place->memo, span_str(key), then, &response, plain);
	response_fini(&response);
}

static void
an_answer_is_known_by_its_key(void)
{
	struct place place;

	place_init(&place);
	keep(&place, "a", place.project, 10);
	CHECK(knows(&place, "a", then));
	CHECK(!knows(&place, "b", then));
	place_fini(&place);
}

static void
a_ring_ends_it(void)
{
	struct place place;

	place_init(&place);
	keep(&place, "a", place.project, 10);
	CHECK_OK(bell_strike(place.bell, 7, 2));
	CHECK(!knows(&place, "a", then));
	keep(&place, "a", place.project, 10);
	CHECK(knows(&place, "a", then));
	CHECK_OK(bell_strike(place.bell, 8, 2));
	CHECK(!knows(&place, "a", then));
	place_fini(&place);
}

static void
so_does_another_bell_at_its_path(void)
{
	struct place place;
	char bell[4096 + 8];

	place_init(&place);
	keep(&place, "a", place.project, 10);
	bell_close(place.bell);
	(void)snprintf(bell, sizeof(bell), "%s-bell", place.path);
	CHECK(unlink(bell) == 0);
	CHECK_OK(bell_open(&place.bell, place.config.store, BELL_RING));
	CHECK_OK(bell_strike(place.bell, 9, 1));
	CHECK(!knows(&place, "a", then));
	place_fini(&place);
}

static void
time_ends_it_since_a_ring_may_get_lost(void)
{
	struct place place;

	place_init(&place);
	keep(&place, "a", place.project, 10);
	CHECK(knows(&place, "a", monotime_after_ms(then, MEMO_MS - 1)));
	CHECK(!knows(&place, "a", monotime_after_ms(then, MEMO_MS)));
	place_fini(&place);
}

static void
what_is_of_the_moment_is_not_kept(void)
{
	struct place place;
	struct response response;

	place_init(&place);
	keep(&place, "a", NULL, 10);
	CHECK(!knows(&place, "a", then));
	response_init(&response);
	response_base(&response, place.project);
	response_error(&response, err_new(ERR_NOT_FOUND, "gone"));
	memo_keep_answer(place.memo, span_str("b"), then, &response, plain);
	response_fini(&response);
	CHECK(!knows(&place, "b", then));
	place_fini(&place);
}

static void
without_a_bell_nothing_is_kept(void)
{
	char path[] = "/nowhere/none.db";
	struct config_project config = { .store = path };
	struct project *mute = project_new(&config);
	struct place place;

	place_init(&place);
	keep(&place, "a", mute, 10);
	CHECK(!knows(&place, "a", then));
	place_fini(&place);
	project_free(mute);
}

/* On the wire: a head, and records padded to 8 bytes, stand around the body. */
static void
a_large_one_is_not_kept(void)
{
	struct memo_found found;
	struct place place;
	size_t around;

	place_init(&place);
	keep(&place, "a", place.project, 8000);
	CHECK(memo_find(place.memo, span_str("a"), then, &found));
	around = frame_bytes(found.frame) - 8000;
	CHECK(around < MEMO_BYTES_MAX - 8000);
	keep(&place, "b", place.project, MEMO_BYTES_MAX - around);
	CHECK(memo_find(place.memo, span_str("b"), then, &found));
	CHECK_INT(frame_bytes(found.frame), MEMO_BYTES_MAX);
	keep(&place, "c", place.project, MEMO_BYTES_MAX - around + 8);
	CHECK(!knows(&place, "c", then));
	place_fini(&place);
}

static bool
has_key(const char *method, const char *uri, const char *tags,
    const char *codings, struct buf *key)
{
	const char *pairs[] = { "REQUEST_METHOD", method, "REQUEST_URI", uri,
		"HTTP_IF_NONE_MATCH", tags, "HTTP_ACCEPT_ENCODING", codings,
		NULL };

	return memo_key(cgi_env, pairs, key);
}

static void
whatever_shapes_an_answer_is_in_the_key(void)
{
	static const char *const asked[][4] = {
		{ "GET", "/a", "", "" },
		{ "HEAD", "/a", "", "" },
		{ "GET", "/a?b", "", "" },
		{ "GET", "/a", "\"1\"", "" },
		{ "GET", "/a", "", "gzip" },
	};
	enum { N = sizeof(asked) / sizeof(asked[0]) };
	struct buf key[N] = { 0 };

	for (size_t i = 0; i < N; i++) {
		CHECK(has_key(asked[i][0], asked[i][1], asked[i][2],
		    asked[i][3], &key[i]));
		for (size_t j = 0; j < i; j++)
			CHECK(!span_eq(buf_as_span(&key[i]),
			    buf_as_span(&key[j])));
	}
	CHECK(has_key("GET", "/a", "", "br", &key[1]));
	CHECK(span_eq(buf_as_span(&key[0]), buf_as_span(&key[1])));
	for (size_t i = 0; i < N; i++)
		buf_fini(&key[i]);
}

static void
what_is_no_plain_question_has_no_key(void)
{
	char uri[MEMO_KEY_BYTES_MAX + 2];
	struct buf key = { 0 };

	CHECK(!has_key("POST", "/a", "", "", &key));
	CHECK(!has_key("GET", "", "", "", &key));
	memset(uri, 'a', sizeof(uri));
	uri[MEMO_KEY_BYTES_MAX] = '\0';
	CHECK(has_key("GET", uri, "", "", &key));
	CHECK(!has_key("GET", uri, "\"", "", &key));
	uri[MEMO_KEY_BYTES_MAX] = 'a';
	uri[MEMO_KEY_BYTES_MAX + 1] = '\0';
	CHECK(!has_key("GET", uri, "", "", &key));
	buf_fini(&key);
}

TESTS(an_answer_is_known_by_its_key, a_ring_ends_it,
    so_does_another_bell_at_its_path, time_ends_it_since_a_ring_may_get_lost,
    what_is_of_the_moment_is_not_kept, without_a_bell_nothing_is_kept,
    a_large_one_is_not_kept, whatever_shapes_an_answer_is_in_the_key,
    what_is_no_plain_question_has_no_key)
