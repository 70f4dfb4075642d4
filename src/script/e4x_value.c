/* One value and its chain of members and calls. */
#include "script/e4x_parse.h"

static struct expr plain_token(struct parser *p, unsigned flags)
{
	struct expr x = { .start = p->tok.start, .end = p->tok.end, .flags = flags };
	lex_next(p);
	return x;
}

static struct expr parse_call_or_members(struct parser *p, struct expr x, bool calls);

/* Function(...), with or without new: its text may be E4X, too. */
static void edit_function(struct parser *p, size_t at)
{
	p->evals = true;
	edit_soft(p, EDIT_OPEN, at, at, "$e4x.");
}

static struct expr parse_new(struct parser *p)
{
	struct expr x = { .start = p->tok.start };
	if (!deeper(p))
		return x;
	lex_next(p);
	if (lex_take(p, P1('.'))) { /* new.target */
		lex_next(p);
	} else {
		struct token callee = p->tok;
		parse_call_or_members(p, callee.word == W_NEW ? parse_new(p) : parse_primary(p),
				      false);
		if (callee.word == W_FUNCTION_NAME && p->prev_end == callee.end)
			edit_function(p, callee.start);
		if (callee.word == W_ITERATOR && p->prev_end == callee.end)
			use_old(p);
		p->uses_e4x |= callee.word == W_NAMESPACE_CLASS && p->prev_end == callee.end;
		bool name = p->prev_end == callee.end;
		unsigned args = lex_is(p, P1('(')) ? parse_arguments(p, NULL) : 0;
		if (name)
			edit_error(p, callee.start, callee.end, args);
	}
	shallower(p);
	x.end = p->prev_end;
	return x;
}

static struct expr parse_async(struct parser *p)
{
	struct token async = p->tok, next = lex_peek(p);
	struct expr x = { .start = async.start, .flags = EX_PLAIN | EX_DEAD };

	if (!next.newline && next.word == W_FUNCTION) {
		lex_next(p);
		parse_function(p, true);
		x.flags = EX_PLAIN;
	} else if (!next.newline && next.type == T_NAME && !word_reserved(next.word) &&
		   next.word != W_OF) {
		struct scope scope;
		lex_next(p);
		scope_open(p, &scope, p->edits);
		bind_name(p, next.start, next.end);
		lex_next(p);
		p->arrow_start = async.start;
		lex_expect(p, P2('=', '>'));
		parse_function_rest(p, true, false, true);
		scope_close(p);
	} else {
		return parse_name(p);
	}
	x.end = p->prev_end;
	return x;
}

static struct expr parse_word(struct parser *p)
{
	struct expr x = { .start = p->tok.start, .flags = EX_PLAIN };
	switch (p->tok.word) {
	case W_FUNCTION:
		if (lex_peek(p).punct == P2(':', ':'))
			return parse_bare_accessor(p);
		parse_function(p, false);
		break;
	case W_CLASS:
		parse_class(p);
		break;
	case W_LET:
		if (lex_peek(p).punct != P1('('))
			return parse_name(p);
		parse_let(p, true);
		x.flags = EX_DEAD;
		break;
	case W_NEW:
		return parse_new(p);
	case W_ASYNC:
		return parse_async(p);
	case W_THIS:
		return plain_token(p, 0);
	case W_SUPER:
		return plain_token(p, EX_SUPER);
	case W_IMPORT:
		return plain_token(p, 0);
	case W_NULL:
		return plain_token(p, EX_PLAIN);
	case W_TRUE:
		return plain_token(p, EX_PLAIN);
	case W_FALSE:
		return plain_token(p, EX_PLAIN);
	default:
		if (word_reserved(p->tok.word)) {
			parse_unexpected(p);
			return x;
		}
		return parse_name(p);
	}
	x.end = p->prev_end;
	return x;
}

