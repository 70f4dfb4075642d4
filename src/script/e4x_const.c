/* const as JavaScript 1.5 - 1.8 had it: what is assigned to one is ignored, where today's language throws.
 *
 *	const K = 1; K = 2; K += 3; K++   ->   $e4x.cell(K).v = 2; $e4x.cell(K).v += 3; $e4x.cell(K).v++
 *
 * Only in texts that use E4X, and only for a name that the text binds as const and in no other way: scopes are not told
 * apart here, so a name that is a parameter or variable anywhere else is left alone. */
#include "script/e4x_parse.h"

enum { IS_CONST = 1, IS_OTHER = 2, MAX_NAME = 200 };

static void bound(struct parser *p, size_t start, size_t end, unsigned how)
{
	struct map_entry *entry;
	bool is_new;
	if (map_put(&p->constants, p->s + start, end - start, &entry, &is_new) == OK)
		entry->num |= how;
	else
		p->constants_lost = true;
}

void const_bound(struct parser *p, size_t start, size_t end)
{
	bound(p, start, end, p->in_const ? IS_CONST : IS_OTHER);
}

/* The parameters of an arrow function were read as an expression: any name in them may be one. */
void const_parameters(struct parser *p, const struct expr *x)
{
	for (size_t i = x->start, end; i < x->end && i < p->len; i = end) {
		for (end = i; end < x->end && lex_ident_at(p, end); end++)
			;
		if (end > i)
			bound(p, i, end, IS_OTHER);
		else
			end++;
	}
	for (uint32_t i = x->first_edit; i < p->edits; i++)
		p->edit[i].dead |= p->edit[i].constant;
}

bool const_written(struct parser *p, const struct expr *x)
{
	int n = (int)(x->end - x->start);
	const struct map_entry *entry =
		(x->flags & EX_NAME) && n <= MAX_NAME ? map_get(&p->constants, p->s + x->start, (size_t)n) : NULL;
	if (!entry || entry->num != IS_CONST) /* what it is bound as can only become more */
		return false;
	uint32_t edit = edit_soft(p, EDIT_REPLACE, x->start, x->end, "$e4x.cell(%.*s).v", n, (const char *)p->s + x->start);
	if (edit)
		p->edit[edit - 1].constant = true;
	return true;
}

/* At the end of the text, when all that is bound is known. */
void const_settle(struct parser *p)
{
	for (uint32_t i = 0; i < p->edits; i++) {
		struct edit *e = &p->edit[i];
		if (!e->constant)
			continue;
		const struct map_entry *entry = map_get(&p->constants, p->s + e->start, e->end - e->start);
		e->dead |= p->constants_lost || !entry || entry->num != IS_CONST;
	}
}
