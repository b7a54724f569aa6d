/*
 * sandbox_calls: the system calls that are left when a sandbox is entered.
 *
 * Floor 2.  Private to sandbox.c.
 */
#ifndef SANDBOX_CALLS_H
#define SANDBOX_CALLS_H

#include <stdbool.h>

/* With no_new_privs set.  False: the kernel, or the processor, does not have
 * it, and all calls are left. */
bool sandbox_calls_enter(void);

#endif /* SANDBOX_CALLS_H */
