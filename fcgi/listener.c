#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"
#include "mem.h"

enum {
	LISTENER_BACKLOG = 4096,
	LISTENER_DRAFT_BYTES = 12, /* ".", a pid, NUL */
};

/* In the environment of our successor: which file the path of the socket is. */
#define LISTENER_FILE "TIDEMARK_LISTEN_FILE"

struct listener {
	int fd;
	char *path; /* of a unix socket that we made; else NULL */
	dev_t dev;
	ino_t ino;
};

static struct listener *
listener_new(void)
{
	struct listener *listener = mem_new(1, sizeof(*listener));

	listener->fd = -1;
	return listener;
}

static const struct err *
start(const struct listener *listener)
{
	return listen(listener->fd, LISTENER_BACKLOG) == 0 ? NULL
							   : err_sys("listen");
}

/* --- unix --------------------------------------------------------------------- */

/* NULL when the path is free, or was left behind. */
static const struct err *
check_path(const struct sockaddr_un *addr)
{
	const char *path = addr->sun_path;
	struct stat st;
	int fd, status, reason;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? NULL : err_sys("%s", path);
	if (!S_ISSOCK(st.st_mode))
		return err_new(ERR_CONFLICT, "%s is there and is no socket",
		    path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys("socket");
	status = connect(fd, (const struct sockaddr *)addr, sizeof(*addr));
	reason = errno;
	(void)close(fd); /* nothing was written */
	if (status == 0 || reason != ECONNREFUSED)
		return err_new(ERR_CONFLICT, "%s is being served already",
		    path);
	return NULL;
}

/* The mode of the socket file is set by bind(2) and the umask alone. */
static const struct err *
bind_path(struct listener *listener, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	mode_t mask = umask(0117);
	int status;

	memcpy(addr.sun_path, path, strlen(path));
	status =
	    bind(listener->fd, (const struct sockaddr *)&addr, sizeof(addr));
	(void)umask(mask); /* sets no errno */
	return status == 0 ? NULL : err_sys("bind to %s", path);
}

/* Listen under another name first: once path is there, it can be connected. */
static const struct err *
publish(struct listener *listener, const char *path)
{
	struct buf draft = { 0 };
	const struct err *err;
	struct stat st;

	buf_printf(&draft, "%s.%d", path, (int)getpid());
	err = bind_path(listener, buf_cstr(&draft));
	if (err == NULL && lstat(draft.data, &st) != 0)
		err = err_sys("%s", draft.data);
	if (err == NULL)
		err = start(listener);
	if (err == NULL && rename(draft.data, path) != 0)
		err = err_sys("%s", path);
	if (err == NULL) {
		listener->path = mem_dup(path, strlen(path));
		listener->dev = st.st_dev;
		listener->ino = st.st_ino;
	}
	buf_fini(&draft);
	return err;
}

static const struct err *
open_unix(struct listener *listener, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const size_t most = sizeof(addr.sun_path) - LISTENER_DRAFT_BYTES;
	const struct err *err;
	size_t n = strlen(path);

	if (n == 0 || n > most)
		return err_new(ERR_BAD_REQUEST,
		    "unix:PATH: the path has 1 to %zu bytes, not %zu", most, n);
	memcpy(addr.sun_path, path, n);
	err = check_path(&addr);
	if (err != NULL)
		return err;
	listener->fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener->fd < 0)
		return err_sys("socket");
	return publish(listener, path);
}

/* --- tcp ---------------------------------------------------------------------- */

/* "[::1]:9000", "127.0.0.1:9000" → host and port; false when it is neither. */
static bool
split_tcp(char *text, char **host, char **port)
{
	char *colon = strrchr(text, ':'), *end;
	unsigned long number;

	if (colon == NULL || colon == text)
		return false;
	*colon = '\0';
	*port = colon + 1;
	number = strtoul(*port, &end, 10);
	if (**port < '0' || **port > '9' || *end != '\0' || number > 65535)
		return false;
	*host = text;
	if (text[0] == '[') {
		if (colon[-1] != ']')
			return false;
		colon[-1] = '\0';
		*host = text + 1;
	}
	return true;
}

static const struct err *
bind_tcp(struct listener *listener, const struct addrinfo *addr,
    const char *where)
{
	const int on = 1;

	listener->fd = socket(addr->ai_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener->fd < 0)
		return err_sys("socket");
	if (setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on,
		sizeof(on)) != 0)
		return err_sys("SO_REUSEADDR");
	if (bind(listener->fd, addr->ai_addr, addr->ai_addrlen) == 0)
		return start(listener);
	if (errno == EADDRINUSE)
		return err_new(ERR_CONFLICT, "tcp:%s is being served already",
		    where);
	return err_sys("bind to tcp:%s", where);
}

