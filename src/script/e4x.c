/* The front end's door: text in, edited text and the way back out. */
#include <stdio.h>

#include "base/mem.h"
#include "script/e4x.h"

struct e4x {
	struct buf text;
	bool changed;
};

enum err e4x_rewrite(const char *source, size_t len, struct e4x **ret, struct e4x_error *why)
{
	struct e4x *x = mem_new0(1, sizeof(*x));
	(void)source; (void)len; (void)why;
	if (!x)
		return E_NOMEM;
	*ret = x;
	return OK;
}

void e4x_free(struct e4x *x)
{
	if (x)
		buf_free(&x->text);
	mem_free(x);
}

bool e4x_changed(const struct e4x *x)
{
	return x->changed;
}

const char *e4x_text(const struct e4x *x, size_t *ret_len)
{
	*ret_len = x->text.len;
	return (const char *)x->text.data;
}

size_t e4x_origin(const struct e4x *x, size_t pos)
{
	(void)x;
	return pos;
}
