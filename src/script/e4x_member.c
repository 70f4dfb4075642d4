/* Values, and what may follow them: members, calls, E4X's accessors and filters.
 *
 *	x.@id   x.@*   x.@[e]   x.*   x.ns::a   x.@ns::a      ->  x["@id"] ... x[$e4x.qn(ns,"a",0)]
 *	x..a                                                  ->  $e4x.desc(x,"a")
 *	x.(e)                                                 ->  $e4x.filter(x,$e4x1=>(e'))
 *
 * Inside a filter a free name is a child of the element when it has one of that name; the edits
 * that say so are dropped again when the name turns out to be bound within the filter. */
#include "script/e4x_parse.h"

/* -- names of E4X ---------------------------------------------------------------------------- */

/* "*" may have been read as part of "*=", "**" ... */
static bool star(const struct parser *p)
{
	return p->tok.type == T_PUNCT && (p->tok.punct & 0xff) == '*';
}

static void take_star(struct parser *p)
{
	p->tok.end = p->tok.start + 1;
	lex_from(p, p->tok.start + 1);
}

const struct accessor_form E4X_MEMBER = { "[", "]" };
static const struct accessor_form ARGUMENT = { ",", ")" };

static void set_target(struct expr *x, uint32_t open_edit, uint32_t close_edit)
{
	x->flags = EX_TARGET;
	x->open_edit = open_edit;
	x->close_edit = close_edit;
}

/* function::name or function::[e]: the property itself, whatever the value's children are called.
 * What it is asked of decides how, so the key is made after the object was seen:
 * $e4x.of(x)[$e4x.fk("name")]. */
static void parse_function_name(struct parser *p, struct expr *x, size_t from, struct token ns)
{
	size_t start = p->tok.start, end = p->tok.end;
	bool bare = from == ns.start;
	uint32_t first, last = 0;

	if (!bare) {
		edit_add(p, EDIT_OPEN, x->start, x->start, "$e4x.of(");
		edit_add(p, EDIT_CLOSE, from, from, ")");
	}
	if (lex_is(p, P1('['))) {
		first = edit_add(p, EDIT_REPLACE, from, end,
				 bare && !p->filter && !p->with_depth ? "globalThis[(" : "[$e4x.fk(");
		lex_next(p);
		p->level++;
		parse_argument(p);
		p->level--;
		size_t close = p->tok.start;
		lex_expect(p, P1(']'));
		last = edit_add(p, EDIT_REPLACE, close, p->prev_end, ")]");
	} else if (p->tok.type == T_NAME) {
		bool plain = bare && !p->filter && !p->with_depth; /* a variable's name */
		first = edit_add(p, EDIT_REPLACE, from, end,
				 plain  ? "%.*s"
				 : bare ? "[\"function::%.*s\"]"
					: "[$e4x.fk(\"%.*s\")]",
				 (int)(end - start), (const char *)p->s + start);
		lex_next(p);
		if (plain) {
			x->flags = 0;
			return;
		}
	} else {
		parse_unexpected(p);
		return;
	}
	set_target(x, first, last);
}

/* After "::": name, * or [e].  The qualifier lies at [ns, ns_end), "*" or a name. */
void parse_qualified(struct parser *p, struct expr *x, size_t from, struct token ns, bool attribute,
		     const struct accessor_form *f)
{
	bool any = ns.type == T_PUNCT;
	uint32_t first, last;

	lex_next(p); /* :: */
	size_t start = p->tok.start, end = p->tok.end;
	if (ns.word == W_FUNCTION && f == &E4X_MEMBER && !attribute) {
		parse_function_name(p, x, from, ns);
		return;
	}
	if (word_reserved(ns.word)) {
		parse_fail(p, ns.start, "no namespace can have this name");
		return;
	}
	if (lex_is(p, P1('['))) {
		first = edit_add(p, EDIT_REPLACE, from, ns.start, "%s$e4x.qn(", f->open);
		edit_add(p, EDIT_REPLACE, ns.start, ns.end, any ? "null" : "%.*s",
			 (int)(ns.end - ns.start), (const char *)p->s + ns.start);
		edit_add(p, EDIT_REPLACE, ns.end, end, ",");
		lex_next(p);
		p->level++;
		parse_argument(p);
		p->level--;
		size_t close = p->tok.start;
		lex_expect(p, P1(']'));
		last = edit_add(p, EDIT_REPLACE, close, p->prev_end, ",%d)%s", attribute, f->close);
		set_target(x, first, last);
		return;
	}
	if (star(p)) {
		end = start + 1;
		take_star(p);
	} else if (p->tok.type == T_NAME) {
		lex_next(p);
	} else {
		parse_unexpected(p);
		return;
	}
	int n = (int)(end - start);
	const char *name = (const char *)p->s + start;
	first = edit_add(p, EDIT_REPLACE, from, ns.start, "%s$e4x.qn(", f->open);
	if (any)
		edit_add(p, EDIT_REPLACE, ns.start, ns.end, "null");
	last = edit_add(p, EDIT_REPLACE, ns.end, end, ",\"%.*s\",%d)%s", n, name, attribute,
			f->close);
	set_target(x, first, last);
}

