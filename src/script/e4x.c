/* The front end's door: text in; the rewritten text and the way back out. */
#include <stdio.h>

#include "base/mem.h"
#include "script/e4x_parse.h"

/* A stretch of the rewritten text: copied from the source, or brought by an edit. */
struct piece {
	size_t out, source;
	bool copied;
};

struct e4x {
	struct buf text, pieces;
	bool changed;
};

static void add_piece(struct e4x *x, size_t source, bool copied)
{
	struct piece piece = { x->text.len, source, copied };
	buf_add(&x->pieces, &piece, sizeof(piece));
}

static void copy(struct e4x *x, const struct parser *p, size_t from, size_t to)
{
	if (to <= from)
		return;
	add_piece(x, from, true);
	buf_add(&x->text, p->s + from, to - from);
}

static bool name_byte(uint8_t c)
{
	return c >= 0x80 || c == '$' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The source with its edits.  A replacement inside one that is already gone is dropped: the parser
 * makes none, and a text from outside must not be able to make one. */
static enum err build(struct e4x *x, struct parser *p)
{
	size_t done = 0;
	edits_sort(p);
	for (uint32_t i = 0; i < p->edits; i++) {
		const struct edit *e = &p->edit[i];
		if (e->start < done || e->dead || (e->ns && !p->sets_namespace) ||
		    (e->old && !p->uses_old))
			continue;
		copy(x, p, done, e->start);
		add_piece(x, e->origin, false);
		if (e->len && x->text.len && name_byte(p->text.data[e->text]) && name_byte(x->text.data[x->text.len - 1]))
			buf_u8(&x->text, ' '); /* return<a/> */
		buf_add(&x->text, p->text.data + e->text, e->len);
		done = e->end;
	}
	copy(x, p, done, p->len);
	x->changed = true;
	return x->text.bad ? x->text.bad : x->pieces.bad;
}

static void release(struct parser *p)
{
	mem_free(p->edit);
	buf_free(&p->text);
	buf_free(&p->bound);
	map_free(&p->constants);
}

static enum err rewrite(struct parser p, bool beside, struct e4x **ret)
{
	struct e4x_error *why = p.why;
	size_t len = p.len;
	enum err e = OK;

	if (len > MAX_SOURCE) {
		snprintf(why->message, sizeof(why->message), "a script of more than %d bytes",
			 MAX_SOURCE);
		return E_LIMIT;
	}
	struct e4x *x = mem_new0(1, sizeof(*x));
	if (!x)
		return E_NOMEM;
	lex_init(&p);
	parse_program(&p);
	if (p.failed)
		e = p.limit ? E_LIMIT : E_SYNTAX;
	else if (p.text.bad)
		e = p.text.bad;
	else if ((p.uses_e4x || p.evals || beside) && p.edits)
		e = build(x, &p);
	why->e4x = p.uses_e4x;
	release(&p);
	if (e != OK) {
		e4x_free(x);
		return e;
	}
	*ret = x;
	return OK;
}

enum err e4x_rewrite(const char *source, size_t len, struct e4x **ret, struct e4x_error *why)
{
	return rewrite((struct parser){ .s = (const uint8_t *)source, .len = len, .why = why }, false, ret);
}

enum err e4x_rewrite_beside(const char *source, size_t len, unsigned body, struct e4x **ret,
			    struct e4x_error *why)
{
	return rewrite((struct parser){ .s = (const uint8_t *)source, .len = len, .why = why, .body = body },
		       true, ret);
}

void e4x_free(struct e4x *x)
{
	if (!x)
		return;
	buf_free(&x->text);
	buf_free(&x->pieces);
	mem_free(x);
}

bool e4x_changed(const struct e4x *x)
{
	return x->changed;
}

const char *e4x_text(const struct e4x *x, size_t *ret_len)
{
	*ret_len = x->text.len;
	return x->text.len ? (const char *)x->text.data : "";
}

/* The number of the last piece that begins at or before pos, + 1; 0 = none. */
static size_t piece_before(const struct e4x *x, size_t pos)
{
	size_t n = x->pieces.len / sizeof(struct piece), low = 0;

	while (low < n) {
		size_t mid = low + (n - low) / 2;
		struct piece at;
		memcpy(&at, x->pieces.data + mid * sizeof(at), sizeof(at));
		if (at.out > pos)
			n = mid;
		else
			low = mid + 1;
	}
	return low;
}

static struct piece piece_of(const struct e4x *x, size_t number)
{
	struct piece piece = { .copied = true };
	if (number)
		memcpy(&piece, x->pieces.data + (number - 1) * sizeof(piece), sizeof(piece));
	return piece;
}

size_t e4x_origin(const struct e4x *x, size_t pos)
{
	struct piece piece = piece_of(x, piece_before(x, pos));
	return piece.copied ? piece.source + (pos - piece.out) : piece.source;
}

void e4x_span(const struct e4x *x, size_t from, size_t to, size_t *ret_from, size_t *ret_to)
{
	size_t last = piece_before(x, to - 1), n = x->pieces.len / sizeof(struct piece);
	struct piece piece = piece_of(x, last);
	*ret_from = e4x_origin(x, from);
	/* what an edit brought ends where the source goes on */
	while (!piece.copied && last < n)
		piece = piece_of(x, ++last);
	*ret_to = piece.copied && piece.out < to ? piece.source + (to - piece.out) : piece.source;
}

size_t e4x_loop(const char *source, size_t len, size_t pos)
{
	struct e4x_error why;
	struct parser p = {
		.s = (const uint8_t *)source, .len = len, .why = &why, .seeks = true, .seek = pos
	};
	if (len > MAX_SOURCE)
		return pos;
	lex_init(&p);
	parse_program(&p);
	release(&p);
	return p.loop ? p.loop - 1 : pos;
}
