/* XML literals:  <a b={e} c="t">text {f}</a>   <>list</>   <!-- c -->   <![CDATA[..]]>   <?pi?>
 *
 * A literal becomes a call with one string, broken where an expression stands:
 *
 *	$e4x.xml("<a b="+$e4x.attr(e)+" c=\"t\">text "+$e4x.text(f)+"</a>")
 *
 * Its lines stay lines by continuing the string ("...\n\" at the end of each).  That it is
 * well-formed is checked where it is evaluated, by the one XML parser; here only as much as is
 * needed to find its end, and that tags match. */
#include "script/e4x_parse.h"

struct open_tag {
	size_t start, end; /* the name; empty when it is an expression */
};

struct literal {
	struct parser *p;
	size_t start;
	struct open_tag open[MAX_XML_DEPTH];
	unsigned depth;
	bool list; /* <> ... </> */
};

static uint8_t byte(const struct parser *p, size_t ahead)
{
	return p->pos + ahead < p->len ? p->s[p->pos + ahead] : 0;
}

static bool starts(const struct parser *p, const char *text)
{
	size_t n = strlen(text);
	return p->len - p->pos >= n && memcmp(p->s + p->pos, text, n) == 0;
}

static void no_end(struct literal *l)
{
	parse_fail(l->p, l->start, "this XML literal has no end");
}

/* One byte (or line end) of the literal into the string. */
static void pass(struct parser *p)
{
	size_t line = lex_skip_line_end(p, p->pos);
	uint8_t c = p->s[p->pos];
	if (line)
		edit_add(p, EDIT_CLOSE, p->pos, p->pos, "\\n\\");
	else if (c == '"' || c == '\\')
		edit_add(p, EDIT_CLOSE, p->pos, p->pos, "\\");
	p->pos += line ? line : 1;
}

static void pass_until(struct literal *l, const char *end)
{
	struct parser *p = l->p;
	while (!p->failed && p->pos < p->len && !starts(p, end))
		pass(p);
	if (p->pos >= p->len) {
		no_end(l);
		return;
	}
	for (size_t n = strlen(end); n && !p->failed; n--)
		pass(p);
}

/* At "{": an expression between two pieces of the string. */
static void embed(struct literal *l, const char *helper)
{
	struct parser *p = l->p;
	bool no_in = p->no_in;
	size_t open = p->pos;
	p->no_in = false;
	p->level++;
	lex_from(p, open + 1);
	parse_argument(p);
	p->no_in = no_in;
	p->level--;
	if (!lex_is(p, P1('}'))) {
		parse_unexpected(p);
		return;
	}
	edit_add(p, EDIT_REPLACE, open, open + 1, "\"+$e4x.%s(", helper);
	edit_add(p, EDIT_REPLACE, p->tok.start, p->tok.end, ")+\"");
	p->pos = p->tok.end;
}

static void pass_space(struct parser *p)
{
	while (p->pos < p->len && (strchr(" \t\r\n", p->s[p->pos]) && p->s[p->pos]) && !p->failed)
		pass(p);
}

static bool name_byte(uint8_t c)
{
	return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == ':' || c == '-' || c == '.';
}

static struct open_tag pass_name(struct literal *l)
{
	struct parser *p = l->p;
	struct open_tag t = { p->pos, p->pos };
	bool computed = false, any = true;
	while (any && !p->failed && p->pos < p->len) { /* {e}, a{e}, {e}:a ... */
		size_t before = p->pos;
		if (byte(p, 0) == '{') {
			embed(l, "tag");
			computed = true;
		}
		while (p->pos < p->len && name_byte(p->s[p->pos]) && !lex_skip_line_end(p, p->pos))
			p->pos++;
		any = p->pos > before;
	}
	if (p->pos == t.start && !p->failed)
		parse_fail(p, p->pos, "a name is expected in this XML literal");
	t.end = computed ? t.start : p->pos;
	return t;
}

static void pass_attributes(struct literal *l)
{
	struct parser *p = l->p;
	for (;;) {
		pass_space(p);
		uint8_t c = byte(p, 0);
		if (p->failed || p->pos >= p->len || c == '>' || c == '/')
			return;
		struct open_tag name = pass_name(l);
		pass_space(p);
		if (p->failed)
			return;
		if (byte(p, 0) != '=' && name.end == name.start)
			continue; /* {e}: whole attributes (11.1.4) */
		if (byte(p, 0) != '=') {
			parse_fail(p, p->pos, "'=' is expected after the attribute's name");
			return;
		}
		p->pos++;
		pass_space(p);
		c = byte(p, 0);
		if (c == '{') {
			embed(l, "attr");
		} else if (c == '"' || c == '\'') {
			char quote[2] = { (char)c, '\0' };
			pass(p);
			pass_until(l, quote);
		} else if (!p->failed) {
			parse_fail(
				p, p->pos,
				"an attribute's value is expected: \"...\", '...' or {expression}");
		}
	}
}