struct expr parse_primary(struct parser *p)
{
	struct expr x = { .start = p->tok.start, .flags = EX_PLAIN };
	switch (p->tok.type) {
	case T_NAME:
		return parse_word(p);
	case T_NUMBER:
	case T_STRING:
		return plain_token(p, EX_PLAIN);
	case T_PRIVATE:
		return p->s[p->tok.start + 1] >= '0' && p->s[p->tok.start + 1] <= '9' ? parse_sharp(p)
										      : plain_token(p, 0);
	case T_TEMPLATE:
		parse_template(p);
		break;
	case T_PUNCT:
		switch (p->tok.punct) {
		case P1('('):
			return parse_parenthesized(p);
		case P1('['):
			return parse_array(p);
		case P1('{'):
			return parse_object(p);
		case P1('@'):
		case P1('*'):
		case P2('*', '*'):
		case P2('*', '='):
			return parse_bare_accessor(p);
		case P1('/'):
		case P2('/', '='):
			lex_regexp(p);
			x = plain_token(p, EX_PLAIN);
			if (lex_is(p, P1('(')) && !p->tok.newline)
				edit_add(p, EDIT_CLOSE, x.end, x.end, ".exec");
			return x;
		case P1('<'):
		case P2('<', '='):
			parse_xml_literal(p);
			x.flags = 0;
			break;
		default:
			parse_unexpected(p);
		}
		break;
	default:
		parse_unexpected(p);
	}
	x.end = p->prev_end;
	return x;
}

/* At "(".  callee: NULL or the name that is called. */
unsigned parse_arguments(struct parser *p, const struct expr *callee)
{
	bool no_in = p->no_in, eval = callee && (callee->flags & EX_NAME) && callee->word == W_EVAL;
	lex_next(p);
	p->no_in = false;
	p->level++;
	if (eval && !lex_is(p, P1(')'))) {
		p->evals = true;
		p->sets_namespace |= p->body != 0; /* the text may, for this function */
		edit_soft(p, EDIT_OPEN, p->tok.start, p->tok.start, "$e4x.tr(");
	} else {
		eval = false;
	}
	uint32_t first_edit = p->edits;
	size_t first = p->tok.start;
	unsigned n = 0;
	for (; !p->failed && !lex_is(p, P1(')')); n++) {
		lex_take(p, P3('.', '.', '.'));
		parse_assign(p);
		if (p->tok.word == W_FOR && !eval) { /* f(x for (x in y)) */
			parse_comprehension(p, first, first_edit, false);
			break;
		}
		lex_separator(p, P1(')'));
	}
	if (eval)
		edit_soft(p, EDIT_CLOSE, p->prev_end, p->prev_end, ",%u)", p->body);
	p->level--;
	p->no_in = no_in;
	lex_expect(p, P1(')'));
	return n;
}

/* After ".": the forms of E4X, or a plain name. */
static void parse_dot(struct parser *p, struct expr *x, bool calls)
{
	size_t dot = p->tok.start;
	bool super = x->flags & EX_SUPER;

	lex_next(p);
	bool star = p->tok.type == T_PUNCT && (p->tok.punct & 0xff) == '*';
	if (lex_is(p, P1('('))) {
		parse_filter(p, x, dot);
		return;
	}
	if (star || lex_is(p, P1('@'))) {
		parse_accessor(p, x, dot, &E4X_MEMBER);
		return;
	}
	if (p->tok.type != T_NAME && p->tok.type != T_PRIVATE) {
		parse_unexpected(p);
		return;
	}
	struct token name = p->tok;
	bool prototype = (x->flags & EX_NAME) && name.end - name.start == 9 &&
			 memcmp(p->s + name.start, "prototype", 9) == 0 &&
			 (x->word == W_XML_CLASS || x->word == W_XMLLIST_CLASS);
	if (prototype) { /* methods may be replaced from now on */
		edit_soft(p, EDIT_OPEN, x->start, x->start, "$e4x.touch(");
		edit_soft(p, EDIT_CLOSE, x->end, x->end, ")");
	}
	bool target = name.type == T_NAME && !super && name.end - name.start < 200;
	x->flags = target ? EX_TARGET : 0;
	x->open = dot;
	x->open_end = name.start;
	x->close = x->close_end = name.end;
	x->open_edit = x->close_edit = 0;
	lex_next(p);
	if (name.type == T_NAME && calls && !super)
		edit_past(p, x, &name);
	if (name.type == T_NAME && lex_is(p, P2(':', ':')))
		parse_qualified(p, x, dot, name, false, &E4X_MEMBER);
}

