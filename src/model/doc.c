#include "model/doc.h"

const struct doc *doc_get(const struct doc *d, const char *key)
{
	if (!d || d->kind != DOC_MAP)
		return NULL;
	for (const struct doc *m = d->first; m; m = m->next)
		if (STREQ(m->key, key))
			return m;
	return NULL;
}

const struct doc *doc_text(const struct doc *d, const char *key)
{
	const struct doc *m = doc_get(d, key);
	return m && m->kind == DOC_TEXT ? m : NULL;
}

bool doc_is(const struct doc *d, const char *text)
{
	return d && d->kind == DOC_TEXT && STREQ(d->text, text);
}
