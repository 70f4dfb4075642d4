/* Statements and functions.
 *
 *	for each (v in x)            ->  for (v of $e4x.each(x))
 *	for (k in x)                 ->  for (k in $e4x.own(x))
 *	default xml namespace = e    ->  $e4x.dxn(e); of a function: e4x_function.c
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

/* -- declarations ------------------------------------------------------------------------------------ */

static void parse_declarations(struct parser *p)
{
	bool was = p->in_const;
	bool is = p->tok.word == W_CONST;
	lex_next(p); /* var, let, const */
	do {
		p->in_const = is;
		parse_binding(p);
	} while (lex_take(p, P1(',')));
	p->in_const = was;
}

/* let (x = 1, y = 2) { ... }, or with an expression behind, of JavaScript 1.7:
 *
 *	{let x = 1, y = 2; ...}        (()=>{let x = 1, y = 2;return( ... )})()
 */
void parse_let(struct parser *p, bool value)
{
	struct token let = p->tok;
	struct scope scope;
	scope_open(p, &scope, p->edits);
	lex_next(p);
	size_t open_end = p->tok.end;
	lex_expect(p, P1('('));
	bool none = lex_is(p, P1(')'));
	if (!none)
		do
			parse_binding(p);
		while (lex_take(p, P1(',')));
	struct token close = p->tok;
	lex_expect(p, P1(')'));
	edit_add(p, EDIT_REPLACE, let.start, open_end, "%s%s", value ? "(()=>{" : "{",
		 none ? "" : "let ");
	edit_add(p, EDIT_REPLACE, close.start, close.end, value ? ";return(" : ";");
	if (value)
		parse_assign(p);
	else
		parse_statement(p);
	edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, value ? ")})()" : "}");
	scope_close(p);
}

/* "let" declares when a name or pattern follows; else it is a name. */
static bool declares(struct parser *p)
{
	if (p->tok.word == W_VAR || p->tok.word == W_CONST)
		return true;
	if (p->tok.word != W_LET)
		return false;
	struct token next = lex_peek(p);
	return (next.type == T_NAME && next.word != W_IN && next.word != W_INSTANCEOF &&
		next.word != W_OF) ||
	       next.punct == P1('[') || next.punct == P1('{') ||
	       (next.word == W_OF && lex_peek(p).type == T_NAME);
}

/* -- loops --------------------------------------------------------------------------------------------- */

void parse_for_in(struct parser *p, bool each)
{
	struct token in = p->tok;
	bool of = in.word == W_OF;
	lex_next(p);
	p->no_in = false;
	size_t start = p->tok.start;
	if (of)
		parse_assign(p);
	else
		parse_argument(p);
	if (each) {
		edit_add(p, EDIT_REPLACE, in.start, in.end, "of $e4x.each(");
		edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
	} else if (!of) {
		edit_soft(p, EDIT_OPEN, start, start, " $e4x.own(");
		edit_soft(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
		edit_old(p, EDIT_REPLACE, in.start, in.end, "of $e4x.keys(");
		edit_old(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
	}
}

/* See e4x_loop(). */
void note_loop(struct parser *p, size_t keyword)
{
	if (p->seeks && !p->loop && p->tok.start > p->seek && p->function_start <= p->seek)
		p->loop = MAX(keyword, p->seek) + 1;
}

static void parse_for(struct parser *p)
{
	bool each = false, no_in = p->no_in;
	size_t keyword = p->tok.start;
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
		if (p->tok.word == W_IN || p->tok.word == W_OF) {
			name_unbound(p, &x);
			const_written(p, &x);
		}
	}
	p->no_in = false;
	if (p->tok.word == W_IN || (p->tok.word == W_OF && !each)) {
		parse_for_in(p, each);
	} else {
		if (each)
			parse_fail(p, p->tok.start,
				   "'in' is expected in 'for each (name in value)'");
		lex_expect(p, P1(';'));
		if (!lex_is(p, P1(';')))
			parse_expression(p);
		lex_expect(p, P1(';'));
		if (!lex_is(p, P1(')')))
			parse_expression(p);
	}
	p->no_in = no_in;
	lex_expect(p, P1(')'));
	note_loop(p, keyword);
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
	size_t keyword = p->tok.start;
	lex_next(p);
	parse_condition(p);
	note_loop(p, keyword);
	parse_statement(p);
}

static void parse_do(struct parser *p)
{
	size_t keyword = p->tok.start;
	lex_next(p);
	note_loop(p, keyword);
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
	parse_argument(p);
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
	if (p->body)
		edit_add(p, EDIT_REPLACE, start, end, "$e4xd%u=$e4x.dxn(", p->body);
	else
		edit_add(p, EDIT_REPLACE, start, end, "$e4x.dxn(");
	parse_assign(p);
	edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, p->body ? ")" : ",1)");
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
		if (p->tok.word == W_FUNCTION || p->tok.word == W_CLASS ||
		    (p->tok.word == W_ASYNC && lex_peek(p).word == W_FUNCTION)) {
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
	struct token first = p->tok;
	struct expr x = parse_expression(p);
	if ((x.flags & EX_NAME) && lex_take(p, P1(':'))) {
		name_unbound(p, &x);
		parse_statement(p);
		return;
	}
	/* the name "let": what follows may be rewritten to begin as a declaration would, let[ or a name on the next line */
	if (first.word == W_LET && !p->filter)
		edit_soft(p, EDIT_REPLACE, first.start, first.end, "(let)");
	end_statement(p);
}

static void parse_word_statement(struct parser *p)
{
	struct token next;
	switch (p->tok.word) {
	case W_IF:
		parse_if(p);
		return;
	case W_FOR:
		parse_for(p);
		return;
	case W_WHILE:
		parse_while(p);
		return;
	case W_DO:
		parse_do(p);
		return;
	case W_SWITCH:
		parse_switch(p);
		return;
	case W_TRY:
		parse_try(p);
		return;
	case W_WITH:
		parse_with(p);
		return;
	case W_RETURN:
	case W_THROW:
	case W_BREAK:
	case W_CONTINUE:
	case W_DEBUGGER:
		parse_jump(p);
		return;
	case W_CLASS:
		parse_class(p);
		return;
	case W_EXPORT:
		parse_export(p);
		return;
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
	case W_LET:
		if (lex_peek(p).punct == P1('(')) {
			parse_let(p, false);
			return;
		}
		break;
	case W_DEFAULT:
		if (lex_peek(p).word == W_XML) {
			parse_default_namespace(p);
			return;
		}
		break;
	default:
		break;
	}
	if (declares(p)) {
		parse_declarations(p);
		end_statement(p);
	} else {
		parse_expression_statement(p);
	}
}

/* "<!--" without an end is the comment of a line that pages once hid scripts with; the engine knows it. */
static bool opens_html(struct parser *p)
{
	const uint8_t *at = p->s + p->tok.start;
	size_t left = p->len - p->tok.start;
	if (p->tok.type != T_PUNCT || left < 4 || memcmp(at, "<!--", 4) != 0)
		return false;
	p->no_html_end = p->no_html_end || !memmem(at, left, "-->", 3); /* looked for once */
	return p->no_html_end;
}

void parse_statement(struct parser *p)
{
	if (!deeper(p))
		return;
	while (opens_html(p)) {
		while (p->pos < p->len && !lex_skip_line_end(p, p->pos))
			p->pos++;
		lex_from(p, p->pos);
	}
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
	p->uses_e4x |= p->asks_typeof && p->says_xml;
	const_settle(p);
}
