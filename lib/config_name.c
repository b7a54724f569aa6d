#include "config_name.h"

#include <string.h>

#include "config.h"

enum { NAME_BYTES_MAX = 64 };

static bool
is_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n <= NAME_BYTES_MAX && name[n] == '\0' &&
	    *name != '_' && *name != '-';
}

static bool
is_one_of(const char *name, const char *const *names)
{
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

bool
config_is_root_word(const char *name)
{
	static const char *const words[] = { "health", "metrics", "probe",
		NULL };

	return is_one_of(name, words);
}

bool
config_is_project_word(const char *name)
{
	static const char *const words[] = { "batch", "changes", "events",
		"hooks", "timeline", NULL };

	return is_one_of(name, words);
}

bool
config_is_project_name(const char *name)
{
	return is_name(name) && !config_is_root_word(name);
}

bool
config_is_coll_name(const char *name)
{
	return is_name(name) && !config_is_project_word(name);
}

const char *
config_name_fault(const char *name)
{
	return is_name(name)
	    ? "this name is taken by the API"
	    : "a name is 1 to 64 of a-z, 0-9, _ and -, beginning with a "
	      "letter or digit";
}
