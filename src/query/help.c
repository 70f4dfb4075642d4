/* The rows of functions.def as people read them. */
#include "query/query.h"

#include <stdio.h>

void function_help(struct buf *out)
{
	static const struct {
		const char *name, *takes, *args, *help;
	} rows[] = {
#define FUNCTION(name, takes, args, gives, unit, help) { #name, #takes, #args, help },
#include "query/functions.def"
#undef FUNCTION
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char call[64], args[16] = "";
		for (size_t k = 0; !STREQ(rows[i].args, "NONE") && rows[i].args[k] && k < sizeof(args) - 1; k++)
			args[k] = (char)(rows[i].args[k] | 0x20); /* lower case */
		snprintf(call, sizeof(call), "%s(%s%s%s)", rows[i].name, STREQ(rows[i].takes, "VALUE") ? "value" : "key", *args ? "," : "", args);
		buf_printf(out, "%-26s%s\n", call, rows[i].help);
	}
}
