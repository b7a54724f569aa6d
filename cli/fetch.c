#include "fetch.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"

struct fetch_client {
	CURLM *multi;
	char *root;
	bool takes_any_name;
};

/* libcurl fails at nothing here but memory, which ends a program of ours. */
static void *
must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

const struct err *
fetch_client_new(const char *root, bool takes_any_name,
    struct fetch_client **out)
{
	struct fetch_client *client;

	if (strncasecmp(root, "http://", 7) != 0 &&
	    strncasecmp(root, "https://", 8) != 0)
		return err_new(ERR_BAD_REQUEST,
		    "%s is no address that begins with http:// or https://",
		    root);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_new(ERR_UNAVAILABLE, "libcurl does not start");
	client = mem_new(1, sizeof(*client));
	*client = (struct fetch_client){ .multi = must(curl_multi_init()),
		.root = mem_dup(root, strlen(root)),
		.takes_any_name = takes_any_name };
	*out = client;
	return NULL;
}

void
fetch_client_free(struct fetch_client *client)
{
	if (client == NULL)
		return;
	(void)curl_multi_cleanup(client->multi);
	curl_global_cleanup();
	free(client->root);
	free(client);
}

/* A line of the head.  What came before a status line was an interim answer,
 * or a proxy's. */
static size_t
take_head(char *bytes, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;
	size_t len = size * n;

	if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
		f->headed = monotime_now();
		buf_clear(&f->head);
	}
	if (f->head.len + len <= FETCH_BYTES_MAX)
		buf_add(&f->head, bytes, len);
	return len;
}

static size_t
take_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;
	size_t len = size * n;
	struct monotime now = monotime_now();

	for (size_t i = 0; i < len && f->n_lines < FETCH_LINES_MAX; i++)
		if (bytes[i] == '\n')
			f->line[f->n_lines++] = now;
	if (f->body.len + len <= FETCH_BYTES_MAX)
		buf_add(&f->body, bytes, len);
	return len;
}

/* Options of libcurl's are refused only where it is too old to know them. */
static void
set_up(struct fetch *f, const char *url, int64_t limit_ms)
{
	CURL *easy = f->handle;
	bool is_strict = !f->client->takes_any_name;

	(void)curl_easy_setopt(easy, CURLOPT_URL, url);
	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, f);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)limit_ms);
	(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, f->headers);
	(void)curl_easy_setopt(easy, CURLOPT_USERAGENT,
	    "tidemark-doctor/" TIDEMARK_VERSION);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER,
	    is_strict ? 1L : 0L);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST,
	    is_strict ? 2L : 0L);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, f);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, f);
}

void
fetch_begin(struct fetch *f, struct fetch_client *client, const char *address,
    const char *const *headers, int64_t limit_ms)
{
	struct buf url = { 0 };

	*f = (struct fetch){ .client = client,
		.http = "",
		.begun = monotime_now(),
		.handle = must(curl_easy_init()) };
	for (; headers != NULL && *headers != NULL; headers++)
		f->headers = must(curl_slist_append(f->headers, *headers));
	buf_str(&url, client->root);
	buf_str(&url, address);
	set_up(f, buf_cstr(&url), limit_ms);
	buf_fini(&url);
	(void)curl_multi_add_handle(client->multi, f->handle);
}

static const char *
http_text(long version)
{
	switch (version) {
	case CURL_HTTP_VERSION_1_0:
		return "HTTP/1.0";
	case CURL_HTTP_VERSION_1_1:
		return "HTTP/1.1";
	case CURL_HTTP_VERSION_2_0:
		return "HTTP/2";
	case CURL_HTTP_VERSION_3:
		return "HTTP/3";
	default:
		return "HTTP";
	}
}

static void
finish(CURL *easy, CURLcode result)
{
	char *private = NULL;
	long version = 0;
	struct fetch *f;

	if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private) != CURLE_OK)
		abort(); /* it was set */
	f = (struct fetch *)(void *)private;
	f->is_done = true;
	f->ended = monotime_now();
	if (result != CURLE_OK)
		f->fault = curl_easy_strerror(result);
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &f->status);
	(void)curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
	f->http = http_text(version);
}

void
fetch_run(struct fetch *f, int64_t for_ms)
{
	CURLM *multi = f->client->multi;
	struct monotime end = monotime_after_ms(monotime_now(), for_ms);

	for (;;) {
		CURLMsg *msg;
		int64_t left;
		int n = 0;

		(void)curl_multi_perform(multi, &n);
		while ((msg = curl_multi_info_read(multi, &n)) != NULL)
			if (msg->msg == CURLMSG_DONE)
				finish(msg->easy_handle, msg->data.result);
		left = monotime_left_ms(end, monotime_now());
		if (f->is_done || left == 0)
			return;
		(void)curl_multi_poll(multi, NULL, 0, (int)left, NULL);
	}
}

void
fetch_get(struct fetch *f, struct fetch_client *client, const char *address,
    const char *const *headers, int64_t limit_ms)
{
	fetch_begin(f, client, address, headers, limit_ms);
	while (!f->is_done) /* libcurl ends it at limit_ms */
		fetch_run(f, limit_ms + 1);
}

void
fetch_end(struct fetch *f)
{
	if (f->handle != NULL) {
		(void)curl_multi_remove_handle(f->client->multi, f->handle);
		curl_easy_cleanup(f->handle);
	}
	curl_slist_free_all(f->headers);
	buf_fini(&f->head);
	buf_fini(&f->body);
	*f = (struct fetch){ 0 };
}

static struct span
trimmed(struct span s)
{
	while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_of(s.p + 1, s.len - 1);
	while (s.len > 0 && strchr(" \t\r", s.p[s.len - 1]) != NULL)
		s.len--;
	return s;
}

bool
fetch_header(const struct fetch *f, const char *name, struct span *value)
{
	struct span rest = buf_as_span(&f->head);
	size_t n = strlen(name);

	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');

		if (line.len <= n || line.p[n] != ':' ||
		    strncasecmp(line.p, name, n) != 0)
			continue;
		*value = trimmed(span_of(line.p + n + 1, line.len - n - 1));
		return true;
	}
	return false;
}

bool
fetch_date(const struct fetch *f, struct walltime *date)
{
	struct buf text = { 0 };
	struct span value;
	time_t s = -1;

	if (fetch_header(f, "Date", &value)) {
		buf_span(&text, value);
		s = curl_getdate(buf_cstr(&text), NULL);
		buf_fini(&text);
	}
	date->ms = (int64_t)s * 1000;
	return s != -1;
}
