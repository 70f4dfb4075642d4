#include "store/gather.h"

#include "base/mem.h"
#include "base/vector.h"

#include <assert.h>

void gathered_free(struct gathered *g)
{
	dict_free(&g->dict);
	mem_free(g->memory);
	mem_free(g->block);
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

/* What a block's codes become, out of map[] (NULL: they are multiplied) and put in their rows' places. */
struct becoming {
	const uint32_t *map;
	uint32_t add, mul;
	const uint32_t *place; /* of the block's first row and those behind it; NULL: as they lie */
};

enum { AHEAD = 32 }; /* places that are fetched before they are needed */

#define PUT_CODES(type)                                                                            \
	_vectorize_ static void put_##type(const struct becoming *b, const uint32_t *restrict code, \
					   size_t n, type *restrict out)                           \
	{                                                                                          \
		const uint32_t *place = b->place, *map = b->map, add = b->add, mul = b->mul;       \
		for (size_t i = 0; i < n && !place; i++)                                           \
			out[i] = (type)(map ? map[code[i]] : add + mul * code[i]);                 \
		for (size_t i = 0; i < n && place; i++) {                                          \
			if (i + AHEAD < n)                                                         \
				__builtin_prefetch(&out[place[i + AHEAD]], 1);                     \
			out[place[i]] = (type)(map ? map[code[i]] : add + mul * code[i]);          \
		}                                                                                  \
	}
PUT_CODES(uint8_t)
PUT_CODES(uint16_t)
PUT_CODES(uint32_t)

/* Of rows that begin with row `at` of all. */
static void put_codes(const struct gathered *g, const struct becoming *b, const uint32_t *code, size_t n, size_t at)
{
	at = b->place ? 0 : at;
	if (g->width == 1)
		put_uint8_t(b, code, n, (uint8_t *)g->codes + at);
	else if (g->width == 2)
		put_uint16_t(b, code, n, (uint16_t *)g->codes + at);
	else
		put_uint32_t(b, code, n, (uint32_t *)g->codes + at);
}

/* One segment's; row is where its first one stands among all. */
static void add_codes(const struct seg *s, const struct gather_what *what, struct becoming b, size_t row,
		      struct gathered *g)
{
	bool constant = seg_column(s, what->col)->kind == SEG_CONST;
	uint32_t *code = (uint32_t *)(void *)g->block;
	size_t rows = seg_rows(s);
	if (constant)
		memset(code, 0, MIN(rows, (size_t)SEG_BLOCK) * sizeof(*code));
	for (size_t at = 0; at < rows; at += SEG_BLOCK) {
		if (!constant)
			seg_codes(s, what->col, at / SEG_BLOCK, code);
		b.place = what->place ? what->place + row + at : NULL;
		put_codes(g, &b, code, MIN(rows - at, (size_t)SEG_BLOCK), row + at);
	}
}

static enum err make_room(struct gathered *g, size_t width)
{
	if (g->rows * width <= g->room)
		return OK;
	mem_free(g->memory);
	g->memory = mem_table(g->rows, width);
	g->room = g->memory ? g->rows * width : 0;
	return g->memory ? OK : E_NOMEM;
}

static uint32_t dict_size(const struct seg_col *c)
{
	return c->kind == SEG_CONST ? 1 : c->dict_n;
}

/* map[]: for each segment in turn, its codes in the common dictionary. */
static enum err gather_codes(struct seg *const *seg, size_t nseg, const struct gather_what *what,
			     struct gathered *g)
{
	bool addr = what->table->cols[what->col].storage == ST_addr;
	size_t dicts = 0, at = 0, row = 0;
	for (size_t i = 0; i < nseg; i++)
		dicts += dict_size(seg_column(seg[i], what->col));
	_cleanup_(mem_freep) uint32_t *map = mem_array(NULL, dicts, sizeof(*map));
	enum err e = map ? OK : E_NOMEM;
	for (size_t i = 0; i < nseg && e == OK; i++) {
		e = add_dict(g, seg_column(seg[i], what->col), addr, map + at);
		at += dict_size(seg_column(seg[i], what->col));
	}
	_cleanup_(mem_freep) uint32_t *rank =
		e == OK ? mem_array(NULL, g->dict.n, sizeof(*rank)) : NULL;
	if (e == OK)
		e = rank ? dict_sort(&g->dict, rank) : E_NOMEM;
	if (e != OK)
		return e;
	if (g->dict.n == 1)
		return OK; /* most columns of a site */
	g->width = what->wide || g->dict.n > 1 << 16 ? 4 : g->dict.n > 1 << 8 ? 2 : 1;
	if ((e = make_room(g, g->width)) != OK)
		return e;
	g->codes = g->memory;
	for (size_t i = 0; i < dicts; i++)
		map[i] = rank[map[i]];
	at = 0;
	for (size_t i = 0; i < nseg; i++) {
		add_codes(seg[i], what, (struct becoming){ .map = map + at }, row, g);
		at += dict_size(seg_column(seg[i], what->col));
		row += seg_rows(seg[i]);
	}
	return OK;
}