static const struct err *
open_tcp(struct listener *listener, const char *where)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *addr = NULL;
	char *text = mem_dup(where, strlen(where));
	char *host, *port;
	const struct err *err;

	if (split_tcp(text, &host, &port) &&
	    getaddrinfo(host, port, &hints, &addr) == 0)
		err = bind_tcp(listener, addr, where);
	else
		err = err_new(ERR_BAD_REQUEST,
		    "tcp:%s is not tcp:ADDR:PORT, both numbers", where);
	if (addr != NULL)
		freeaddrinfo(addr);
	free(text);
	return err;
}

/* --- from one process to the next --------------------------------------------- */

static long
number_of(const char *variable)
{
	const char *text = getenv(variable);

	return text != NULL ? strtol(text, NULL, 10) : 0;
}

static const struct err *
forget_environment(void)
{
	static const char *const names[] = { "LISTEN_FDNAMES", "LISTEN_FDS",
		"LISTEN_PID", LISTENER_FILE };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (unsetenv(names[i]) != 0)
			return err_sys("%s", names[i]);
	return NULL;
}

/* A service with Accept=yes gets a connection instead. */
static bool
is_listening(int fd)
{
	int answer = 0;
	socklen_t n = sizeof(answer);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &answer, &n) == 0 &&
	    answer != 0;
}

/* "DEV:INO", of the file at path. */
static void
adopt_path(struct listener *listener, const char *path, const char *file)
{
	char *end;

	listener->path = mem_dup(path, strlen(path));
	listener->dev = (dev_t)strtoumax(file, &end, 10);
	if (*end == ':')
		listener->ino = (ino_t)strtoumax(end + 1, NULL, 10);
}

static const struct err *
adopt(struct listener *listener, const char *where, const char *file)
{
	const int fd = LISTENER_FIRST_INHERITED;

	if (!is_listening(fd))
		return err_new(ERR_BAD_REQUEST,
		    "LISTEN_FDS: descriptor %d is no listening socket", fd);
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return err_sys("LISTEN_FDS: descriptor %d", fd);
	listener->fd = fd;
	if (where != NULL && strncmp(where, "unix:", 5) == 0)
		adopt_path(listener, where + 5, file);
	return NULL;
}

const struct err *
listener_inherit(struct listener **out, const char *where)
{
	const bool is_for_us = number_of("LISTEN_PID") == (long)getpid();
	const long n = is_for_us ? number_of("LISTEN_FDS") : 0;
	const char *file = getenv(LISTENER_FILE);
	struct listener *listener = NULL;
	const struct err *err = NULL;

	*out = NULL;
	if (n > 1)
		return err_new(ERR_BAD_REQUEST,
		    "LISTEN_FDS: %ld sockets; one is served", n);
	if (n == 1 && where != NULL && file == NULL)
		return err_new(ERR_BAD_REQUEST,
		    "LISTEN_FDS: a socket is handed over, and --listen names "
		    "another");
	if (n == 1) {
		listener = listener_new();
		err = adopt(listener, where, file);
	}
	if (err == NULL)
		err = forget_environment();
	if (err == NULL)
		*out = listener;
	else
		listener_close(listener);
	return err;
}

const struct err *
listener_bequeath(const struct listener *listener)
{
	const int fd = LISTENER_FIRST_INHERITED;
	char pid[16], file[48];

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	(void)snprintf(file, sizeof(file), "%ju:%ju", (uintmax_t)listener->dev,
	    (uintmax_t)listener->ino);
	if (setenv("LISTEN_PID", pid, 1) != 0 ||
	    setenv("LISTEN_FDS", "1", 1) != 0 ||
	    setenv(LISTENER_FILE, file, 1) != 0)
		return err_sys("setenv");
	/* dup2(2) to itself would leave FD_CLOEXEC set. */
	if (dup2(listener->fd, fd) < 0 || fcntl(fd, F_SETFD, 0) != 0)
		return err_sys("descriptor %d", fd);
	return NULL;
}

/* --- all --------------------------------------------------------------------- */

const struct err *
listener_open(struct listener **out, const char *where)
{
	struct listener *listener = listener_new();
	const struct err *err;

	if (strncmp(where, "unix:", 5) == 0)
		err = open_unix(listener, where + 5);
	else if (strncmp(where, "tcp:", 4) == 0)
		err = open_tcp(listener, where + 4);
	else
		err = err_new(ERR_BAD_REQUEST,
		    "%s is neither unix:PATH nor tcp:ADDR:PORT", where);
	if (err == NULL)
		*out = listener;
	else
		listener_close(listener);
	return err;
}

int
listener_fd(const struct listener *listener)
{
	return listener->fd;
}

void
listener_shut(struct listener *listener)
{
	if (listener->fd >= 0)
		(void)close(listener->fd); /* nothing is written to it */
	listener->fd = -1;
}

void
listener_remove(const struct listener *listener)
{
	struct stat st;

	if (listener->path != NULL && lstat(listener->path, &st) == 0 &&
	    st.st_dev == listener->dev && st.st_ino == listener->ino &&
	    unlink(listener->path) != 0)
		log_warning("%s stays behind: %m", listener->path);
}

void
listener_close(struct listener *listener)
{
	if (listener == NULL)
		return;
	listener_shut(listener);
	free(listener->path);
	free(listener);
}
