/* Filter text to a tree, by recursive descent, one function a line of the grammar:
 *
 *	filter   := [ or ]
 *	or       := and { ( "|" | "or" ) and }
 *	and      := unary { ( "&" | "and" ) unary }
 *	unary    := ( "!" | "not" ) unary | "(" or ")" | test
 *	test     := field op word { "," word }
 *	op       := "=" | "!=" | "~" | "!~" | "<" | "<=" | ">" | ">=" | "in" | "not" "in"
 *
 * AND and OR are flat: (a|b)|c is one OR of three.  Brackets leave no node.  Recursion is bounded
 * by max_depth, lists by the length of the text, patterns by MAX_PATTERNS. */
#include "filter/parts.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

struct chain {
	struct filter **sub;
	size_t n, cap;
};

static enum err read_or(struct reading *r, struct filter **ret);

__attribute__((format(printf, 4, 0))) static enum err
refuse_with(struct reading *r, enum err e, size_t at, const char *fmt, va_list ap)
{
	char text[sizeof(((struct problem *)0)->text)];
	vsnprintf(text, sizeof(text), fmt, ap);
	return problem_at(r->why, e, scan_pos(&r->scan, at), "%s", text);
}

enum err refuse(struct reading *r, size_t at, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	enum err e = refuse_with(r, E_SYNTAX, at, fmt, ap);
	va_end(ap);
	return e;
}

static enum err no_memory(struct reading *r)
{
	return problem_set(r->why, E_NOMEM, "out of memory");
}

static bool chain_add(struct reading *r, struct chain *c, struct filter *f)
{
	if (c->n == c->cap) {
		size_t cap = MAX(c->cap * 2, (size_t)4);
		struct filter **sub = arena_new0(r->arena, cap, sizeof(struct filter *));
		if (!sub)
			return false;
		if (c->n)
			memcpy(sub, c->sub, c->n * sizeof(struct filter *));
		c->sub = sub;
		c->cap = cap;
	}
	c->sub[c->n++] = f;
	return true;
}

/* Add f, or its parts when it is of the same kind. */
static bool chain_join(struct reading *r, struct chain *c, enum filter_kind kind, struct filter *f)
{
	bool good = true;
	if (f->kind != kind)
		return chain_add(r, c, f);
	for (size_t i = 0; good && i < f->nsub; i++)
		good = chain_add(r, c, f->sub[i]);
	return good;
}

static struct filter *node(struct reading *r, enum filter_kind kind, size_t pos)
{
	struct filter *f = arena_new0(r->arena, 1, sizeof(*f));
	if (f) {
		f->kind = kind;
		f->pos = pos;
	}
	return f;
}

/* -- tests -- */

/* What stands here, for a message. */
static const char *found(const struct scan *s, char buf[static SHOWN_BYTES])
{
	size_t n = 0;
	while (n < s->len - s->at && !strchr(" \t\r\n|&", s->text[s->at + n]))
		n++;
	return shown(s->text + s->at, n ? n : 1, buf);
}

static enum err no_test(struct reading *r)
{
	char buf[SHOWN_BYTES];
	struct scan *s = &r->scan;
	size_t name = scan_name(s);
	if (s->at == s->len)
		return refuse(r, s->at, "a test is missing at the end");
	if (name)
		return refuse(r, s->at, "a test is missing before \"%s\"",
			      shown(s->text + s->at, name, buf));
	if (strchr("|&)", s->text[s->at]) && s->text[s->at])
		return refuse(r, s->at, "a test is missing before \"%c\"", s->text[s->at]);
	return refuse(r, s->at, "expected a field name, found \"%s\" (a list is written field=a,b)",
		      found(s, buf));
}

