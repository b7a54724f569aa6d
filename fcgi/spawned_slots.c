#include "spawned_slots.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xxhash.h>

#include "config.h"

/* Processes of one user that serve the same stores share. */
static uint64_t
hash_host(const struct config *config)
{
	uint64_t hash = (uint64_t)getuid();

	for (size_t i = 0; i < config->n_projects; i++) {
		const char *store = config->project[i].store;

		hash = XXH3_64bits_withSeed(store, strlen(store), hash);
	}
	return hash;
}

int
spawned_slots_take(const struct config *config)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	uint64_t host = hash_host(config);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int n;

	for (uint32_t i = 0; fd >= 0 && i < config->spawned_waiters_max; i++) {
		/* The NUL in front makes it abstract. */
		n = snprintf(addr.sun_path + 1, sizeof(addr.sun_path) - 1,
		    "tidemark-%016" PRIx64 "-%u", host, i);
		if (bind(fd, (const struct sockaddr *)&addr,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			    (size_t)n)) == 0)
			return fd;
	}
	if (fd >= 0)
		(void)close(fd); /* nothing was written */
	return -1;
}