/* What follows "." or ".." (or stands alone inside a filter): @name, @*, @[e], *, name, ns::name.
 * Everything from `from` on is replaced. */
void parse_accessor(struct parser *p, struct expr *x, size_t from, const struct accessor_form *f)
{
	bool attribute = lex_take(p, P1('@'));
	struct token name = p->tok;

	if (attribute && lex_is(p, P1('['))) {
		uint32_t first = edit_add(p, EDIT_REPLACE, from, name.end, "%s$e4x.at(", f->open);
		lex_next(p);
		p->level++;
		parse_argument(p);
		p->level--;
		size_t close = p->tok.start;
		lex_expect(p, P1(']'));
		set_target(x, first,
			   edit_add(p, EDIT_REPLACE, close, p->prev_end, ")%s", f->close));
		return;
	}
	if (star(p)) {
		name.end = name.start + 1;
		take_star(p);
	} else if (name.type == T_NAME) {
		lex_next(p);
	} else {
		parse_unexpected(p);
		return;
	}
	if (lex_is(p, P2(':', ':'))) {
		parse_qualified(p, x, from, name, attribute, f);
		return;
	}
	set_target(x,
		   edit_add(p, EDIT_REPLACE, from, name.end, "%s\"%s%.*s\"%s", f->open,
			    attribute ? "@" : "", (int)(name.end - name.start),
			    (const char *)p->s + name.start, f->close),
		   0);
}

void parse_descendants(struct parser *p, struct expr *x)
{
	size_t dots = p->tok.start;
	edit_add(p, EDIT_OPEN, x->start, x->start, "$e4x.desc(");
	lex_next(p);
	parse_accessor(p, x, dots, &ARGUMENT);
	x->flags = EX_LIST;
}

/* The commonest predicate, @name == value, where value is one name or literal and the filter stands
 * in no other: C can run it over the whole list. */
static bool is_attribute_test(struct parser *p, struct token *name, struct token *value)
{
	struct token first = p->tok;
	size_t prev_end = p->prev_end;
	bool is = false;

	if (p->filter || !lex_is(p, P1('@')))
		return false;
	lex_next(p);
	*name = p->tok;
	if (name->type == T_NAME) {
		lex_next(p);
		is = lex_is(p, P2('=', '='));
		lex_next(p);
		*value = p->tok;
		bool plain = value->type == T_STRING || value->type == T_NUMBER ||
			     (value->type == T_NAME && !word_reserved(value->word));
		lex_next(p);
		is = is && plain && lex_is(p, P1(')')) && value->end - value->start < 120 &&
		     name->end - name->start < 120;
	}
	lex_from(p, first.start);
	p->prev_end = prev_end;
	return is;
}

void parse_filter(struct parser *p, struct expr *x, size_t dot)
{
	struct token name, value;
	struct filter f = { .outer = p->filter,
			    .number = p->filter ? p->filter->number + 1 : 1,
			    .function = p->function_depth };
	bool no_in = p->no_in;

	size_t paren_end = p->tok.end;
	lex_next(p);
	bool test = is_attribute_test(p, &name, &value);
	edit_add(p, EDIT_OPEN, x->start, x->start, test ? "$e4x.where(" : "$e4x.filter(");
	edit_add(p, EDIT_REPLACE, dot, paren_end, ",$e4x%u=>(", f.number);
	p->filter = &f;
	p->no_in = false;
	p->level++;
	parse_expression(p);
	p->level--;
	p->no_in = no_in;
	p->filter = f.outer;
	lex_expect(p, P1(')'));
	if (test) { /* the predicate for the general case stays: ,"@id","v",()=>(v)) */
		int n = (int)(value.end - value.start);
		const char *v = (const char *)p->s + value.start,
			   *quote = value.type == T_NAME ? "\"" : "";
		uint32_t tail = edit_add(
			p, EDIT_CLOSE, p->prev_end, p->prev_end, ",\"@%.*s\",%s%.*s%s,()=>(%.*s))",
			(int)(name.end - name.start), (const char *)p->s + name.start, quote,
			value.type == T_NAME ? n : 4, value.type == T_NAME ? v : "null", quote, n,
			v);
		if (tail)
			p->edit[tail - 1].origin = value.end;
	} else {
		edit_add(p, EDIT_CLOSE, p->prev_end, p->prev_end, ")");
	}
	x->flags = EX_LIST;
}

