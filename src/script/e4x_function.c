/* Functions, what they bind, and which names inside a filter are therefore no children; classes. */
#include <stdio.h>

#include "script/e4x_parse.h"

/* -- names bound inside filters --------------------------------------------------------------- */

struct bound {
	size_t start, end;
};

void bind_name(struct parser *p, size_t start, size_t end)
{
	struct bound b = { start, end };
	const_bound(p, start, end);
	if (end - start == 5 && memcmp(p->s + start, "yield", 5) == 0)
		p->yield_is_name = true;
	if (p->names) {
		buf_add(p->names, p->s + start, end - start);
		buf_u8(p->names, ',');
	}
	if (p->filter)
		buf_add(&p->bound, &b, sizeof(b));
}

void scope_open(struct parser *p, struct scope *s, uint32_t first_edit)
{
	*s = (struct scope){ .outer = p->scope,
			     .first_edit = first_edit,
			     .first_name = p->bound.len };
	p->scope = s;
}

static bool is_bound(const struct parser *p, size_t from, const struct edit *e)
{
	for (size_t i = from; i < p->bound.len; i += sizeof(struct bound)) {
		struct bound b;
		memcpy(&b, p->bound.data + i, sizeof(b));
		if (b.end - b.start == e->end - e->start &&
		    memcmp(p->s + b.start, p->s + e->start, b.end - b.start) == 0)
			return true;
	}
	return false;
}

/* Names that the closed scope bound were no children, wherever in it they stood. */
void scope_close(struct parser *p)
{
	struct scope *s = p->scope;
	if (p->bound.len > s->first_name && !p->failed)
		for (uint32_t i = s->first_edit; i < p->edits; i++)
			if (p->edit[i].name && !p->edit[i].dead &&
			    is_bound(p, s->first_name, &p->edit[i]))
				p->edit[i].dead = true;
	p->bound.len = s->first_name;
	p->scope = s->outer;
}

/* What a name begins with: names that are bound in there are no longer const's. */
static void parse_default(struct parser *p)
{
	bool in_const = p->in_const;
	p->in_const = false;
	parse_assign(p);
	p->in_const = in_const;
}

static void parse_object_binding(struct parser *p)
{
	lex_next(p);
	while (!p->failed && !lex_is(p, P1('}'))) {
		if (lex_take(p, P3('.', '.', '.'))) {
			parse_binding(p);
		} else {
			struct token name = p->tok;
			bool computed = parse_property_name(p);
			if (lex_take(p, P1(':'))) {
				parse_binding(p);
			} else if (computed || name.type != T_NAME) {
				parse_unexpected(p);
			} else {
				bind_name(p, name.start, name.end);
				if (lex_take(p, P1('=')))
					parse_default(p);
			}
		}
		lex_separator(p, P1('}'));
	}
	lex_expect(p, P1('}'));
}

/* A name or pattern that declares, with its default. */
void parse_binding(struct parser *p)
{
	if (!deeper(p))
		return;
	if (lex_is(p, P1('{'))) {
		parse_object_binding(p);
	} else if (lex_take(p, P1('['))) {
		while (!p->failed && !lex_is(p, P1(']'))) {
			if (lex_take(p, P1(',')))
				continue;
			lex_take(p, P3('.', '.', '.'));
			parse_binding(p);
			lex_separator(p, P1(']'));
		}
		lex_expect(p, P1(']'));
	} else if (p->tok.type == T_NAME && !word_reserved(p->tok.word)) {
		bind_name(p, p->tok.start, p->tok.end);
		lex_next(p);
	} else {
		parse_unexpected(p);
	}
	if (lex_take(p, P1('=')))
		parse_default(p);
	shallower(p);
}

/* -- functions ------------------------------------------------------------------------------------ */

/* The default namespace belongs to the text a function stands in, not to who calls it.  In a script
 * that sets one, each body begins with what the surrounding text has now and ends with what the
 * caller had:
 *
 *	const $e4xs2=$e4x.dxn();let $e4xd2=$e4x.dxn($e4xd1);try{ ... }finally{$e4x.dxn($e4xs2)}
 *
 * Bodies that stop half way (generators, async) have none of this. */
static void begin_namespace(struct parser *p, size_t at, const char *before)
{
	char outer[24] = "$e4x.dxg()";
	if (p->body > 1)
		snprintf(outer, sizeof(outer), "$e4xd%u", p->body - 1);
	edit_ns(p, EDIT_CLOSE, at, "%sconst $e4xs%u=$e4x.dxn();let $e4xd%u=$e4x.dxn(%s);try{", before,
		p->body, p->body, outer);
}

static void end_namespace(struct parser *p, enum edit_kind kind, size_t at)
{
	edit_ns(p, kind, at, "}finally{$e4x.dxn($e4xs%u)}", p->body);
}

static void parse_body(struct parser *p)
{
	bool keeps = !p->in_async && !p->in_generator;
	size_t start = p->tok.end;
	const char *before = "";

	lex_expect(p, P1('{'));
	p->body += keeps;
	while (p->tok.type == T_STRING) { /* "use strict" stays the first */
		parse_statement(p);
		start = p->prev_end;
		before = ";";
	}
	if (keeps)
		begin_namespace(p, start, before);
	while (!p->failed && !lex_is(p, P1('}')))
		parse_statement(p);
	if (keeps)
		end_namespace(p, EDIT_OPEN, p->tok.start);
	p->body -= keeps;
	lex_expect(p, P1('}'));
}

