/* Forms of JavaScript 1.2 - 1.8 for what today's language says otherwise:
 *
 *	#1=[a, #1#]              ->  $e4x.sharp(1,()=>([a, $e4x.sh(1)]))
 *	{ a getter: f }          ->  {get a(){return(f).call(this)}}
 *	{ a setter: f }          ->  {set a($e4xv){(f).call(this,$e4xv)}}
 *	({a: b}) = c             ->  ({a: b} = c)
 *	o.a getter = f, a setter = f   ->  $e4x.getter(o,"a",f), $e4x.setter(this,"a",f)
 *
 * "getter" and "setter" are words only where nothing else could stand. */
#include "script/e4x_parse.h"

/* At a T_PRIVATE that begins with a digit: the lexer took "=" or "#" along. */
struct expr parse_sharp(struct parser *p)
{
	struct expr x = { .start = p->tok.start };
	size_t end = p->tok.end;
	const char *number = (const char *)p->s + x.start + 1;
	int n = 0;
	while (n < 10 && x.start + 1 + (size_t)n < end && number[n] >= '0' && number[n] <= '9')
		n++;
	bool defines = p->s[end - 1] == '=';

	p->uses_e4x = true; /* no text of today's has it: the engine need not be asked */
	if (n < 1 || n > 9 || x.start + 1 + (size_t)n + 1 != end || (!defines && p->s[end - 1] != '#')) {
		parse_unexpected(p);
		return x;
	}
	edit_add(p, EDIT_REPLACE, x.start, end, defines ? "$e4x.sharp(%.*s,()=>(" : "$e4x.sh(%.*s)", n, number);
	lex_next(p);
	if (defines) {
		if (lex_is(p, P1('[')))
			parse_array(p);
		else if (lex_is(p, P1('{')))
			parse_object(p);
		else
			parse_unexpected(p);
		edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, "))");
	}
	x.end = p->prev_end;
	return x;
}

/* At "=" behind a pattern in parentheses, which close there: today they go around all of it. */
struct expr parse_pattern_assign(struct parser *p, const struct expr *x, size_t close)
{
	edit_add(p, EDIT_REPLACE, close, close + 1, " ");
	lex_next(p);
	unsigned plain = parse_assign(p).flags & EX_PLAIN;
	edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
	return (struct expr){ .start = x->start, .end = p->prev_end, .flags = plain };
}

static bool is_text(const struct parser *p, const struct token *t, const char *text)
{
	return t->type == T_NAME && t->end - t->start == strlen(text) &&
	       memcmp(p->s + t->start, text, t->end - t->start) == 0;
}

bool is_accessor_word(struct parser *p, uint32_t next)
{
	return (is_text(p, &p->tok, "getter") || is_text(p, &p->tok, "setter")) && lex_peek(p).punct == next;
}

/* At "getter" before ":", behind a property's name that began at name. */
void parse_accessor_member(struct parser *p, size_t name)
{
	struct token word = p->tok;
	bool get = p->s[word.start] == 'g';
	lex_next(p);
	edit_add(p, EDIT_OPEN, name, name, get ? "get " : "set ");
	edit_add(p, EDIT_REPLACE, word.start, p->tok.end, get ? "(){return(" : "($e4xv){(");
	lex_expect(p, P1(':'));
	parse_assign(p);
	edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, get ? ").call(this)}" : ").call(this,$e4xv)}");
}

/* At "getter" before "=", behind x. */
struct expr parse_accessor_assign(struct parser *p, const struct expr *x)
{
	struct token word = p->tok;
	const char *helper = p->s[word.start] == 'g' ? "$e4x.getter(" : "$e4x.setter(";
	lex_next(p);
	size_t end = p->tok.end;
	lex_expect(p, P1('='));
	if (x->flags & EX_NAME)
		edit_add(p, EDIT_REPLACE, x->start, end, "%sthis,\"%.*s\",", helper, (int)MIN(x->end - x->start, 120u),
			 (const char *)p->s + x->start);
	else
		edit_apart(p, x, helper, word.start, end);
	parse_assign(p);
	edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
	return (struct expr){ .start = x->start, .end = p->prev_end, .flags = EX_PLAIN };
}
