#include "base/arena.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_BLOCK = 4096, LARGEST_STEP = 1 << 20 };
#define DEFAULT_CEILING ((size_t)1 << 30)

struct arena_block {
	struct arena_block *older;
	size_t size, at; /* of data */
	_Alignas(16) uint8_t data[];
};

static struct arena_block *grow(struct arena *a, size_t bytes)
{
	size_t size = a->now ? MIN(a->now->size * 2, (size_t)LARGEST_STEP) : FIRST_BLOCK;
	size = MAX(size, bytes);
	struct arena_block *b = mem_alloc(sizeof(*b) + size);
	if (!b)
		return NULL;
	*b = (struct arena_block){ .older = a->now, .size = size };
	a->now = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	size_t ceiling = a->ceiling ? a->ceiling : DEFAULT_CEILING;
	if (bytes > ceiling)
		return NULL;
	bytes = (MAX(bytes, (size_t)1) + 15) & ~(size_t)15;
	if (bytes > ceiling - MIN(a->used, ceiling))
		return NULL;
	struct arena_block *b = a->now;
	if ((!b || bytes > b->size - b->at) && !(b = grow(a, bytes)))
		return NULL;
	void *p = b->data + b->at;
	b->at += bytes;
	a->used += bytes;
	return p;
}

void *arena_new0(struct arena *a, size_t count, size_t each)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, each, &bytes))
		return NULL;
	void *p = arena_alloc(a, bytes);
	return p ? memset(p, 0, bytes) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1);
	if (copy) {
		memcpy(copy, s, len);
		copy[len] = 0;
	}
	return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	char *s = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (s)
		vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return s;
}

void arena_reset(struct arena *a)
{
	while (a->now && a->now->older) {
		struct arena_block *b = a->now;
		a->now = b->older;
		mem_free(b);
	}
	if (a->now)
		a->now->at = 0;
	a->used = 0;
}

void arena_free(struct arena *a)
{
	arena_reset(a);
	mem_free(a->now);
	a->now = NULL;
}
