/* Expressions, from commas down to unary operators.
 *
 * No tree is built.  Each function returns where its expression began and what is known of its
 * value, which is all that the edits need: a helper is called only where an operand could be XML. */
#include "script/e4x_parse.h"

bool deeper(struct parser *p)
{
	if (++p->depth <= MAX_DEPTH)
		return true;
	if (!p->failed)
		p->limit = true;
	parse_fail(p, p->tok.start, "nested too deep: more than %d levels", MAX_DEPTH);
	return false;
}

void shallower(struct parser *p)
{
	p->depth--;
}

/* A name that is declared is a variable, whatever children there are. */
void name_unbound(struct parser *p, struct expr *x)
{
	if (x->name_edit && !p->failed)
		p->edit[x->name_edit - 1].dead = true;
	x->name_edit = 0;
}

/* It is assigned to. */
static void written(struct parser *p, struct expr *x)
{
	bool child = x->name_edit && x->end - x->start <= 60;
	if (!const_written(p, x) && child)
		edit_free_target(p, x);
	else
		name_unbound(p, x);
}

/* The names in a pattern are variables. */
static void pattern_written(struct parser *p, const struct expr *x)
{
	for (uint32_t i = p->edits; i-- && p->edit[i].start >= x->start;)
		p->edit[i].dead |= p->edit[i].name;
}

static bool is_name(const struct expr *x)
{
	return (x->flags & EX_NAME) && x->end - x->start <= 120;
}

/* -- binary operators ----------------------------------------------------------------------- */

static int precedence(const struct parser *p)
{
	static const struct {
		uint32_t op;
		int level;
	} rows[] = {
		{ P2('?', '?'), 1 },      { P2('|', '|'), 2 },      { P2('&', '&'), 3 },
		{ P1('|'), 4 },           { P1('^'), 5 },           { P1('&'), 6 },
		{ P2('=', '='), 7 },      { P2('!', '='), 7 },      { P3('=', '=', '='), 7 },
		{ P3('!', '=', '='), 7 }, { P1('<'), 8 },           { P1('>'), 8 },
		{ P2('<', '='), 8 },      { P2('>', '='), 8 },      { P2('<', '<'), 9 },
		{ P2('>', '>'), 9 },      { P3('>', '>', '>'), 9 }, { P1('+'), 10 },
		{ P1('-'), 10 },          { P1('*'), 11 },          { P1('/'), 11 },
		{ P1('%'), 11 },          { P2('*', '*'), 12 },
	};
	if (p->tok.type == T_NAME)
		return p->tok.word == W_INSTANCEOF || (p->tok.word == W_IN && !p->no_in) ? 8 : 0;
	if (p->tok.type == T_PUNCT)
		for (size_t i = 0; i < COUNT_OF(rows); i++)
			if (rows[i].op == p->tok.punct)
				return rows[i].level;
	return 0;
}

