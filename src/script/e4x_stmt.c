/* Statements and functions.
 *
 *	for each (v in x)            ->  for (v of $e4x.each(x))
 *	default xml namespace = e    ->  $e4x.dxn(e), undone at the end of the function that has it
 *	catch (e if c) {A} catch ... ->  catch ($e4xc){let e=$e4xc;if(c){A}else{...
 *	function (x) x * x           ->  function (x){return x * x}
 *	with (x)                     ->  with ($e4x.scope(x))
 *
 * Semicolons are inserted by the language's three rules: a line end, "}" or the end. */
#include "script/e4x_parse.h"

static void end_statement(struct parser *p)
{
	if (!lex_take(p, P1(';')) && !lex_is(p, P1('}')) && p->tok.type != T_END && !p->tok.newline)
		parse_unexpected(p);
}

/* -- names bound inside filters --------------------------------------------------------------- */

struct bound {
	size_t start, end;
};

void bind_name(struct parser *p, size_t start, size_t end)
{
	struct bound b = { start, end };
	if (p->filter)
		buf_add(&p->bound, &b, sizeof(b));
}

void scope_open(struct parser *p, struct scope *s, uint32_t first_edit)
{
	*s = (struct scope){ .outer = p->scope, .first_edit = first_edit, .first_name = p->bound.len };
	p->scope = s;
}

static bool is_bound(const struct parser *p, size_t from, const struct edit *e)
{
	for (size_t i = from; i < p->bound.len; i += sizeof(struct bound)) {
		struct bound b;
		memcpy(&b, p->bound.data + i, sizeof(b));
		if (b.end - b.start == e->end - e->start && memcmp(p->s + b.start, p->s + e->start, b.end - b.start) == 0)
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
			if (p->edit[i].name && !p->edit[i].dead && is_bound(p, s->first_name, &p->edit[i]))
				p->edit[i].dead = true;
	p->bound.len = s->first_name;
	p->scope = s->outer;
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
					parse_assign(p);
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
		parse_assign(p);
	shallower(p);
}

/* -- functions ------------------------------------------------------------------------------------ */

static void parse_body(struct parser *p)
{
	size_t start = p->tok.end;
	bool outer = p->sets_namespace;

	p->sets_namespace = false;
	lex_expect(p, P1('{'));
	while (!p->failed && !lex_is(p, P1('}')))
		parse_statement(p);
	size_t end = p->tok.start;
	if (p->sets_namespace) {
		edit_add(p, EDIT_CLOSE, start, start, "const $e4xd=$e4x.dxn();try{");
		edit_add(p, EDIT_OPEN, end, end, "}finally{$e4x.dxn($e4xd)}");
	}
	lex_expect(p, P1('}'));
	p->sets_namespace = outer;
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

	if (!deeper(p))
		return;
	p->function_depth++;
	p->level++;
	p->in_async = async;
	p->in_generator = generator;
	if (!arrow) {
		p->no_in = false;
		scope_open(p, &scope, p->edits);
		parse_parameters(p);
	}
	if (lex_is(p, P1('{'))) {
		p->no_in = false;
		parse_body(p);
	} else if (arrow) {
		parse_assign(p);
	} else { /* an expression closure of JavaScript 1.8 */
		edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, "{return ");
		parse_assign(p);
		edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, "}");
	}
	if (!arrow)
		scope_close(p);
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

/* -- declarations ------------------------------------------------------------------------------------ */

static void parse_declarations(struct parser *p)
{
	lex_next(p); /* var, let, const */
	do
		parse_binding(p);
	while (lex_take(p, P1(',')));
}

/* "let" declares when a name or pattern follows; else it is a name. */
static bool declares(struct parser *p)
{
	if (p->tok.word == W_VAR || p->tok.word == W_CONST)
		return true;
	if (p->tok.word != W_LET)
		return false;
	struct token next = lex_peek(p);
	return (next.type == T_NAME && next.word != W_IN && next.word != W_INSTANCEOF && next.word != W_OF) || next.punct == P1('[') ||
	       next.punct == P1('{') || (next.word == W_OF && lex_peek(p).type == T_NAME);
}

/* -- loops --------------------------------------------------------------------------------------------- */

static void parse_for_in(struct parser *p, bool each)
{
	struct token in = p->tok;
	bool of = in.word == W_OF;
	lex_next(p);
	p->no_in = false;
	if (of)
		parse_assign(p);
	else
		parse_expression(p);
	if (each) {
		edit_add(p, EDIT_REPLACE, in.start, in.end, "of $e4x.each(");
		edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
	}
}

