/*
 * pid_file: where scripts find the process that takes the signals.  It is
 * never half-written.  When the program is changed (handover.h), it names the
 * old process until the new one serves.
 *
 * Floor 3.
 */
#ifndef PID_FILE_H
#define PID_FILE_H

#include <sys/types.h>

#include "err.h"

/*
 * Put pid and a newline into the file, by a rename: whoever reads it has the
 * old one or the new one.  path may be NULL: nothing is written.  ERR_SYS.
 */
const struct err *pid_file_write(const char *path, pid_t) MUST_CHECK;

/* Remove it, if it names this process. */
void pid_file_remove(const char *path);

#endif /* PID_FILE_H */
