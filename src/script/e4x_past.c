/* What objects of JavaScript 1.x could, asked for by its name (bind_xml_past.c has the list):
 *
 *	o.watch(...)             ->  $e4x.past(o,"watch").watch(...)
 *	o.m()                    ->  $e4x.nsm(o,"m").m(), in a text that says __noSuchMethod__ somewhere
 *	new Error(text, file)    ->  new ($e4x.error(Error))(text, file)
 *	/a/(text)                ->  /a/.exec(text)
 *
 * All but the last are soft: a text without E4X stays as it is. */
#include "script/e4x_parse.h"

static bool is_past(const char *name, size_t len)
{
	static const char *const names[] = { "watch", "unwatch", "eval", "arity", "__count__", "__parent__", "toLocaleFormat" };
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return true;
	return false;
}

/* x.name was read, which a call follows or not; not behind "new", which would take the helper for its class. */
void edit_past(struct parser *p, const struct expr *x, const struct token *name)
{
	size_t len = name->end - name->start;
	const char *s = (const char *)p->s + name->start;
	bool past = is_past(s, len);
	if (!past && (!p->says_missing || !lex_is(p, P1('(')) || len > 120))
		return;
	edit_soft(p, EDIT_OPEN, x->start, x->start, past ? "$e4x.past(" : "$e4x.nsm(");
	edit_soft(p, EDIT_CLOSE, x->end, x->end, ",\"%.*s\")", (int)len, s);
}

/* A class of errors, called with as many arguments. */
void edit_error(struct parser *p, size_t start, size_t end, unsigned args)
{
	if (args < 2 || end - start < 5 || memcmp(p->s + end - 5, "Error", 5) != 0)
		return;
	edit_soft(p, EDIT_OPEN, start, start, "($e4x.error(");
	edit_soft(p, EDIT_CLOSE, end, end, "))");
}