static void parse_for(struct parser *p)
{
	bool each = false, no_in = p->no_in;
	lex_next(p);
	if (p->tok.word == W_AWAIT) {
		lex_next(p);
	} else if (p->tok.word == W_EACH) {
		each = true;
		edit_add(p, EDIT_REPLACE, p->tok.start, p->tok.end, "%s", "");
		lex_next(p);
	}
	lex_expect(p, P1('('));
	p->no_in = true;
	if (declares(p)) {
		parse_declarations(p);
	} else if (!lex_is(p, P1(';'))) {
		struct expr x = parse_expression(p);
		if (p->tok.word == W_IN || p->tok.word == W_OF)
			name_unbound(p, &x);
	}
	p->no_in = false;
	if (p->tok.word == W_IN || (p->tok.word == W_OF && !each)) {
		parse_for_in(p, each);
	} else {
		if (each)
			parse_fail(p, p->tok.start, "'in' is expected in 'for each (name in value)'");
		lex_expect(p, P1(';'));
		if (!lex_is(p, P1(';')))
			parse_expression(p);
		lex_expect(p, P1(';'));
		if (!lex_is(p, P1(')')))
			parse_expression(p);
	}
	p->no_in = no_in;
	lex_expect(p, P1(')'));
	parse_statement(p);
}

static void parse_condition(struct parser *p)
{
	lex_expect(p, P1('('));
	parse_expression(p);
	lex_expect(p, P1(')'));
}

static void parse_while(struct parser *p)
{
	lex_next(p);
	parse_condition(p);
	parse_statement(p);
}

static void parse_do(struct parser *p)
{
	lex_next(p);
	parse_statement(p);
	if (p->tok.word != W_WHILE) {
		parse_unexpected(p);
		return;
	}
	lex_next(p);
	parse_condition(p);
	lex_take(p, P1(';'));
}

/* A loop, so that a long ladder of else-ifs is not deep. */
static void parse_if(struct parser *p)
{
	do {
		lex_next(p);
		parse_condition(p);
		parse_statement(p);
		if (p->tok.word != W_ELSE)
			return;
		lex_next(p);
	} while (p->tok.word == W_IF);
	parse_statement(p);
}

/* -- the others ------------------------------------------------------------------------------------------- */

static void parse_block(struct parser *p)
{
	lex_expect(p, P1('{'));
	while (!p->failed && !lex_is(p, P1('}')))
		parse_statement(p);
	lex_expect(p, P1('}'));
}

static void parse_switch(struct parser *p)
{
	lex_next(p);
	parse_condition(p);
	lex_expect(p, P1('{'));
	while (!p->failed && !lex_is(p, P1('}'))) {
		if (p->tok.word == W_CASE) {
			lex_next(p);
			parse_expression(p);
			lex_expect(p, P1(':'));
		} else if (p->tok.word == W_DEFAULT && lex_peek(p).punct == P1(':')) {
			lex_next(p);
			lex_next(p);
		} else {
			parse_statement(p);
		}
	}
	lex_expect(p, P1('}'));
}

/* One "(e if c) {A}" of several: what is written before the condition and whether it had one. */
static bool parse_guarded_catch(struct parser *p, unsigned number, size_t catch_start)
{
	struct token open = p->tok;
	lex_expect(p, P1('('));
	size_t name = p->tok.start;
	parse_binding(p);
	size_t name_end = p->prev_end;
	bool guarded = p->tok.word == W_IF;
	const char *head = number ? "else{let " : "catch($e4xc){let ";
	if (!guarded && !number) {
		lex_expect(p, P1(')'));
		return false;
	}
	edit_add(p, EDIT_REPLACE, catch_start, open.end, "%s", head);
	if (guarded) {
		edit_add(p, EDIT_REPLACE, name_end, p->tok.end, "=$e4xc;if(");
		lex_next(p);
		parse_expression(p);
		lex_expect(p, P1(')'));
	} else {
		edit_add(p, EDIT_REPLACE, name_end, p->tok.end, "=$e4xc;");
		lex_expect(p, P1(')'));
	}
	(void)name;
	return guarded;
}

static void parse_catches(struct parser *p)
{
	unsigned guarded = 0;
	bool last = false, open_else = false;
	while (!p->failed && p->tok.word == W_CATCH && !last) {
		size_t start = p->tok.start;
		lex_next(p);
		if (lex_is(p, P1('('))) {
			last = !parse_guarded_catch(p, guarded, start);
			open_else = last && guarded;
			guarded += !last;
		} else {
			last = true;
		}
		parse_block(p);
	}
	if (!guarded || p->failed)
		return;
	if (!last)
		edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, "else throw $e4xc;");
	for (unsigned i = 0; i < guarded + open_else; i++)
		edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, "}");
}

static void parse_try(struct parser *p)
{
	lex_next(p);
	parse_block(p);
	bool handled = p->tok.word == W_CATCH || p->tok.word == W_FINALLY;
	parse_catches(p);
	if (p->tok.word == W_FINALLY) {
		lex_next(p);
		parse_block(p);
	}
	if (!handled)
		parse_unexpected(p);
}

