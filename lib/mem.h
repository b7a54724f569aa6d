/*
 * mem: memory, or the end of the process.  Running out of memory is handled
 * at this one place: all state is in the log and a supervisor restarts us,
 * which is better than error paths that nobody can test.
 *
 * Floor 0.
 */
#ifndef MEM_H
#define MEM_H

#include <stddef.h>

/* Zeroed memory for n objects of size bytes; free with free(3). */
void *mem_new(size_t n, size_t size)
    __attribute__((malloc, returns_nonnull, alloc_size(1, 2)));

/* Grow or shrink; the part beyond the old size is not zeroed. */
void *mem_resize(void *, size_t n, size_t size)
    __attribute__((returns_nonnull, warn_unused_result, alloc_size(2, 3)));

/* A NUL-terminated copy of len bytes; free with free(3). */
char *mem_dup(const char *bytes, size_t len)
    __attribute__((malloc, returns_nonnull));

/*
 * Make room for one more element: when *cap elements are in use (n == *cap),
 * the array is grown to twice its size.  Returns the (moved) array.
 */
void *mem_grow(void *array, size_t n, size_t *cap, size_t size)
    __attribute__((returns_nonnull, warn_unused_result));

#endif /* MEM_H */
