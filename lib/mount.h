/*
 * mount: what kind of file system a path is on.
 *
 * Floor 0.
 */
#ifndef MOUNT_H
#define MOUNT_H

#include <stdbool.h>

/*
 * Is the path on a file system that other machines write to as well?  There
 * shared memory does not reach everybody and inotify is silent.  false when
 * the path cannot be looked at.
 */
bool mount_is_remote(const char *path);

#endif /* MOUNT_H */