static enum err unknown_field(struct reading *r, const char *name, size_t len)
{
	char lower[SHOWN_BYTES], buf[SHOWN_BYTES];
	size_t n = MIN(len, sizeof(lower));
	for (size_t i = 0; i < n; i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	bool staff = !r->names || r->names->staff; /* to a customer, what is hidden and what is not known are one */
	const char *near = staff ? field_nearest(r->view, lower, n, true) : NULL;
	if (near)
		return refuse(r, r->scan.at, "unknown field \"%s\", did you mean \"%s\"?",
			      shown(name, len, buf), near);
	return refuse(r, r->scan.at, "unknown field \"%s\"", shown(name, len, buf));
}

static bool is_shown(const struct reading *r, const struct field *f)
{
	if (r->names && r->names->shows)
		return r->names->shows(r->names->arg, f);
	return f->show != SHOW_STAFF || (r->names && r->names->staff);
}

/* A field that the asker may not see is not there, with the same words as any unknown one. */
static enum err read_field(struct reading *r)
{
	const char *name = r->scan.text + r->scan.at;
	size_t len = scan_name(&r->scan);
	if (!len || is_keyword(name, len))
		return no_test(r);
	const struct field *f = field_find(r->view, name, len);
	if (!f || f->role == R_DETAIL || !is_shown(r, f))
		return unknown_field(r, name, len);
	r->scan.at += len;
	r->field = f;
	return OK;
}

static enum err read_op(struct reading *r)
{
	static const char all[] = "=, !=, ~, !~, <, <=, > or >=";
	char can[64] = "";
	size_t at;

