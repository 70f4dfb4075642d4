/* The mapping as CSV (RFC 4180, UTF-8, a byte order mark is skipped; commas, or semicolons when the
 * first line has them).  The first line names the columns, in any order:
 *
 *	id,name,parent,element,agent,ifName,ifIndex,address,bits,from,to      (and privacy, privacyBelow)
 *	1001,InMon Corp.,,port,10.0.0.1,ethernet5,,,,2026-01-01,2026-07-01
 *	1001,,,cidr,,,,192.0.2.0,24,,
 *
 * A line is one thing; without an element it only says that the customer is there.  What is said of a customer
 * needs to stand in one of a customer's lines; where they stand in several they must agree. */
#include "model/form.h"

#include "base/cursor.h"
#include "base/utf8.h"

enum { MAX_COLS = 32 };

struct cell {
	const char *s;
	size_t len;
	struct place at;
};

struct csv {
	struct builder *b;
	struct arena *a;
	struct cur in;
	char comma;
	struct place at; /* of the next character */
	struct cell head[MAX_COLS], cell[MAX_COLS];
	size_t nhead, ncell;
	struct gather g;
};

static const char *const columns[] = { "id", "name", "parent", "privacy", "privacyBelow", "element", "agent", "ifName", "ifIndex", "address", "bits", "from", "to" };
enum { CUSTOMER_COLUMNS = 5, COL_ELEMENT = 5 };

static int peek(const struct csv *c)
{
	return cur_left(&c->in) ? *c->in.pos : -1;
}

static uint8_t take(struct csv *c)
{
	uint8_t ch = cur_u8(&c->in);
	if (ch == '\n')
		c->at = (struct place){ c->at.line + 1, 1 };
	else if ((ch & 0xc0) != 0x80)
		c->at.column++;
	return ch;
}

static bool at_end(const struct csv *c)
{
	int ch = peek(c);
	return ch < 0 || ch == '\n' || ch == (uint8_t)c->comma ||
	       (ch == '\r' && (cur_left(&c->in) == 1 || c->in.pos[1] == '\n'));
}

/* A field in quotes; "" inside is a quote. */
static bool quoted(struct csv *c, struct cell *ret)
{
	char *to = NULL;
	const uint8_t *from = c->in.pos + 1;
	size_t most = 0, n = 0;
	for (const uint8_t *p = from; p < c->in.end; p++, most++)
		if (*p == '"' && (p + 1 == c->in.end || *++p != '"'))
			break;
	if (!(to = arena_alloc(c->a, most + 1))) {
		builder_fail(c->b, E_NOMEM);
		return false;
	}
	take(c);
	for (;;) {
		if (peek(c) < 0) {
			builder_error(c->b, ret->at, "this quote has no end");
			return false;
		}
		uint8_t ch = take(c);
		if (ch == '"' && peek(c) != '"')
			break;
		if (ch == '"')
			take(c);
		to[n++] = (char)ch;
	}
	ret->s = to;
	ret->len = n;
	if (at_end(c))
		return true;
	builder_error(c->b, c->at, "something follows the closing quote");
	return false;
}

static bool field(struct csv *c, struct cell *ret)
{
	while (peek(c) == ' ' || peek(c) == '\t')
		take(c);
	*ret = (struct cell){ .s = (const char *)c->in.pos, .at = c->at };
	if (peek(c) == '"')
		return quoted(c, ret);
	while (!at_end(c))
		take(c);
	ret->len = (size_t)((const char *)c->in.pos - ret->s);
	while (ret->len && (ret->s[ret->len - 1] == ' ' || ret->s[ret->len - 1] == '\t'))
		ret->len--;
	return true;
}

static bool check_text(struct csv *c, const struct cell *f)
{
	for (size_t i = 0, n; i < f->len; i += n)
		if (!(n = utf8_char(f->s + i, f->len - i))) {
			builder_error(c->b, f->at, "this is no UTF-8");
			return false;
		}
	return true;
}

/* One line of fields into cell[]; an empty line has none. */
static bool line(struct csv *c, bool *ret_empty)
{
	c->ncell = 0;
	do {
		if (c->ncell == MAX_COLS) {
			builder_error(c->b, c->at, "more than %d columns", MAX_COLS);
			return false;
		}
		struct cell *f = &c->cell[c->ncell++];
		if (!field(c, f) || !check_text(c, f))
			return false;
	} while (peek(c) == (uint8_t)c->comma && take(c));
	*ret_empty = c->ncell == 1 && !c->cell[0].len;
	while (peek(c) == '\r' || peek(c) == '\n')
		if (take(c) == '\n')
			break;
	return true;
}

