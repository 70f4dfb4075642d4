#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *err_text(enum err e)
{
	static const char *const text[] = {
#define X(id, words) [id] = words,
		ERR_LIST(X)
#undef X
	};
	return (size_t)e < COUNT_OF(text) ? text[e] : "unknown error";
}

__attribute__((format(printf, 3, 0))) static void fill(struct problem *p, size_t pos, const char *fmt, va_list ap)
{
	p->pos = pos;
	int n = vsnprintf(p->text, sizeof(p->text), fmt, ap);
	if (n >= (int)sizeof(p->text))
		memcpy(p->text + sizeof(p->text) - 4, "...", 4);
}

enum err problem_set(struct problem *p, enum err e, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (p)
		fill(p, 0, fmt, ap);
	va_end(ap);
	return e;
}

enum err problem_at(struct problem *p, enum err e, size_t pos, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (p)
		fill(p, pos, fmt, ap);
	va_end(ap);
	return e;
}
