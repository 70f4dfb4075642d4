#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

#define DEFAULT_CEILING ((size_t)1 << 30)

static bool reserve(struct buf *b, size_t more)
{
	size_t ceiling = b->ceiling ? b->ceiling : DEFAULT_CEILING;
	if (b->bad)
		return false;
	if (b->len > ceiling || more > ceiling - b->len) {
		b->bad = E_LIMIT;
		return false;
	}
	if (more <= b->cap - b->len)
		return true;
	size_t cap = MAX(MAX(b->cap * 2, b->len + more), (size_t)256);
	uint8_t *data = mem_resize(b->data, cap);
	if (!data) {
		b->bad = E_NOMEM;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

uint8_t *buf_room(struct buf *b, size_t len)
{
	if (!reserve(b, len))
		return NULL;
	uint8_t *p = b->data + b->len;
	b->len += len;
	return p;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	uint8_t *p = len ? buf_room(b, len) : NULL;
	if (p)
		memcpy(p, data, len);
}

void buf_text(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0 && reserve(b, (size_t)n + 1)) {
		vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}

const char *buf_str(struct buf *b)
{
	if (b->bad || !reserve(b, 1))
		return "";
	b->data[b->len] = 0;
	return (const char *)b->data;
}

void buf_free(struct buf *b)
{
	mem_free(b->data);
	*b = (struct buf){ .ceiling = b->ceiling };
}