/* x => e */
static void parse_arrow_value(struct parser *p, bool async)
{
	char outer[24] = "$e4x.dxg()";
	if (p->body)
		snprintf(outer, sizeof(outer), "$e4xd%u", p->body);
	size_t start = p->tok.start;
	parse_assign(p);
	if (async)
		return;
	edit_ns(p, EDIT_OPEN, start, "$e4x.lex(%s,()=>(", outer); /* noted last: the outermost */
	edit_ns(p, EDIT_CLOSE, p->prev_end, "))");
}

/* function (x) e, an expression closure of JavaScript 1.8 */
static void parse_closure_value(struct parser *p)
{
	edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, "{");
	p->body++;
	begin_namespace(p, p->prev_end, "");
	edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, "return ");
	parse_assign(p);
	end_namespace(p, EDIT_CLOSE, p->prev_end);
	p->body--;
	edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, "}");
}

static void parse_parameters(struct parser *p)
{
	lex_expect(p, P1('('));
	while (!p->failed && !lex_is(p, P1(')'))) {
		lex_take(p, P3('.', '.', '.'));
		parse_binding(p);
		lex_separator(p, P1(')'));
	}
	lex_expect(p, P1(')'));
}

/* Parameters and body; of an arrow function the body, whose scope the caller holds. */
void parse_function_rest(struct parser *p, bool async, bool generator, bool arrow)
{
	struct scope scope;
	bool was_async = p->in_async, was_generator = p->in_generator, no_in = p->no_in;
	bool was_arrow = p->in_arrow, was_old = p->old_generator;
	struct buf *names = p->names;
	size_t open = p->tok.end, outer = p->function_start;

	if (!deeper(p))
		return;
	p->function_depth++;
	p->level++;
	p->in_async = async;
	p->in_generator = generator;
	p->in_arrow = arrow;
	p->old_generator = false;
	p->names = NULL;
	p->function_start = arrow ? p->arrow_start : p->tok.start;
	if (!arrow) {
		p->no_in = false;
		scope_open(p, &scope, p->edits);
		parse_parameters(p);
	}
	if (lex_is(p, P1('{'))) {
		p->no_in = false;
		parse_body(p);
	} else if (arrow) {
		parse_arrow_value(p, async);
	} else {
		parse_closure_value(p);
	}
	if (!arrow)
		scope_close(p);
	if (p->old_generator)
		edit_old_generator(p, open, p->prev_end);
	if (p->function_start <= p->seek && p->seek < p->prev_end)
		p->seeks = false; /* it was in here, and in no loop of this function */
	p->function_start = outer;
	p->names = names;
	p->in_arrow = was_arrow;
	p->old_generator = was_old;
	p->function_depth--;
	p->level--;
	p->in_async = was_async;
	p->in_generator = was_generator;
	p->no_in = no_in;
	shallower(p);
}

void parse_function(struct parser *p, bool async)
{
	lex_next(p); /* function */
	bool generator = lex_take(p, P1('*'));
	if (p->tok.type == T_NAME) {
		bind_name(p, p->tok.start, p->tok.end);
		lex_next(p);
	}
	parse_function_rest(p, async, generator, false);
}

/* -- classes ------------------------------------------------------------------------------------------------ */

/* True when the word before is a modifier (get, set, async, static) and not itself the name. */
static bool modifies(const struct parser *p)
{
	return !lex_is(p, P1(',')) && !lex_is(p, P1(':')) && !lex_is(p, P1('(')) &&
	       !lex_is(p, P1('}')) && !lex_is(p, P1('=')) && !lex_is(p, P1(';')) &&
	       p->tok.type != T_END;
}

static void parse_class_member(struct parser *p)
{
	bool async = false, generator = false;
	if (p->tok.word == W_STATIC) {
		struct token next = lex_peek(p);
		if (next.type == T_PUNCT && next.punct == P1('{')) {
			lex_next(p);
			parse_statement(p);
			return;
		}
		if (!(next.type == T_PUNCT && (next.punct == P1('(') || next.punct == P1('=') ||
					       next.punct == P1(';') || next.punct == P1('}'))))
			lex_next(p);
	}
	if (p->tok.word == W_GET || p->tok.word == W_SET || p->tok.word == W_ASYNC) {
		bool is_async = p->tok.word == W_ASYNC;
		struct token next = lex_peek(p), now = p->tok;
		size_t pos = p->pos;
		lex_next(p);
		if (modifies(p) && !(next.newline && (is_async || lex_is(p, P1('*'))))) {
			async = is_async;
		} else if (!p->failed) {
			p->tok = now;
			p->pos = pos;
		}
	}
	generator = lex_take(p, P1('*'));
	parse_property_name(p);
	if (lex_is(p, P1('('))) {
		parse_function_rest(p, async, generator, false);
		return;
	}
	if (lex_take(p, P1('='))) {
		p->function_depth++; /* await and yield mean nothing here */
		parse_assign(p);
		p->function_depth--;
	}
	if (!lex_take(p, P1(';')) && !p->tok.newline && !lex_is(p, P1('}')))
		parse_unexpected(p);
}

void parse_class(struct parser *p)
{
	if (!deeper(p))
		return;
	lex_next(p); /* class */
	p->level++;
	if (p->tok.type == T_NAME && p->tok.word != W_EXTENDS) {
		bind_name(p, p->tok.start, p->tok.end);
		lex_next(p);
	}
	if (p->tok.word == W_EXTENDS) {
		lex_next(p);
		parse_postfix(p);
	}
	lex_expect(p, P1('{'));
	bool no_in = p->no_in;
	p->no_in = false;
	while (!p->failed && !lex_is(p, P1('}')))
		if (!lex_take(p, P1(';')))
			parse_class_member(p);
	lex_expect(p, P1('}'));
	p->no_in = no_in;
	p->level--;
	shallower(p);
}
