/*
 * Instead of fetch.c in a program that is linked statically: Debian has no
 * static libraries for all that libcurl stands on.  There is never a client, so
 * nothing else is ever called.
 */
#include <stdlib.h>

#include "fetch.h"

const struct err *
fetch_client_new(const char *root, bool takes_any_name,
    struct fetch_client **client)
{
	(void)root;
	(void)takes_any_name;
	*client = NULL;
	return err_new(ERR_UNAVAILABLE,
	    "this program is linked without libcurl and asks nobody; "
	    "tidemark-with-curl, which stands beside it, does, and needs "
	    "libcurl.so.4; the address may be asked from any machine");
}

void
fetch_client_free(struct fetch_client *client)
{
	(void)client;
}

void
fetch_begin(struct fetch *f, struct fetch_client *client, const char *address,
    const char *const *headers, int64_t limit_ms)
{
	(void)f;
	(void)client;
	(void)address;
	(void)headers;
	(void)limit_ms;
	abort();
}

void
fetch_run(struct fetch *f, int64_t for_ms)
{
	(void)f;
	(void)for_ms;
	abort();
}

void
fetch_get(struct fetch *f, struct fetch_client *client, const char *address,
    const char *const *headers, int64_t limit_ms)
{
	fetch_begin(f, client, address, headers, limit_ms);
}

void
fetch_end(struct fetch *f)
{
	(void)f;
	abort();
}

bool
fetch_header(const struct fetch *f, const char *name, struct span *value)
{
	(void)f;
	(void)name;
	(void)value;
	return false;
}

bool
fetch_date(const struct fetch *f, struct walltime *date)
{
	(void)f;
	(void)date;
	return false;
}
