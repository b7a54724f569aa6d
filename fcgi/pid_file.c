#include "pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "log.h"

enum { PID_FILE_TEXT_BYTES = 16 };

static const struct err *
write_draft(const char *draft, pid_t pid)
{
	const struct err *err = NULL;
	int fd = open(draft,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_sys("%s", draft);
	if (dprintf(fd, "%d\n", (int)pid) < 0)
		err = err_sys("%s", draft);
	if (close(fd) != 0 && err == NULL)
		err = err_sys("%s", draft);
	return err;
}

const struct err *
pid_file_write(const char *path, pid_t pid)
{
	struct buf draft = { 0 };
	const struct err *err;

	if (path == NULL)
		return NULL;
	buf_printf(&draft, "%s.%d", path, (int)getpid());
	err = write_draft(buf_cstr(&draft), pid);
	if (err == NULL && rename(draft.data, path) != 0)
		err = err_sys("%s", path);
	if (err != NULL)
		(void)unlink(draft.data); /* it may not even be there */
	buf_fini(&draft);
	return err;
}

static pid_t
pid_file_read(const char *path)
{
	char text[PID_FILE_TEXT_BYTES] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd); /* nothing was written to it */
	return n > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

void
pid_file_remove(const char *path)
{
	if (path == NULL || pid_file_read(path) != getpid())
		return;
	if (unlink(path) != 0)
		log_warning("%s stays behind: %m", path);
}