	scan_blanks(&r->scan);
	at = r->scan.at;
	if (!scan_op(&r->scan, &r->op))
		return refuse(r, at, "expected an operator (%s)", all);
	r->rule = rule_find(r->field, r->op);
	if (r->rule)
		return OK;
	for (size_t i = 0, n = 0; i < FILTER_OPS; i++)
		if (rule_ops(r->field) >> i & 1)
			n += (size_t)snprintf(can + n, sizeof(can) - n, "%s%s", n ? ", " : "",
					      op_text[i]);
	return refuse(r, at, "\"%s\" is not possible for %s (%s); possible: %s", op_text[r->op],
		      r->field->name, type_name(r->field->type), can);
}

static enum err word_refused(struct reading *r, enum word_fault fault, bool first)
{
	size_t at = r->word.at;
	switch (fault) {
	case WORD_NONE:
		return first ? refuse(r, at, "a list of values is empty")
			     : refuse(r, at, "a value is missing after \",\"");
	case WORD_NO_END:
		return refuse(r, at, "the closing quote is missing");
	case WORD_TAIL:
		return refuse(r, at, "only , | & ) or a blank may follow a closing quote");
	case WORD_LONE_BACKSLASH:
		return refuse(r, at, "a character is missing after \"\\\"");
	case WORD_OK:
		break;
	}
	return OK;
}

/* $name: the caller's text, whole, as one value. */
static enum err read_param(struct reading *r)
{
	const struct word *w = &r->word;
	struct scan name = { .text = w->raw + 1, .len = w->len - 1 };
	char buf[SHOWN_BYTES];
	if (!name.len || scan_name(&name) != name.len)
		return refuse(r, w->at,
			      "a parameter is $name; text that begins with \"$\" is quoted");
	const char *text = r->names && r->names->param
				   ? r->names->param(r->names->arg, name.text, name.len)
				   : NULL;
	if (!text)
		return refuse(r, w->at, "no parameter \"%s\" was given",
			      shown(w->raw, w->len, buf));
	const struct word whole = { .raw = text, .len = strlen(text) };
	if (!op_is_pattern(r->op))
		return r->rule->read(r, whole.raw, whole.len);
	size_t len;
	return word_text(&whole, true, r->arena, &text, &len) ? r->rule->read(r, text, len)
							      : no_memory(r);
}

static enum err read_value(struct reading *r)
{
	const struct word *w = &r->word;
	const char *s;
	size_t len;
	if (!w->quote && w->raw[0] == '$')
		return read_param(r);
	if (!w->quote && w->raw[0] == '=')
		return refuse(r, w->at,
			      "the operator is one \"=\"; a value that begins with it is quoted");
	if (!w->quote && is_keyword(w->raw, w->len))
		return refuse(r, w->at,
			      "a value is missing before \"%.*s\" (quote it if it is one)",
			      (int)w->len, w->raw);
	if (!word_text(w, op_is_pattern(r->op), r->arena, &s, &len))
		return no_memory(r);
	return r->rule->read(r, s, len);
}

/* How many words the list that begins here has: the array is made once, in its size. */
static size_t count_words(struct scan s)
{
	struct word w;
	size_t n = 0;
	while (scan_word(&s, &w) == WORD_OK) {
		n++;
		if (!scan_sign(&s, ','))
			break;
	}
	return n;
}

struct filter_value *value_new(struct reading *r)
{
	if (r->nvalue == r->cap_value) {
		size_t cap = MAX(r->cap_value * 2, (size_t)2);
		struct filter_value *v = arena_alloc(r->arena, cap * sizeof(*v));
		if (!v)
			return NULL;
		if (r->nvalue)
			memcpy(v, r->value, r->nvalue * sizeof(*v));
		r->value = v;
		r->cap_value = cap;
	}
	struct filter_value *v = &r->value[r->nvalue++];
	memset(v, 0, sizeof(*v));
	return v;
}

static enum err read_list(struct reading *r)
{
	enum err e;
	r->nvalue = r->cap_value = 0;
	r->cap_value = count_words(r->scan);
	r->value = r->cap_value ? arena_alloc(r->arena, r->cap_value * sizeof(*r->value)) : NULL;
	if (r->cap_value && !r->value)
		return no_memory(r);
	for (bool first = true;; first = false) {
		enum word_fault fault = scan_word(&r->scan, &r->word);
		if (fault)
			return word_refused(r, fault, first);
		if (!first && op_is_order(r->op))
			return refuse(r, r->word.at, "\"%s\" takes one value", op_text[r->op]);
		if ((e = read_value(r)) != OK)
			return e;
		if (!scan_sign(&r->scan, ','))
			return OK;
	}
}

static enum err read_test(struct reading *r, struct filter **ret)
{
	enum err e;
	struct filter *f = node(r, FILTER_TEST, scan_pos(&r->scan, r->scan.at));
	if (!f)
		return no_memory(r);
	if ((e = read_field(r)) != OK || (e = read_op(r)) != OK || (e = read_list(r)) != OK)
		return e;
	f->field = r->field;
	f->op = r->op;
	f->value = r->value;
	f->nvalue = r->nvalue;
	*ret = f;
	return OK;
}

/* -- what joins tests -- */

static enum err deeper(struct reading *r, size_t at)
{
	if (++r->depth <= r->max_depth)
		return OK;
	return problem_at(r->why, E_LIMIT, scan_pos(&r->scan, at),
			  "brackets and \"not\" are nested deeper than %u", r->max_depth);
}

static enum err read_brackets(struct reading *r, size_t at, struct filter **ret)
{
	enum err e = deeper(r, at);
	if (e != OK || (e = read_or(r, ret)) != OK)
		return e;
	r->depth--;
	if (scan_sign(&r->scan, ')'))
		return OK;
	if (r->scan.at == r->scan.len)
		return refuse(r, r->scan.at, "\")\" missing for the \"(\" at %zu",
			      scan_pos(&r->scan, at));
	return refuse(r, r->scan.at, "expected \"&\", \"|\" or \")\"");
}

static enum err read_unary(struct reading *r, struct filter **ret)
{
	scan_blanks(&r->scan);
	size_t at = r->scan.at;
	if (scan_sign(&r->scan, '('))
		return read_brackets(r, at, ret);
	if (!scan_sign(&r->scan, '!') && !scan_keyword(&r->scan, "not"))
		return read_test(r, ret);
	struct filter *f = node(r, FILTER_NOT, scan_pos(&r->scan, at));
	struct filter **sub = arena_new0(r->arena, 1, sizeof(struct filter *));
	if (!f || !sub)
		return no_memory(r);
	enum err e = deeper(r, at);
	if (e != OK || (e = read_unary(r, sub)) != OK)
		return e;
	r->depth--;
	f->sub = sub;
	f->nsub = 1;
	*ret = f;
	return OK;
}

struct level {
	enum filter_kind kind;
	char sign;
	const char *word;
	enum err (*part)(struct reading *r, struct filter **ret);
};

static enum err read_chain(struct reading *r, const struct level *l, struct filter **ret)
{
	struct chain c = { 0 };
	struct filter *f;
	scan_blanks(&r->scan);
	size_t pos = scan_pos(&r->scan, r->scan.at); /* now: going back would count all over again */
	do {
		enum err e = l->part(r, &f);
		if (e != OK)
			return e;
		if (!chain_join(r, &c, l->kind, f))
			return no_memory(r);
	} while (scan_sign(&r->scan, l->sign) || scan_keyword(&r->scan, l->word));
	if (c.n == 1) {
		*ret = c.sub[0];
		return OK;
	}
	if (!(f = node(r, l->kind, pos)))
		return no_memory(r);
	f->sub = c.sub;
	f->nsub = c.n;
	*ret = f;
	return OK;
}

static enum err read_and(struct reading *r, struct filter **ret)
{
	static const struct level level = { FILTER_AND, '&', "and", read_unary };
	return read_chain(r, &level, ret);
}

static enum err read_or(struct reading *r, struct filter **ret)
{
	static const struct level level = { FILTER_OR, '|', "or", read_and };
	return read_chain(r, &level, ret);
}

static enum err read_filter(struct reading *r, struct filter **ret)
{
	scan_blanks(&r->scan);
	if (r->scan.at == r->scan.len)
		return (*ret = node(r, FILTER_ALL, scan_pos(&r->scan, r->scan.at))) ? OK : no_memory(r);
	enum err e = read_or(r, ret);
	scan_blanks(&r->scan);
	if (e != OK || r->scan.at == r->scan.len)
		return e;
	if (r->scan.text[r->scan.at] == ')')
		return refuse(r, r->scan.at, "\")\" without a \"(\"");
	return refuse(r, r->scan.at, "expected \"&\" or \"|\"");
}

enum err filter_parse(const char *text, size_t len, const struct view *view,
		      const struct filter_names *names, const struct filter_limits *limits,
		      struct arena *a, const struct filter **ret, struct problem *why)
{
	size_t max_text = limits && limits->max_text ? limits->max_text : DEFAULT_MAX_TEXT;
	struct reading r = {
		.scan = { .text = text ? text : "", .len = text ? len : 0 },
		.view = view,
		.names = names,
		.arena = a,
		.why = why,
		.max_depth = limits && limits->max_depth ? limits->max_depth : DEFAULT_MAX_DEPTH,
	};
	struct filter *f = NULL;
	if (r.scan.len > max_text)
		return problem_set(why, E_LIMIT, "the filter is longer than %zu bytes", max_text);
	enum err e = read_filter(&r, &f);
	if (e == OK)
		*ret = f;
	else
		regex_done_all(r.regex);
	return e;
}

void filter_done(const struct filter *f)
{
	for (size_t i = 0; i < f->nsub; i++)
		filter_done(f->sub[i]);
	for (size_t i = 0; i < f->nvalue; i++)
		if (f->value[i].re)
			regex_done(f->value[i].re);
}

uint64_t filter_gave_up(const struct filter *f)
{
	uint64_t n = 0;
	for (size_t i = 0; i < f->nsub; i++)
		n += filter_gave_up(f->sub[i]);
	for (size_t i = 0; i < f->nvalue; i++)
		if (f->value[i].re)
			n += regex_gave_up(f->value[i].re);
	return n;
}