/* left OP right have been parsed: the edits, and what is known of the result. */
static unsigned combine(struct parser *p, const struct token *op, const struct expr *l,
			const struct expr *r)
{
	bool maybe = !((l->flags | r->flags) & EX_PLAIN), any = !(l->flags & r->flags & EX_PLAIN);

	if (op->word == W_IN && p->s[l->start] != '#') {
		edit_soft(p, EDIT_OPEN, l->start, l->start, "$e4x.in(");
		edit_soft(p, EDIT_REPLACE, op->start, op->end, ",");
		edit_soft(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
	} else if (op->punct == P1('+')) {
		if (maybe) {
			edit_soft(p, EDIT_OPEN, l->start, l->start, "$e4x.add(");
			edit_soft(p, EDIT_REPLACE, op->start, op->end, ",");
			edit_soft(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
		}
		return maybe ? 0 : EX_PLAIN;
	} else if ((op->punct == P2('=', '=') || op->punct == P2('!', '=')) && any) {
		edit_soft(p, EDIT_OPEN, l->start, l->start,
			  op->punct == P2('!', '=') ? "!$e4x.eq(" : "$e4x.eq(");
		edit_soft(p, EDIT_REPLACE, op->start, op->end, ",");
		edit_soft(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
	}
	bool logical =
		op->punct == P2('&', '&') || op->punct == P2('|', '|') || op->punct == P2('?', '?');
	return logical && any ? 0 : EX_PLAIN;
}

static struct expr parse_binary(struct parser *p, int least)
{
	struct expr l = parse_unary(p);
	for (int level; !(l.flags & EX_DEAD) && (level = precedence(p)) >= least && level > 0;) {
		struct token op = p->tok;
		lex_next(p);
		struct expr r = parse_binary(p, op.punct == P2('*', '*') ? level : level + 1);
		if (r.flags & EX_DEAD)
			parse_fail(p, r.start, "an arrow function here needs parentheses");
		l = (struct expr){ .start = l.start,
				   .end = p->prev_end,
				   .flags = combine(p, &op, &l, &r) };
	}
	return l;
}

/* -- unary operators --------------------------------------------------------------------------- */

static struct expr parse_typeof(struct parser *p)
{
	struct token op = p->tok;
	p->asks_typeof = true;
	lex_next(p);
	struct expr x = parse_unary(p);
	if (is_name(&x) && !x.name_edit) { /* a name that does not exist must not throw */
		int n = (int)(x.end - x.start);
		edit_soft(p, EDIT_REPLACE, op.start, op.end,
			  "(typeof %.*s===\"undefined\"?\"undefined\":$e4x.typeof(", n,
			  (const char *)p->s + x.start);
		edit_soft(p, EDIT_CLOSE, p->prev_end, p->prev_end, "))");
	} else if (!(x.flags & EX_PLAIN)) {
		if (is_name(&x))
			edit_free_operand(p, &x, false);
		edit_soft(p, EDIT_REPLACE, op.start, op.end, "$e4x.typeof(");
		edit_soft(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
	}
	return (struct expr){ .start = op.start, .end = p->prev_end, .flags = EX_PLAIN };
}

static void refuse_in_filter(struct parser *p, const char *what)
{
	if (p->filter && p->filter->function == p->function_depth)
		parse_fail(p, p->tok.start, "%s cannot stand in a filter .( ... )", what);
}

/* "await x", or a variable named await in old scripts. */
static bool is_await(struct parser *p)
{
	if (p->in_async)
		return true;
	if (p->function_depth)
		return false;
	struct token next = lex_peek(p); /* a module's top level, or a name */
	return !next.newline &&
	       ((next.type == T_NAME && !word_reserved(next.word)) || next.word == W_NEW ||
		next.word == W_IMPORT || next.type == T_STRING || next.type == T_TEMPLATE);
}

struct expr parse_unary(struct parser *p)
{
	struct expr x = { .start = p->tok.start, .flags = EX_PLAIN };
	struct token op = p->tok;
	bool step = lex_is(p, P2('+', '+')) || lex_is(p, P2('-', '-'));
	bool word = op.word == W_DELETE || op.word == W_VOID;

	if (!deeper(p))
		return x;
	if (op.word == W_TYPEOF) {
		x = parse_typeof(p);
	} else if (step || word || lex_is(p, P1('!')) || lex_is(p, P1('~')) || lex_is(p, P1('+')) ||
		   lex_is(p, P1('-'))) {
		lex_next(p);
		struct expr inner = parse_unary(p);
		if (step)
			written(p, &inner);
		if (op.word == W_DELETE && is_name(&inner) && inner.name_edit) {
			edit_free_operand(p, &inner, true);
			edit_add(p, EDIT_REPLACE, op.start, op.end, "!!");
		} else if (op.word == W_DELETE && (inner.flags & EX_LIST)) {
			edit_add(p, EDIT_REPLACE, op.start, op.end, "$e4x.del(");
			edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
		}
		x.end = p->prev_end;
	} else if (op.word == W_AWAIT && is_await(p)) {
		refuse_in_filter(p, "await");
		lex_next(p);
		parse_unary(p);
		x.flags = 0;
	} else {
		x = parse_postfix(p);
		if (!(x.flags & EX_DEAD) && !p->tok.newline &&
		    (lex_is(p, P2('+', '+')) || lex_is(p, P2('-', '-')))) {
			written(p, &x);
			lex_next(p);
			x = (struct expr){ .start = x.start,
					   .end = p->prev_end,
					   .flags = EX_PLAIN };
		}
	}
	shallower(p);
	return x;
}

/* -- arrow functions -------------------------------------------------------------------------------- */

/* What was read as (a, {b}, [c] = d) were parameters: names at their own level are bound. */
static void bind_parameters(struct parser *p, uint32_t first)
{
	for (uint32_t i = first; i < p->edits; i++) {
		struct edit *e = &p->edit[i];
		if (e->name && !e->dead && e->level == p->level + 1) {
			bind_name(p, e->start, e->end);
			e->dead = true;
		}
	}
}

static struct expr parse_arrow(struct parser *p, struct expr x)
{
	struct scope scope;
	bool name = x.flags & EX_NAME;
	scope_open(p, &scope, name ? p->edits : x.first_edit);
	if (name) {
		name_unbound(p, &x);
		bind_name(p, x.start, x.end);
	} else if (!p->failed) {
		bind_parameters(p, x.first_edit);
		const_parameters(p, &x);
	}
	p->arrow_start = x.start;
	lex_next(p); /* => */
	parse_function_rest(p, x.word == W_ASYNC && !name, false, true);
	scope_close(p);
	return (struct expr){ .start = x.start, .end = p->prev_end, .flags = EX_PLAIN | EX_DEAD };
}

/* -- assignment --------------------------------------------------------------------------------------- */

static bool assigns(const struct parser *p)
{
	static const uint32_t ops[] = {
		P1('='),           P2('+', '='),      P2('-', '='),      P2('*', '='),
		P2('/', '='),      P2('%', '='),      P2('&', '='),      P2('|', '='),
		P2('^', '='),      P3('*', '*', '='), P3('<', '<', '='), P3('>', '>', '='),
		P3('&', '&', '='), P3('|', '|', '='), P3('?', '?', '='), P4('>', '>', '>', '='),
	};
	for (size_t i = 0; p->tok.type == T_PUNCT && i < COUNT_OF(ops); i++)
		if (ops[i] == p->tok.punct)
			return true;
	return false;
}

/* "o.k OP" of an EX_TARGET becomes "BEFORE o,k,": its object and key as arguments. */
void edit_apart(struct parser *p, const struct expr *x, const char *before, size_t op, size_t op_end)
{
	edit_soft(p, EDIT_OPEN, x->start, x->start, "%s", before);
	if (x->open_edit) {
		edit_unbracket(p, x->open_edit, x->close_edit);
	} else if (x->close_end > x->close) {
		edit_soft(p, EDIT_REPLACE, x->open, x->open_end, ",(");
		edit_soft(p, EDIT_REPLACE, x->close, x->close_end, ")");
	} else {
		/* lines between dot and name go before the last byte */
		edit_soft(p, EDIT_REPLACE, x->open, x->close, ",\"%.*s\" ", (int)(x->close - x->open_end),
			  (const char *)p->s + x->open_end);
	}
	edit_soft(p, EDIT_REPLACE, op, op_end, ",");
}

/* x += r where r could be XML: a name is assigned the sum, a member goes through the helper, which
 * evaluates object and key once. */
static void edit_add_assign(struct parser *p, const struct expr *x, const struct token *op)
{
	if (is_name(x))
		edit_soft(p, EDIT_REPLACE, op->start, op->end, "=$e4x.add(%.*s,",
			  (int)(x->end - x->start), (const char *)p->s + x->start);
	else if (x->flags & EX_TARGET)
		edit_apart(p, x, "$e4x.addset(", op->start, op->end);
	else
		return;
	edit_soft(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
}

static struct expr parse_assign_tail(struct parser *p, struct expr x)
{
	if (lex_is(p, P2('=', '>')) && !p->tok.newline && (x.flags & (EX_ARROW | EX_NAME)))
		return parse_arrow(p, x);
	if ((x.flags & (EX_NAME | EX_TARGET)) && !p->tok.newline && is_accessor_word(p, P1('='))) {
		name_unbound(p, &x);
		return parse_accessor_assign(p, &x);
	}
	if (!assigns(p) || (x.flags & EX_DEAD))
		return x;
	struct token op = p->tok;
	written(p, &x);
	if (x.flags & EX_PATTERN)
		pattern_written(p, &x);
	if (x.flags & EX_OPTIONAL)
		parse_fail(p, op.start, "an optional chain cannot be assigned to");
	lex_next(p);
	p->level++;
	struct expr r = parse_assign(p);
	p->level--;
	if (op.punct == P2('+', '=') && !(r.flags & EX_PLAIN))
		edit_add_assign(p, &x, &op);
	bool keeps = op.punct == P1('=') || op.punct == P3('&', '&', '=') ||
		     op.punct == P3('|', '|', '=') || op.punct == P3('?', '?', '=');
	bool plain = op.punct == P2('+', '=') || keeps ? r.flags & EX_PLAIN : true;
	return (struct expr){ .start = x.start, .end = p->prev_end, .flags = plain ? EX_PLAIN : 0 };
}

static struct expr parse_yield(struct parser *p)
{
	struct expr x = { .start = p->tok.start };
	refuse_in_filter(p, "yield");
	lex_next(p);
	bool ends = p->tok.newline || p->tok.type == T_END || lex_is(p, P1(')')) ||
		    lex_is(p, P1(']')) || lex_is(p, P1('}')) || lex_is(p, P1(',')) ||
		    lex_is(p, P1(';')) || lex_is(p, P1(':')) || p->tok.word == W_IN ||
		    p->tok.word == W_OF;
	if (!ends) {
		lex_take(p, P1('*'));
		parse_assign(p);
	}
	x.end = p->prev_end;
	return x;
}

struct expr parse_assign(struct parser *p)
{
	struct expr x = { .start = p->tok.start };
	if (!deeper(p))
		return x;
	bool old = is_old_yield(p);
	p->old_generator |= old;
	if (old || (p->tok.word == W_YIELD && p->in_generator)) {
		x = parse_yield(p);
		shallower(p);
		return x;
	}
	size_t start = p->tok.start;
	unsigned plain = EX_PLAIN;
	x = parse_binary(p, 1);
	/* a ? b : c ? d : e ... is a loop, so that a long ladder is not deep */
	while (!(x.flags & EX_DEAD) && lex_is(p, P1('?'))) {
		bool no_in = p->no_in;
		p->no_in = false;
		lex_next(p);
		p->level++;
		plain &= parse_assign(p).flags;
		p->no_in = no_in;
		lex_expect(p, P1(':'));
		x = p->tok.word == W_YIELD && p->in_generator ? parse_yield(p) : parse_binary(p, 1);
		p->level--;
		if (!lex_is(p, P1('?'))) {
			x = parse_assign_tail(p, x);
			shallower(p);
			return (struct expr){ .start = start,
					      .end = p->prev_end,
					      .flags = (plain & x.flags & EX_PLAIN) |
						       (x.flags & EX_DEAD) };
		}
	}
	x = parse_assign_tail(p, x);
	shallower(p);
	return x;
}

/* An expression that becomes an argument: its commas are none of the call's. */
void parse_argument(struct parser *p)
{
	size_t start = p->tok.start;
	parse_assign(p);
	if (!lex_take(p, P1(',')))
		return;
	parse_expression(p);
	edit_soft(p, EDIT_OPEN, start, start, "(");
	edit_soft(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
}

struct expr parse_expression(struct parser *p)
{
	struct expr x = parse_assign(p);
	while (lex_is(p, P1(','))) {
		lex_next(p);
		size_t start = x.start;
		x = parse_assign(p);
		x = (struct expr){ .start = start,
				   .end = p->prev_end,
				   .flags = x.flags & EX_PLAIN };
	}
	return x;
}
