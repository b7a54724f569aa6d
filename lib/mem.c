#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
not_null(void *p)
{
	if (p != NULL)
		return p;
	(void)fputs("tidemark: out of memory\n", stderr);
	abort();
}

void *
mem_new(size_t n, size_t size)
{
	return not_null(calloc(n > 0 ? n : 1, size > 0 ? size : 1));
}

void *
mem_resize(void *p, size_t n, size_t size)
{
	return not_null(reallocarray(p, n > 0 ? n : 1, size > 0 ? size : 1));
}

char *
mem_dup(const char *bytes, size_t len)
{
	char *copy = mem_resize(NULL, len + 1, 1);

	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

void *
mem_grow(void *array, size_t n, size_t *cap, size_t size)
{
	if (n < *cap && array != NULL)
		return array;
	*cap = *cap < 8 ? 16 : *cap * 2;
	return mem_resize(array, *cap, size);
}