/* x[i]: no name can be made of null or undefined when x is XML (ECMA-357 10.5, 10.6).  Asked only where it costs
 * next to nothing: both are plain names, or the key is one of these words. */
static void edit_key(struct parser *p, const struct expr *x, const struct expr *key)
{
	int n = (int)(x->end - x->start), m = (int)(key->end - key->start);
	const char *s = (const char *)p->s;
	bool null = m == 4 && memcmp(s + key->start, "null", 4) == 0;
	if (!p->filter && (x->flags & EX_NAME) && n <= 120 && m <= 120 && ((key->flags & EX_NAME) || null))
		edit_soft(p, EDIT_CLOSE, p->prev_end, p->prev_end, "??$e4x.nk(%.*s,%.*s)", n, s + x->start, m,
			  s + key->start);
}

static void parse_index(struct parser *p, struct expr *x)
{
	bool no_in = p->no_in, super = x->flags & EX_SUPER;
	const struct expr object = *x;
	x->open = p->tok.start;
	x->open_end = p->tok.end;
	lex_next(p);
	p->no_in = false;
	p->level++;
	struct expr key = parse_expression(p);
	edit_key(p, &object, &key);
	p->level--;
	p->no_in = no_in;
	x->close = p->tok.start;
	x->close_end = p->tok.end;
	x->open_edit = x->close_edit = 0;
	x->flags = super ? 0 : EX_TARGET;
	lex_expect(p, P1(']'));
}

static void parse_call(struct parser *p, struct expr *x)
{
	struct expr callee = *x;
	uint32_t first = p->edits;
	if ((callee.flags & EX_NAME) && callee.word == W_FUNCTION_NAME)
		edit_function(p, callee.start);
	if ((callee.flags & EX_NAME) && callee.word == W_ITERATOR)
		use_old(p);
	unsigned args = parse_arguments(p, &callee);
	if (callee.flags & EX_NAME)
		edit_error(p, callee.start, callee.end, args);
	x->flags = 0;
	if ((callee.flags & EX_NAME) && callee.word == W_ASYNC) { /* async (a, b) => ... */
		x->flags = EX_ARROW;
		x->first_edit = first;
		x->word = W_ASYNC;
	}
}

static void parse_optional(struct parser *p, struct expr *x)
{
	lex_next(p);
	if (lex_is(p, P1('('))) {
		parse_arguments(p, NULL);
	} else if (lex_is(p, P1('['))) {
		parse_index(p, x);
	} else if (p->tok.type == T_NAME || p->tok.type == T_PRIVATE) {
		lex_next(p);
	} else if (p->tok.type != T_TEMPLATE) {
		parse_unexpected(p);
	}
}

static struct expr parse_call_or_members(struct parser *p, struct expr x, bool calls)
{
	bool optional = false;
	while (!p->failed && !(x.flags & EX_DEAD)) {
		if (p->tok.type == T_TEMPLATE) {
			parse_template(p);
			x.flags = 0;
		} else if (lex_is(p, P1('.'))) {
			parse_dot(p, &x, calls);
		} else if (lex_is(p, P2('.', '.'))) {
			parse_descendants(p, &x);
		} else if (lex_is(p, P1('['))) {
			parse_index(p, &x);
		} else if (calls && lex_is(p, P1('('))) {
			parse_call(p, &x);
		} else if (calls && lex_is(p, P2('?', '.'))) {
			parse_optional(p, &x);
			x.flags = 0;
			optional = true;
		} else {
			break;
		}
		x.name_edit = 0;
		x.end = p->prev_end;
	}
	if (optional)
		x.flags = (x.flags & ~(unsigned)EX_TARGET) | EX_OPTIONAL;
	return x;
}

struct expr parse_postfix(struct parser *p)
{
	if (p->tok.word == W_NEW && p->tok.type == T_NAME)
		return parse_call_or_members(p, parse_new(p), true);
	return parse_call_or_members(p, parse_primary(p), true);
}
