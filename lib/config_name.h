/*
 * config_name: names of projects and collections.  They are path components
 * of the API, so what stands beside them there is reserved.
 *
 * Floor 2.  Private to config*.c, which also has config_is_project_name() and
 * config_is_coll_name() for everyone.
 */
#ifndef CONFIG_NAME_H
#define CONFIG_NAME_H

#include <stdbool.h>

/* health, metrics …: beside the projects */
bool config_is_root_word(const char *);

/* changes, events …: beside the collections */
bool config_is_project_word(const char *);

/* Why it is no name; static. */
const char *config_name_fault(const char *);

#endif /* CONFIG_NAME_H */