/* Are the numbers of all segments base + step * q, of one base and the step that is asked for? */
static bool are_narrow(struct seg *const *seg, size_t nseg, const struct gather_what *what, struct gathered *g)
{
	uint64_t base = UINT64_MAX, top = 0;
	for (size_t i = 0; i < nseg; i++) {
		const struct seg_col *c = seg_column(seg[i], what->col);
		if (c->kind == SEG_DICT || (c->kind == SEG_INT && (!c->narrow || c->step % what->step)))
			return false;
		base = MIN(base, c->kind == SEG_CONST ? c->uint : c->base);
		top = MAX(top, c->max);
	}
	for (size_t i = 0; i < nseg; i++) {
		const struct seg_col *c = seg_column(seg[i], what->col);
		if (((c->kind == SEG_CONST ? c->uint : c->base) - base) % what->step)
			return false;
	}
	if ((top - base) / what->step > UINT32_MAX)
		return false;
	g->base = base;
	g->step = what->step;
	return true;
}

static enum err gather_narrow(struct seg *const *seg, size_t nseg, const struct gather_what *what, struct gathered *g)
{
	enum err e = make_room(g, sizeof(uint32_t));
	g->codes = g->memory;
	g->width = sizeof(uint32_t);
	for (size_t i = 0, row = 0; i < nseg && e == OK; row += seg_rows(seg[i++])) {
		const struct seg_col *c = seg_column(seg[i], what->col);
		struct becoming b = { .mul = (uint32_t)(c->kind == SEG_CONST ? 0 : c->step / g->step) };
		b.add = (uint32_t)(((c->kind == SEG_CONST ? c->uint : c->base) - g->base) / g->step);
		add_codes(seg[i], what, b, row, g);
	}
	return e;
}

static enum err gather_numbers(struct seg *const *seg, size_t nseg, const struct gather_what *what, struct gathered *g)
{
	enum err e = make_room(g, sizeof(*g->numbers));
	g->numbers = g->memory;
	for (size_t i = 0, row = 0; i < nseg && e == OK; row += seg_rows(seg[i++]))
		for (size_t b = 0; b < seg_blocks(seg_rows(seg[i])); b++) {
			size_t at = row + b * SEG_BLOCK, n = MIN(seg_rows(seg[i]) - b * SEG_BLOCK, (size_t)SEG_BLOCK);
			seg_uints(seg[i], what->col, b, what->place ? g->block : g->numbers + at);
			for (size_t k = 0; k < n && what->place; k++)
				g->numbers[what->place[at + k]] = g->block[k];
		}
	return e;
}

/* As before the first column, but for its memory. */
static enum err begin(struct gathered *g, size_t rows, bool coded)
{
	dict_free(&g->dict);
	*g = (struct gathered){
		.memory = g->memory, .room = g->room, .block = g->block, .rows = rows, .coded = coded
	};
	if (!g->block)
		g->block = mem_array(NULL, SEG_BLOCK, sizeof(*g->block));
	return g->block ? OK : E_NOMEM;
}

enum err gather(struct seg *const *seg, size_t nseg, const struct gather_what *what, struct gathered *g)
{
	bool addr = what->table->cols[what->col].storage == ST_addr;
	bool coded = what->table->cols[what->col].codec != C_TIME;
	size_t rows = 0;
	enum err e = OK;
	for (size_t i = 0; i < nseg && e == OK; i++) {
		e = seg_prepare(seg[i], (uint64_t)1 << what->col);
		if (e == OK && seg_column(seg[i], what->col)->kind == SEG_INT)
			coded = false;
		rows += seg_rows(seg[i]);
	}
	assert(e != OK || coded || !addr);
	if (e == OK)
		e = begin(g, rows, coded);
	if (e == OK && coded)
		e = gather_codes(seg, nseg, what, g);
	else if (e == OK && are_narrow(seg, nseg, what, g))
		e = gather_narrow(seg, nseg, what, g);
	else if (e == OK)
		e = gather_numbers(seg, nseg, what, g);
	for (size_t i = 0; i < nseg; i++)
		seg_release(seg[i]);
	return e;
}
