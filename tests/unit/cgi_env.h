/*
 * cgi_env: CGI variables from a list, as a door would hand them over.
 */
#ifndef CGI_ENV_H
#define CGI_ENV_H

#include <string.h>

#include "span.h"

/* A request_env_fn.  arg: NAME, value, NAME, value …, NULL */
static inline struct span
cgi_env(void *arg, const char *name)
{
	const char *const *pair = arg;

	for (; *pair != NULL; pair += 2)
		if (strcmp(pair[0], name) == 0)
			return span_str(pair[1]);
	return span_of(NULL, 0);
}

#endif /* CGI_ENV_H */