static void parse_with(struct parser *p)
{
	lex_next(p);
	lex_expect(p, P1('('));
	size_t start = p->tok.start;
	parse_expression(p);
	edit_soft(p, EDIT_OPEN, start, start, "$e4x.scope(");
	edit_soft(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
	lex_expect(p, P1(')'));
	p->with_depth++;
	parse_statement(p);
	p->with_depth--;
}

/* default xml namespace = e */
static void parse_default_namespace(struct parser *p)
{
	size_t start = p->tok.start;
	lex_next(p);
	lex_next(p);
	if (p->tok.word != W_NAMESPACE)
		parse_unexpected(p);
	lex_next(p);
	size_t end = p->tok.end;
	lex_expect(p, P1('='));
	edit_add(p, EDIT_REPLACE, start, end, "$e4x.dxn(");
	parse_assign(p);
	edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
	p->sets_namespace = true;
	end_statement(p);
}

/* Modules are not run, but a text with import and export in it is read to its end. */
static void parse_import(struct parser *p)
{
	while (!p->failed && p->tok.type != T_END && p->tok.type != T_STRING)
		lex_next(p);
	if (p->tok.type == T_STRING)
		lex_next(p);
	if (p->tok.word == W_WITH) {
		lex_next(p);
		parse_object(p);
	}
	end_statement(p);
}

static void parse_export(struct parser *p)
{
	lex_next(p);
	if (p->tok.word == W_DEFAULT) {
		lex_next(p);
		if (p->tok.word == W_FUNCTION || p->tok.word == W_CLASS || (p->tok.word == W_ASYNC && lex_peek(p).word == W_FUNCTION)) {
			parse_statement(p);
		} else {
			parse_assign(p);
			end_statement(p);
		}
	} else if (lex_is(p, P1('*'))) {
		parse_import(p);
	} else if (lex_is(p, P1('{'))) {
		while (!p->failed && p->tok.type != T_END && !lex_is(p, P1('}')))
			lex_next(p);
		lex_expect(p, P1('}'));
		if (p->tok.word == W_FROM)
			parse_import(p);
		else
			end_statement(p);
	} else {
		parse_statement(p);
	}
}

static void parse_jump(struct parser *p)
{
	bool value = p->tok.word == W_RETURN || p->tok.word == W_THROW;
	lex_next(p);
	if (!p->tok.newline && p->tok.type != T_END && !lex_is(p, P1(';')) && !lex_is(p, P1('}'))) {
		if (value)
			parse_expression(p);
		else
			lex_next(p); /* a label */
	}
	end_statement(p);
}

static void parse_expression_statement(struct parser *p)
{
	struct expr x = parse_expression(p);
	if ((x.flags & EX_NAME) && lex_take(p, P1(':'))) {
		name_unbound(p, &x);
		parse_statement(p);
		return;
	}
	end_statement(p);
}

static void parse_word_statement(struct parser *p)
{
	struct token next;
	switch (p->tok.word) {
	case W_IF: parse_if(p); return;
	case W_FOR: parse_for(p); return;
	case W_WHILE: parse_while(p); return;
	case W_DO: parse_do(p); return;
	case W_SWITCH: parse_switch(p); return;
	case W_TRY: parse_try(p); return;
	case W_WITH: parse_with(p); return;
	case W_RETURN:
	case W_THROW:
	case W_BREAK:
	case W_CONTINUE:
	case W_DEBUGGER: parse_jump(p); return;
	case W_CLASS: parse_class(p); return;
	case W_EXPORT: parse_export(p); return;
	case W_FUNCTION:
		if (lex_peek(p).punct != P2(':', ':')) {
			parse_function(p, false);
			return;
		}
		break;
	case W_ASYNC:
		next = lex_peek(p);
		if (next.word == W_FUNCTION && !next.newline) {
			lex_next(p);
			parse_function(p, true);
			return;
		}
		break;
	case W_IMPORT:
		next = lex_peek(p);
		if (next.punct != P1('(') && next.punct != P1('.')) {
			parse_import(p);
			return;
		}
		break;
	case W_DEFAULT:
		if (lex_peek(p).word == W_XML) {
			parse_default_namespace(p);
			return;
		}
		break;
	default: break;
	}
	if (declares(p)) {
		parse_declarations(p);
		end_statement(p);
	} else {
		parse_expression_statement(p);
	}
}

void parse_statement(struct parser *p)
{
	if (!deeper(p))
		return;
	if (p->tok.type == T_NAME)
		parse_word_statement(p);
	else if (lex_is(p, P1('{')))
		parse_block(p);
	else if (!lex_take(p, P1(';')))
		parse_expression_statement(p);
	shallower(p);
}

void parse_program(struct parser *p)
{
	lex_next(p);
	while (!p->failed && p->tok.type != T_END)
		parse_statement(p);
}
