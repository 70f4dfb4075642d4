/* The rows of functions.def as people read them. */
#include "query/query.h"

void function_help(struct buf *out)
{
	static const struct {
		const char *name, *takes, *help;
	} rows[] = {
#define FUNCTION(name, takes, unit, help) { #name, #takes, help },
#include "query/functions.def"
#undef FUNCTION
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		buf_printf(out, "%s(%s)%*s%s\n", rows[i].name, STREQ(rows[i].takes, "KEY") ? "key" : "value",
			   (int)(10 - strlen(rows[i].name) + (STREQ(rows[i].takes, "KEY") ? 2 : 0)), "", rows[i].help);
}
