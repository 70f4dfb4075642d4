#include "store/gather.h"

#include "base/mem.h"

#include <assert.h>

void gathered_free(struct gathered *g)
{
	dict_free(&g->dict);
	mem_free(g->codes);
	mem_free(g->numbers);
	*g = (struct gathered){ 0 };
}

static struct dict_key key_of(const struct seg_col *c, bool addr, uint32_t i)
{
	if (!addr)
		return (struct dict_key){ .lo = c->kind == SEG_CONST ? c->uint : c->dict_uint[i] };
	const struct addr *a = c->kind == SEG_CONST ? &c->addr : &c->dict_addr[i];
	return (struct dict_key){ .hi = load_be64(a->b), .lo = load_be64(a->b + 8) };
}

/* All codes of one segment's dictionary in the common one; provisional until that is sorted. */
static enum err add_dict(struct gathered *g, const struct seg_col *c, bool addr, uint32_t *map)
{
	enum { STEP = 256 };
	struct dict_key key[STEP];
	uint32_t n = c->kind == SEG_CONST ? 1 : c->dict_n;
	enum err e = OK;
	for (uint32_t at = 0; at < n && e == OK; at += STEP) {
		uint32_t m = MIN(n - at, (uint32_t)STEP);
		for (uint32_t i = 0; i < m; i++)
			key[i] = key_of(c, addr, at + i);
		e = dict_code(&g->dict, key, m, DICT_MOST, map + at);
	}
	return e;
}

static void add_codes(const struct seg *s, size_t col, const uint32_t *map, uint32_t *out)
{
	bool constant = seg_column(s, col)->kind == SEG_CONST;
	size_t rows = seg_rows(s);
	for (size_t at = 0; at < rows; at += SEG_BLOCK) {
		size_t n = MIN(rows - at, (size_t)SEG_BLOCK);
		if (!constant)
			seg_codes(s, col, at / SEG_BLOCK, out + at);
		for (size_t i = 0; i < n; i++)
			out[at + i] = map[constant ? 0 : out[at + i]];
	}
}

/* map[]: for each segment in turn, its codes in the common dictionary. */
static enum err gather_codes(struct seg *const *seg, size_t nseg, size_t col, bool addr,
			     struct gathered *g)
{
	size_t dicts = 0, at = 0, row = 0;
	for (size_t i = 0; i < nseg; i++) {
		const struct seg_col *c = seg_column(seg[i], col);
		dicts += c->kind == SEG_CONST ? 1 : c->dict_n;
	}
	_cleanup_(mem_freep) uint32_t *map = mem_array(NULL, dicts, sizeof(*map));
	enum err e = map ? OK : E_NOMEM;
	for (size_t i = 0; i < nseg && e == OK; i++) {
		const struct seg_col *c = seg_column(seg[i], col);
		e = add_dict(g, c, addr, map + at);
		at += c->kind == SEG_CONST ? 1 : c->dict_n;
	}
	_cleanup_(mem_freep) uint32_t *rank =
		e == OK ? mem_array(NULL, g->dict.n, sizeof(*rank)) : NULL;
	if (e == OK)
		e = rank ? dict_sort(&g->dict, rank) : E_NOMEM;
	if (e != OK)
		return e;
	if (g->dict.n == 1)
		return OK; /* most columns of a site */
	g->codes = mem_array(NULL, g->rows, sizeof(*g->codes));
	if (!g->codes)
		return E_NOMEM;
	for (size_t i = 0; i < dicts; i++)
		map[i] = rank[map[i]];
	at = 0;
	for (size_t i = 0; i < nseg; i++) {
		const struct seg_col *c = seg_column(seg[i], col);
		add_codes(seg[i], col, map + at, g->codes + row);
		at += c->kind == SEG_CONST ? 1 : c->dict_n;
		row += seg_rows(seg[i]);
	}
	return OK;
}

static void gather_numbers(struct seg *const *seg, size_t nseg, size_t col, uint64_t *out)
{
	for (size_t i = 0; i < nseg; i++) {
		size_t rows = seg_rows(seg[i]);
		for (size_t b = 0; b < seg_blocks(rows); b++)
			seg_uints(seg[i], col, b, out + b * SEG_BLOCK);
		out += rows;
	}
}

enum err gather(struct seg *const *seg, size_t nseg, const struct table *t, size_t col,
		struct gathered *ret)
{
	struct gathered g = { .coded = true };
	bool addr = t->cols[col].storage == ST_addr;
	enum err e = OK;
	for (size_t i = 0; i < nseg && e == OK; i++) {
		e = seg_prepare(seg[i], (uint64_t)1 << col);
		if (e == OK && seg_column(seg[i], col)->kind == SEG_INT)
			g.coded = false;
		g.rows += seg_rows(seg[i]);
	}
	assert(e != OK || g.coded || !addr);
	if (e == OK && !g.coded) {
		g.numbers = mem_array(NULL, g.rows, sizeof(*g.numbers));
		e = g.numbers ? OK : E_NOMEM;
	}
	if (e == OK && g.coded)
		e = gather_codes(seg, nseg, col, addr, &g);
	else if (e == OK)
		gather_numbers(seg, nseg, col, g.numbers);
	for (size_t i = 0; i < nseg; i++)
		seg_release(seg[i]);
	if (e == OK)
		*ret = g;
	else
		gathered_free(&g);
	return e;
}
