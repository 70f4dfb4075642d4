/* The list of edits.  They are noted as the parser finds them and sorted at the end; those at one
 * place come in the order: closings (inner first), openings (outer, noted later, first),
 * replacements.  A text that uses no E4X loses its soft edits and is then often left as it was. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "script/e4x_parse.h"

/* Line ends within a piece of the source: the replacement must have as many. */
static unsigned lines_in(const struct parser *p, size_t start, size_t end)
{
	unsigned n = 0;
	for (size_t i = start; i < end;) {
		size_t step = lex_skip_line_end(p, i);
		n += step != 0;
		i += step ? step : 1;
	}
	return n;
}

static void put_text(struct parser *p, struct edit *e, const char *text, size_t n)
{
	unsigned lines = lines_in(p, e->start, e->end);
	size_t head = lines && n ? n - 1 : n; /* before the last byte: inside its bracket */
	e->text = p->text.len;
	buf_add(&p->text, text, head);
	for (unsigned i = 0; i < lines; i++)
		buf_u8(&p->text, '\n');
	buf_add(&p->text, text + head, n - head);
	e->len = p->text.len - e->text;
}

static uint32_t _printf_(3, 0) add(struct parser *p, struct edit e, const char *fmt, va_list ap)
{
	if (p->failed)
		return 0;
	if (p->edits == p->edits_cap) {
		uint32_t cap = p->edits_cap ? p->edits_cap * 2 : 64;
		struct edit *more =
			cap <= MAX_EDITS ? mem_array(p->edit, cap, sizeof(*more)) : NULL;
		if (!more) {
			p->limit = true;
			parse_fail(p, e.start, "too much to rewrite: more than %u edits",
				   p->edits_cap);
			return 0;
		}
		p->edit = more;
		p->edits_cap = cap;
	}
	char text[600];
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n < 0 || (size_t)n >= sizeof(text)) {
		p->limit = true;
		parse_fail(p, e.start, "this name is too long to rewrite");
		return 0;
	}
	put_text(p, &e, text, (size_t)n);
	e.seq = p->edits;
	e.level = p->level;
	e.origin = e.start;
	if (!e.soft)
		p->uses_e4x = true;
	p->edit[p->edits] = e;
	return ++p->edits;
}

uint32_t edit_add(struct parser *p, enum edit_kind kind, size_t start, size_t end, const char *fmt,
		  ...)
{
	va_list ap;
	va_start(ap, fmt);
	uint32_t r =
		add(p, (struct edit){ .start = start, .end = end, .kind = (uint8_t)kind }, fmt, ap);
	va_end(ap);
	return r;
}

uint32_t edit_soft(struct parser *p, enum edit_kind kind, size_t start, size_t end, const char *fmt,
		   ...)
{
	va_list ap;
	va_start(ap, fmt);
	uint32_t r = add(
		p, (struct edit){ .start = start, .end = end, .kind = (uint8_t)kind, .soft = true },
		fmt, ap);
	va_end(ap);
	return r;
}

uint32_t edit_ns(struct parser *p, enum edit_kind kind, size_t at, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	uint32_t r = add(p,
			 (struct edit){ .start = at,
					.end = at,
					.kind = (uint8_t)kind,
					.soft = true,
					.ns = true },
			 fmt, ap);
	va_end(ap);
	return r;
}

uint32_t edit_old(struct parser *p, enum edit_kind kind, size_t start, size_t end, const char *text)
{
	uint32_t r = edit_soft(p, kind, start, end, "%s", text);
	if (r)
		p->edit[r - 1].old = true;
	return r;
}

/* "[" ... "]" made of an edited member becomes ", ..." so that object and key are arguments. */
void edit_unbracket(struct parser *p, uint32_t open, uint32_t close)
{
	char text[600];
	if (p->failed)
		return;
	struct edit *first = &p->edit[open - 1], *last = &p->edit[(close ? close : open) - 1];
	p->text.data[first->text] = ',';
	size_t n = MIN(last->len, sizeof(text));
	memcpy(text, p->text.data + last->text, n);
	while (n && text[n - 1] == '\n')
		n--;
	size_t bracket = n ? n - 1 : 0;
	p->text.data[last->text + bracket] = ' ';
}

static int compare(const void *pa, const void *pb)
{
	const struct edit *a = pa, *b = pb;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	bool later_first = a->kind == EDIT_OPEN;
	return (a->seq < b->seq) == later_first ? 1 : -1;
}

void edits_sort(struct parser *p)
{
	qsort(p->edit, p->edits, sizeof(*p->edit), compare);
}