static void pass_end_tag(struct literal *l)
{
	struct parser *p = l->p;
	size_t start = p->pos;
	p->pos += 2;
	if (!l->depth) {
		parse_fail(p, start, "this end tag has no start");
		return;
	}
	struct open_tag open = l->open[--l->depth], t = { p->pos, p->pos };
	bool of_list = l->list && l->depth == 0;
	if (of_list && byte(p, 0) != '>')
		parse_fail(p, start, "this end tag does not match <>");
	else if (!of_list)
		t = pass_name(l);
	size_t n = t.end - t.start;
	bool both = n && open.end > open.start;
	if (both &&
	    (n != open.end - open.start || memcmp(p->s + t.start, p->s + open.start, n) != 0))
		parse_fail(p, start, "this end tag does not match <%.*s>",
			   (int)MIN(open.end - open.start, 60u), (const char *)p->s + open.start);
	pass_space(p);
	if (byte(p, 0) == '>')
		p->pos++;
	else if (p->pos >= p->len)
		no_end(l);
	else
		parse_fail(p, p->pos, "'>' is expected");
}

static void pass_start_tag(struct literal *l)
{
	struct parser *p = l->p;
	if (l->depth == MAX_XML_DEPTH) {
		p->limit = true;
		parse_fail(p, p->pos, "more than %d elements inside one another", MAX_XML_DEPTH);
		return;
	}
	p->pos++;
	l->open[l->depth++] = pass_name(l);
	pass_attributes(l);
	if (byte(p, 0) == '/') {
		p->pos++;
		l->depth--;
	}
	if (byte(p, 0) == '>')
		p->pos++;
	else if (p->pos >= p->len)
		no_end(l);
	else
		parse_fail(p, p->pos, "'>' is expected");
}

/* <?target ...?>, where no target is called xml: that would be a declaration. */
static void pass_instruction(struct literal *l)
{
	struct parser *p = l->p;
	size_t n = 2;
	while (name_byte(byte(p, n)))
		n++;
	if (n == 5 && strncasecmp((const char *)p->s + p->pos + 2, "xml", 3) == 0)
		parse_fail(p, p->pos, "an XML declaration cannot stand in an XML literal");
	else
		pass_until(l, "?>");
}

/* Markup at "<"; false when it was an element's end or a thing without inside. */
static void pass_markup(struct literal *l)
{
	struct parser *p = l->p;
	if (starts(p, "<!--"))
		pass_until(l, "-->");
	else if (starts(p, "<![CDATA["))
		pass_until(l, "]]>");
	else if (starts(p, "<?"))
		pass_instruction(l);
	else if (starts(p, "</"))
		pass_end_tag(l);
	else
		pass_start_tag(l);
}

/* What cannot be a literal of XML: where a value is expected nothing else begins with "<". */
static bool begins_literal(const struct parser *p)
{
	uint8_t c = byte(p, 1);
	return c == '>' || c == '{' || c == '?' || starts(p, "<!--") || starts(p, "<![CDATA[") ||
	       (name_byte(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.');
}

void parse_xml_literal(struct parser *p)
{
	struct literal l = { .p = p, .start = p->tok.start };
	if (!deeper(p))
		return;
	p->pos = l.start;
	if (!begins_literal(p)) {
		parse_unexpected(p);
		return;
	}
	bool list = l.list = byte(p, 1) == '>';
	size_t skip = list ? 2 : 0;
	edit_add(p, EDIT_REPLACE, l.start, l.start + skip, list ? "$e4x.list(\"" : "$e4x.xml(\"");
	if (list) {
		l.open[l.depth++] = (struct open_tag){ l.start + 1, l.start + 1 };
		p->pos += 2;
	} else {
		pass_markup(&l);
	}
	size_t end = p->pos;
	while (l.depth && !p->failed) {
		uint8_t c = byte(p, 0);
		end = p->pos;
		if (p->pos >= p->len)
			no_end(&l);
		else if (c == '<')
			pass_markup(&l);
		else if (c == '{')
			embed(&l, "text");
		else
			pass(p);
	}
	if (list)
		edit_add(p, EDIT_REPLACE, end, p->pos, "\")");
	else
		edit_add(p, EDIT_CLOSE, p->pos, p->pos, "\")");
	if (!p->failed) {
		p->tok.end = p->pos;
		lex_next(p);
	}
	shallower(p);
}