/* -- names ---------------------------------------------------------------------------------------- */

/* Methods of XML, which a filter's predicate may call without saying of what. */
static bool xml_method(const uint8_t *s, size_t n)
{
	static const char *const names =
		" addNamespace appendChild attribute attributes child childIndex children comments "
		"contains copy descendants"
		" elements hasComplexContent hasOwnProperty hasSimpleContent inScopeNamespaces "
		"insertChildAfter insertChildBefore"
		" length localName name namespace namespaceDeclarations nodeKind normalize parent "
		"processingInstructions"
		" prependChild propertyIsEnumerable removeNamespace replace setChildren "
		"setLocalName setName setNamespace text"
		" toString toXMLString valueOf ";
	char word[32];
	if (n > 28)
		return false;
	word[0] = ' ';
	memcpy(word + 1, s, n);
	word[n + 1] = ' ';
	word[n + 2] = '\0';
	return strstr(names, word) != NULL;
}

static bool never_child(const struct parser *p, const struct token *name)
{
	static const char *const fixed[] = { "undefined", "NaN", "Infinity", "arguments", "eval" };
	for (size_t i = 0; i < COUNT_OF(fixed); i++)
		if (strlen(fixed[i]) == name->end - name->start &&
		    memcmp(fixed[i], p->s + name->start, name->end - name->start) == 0)
			return true;
	return false;
}

/* "($e4x.has($e4x2,"a")?$e4x2.a:$e4x.has($e4x1,"a")?$e4x1.a:a)", the innermost element first. */
static uint32_t edit_free_name(struct parser *p, const struct token *name, bool is_key)
{
	struct buf b = { .ceiling = 4096 };
	int n = (int)(name->end - name->start);
	const char *s = (const char *)p->s + name->start;
	for (const struct filter *f = p->filter; f; f = f->outer)
		buf_printf(&b, "$e4x.has($e4x%u,\"%.*s\")?$e4x%u.%.*s:", f->number, n, s, f->number,
			   n, s);
	if (b.bad)
		parse_fail(p, name->start, "this name is too long for a filter .( ... )");
	uint32_t r = edit_soft(p, EDIT_REPLACE, name->start, name->end, "%.*s%s(%s%.*s)", is_key ? n : 0, s,
			       is_key ? ":" : "", buf_str(&b), n, s);
	buf_free(&b);
	if (r)
		p->edit[r - 1].name = true;
	return r;
}

/* name = v, name++ inside a filter: of the child when there is one, else of the variable, whose place an object takes that
 * hands reads and writes on: "($e4x.has($e4x1,"a")?$e4x1:{get a(){return a},set a($e4xv){a=$e4xv}}).a" */
void edit_free_target(struct parser *p, struct expr *x)
{
	struct buf b = { .ceiling = 4096 };
	int n = (int)(x->end - x->start);
	const char *s = (const char *)p->s + x->start;
	for (const struct filter *f = p->filter; f; f = f->outer)
		buf_printf(&b, "$e4x.has($e4x%u,\"%.*s\")?$e4x%u:", f->number, n, s, f->number);
	if (b.bad)
		parse_fail(p, x->start, "this name is too long for a filter .( ... )");
	name_unbound(p, x);
	uint32_t r = edit_soft(p, EDIT_REPLACE, x->start, x->end, "(%s{get %.*s(){return %.*s},set %.*s($e4xv){%.*s=$e4xv}}).%.*s",
			       buf_str(&b), n, s, n, s, n, s, n, s, n, s);
	buf_free(&b);
	if (r)
		p->edit[r - 1].name = true;
	x->flags = 0;
}

