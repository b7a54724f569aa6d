#include "beside.h"

#include <string.h>
#include <unistd.h>

const struct err *
beside_path(const char *name, char path[PATH_MAX])
{
	size_t room = PATH_MAX - strlen(name) - 1;
	ssize_t n = readlink("/proc/self/exe", path, room);
	char *slash;

	if (n < 0)
		return err_sys("/proc/self/exe");
	path[n] = '\0';
	slash = strrchr(path, '/');
	memcpy(slash != NULL ? slash + 1 : path, name, strlen(name) + 1);
	return NULL;
}
