#include "publish_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mem.h"

struct publish_dir {
	char *path;
	int fd;
};

/* --- the folder ----------------------------------------------------------- */

static const struct err *
make_folders(const char *dir, const char *path)
{
	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return err_sys("the folder for published files");
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return err_sys("the project's folder of published files");
	return NULL;
}

static const struct err *
open_folder(struct publish_dir *d, const char *dir)
{
	const struct err *err = make_folders(dir, d->path);

	if (err != NULL)
		return err;
	d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0)
		return err_sys("the project's folder of published files");
	if (flock(d->fd, LOCK_EX | LOCK_NB) == 0)
		return NULL;
	return errno == EWOULDBLOCK
	    ? err_new(ERR_CONFLICT,
		  "another process publishes into the same folder")
	    : err_sys("locking the folder of published files");
}

const struct err *
publish_dir_open(struct publish_dir **out, const char *dir, const char *project)
{
	struct publish_dir *d = mem_new(1, sizeof(*d));
	struct buf path = { 0 };
	const struct err *err;

	buf_printf(&path, "%s/%s", dir, project);
	d->path = buf_take(&path, NULL);
	d->fd = -1;
	err = open_folder(d, dir);
	if (err != NULL)
		publish_dir_close(d);
	else
		*out = d;
	return err;
}

void
publish_dir_close(struct publish_dir *d)
{
	if (d == NULL)
		return;
	if (d->fd >= 0)
		(void)close(d->fd);
	free(d->path);
	free(d);
}

bool
publish_dir_is_there(const struct publish_dir *d)
{
	struct stat ours, found;

	return fstat(d->fd, &ours) == 0 && stat(d->path, &found) == 0 &&
	    ours.st_dev == found.st_dev && ours.st_ino == found.st_ino;
}

/* --- files ---------------------------------------------------------------- */

const struct err *
publish_dir_write(struct publish_dir *d, const char *name, struct span bytes)
{
	struct publish_file file;
	const struct err *err = publish_file_create(&file, d, name);

	if (err == NULL)
		err = publish_file_write(&file, bytes);
	if (err == NULL)
		err = publish_file_end(&file);
	if (err == NULL)
		err = publish_file_put(&file);
	publish_file_fini(&file);
	return err;
}

const struct err *
publish_dir_read(struct publish_dir *d, const char *name, size_t most,
    struct buf *out)
{
	ssize_t n = 1;
	int fd = openat(d->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	buf_clear(out);
	if (fd < 0)
		return errno == ENOENT
		    ? err_new(ERR_NOT_FOUND, "%s is not there", name)
		    : err_sys("%s", name);
	while (n > 0 && out->len < most) {
		n = read(fd, buf_room(out, most - out->len), most - out->len);
		if (n > 0)
			out->len += (size_t)n;
	}
	(void)close(fd);
	return n < 0 ? err_sys("%s", name) : NULL;
}

bool
publish_dir_stat(const struct publish_dir *d, const char *name,
    struct publish_stat *out)
{
	struct timespec now;
	struct stat st;

	if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode))
		return false;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	out->bytes = (uint64_t)st.st_size;
	out->age_ms = (now.tv_sec - st.st_mtim.tv_sec) * 1000 +
	    (now.tv_nsec - st.st_mtim.tv_nsec) / 1000000;
	return true;
}

/* In vain: then it goes a little sooner or later. */
void
publish_dir_touch(const struct publish_dir *d, const char *name)
{
	(void)utimensat(d->fd, name, NULL, AT_SYMLINK_NOFOLLOW);
}

/* In vain: then it is tried again, or others have files there. */
void
publish_dir_remove(const struct publish_dir *d, const char *name)
{
	(void)unlinkat(d->fd, name, 0);
}

void
publish_dir_remove_folder(const struct publish_dir *d, const char *name)
{
	(void)unlinkat(d->fd, name, AT_REMOVEDIR);
}

static bool
is_folder(const struct publish_dir *d, const char *name)
{
	struct stat st;

	return fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode);
}

const struct err *
publish_dir_each(const struct publish_dir *d, publish_dir_fn *fn, void *arg)
{
	int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL) {
		const struct err *err =
		    err_sys("the folder of published files");

		if (fd >= 0)
			(void)close(fd);
		return err;
	}
	while ((entry = readdir(dir)) != NULL)
		fn(arg, entry->d_name, is_folder(d, entry->d_name));
	(void)closedir(dir);
	return NULL;
}

/* --- piece by piece ------------------------------------------------------- */

/* "jobs/.snapshot.json.new" of "jobs/snapshot.json" */
static char *
hidden_of(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *last = slash != NULL ? slash + 1 : name;
	struct buf hidden = { 0 };

	buf_add(&hidden, name, (size_t)(last - name));
	buf_printf(&hidden, ".%s.new", last);
	return buf_take(&hidden, NULL);
}

static const struct err *
make_folder_of(struct publish_dir *d, const char *name)
{
	const char *slash = strrchr(name, '/');
	const struct err *err = NULL;
	char *folder;

	if (slash == NULL)
		return NULL;
	folder = mem_dup(name, (size_t)(slash - name));
	if (mkdirat(d->fd, folder, 0755) != 0 && errno != EEXIST)
		err = err_sys("%s", folder);
	free(folder);
	return err;
}

const struct err *
publish_file_create(struct publish_file *file, struct publish_dir *d,
    const char *name)
{
	const struct err *err = make_folder_of(d, name);

	*file = (struct publish_file){ .dir = d, .fd = -1 };
	if (err != NULL)
		return err;
	file->name = mem_dup(name, strlen(name));
	file->hidden = hidden_of(name);
	/* One that a killed process has left may be anything. */
	publish_dir_remove(d, file->hidden);
	file->fd = openat(d->fd, file->hidden,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return file->fd < 0 ? err_sys("%s", name) : NULL;
}

const struct err *
publish_file_write(struct publish_file *file, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(file->fd, bytes.p, bytes.len);

		if (n < 0)
			return err_sys("%s", file->name);
		file->bytes += (uint64_t)n;
		bytes = span_of(bytes.p + n, bytes.len - (size_t)n);
	}
	return NULL;
}

/* Network file systems say only now that there is no room. */
const struct err *
publish_file_end(struct publish_file *file)
{
	int fd = file->fd;

	file->fd = -1;
	return close(fd) != 0 ? err_sys("%s", file->name) : NULL;
}

const struct err *
publish_file_put(struct publish_file *file)
{
	if (renameat(file->dir->fd, file->hidden, file->dir->fd, file->name) !=
	    0)
		return err_sys("%s", file->name);
	free(file->hidden);
	file->hidden = NULL;
	return NULL;
}

void
publish_file_fini(struct publish_file *file)
{
	if (file->fd >= 0 && file->hidden != NULL)
		(void)close(file->fd);
	if (file->hidden != NULL)
		publish_dir_remove(file->dir, file->hidden);
	free(file->hidden);
	free(file->name);
	*file = (struct publish_file){ .fd = -1 };
}