/* typeof name, delete name inside a filter: of the child when there is one, else of the variable, which need not be. */
void edit_free_operand(struct parser *p, struct expr *x, bool deletes)
{
	struct buf b = { .ceiling = 4096 };
	int n = (int)(x->end - x->start);
	const char *s = (const char *)p->s + x->start;
	for (const struct filter *f = p->filter; f; f = f->outer)
		buf_printf(&b, "$e4x.has($e4x%u,\"%.*s\")?%s$e4x%u.%.*s:", f->number, n, s, deletes ? "delete " : "",
			   f->number, n, s);
	if (deletes)
		buf_text(&b, "true");
	else
		buf_printf(&b, "typeof %.*s===\"undefined\"?undefined:%.*s", n, s, n, s);
	name_unbound(p, x);
	uint32_t r = edit_soft(p, EDIT_REPLACE, x->start, x->end, "(%s)", buf_str(&b));
	buf_free(&b);
	if (r)
		p->edit[r - 1].name = true;
}

/* What a name of E4X with nothing before it belongs to: the filter's element or the object of a
 * with statement. */
static void edit_bare(struct parser *p, size_t at)
{
	if (p->filter)
		edit_add(p, EDIT_OPEN, at, at, "$e4x%u", p->filter->number);
	else
		edit_add(p, EDIT_OPEN, at, at, p->with_depth ? "$e4x_with" : "$e4x.none()");
}

struct expr parse_name(struct parser *p)
{
	struct token name = p->tok;
	struct expr x = {
		.start = name.start, .end = name.end, .flags = EX_NAME, .word = name.word
	};

	lex_next(p);
	if (lex_is(p, P2(':', ':'))) {
		if (name.word != W_FUNCTION || p->filter || p->with_depth)
			edit_bare(p, x.start);
		parse_qualified(p, &x, x.start, name, false, &E4X_MEMBER);
		return x;
	}
	if (name.word == W_XML_CLASS || name.word == W_XMLLIST_CLASS || name.word == W_QNAME_CLASS)
		p->uses_e4x = true;
	if (p->filter && lex_is(p, P1('(')) &&
	    xml_method(p->s + name.start, name.end - name.start)) {
		edit_soft(p, EDIT_OPEN, name.start, name.start, "$e4x%u.", p->filter->number);
		x.flags = 0;
	} else if (p->filter && !lex_is(p, P1('(')) && !never_child(p, &name)) {
		x.name_edit = edit_free_name(p, &name, false);
	}
	return x;
}

/* @a, *, function::a with nothing before. */
struct expr parse_bare_accessor(struct parser *p)
{
	struct expr x = { .start = p->tok.start };
	if (p->tok.word != W_FUNCTION || p->filter || p->with_depth)
		edit_bare(p, x.start);
	parse_accessor(p, &x, x.start, &E4X_MEMBER);
	return x;
}

/* -- brackets of all kinds ------------------------------------------------------------------------------ */

struct expr parse_parenthesized(struct parser *p)
{
	struct expr x = { .start = p->tok.start, .flags = EX_ARROW, .first_edit = p->edits };
	bool no_in = p->no_in, only_arrow = false, pattern = false;
	unsigned plain = 0;

	lex_next(p);
	size_t first = p->tok.start;
	p->no_in = false;
	p->level++;
	if (lex_is(p, P1(')')))
		only_arrow = true;
	while (!p->failed && !lex_is(p, P1(')'))) {
		only_arrow = lex_take(p, P3('.', '.', '.'));
		size_t start = p->tok.start;
		unsigned flags = parse_assign(p).flags;
		plain = flags & EX_PLAIN;
		pattern = start == first && flags & EX_PATTERN;
		if (p->tok.word == W_FOR && start == first && !only_arrow) {
			parse_comprehension(p, start, x.first_edit, false);
			x.flags = plain = 0;
			break;
		}
		if (!lex_is(p, P1(',')))
			break;
		lex_next(p);
		only_arrow |= lex_is(p, P1(')'));
	}
	p->level--;
	p->no_in = no_in;
	size_t close = p->tok.start;
	lex_expect(p, P1(')'));
	if (pattern && lex_is(p, P1('='))) /* ({a: b}) = c of JavaScript 1.7 */
		return parse_pattern_assign(p, &x, close);
	if (only_arrow && !lex_is(p, P2('=', '>')))
		parse_unexpected(p);
	x.end = p->prev_end;
	x.flags |= plain;
	return x;
}