static bool is(const struct cell *f, const char *name)
{
	return f->len == strlen(name) && memcmp(f->s, name, f->len) == 0;
}

static int column(const struct cell *f)
{
	for (size_t i = 0; i < COUNT_OF(columns); i++)
		if (is(f, columns[i]))
			return (int)i;
	return -1;
}

static bool header(struct csv *c)
{
	bool empty, has_id = false;
	size_t errors = c->b->errors;
	if (!line(c, &empty))
		return false;
	memcpy(c->head, c->cell, sizeof(c->head));
	c->nhead = c->ncell;
	for (size_t i = 0; i < c->nhead; i++) {
		const struct cell *h = &c->head[i];
		has_id |= is(h, "id");
		if (column(h) < 0)
			builder_error(c->b, h->at, "unknown column \"%.*s\": there are id, name, parent, privacy, privacyBelow, element, agent, ifName, ifIndex, "
				      "address, bits, from, to", (int)MIN(h->len, (size_t)60), h->s);
		for (size_t k = 0; k < i; k++)
			if (h->len == c->head[k].len && memcmp(h->s, c->head[k].s, h->len) == 0)
				builder_error(c->b, h->at, "this column is there twice");
	}
	if (!has_id && c->b->errors == errors)
		builder_error(c->b, (struct place){ 1, 1 }, "the first line names the columns, and id must be among them");
	return c->b->errors == errors;
}

/* What a line says of the customer: the first that is there counts, others must agree. */
static void customer_cell(struct csv *c, struct group *cust, const char *name, const struct cell *f)
{
	for (size_t i = 0; i < cust->nattr; i++) {
		const struct attr *a = &cust->attr[i];
		if (STREQ(a->name, name) && (a->value_len != f->len || memcmp(a->value, f->s, f->len) != 0)) {
			builder_error(c->b, f->at, "%s of customer \"%.*s\" is another one in line %u", name,
				      (int)MIN(cust->attr[0].value_len, (size_t)60), cust->attr[0].value, a->at.line);
			return;
		}
	}
	group_attr(cust, name, f->s, f->len, f->at);
}

static void row(struct csv *c)
{
	const struct cell *cell[COUNT_OF(columns)] = { 0 };
	if (c->ncell > c->nhead) {
		builder_error(c->b, c->cell[c->nhead].at, "more fields than the first line has columns");
		return;
	}
	for (size_t i = 0; i < c->ncell; i++)
		cell[column(&c->head[i])] = &c->cell[i];
	struct place at = c->cell[0].at;
	const struct cell *id = cell[0], *element = cell[COL_ELEMENT];
	struct group *cust = gather_customer(&c->g, id ? id->s : "", id ? id->len : 0, id ? id->at : at);
	if (!cust)
		return;
	for (size_t i = 1; i < CUSTOMER_COLUMNS; i++)
		if (cell[i] && cell[i]->len)
			customer_cell(c, cust, columns[i], cell[i]);
	char *name = element && element->len ? arena_strndup(c->a, element->s, element->len) : NULL;
	struct thing *t = name ? gather_thing(&c->g, cust, name, at) : NULL;
	for (size_t i = COL_ELEMENT + 1; i < COUNT_OF(columns); i++) {
		const struct cell *f = cell[i];
		if (f && f->len && t)
			thing_attr(t, columns[i], f->s, f->len, f->at);
		else if (f && f->len) {
			builder_error(c->b, f->at, "%s without an element: port, mac or cidr", columns[i]);
			return;
		}
	}
}

static char comma_of(const uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len && text[i] != '\n' && text[i] != ','; i++)
		if (text[i] == ';')
			return ';';
	return ',';
}

void csv_read(struct builder *b, const void *text, size_t len)
{
	static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
	struct arena a = { 0 };
	struct csv c = { .b = b, .a = &a, .in = cur_of(text, len), .at = { 1, 1 }, .g = { .b = b, .a = &a } };
	bool empty;
	if (len >= sizeof(mark) && memcmp(text, mark, sizeof(mark)) == 0)
		cur_skip(&c.in, sizeof(mark));
	c.comma = comma_of(c.in.pos, cur_left(&c.in));
	bool ok = header(&c);
	while (ok && cur_left(&c.in) && !builder_full(b))
		if ((ok = line(&c, &empty)) && !empty)
			row(&c);
	if (ok && !builder_full(b))
		gather_emit(&c.g);
	gather_free(&c.g);
	arena_free(&a);
}
