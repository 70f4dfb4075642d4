/* Generators, comprehensions and generator expressions of JavaScript 1.7 and 1.8.
 *
 *	function f(a) { yield a }     ->  function f(){return $e4x.gen((function*(a) { yield a }).apply(this,arguments))}
 *	[e for each (x in a) if (c)]  ->  [...(()=>{let x;const $e4xr=[],$e4xf=()=>(e); for (x of $e4x.each(a)) if (c)
 *	                                       $e4xr.push($e4xf());return $e4xr})()]
 *	(e for (x in a))              ->  ($e4x.gen((function*(){let x;const $e4xf=()=>(e); for (x of $e4x.keys(a))
 *	                                       yield $e4xf()}).call(this)))
 *
 * An old generator's next() gives the value itself and throws StopIteration at the end; $e4x.gen() makes
 * one of today's (bind_xml_iterate.c).  A text with any of these has its for-in loops ask for
 * __iterator__, too ("old" edits). */
#include "script/e4x_parse.h"

/* "yield" in a function that is no generator of today: an old generator's, unless it is a name. */
bool is_old_yield(struct parser *p)
{
	if (p->tok.word != W_YIELD || p->in_generator || p->in_async || p->in_arrow ||
	    !p->function_depth || p->yield_is_name)
		return false;
	struct token next = lex_peek(p);
	return next.punct != P1('=') && next.punct != P1('.') && next.punct != P2('=', '>') &&
	       next.punct != P1(':');
}

void use_old(struct parser *p)
{
	p->uses_old = p->uses_e4x = true;
}

/* A function that has yielded: its parameters and body, between [open, end), become the generator's. */
void edit_old_generator(struct parser *p, size_t open, size_t end)
{
	use_old(p);
	edit_add(p, EDIT_CLOSE, open, open, "){return $e4x.gen((function*(");
	edit_add(p, EDIT_CLOSE, end, end, ").apply(this,arguments))}");
}

/* for each (x in a): the names it binds go to p->names. */
static void parse_head(struct parser *p)
{
	bool each = false;
	lex_next(p); /* for */
	if (p->tok.word == W_EACH) {
		each = true;
		edit_add(p, EDIT_REPLACE, p->tok.start, p->tok.end, "%s", "");
		lex_next(p);
	}
	lex_expect(p, P1('('));
	struct buf *outer = p->names, names = { .ceiling = 400 };
	p->names = &names;
	parse_binding(p);
	p->names = outer;
	if (names.bad && !p->failed)
		parse_fail(p, p->tok.start, "too many names in this comprehension");
	if (p->comprehension)
		buf_add(p->comprehension, names.data, names.len);
	buf_free(&names);
	if (p->tok.word == W_IN || (p->tok.word == W_OF && !each))
		parse_for_in(p, each);
	else
		parse_unexpected(p);
	lex_expect(p, P1(')'));
}

/* At the "for" behind [e or (e, which began at start. */
void parse_comprehension(struct parser *p, size_t start, uint32_t first_edit, bool array)
{
	struct scope scope;
	struct buf names = { .ceiling = 400 }, *outer = p->comprehension;
	bool no_in = p->no_in;

	if (!deeper(p))
		return;
	use_old(p);
	scope_open(p, &scope, first_edit);
	edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, ");");
	p->comprehension = &names;
	p->no_in = false;
	while (p->tok.word == W_FOR)
		parse_head(p);
	p->comprehension = outer;
	if (p->tok.word == W_IF) {
		lex_next(p);
		lex_expect(p, P1('('));
		parse_expression(p);
		lex_expect(p, P1(')'));
	}
	p->no_in = no_in;
	scope_close(p);
	if (names.bad && !p->failed)
		parse_fail(p, start, "too many names in this comprehension");
	int n = names.len ? (int)names.len - 1 : 0; /* "x,y," */
	edit_add(p, EDIT_OPEN, start, start,
		 array ? "...(()=>{let %.*s;const $e4xr=[],$e4xf=()=>("
		       : "$e4x.gen((function*(){let %.*s;const $e4xf=()=>(",
		 n, buf_str(&names));
	edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end,
		 array ? " $e4xr.push($e4xf());return $e4xr})()" : " yield $e4xf()}).call(this))");
	buf_free(&names);
	shallower(p);
}