struct expr parse_array(struct parser *p)
{
	struct expr x = { .start = p->tok.start, .flags = EX_PLAIN | EX_PATTERN };
	bool no_in = p->no_in;
	p->no_in = false;
	uint32_t first_edit = p->edits;
	lex_next(p);
	size_t first = p->tok.start;
	while (!p->failed && !lex_is(p, P1(']'))) {
		if (lex_take(p, P1(',')))
			continue;
		lex_take(p, P3('.', '.', '.'));
		size_t start = p->tok.start;
		parse_assign(p);
		if (p->tok.word == W_FOR && start == first) {
			parse_comprehension(p, start, first_edit, true);
			break;
		}
		lex_separator(p, P1(']'));
	}
	lex_expect(p, P1(']'));
	p->no_in = no_in;
	x.end = p->prev_end;
	return x;
}

bool parse_property_name(struct parser *p)
{
	if (lex_is(p, P1('['))) {
		bool no_in = p->no_in;
		lex_next(p);
		p->no_in = false;
		p->level++;
		parse_assign(p);
		p->level--;
		p->no_in = no_in;
		lex_expect(p, P1(']'));
		return true;
	}
	if (p->tok.type != T_NAME && p->tok.type != T_STRING && p->tok.type != T_NUMBER &&
	    p->tok.type != T_PRIVATE)
		parse_unexpected(p);
	lex_next(p);
	return false;
}

static void parse_object_member(struct parser *p)
{
	bool async = false, generator = false;
	struct token name = p->tok;

	if (lex_take(p, P3('.', '.', '.'))) {
		parse_assign(p);
		return;
	}
	if (name.word == W_GET || name.word == W_SET || name.word == W_ASYNC) {
		struct token next = lex_peek(p);
		bool plain = next.type == T_END || (next.type == T_PUNCT && next.punct != P1('[') &&
						    next.punct != P1('*'));
		if (!plain) {
			async = name.word == W_ASYNC;
			lex_next(p);
		}
	}
	generator = lex_take(p, P1('*'));
	name = p->tok;
	bool computed = parse_property_name(p);
	if (lex_is(p, P1('('))) {
		parse_function_rest(p, async, generator, false);
	} else if (lex_take(p, P1(':'))) {
		parse_assign(p);
	} else if (is_accessor_word(p, P1(':'))) {
		parse_accessor_member(p, name.start);
	} else if (computed || name.type != T_NAME) {
		parse_unexpected(p);
	} else { /* { a } and, in what turns out a pattern, { a = 1 } */
		if (p->filter && !never_child(p, &name))
			edit_free_name(p, &name, true);
		if (lex_take(p, P1('='))) {
			p->level++;
			parse_assign(p);
			p->level--;
		}
	}
}

struct expr parse_object(struct parser *p)
{
	struct expr x = { .start = p->tok.start, .flags = EX_PLAIN | EX_PATTERN };
	bool no_in = p->no_in;
	p->no_in = false;
	lex_next(p);
	while (!p->failed && !lex_is(p, P1('}'))) {
		parse_object_member(p);
		lex_separator(p, P1('}'));
	}
	lex_expect(p, P1('}'));
	p->no_in = no_in;
	x.end = p->prev_end;
	return x;
}

/* At T_TEMPLATE, which is the back quote alone. */
void parse_template(struct parser *p)
{
	size_t start = p->tok.start;
	bool no_in = p->no_in;
	p->no_in = false;
	p->level++;
	while (!p->failed) {
		while (p->pos < p->len && p->s[p->pos] != '`' &&
		       !(p->s[p->pos] == '$' && p->pos + 1 < p->len && p->s[p->pos + 1] == '{'))
			p->pos += p->s[p->pos] == '\\' && p->pos + 1 < p->len ? 2 : 1;
		if (p->pos >= p->len) {
			parse_fail(p, start, "this template has no end");
			break;
		}
		if (p->s[p->pos] == '`') {
			lex_from(p, p->pos + 1);
			break;
		}
		lex_from(p, p->pos + 2);
		parse_expression(p);
		if (!lex_is(p, P1('}')))
			parse_unexpected(p);
		else
			p->pos = p->tok.end;
	}
	p->level--;
	p->no_in = no_in;
}
