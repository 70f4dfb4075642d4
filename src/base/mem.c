#include "base/mem.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { CACHE_LINE = 64, LARGE_PAGE = 2 << 20 };

static _Thread_local long fail_at = -1;

void mem_fail_at(long n)
{
	fail_at = n;
}

static bool refuse(size_t bytes)
{
	if (bytes > PTRDIFF_MAX)
		return true;
	return fail_at >= 0 && fail_at-- == 0;
}

void *mem_alloc(size_t bytes)
{
	return refuse(bytes) ? NULL : malloc(bytes ? bytes : 1);
}

void *mem_new0(size_t count, size_t each)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, each, &bytes) || refuse(bytes))
		return NULL;
	return calloc(1, bytes ? bytes : 1);
}

void *mem_table(size_t count, size_t each)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, each, &bytes) || refuse(bytes))
		return NULL;
	size_t align = bytes >= LARGE_PAGE ? LARGE_PAGE : CACHE_LINE;
	size_t whole = MAX((bytes + CACHE_LINE - 1) / CACHE_LINE, (size_t)1) * CACHE_LINE;
	void *p = NULL;
	if (posix_memalign(&p, align, whole) != 0)
		return NULL;
	if (align == LARGE_PAGE)
		(void)madvise(p, whole, MADV_HUGEPAGE); /* it works without, too */
	return memset(p, 0, whole);
}

void *mem_resize(void *p, size_t bytes)
{
	return refuse(bytes) ? NULL : realloc(p, bytes ? bytes : 1);
}

void *mem_array(void *p, size_t count, size_t each)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, each, &bytes))
		return NULL;
	return mem_resize(p, bytes);
}

char *mem_strndup(const char *s, size_t len)
{
	char *copy = mem_alloc(len + 1);
	if (copy) {
		memcpy(copy, s, len);
		copy[len] = 0;
	}
	return copy;
}

char *mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

void mem_free(void *p)
{
	free(p);
}
