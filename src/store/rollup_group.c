/* Traffic's roll-ups: rows of one key added up.
 *
 * Each key column has a dictionary of its own for all sources; a segment's codes are mapped to it
 * once, so that a row's key is a tuple of small numbers:
 *
 *	time | KEEP and FOLD columns | set of owners, by side | folded | part
 *
 * What would pass 64 bits goes to the key's next part, so that sums are always whole. */
#include "store/rollup_part.h"

#include "store/dict.h"

#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

enum {
	RU_FIRST_SUM = RU_bytes, /* columns before are keys */
	SUMS = RU_COLS - 1 - RU_FIRST_SUM,
	W_SETS = RU_FIRST_SUM,
	W_FOLDED = W_SETS + OWNING_SIDES,
	W_PART,
	WIDTH,
	GROUPS_MOST = 1 << 26,
	SHARE = 8,          /* up to one group for so many rows: all are kept */
	DETAILS = 4096,     /* else so many keep their addresses */
	STEP = 256,
};
_Static_assert(RU_frames == RU_bytes + 1 && RU_records == RU_bytes + 2 &&
		       RU_squares == RU_bytes + 3 && RU_folded == RU_COLS - 1,
	       "sums stand in this order, behind the keys");

static const bool folds[RU_COLS] = {
#define KEEP(name, storage)
#define FOLD(name, storage) [RU_##name] = true,
#define SUM(name)
#define NEW(name, help)
#include "store/rollup.def"
#undef KEEP
#undef FOLD
#undef SUM
#undef NEW
};

struct grouping {
	const struct rollup_kind *kind;
	struct dict dict[RU_FIRST_SUM];
	uint32_t *tuple; /* WIDTH for each group */
	uint64_t *sum;   /* SUMS for each group */
	size_t n, cap, details;
	uint32_t *slot; /* group + 1 */
	size_t slots;
	uint64_t seed;
	uint32_t *code[WIDTH]; /* of a block's rows */
	uint64_t *value[SUMS];
	uint64_t *time;
};

static void grouping_free(struct grouping *g)
{
	for (size_t i = 0; i < RU_FIRST_SUM; i++)
		dict_free(&g->dict[i]);
	for (size_t i = 0; i < WIDTH; i++)
		mem_free(g->code[i]);
	for (size_t i = 0; i < SUMS; i++)
		mem_free(g->value[i]);
	mem_free(g->time);
	mem_free(g->tuple);
	mem_free(g->sum);
	mem_free(g->slot);
}

static enum err grouping_init(struct grouping *g, const struct rollup_kind *k)
{
	bool all = true;
	*g = (struct grouping){ .kind = k, .seed = hash_seed() };
	for (size_t i = 0; i < WIDTH; i++)
		all &= (g->code[i] = mem_new0(SEG_BLOCK, sizeof(**g->code))) != NULL;
	for (size_t i = 0; i < SUMS; i++)
		all &= (g->value[i] = mem_new0(SEG_BLOCK, sizeof(**g->value))) != NULL;
	all &= (g->time = mem_new0(SEG_BLOCK, sizeof(*g->time))) != NULL;
	return all ? OK : E_NOMEM;
}

void rolled_free(struct rolled *r)
{
	batch_free(r->rows);
	for (size_t i = 0; i < OWNING_SIDES; i++)
		mem_free(r->set[i]);
	map_free(&r->sets);
	buf_free(&r->members);
	buf_free(&r->ends);
	*r = (struct rolled){ 0 };
}

/* -- a source's codes become ours ------------------------------------------------------------- */

struct mapping {
	uint32_t *of[RU_FIRST_SUM]; /* a segment's code -> ours */
	uint32_t *set;              /* a sidecar's set -> ours */
};

static void mapping_free(struct mapping *m)
{
	for (size_t i = 0; i < RU_FIRST_SUM; i++)
		mem_free(m->of[i]);
	mem_free(m->set);
}

/* Where the source has a column of ours; -1: it has none. */
static int source_column(const struct grouping *g, const struct seg *s, size_t col)
{
	if (s->table == g->kind->columns)
		return (int)col;
	for (size_t c = 0; c < s->table->ncols; c++)
		if (rollup_column(g->kind, c) == (int)col)
			return (int)c;
	return -1;
}

static struct dict_key key_at(const struct seg_col *c, bool addr, uint32_t i)
{
	bool constant = c->kind == SEG_CONST;
	if (!addr)
		return (struct dict_key){ .lo = constant ? c->uint : c->dict_uint[i] };
	const struct addr *a = constant ? &c->addr : &c->dict_addr[i];
	return (struct dict_key){ .hi = load_be64(a->b), .lo = load_be64(a->b + 8) };
}

static enum err map_column(struct grouping *g, const struct seg *s, size_t col, uint32_t **ret)
{
	int from = source_column(g, s, col);
	const struct seg_col *c = seg_column(s, (size_t)from);
	bool addr = g->kind->columns->cols[col].storage == ST_addr;
	uint32_t n = c->kind == SEG_CONST ? 1 : c->dict_n;
	struct dict_key key[STEP];
	if (c->kind == SEG_INT)
		return OK;
	*ret = mem_array(NULL, n, sizeof(**ret));
	enum err e = *ret ? OK : E_NOMEM;
	for (uint32_t at = 0; at < n && e == OK; at += STEP) {
		uint32_t m = MIN(n - at, (uint32_t)STEP);
		for (uint32_t i = 0; i < m; i++)
			key[i] = key_at(c, addr, at + i);
		e = dict_code(&g->dict[col], key, m, DICT_MOST, *ret + at);
	}
	return e;
}

/* The sidecar's sets among those of the roll-up. */
static enum err map_sets(struct rolled *r, const struct sidecar *own, uint32_t **ret)
{
	uint32_t n = own ? sidecar_sets(own) : 1;
	*ret = mem_array(NULL, n, sizeof(**ret));
	enum err e = *ret ? OK : E_NOMEM;
	for (uint32_t i = 0; i < n && e == OK; i++) {
		size_t owners = 0;
		const uint32_t *owner = own ? sidecar_set(own, i, &owners) : NULL;
		struct map_entry *entry;
		bool fresh;
		e = map_put(&r->sets, owners ? (const void *)owner : "", owners * 4, &entry, &fresh);
		if (e == OK && fresh) {
			if (owners)
				buf_add(&r->members, owner, owners * 4);
			buf_u32(&r->ends, (uint32_t)(r->members.len / 4));
			entry->num = r->sets.n;
			e = r->members.bad ? r->members.bad : r->ends.bad;
		}
		if (e == OK)
			(*ret)[i] = (uint32_t)entry->num - 1;
	}
	return e;
}

/* Numbers that are no codes, and times: one by one. */
static enum err code_numbers(struct dict *d, const uint64_t *v, size_t n, uint64_t unit,
			     uint32_t *out)
{
	enum err e = OK;
	for (size_t i = 0; i < n && e == OK; i++) {
		struct dict_key key = { .lo = v[i] / unit };
		if (i && d->key[out[i - 1]].lo == key.lo)
			out[i] = out[i - 1];
		else
			e = dict_code(d, &key, 1, DICT_MOST, &out[i]);
	}
	return e;
}

static enum err code_column(struct grouping *g, const struct seg *s, const struct mapping *m,
			    size_t col, size_t block)
{
	size_t n = block_rows(s, block);
	int from = source_column(g, s, col);
	const struct seg_col *c = seg_column(s, (size_t)from);
	uint32_t *code = g->code[col];
	if (col == RU_time || c->kind == SEG_INT) {
		uint64_t unit = col == RU_time ? (uint64_t)g->kind->step : 1;
		seg_uints(s, (size_t)from, block, g->time);
		return code_numbers(&g->dict[col], g->time, n, unit, code);
	}
	if (c->kind == SEG_DICT)
		seg_codes(s, (size_t)from, block, code);
	for (size_t i = 0; i < n; i++)
		code[i] = m->of[col][c->kind == SEG_DICT ? code[i] : 0];
	return OK;
}

static void read_sums(struct grouping *g, const struct seg *s, size_t block)
{
	size_t n = block_rows(s, block);
	bool raw = s->table != g->kind->columns;
	for (size_t i = 0; i < SUMS; i++) {
		int from = source_column(g, s, RU_FIRST_SUM + i);
		if (from >= 0)
			seg_uints(s, (size_t)from, block, g->value[i]);
	}
	uint64_t *bytes = g->value[0], *frames = g->value[1], *records = g->value[2],
		 *squares = g->value[3];
	for (size_t i = 0; i < n && raw; i++) {
		unsigned __int128 square = (unsigned __int128)bytes[i] * bytes[i];
		square /= MAX(frames[i], (uint64_t)1);
		records[i] = 1;
		squares[i] = (uint64_t)MIN(square, (unsigned __int128)ROLLUP_SQUARE_MOST);
	}
}

static void read_sets(struct grouping *g, const struct rollup_source *from, const struct mapping *m,
		      size_t block)
{
	size_t n = block_rows(from->seg, block);
	for (size_t side = 0; side < OWNING_SIDES; side++) {
		uint32_t *code = g->code[W_SETS + side];
		bool told = from->own && side < sidecar_sides(from->own);
		if (told)
			sidecar_codes(from->own, side, block, code);
		for (size_t i = 0; i < n; i++)
			code[i] = told ? m->set[code[i]] : 0;
	}
}

static void read_folded(struct grouping *g, const struct seg *s, size_t block)
{
	size_t n = block_rows(s, block);
	uint32_t *code = g->code[W_FOLDED];
	if (s->table == g->kind->columns)
		seg_uints(s, RU_folded, block, g->time);
	for (size_t i = 0; i < n; i++)
		code[i] = s->table == g->kind->columns ? g->time[i] != 0 : 0;
}

/* -- groups ------------------------------------------------------------------------------------ */

static enum err more_slots(struct grouping *g)
{
	size_t slots = g->slots ? g->slots * 2 : 4096;
	uint32_t *slot = mem_new0(slots, sizeof(*slot));
	if (!slot)
		return E_NOMEM;
	for (size_t i = 0; i < g->n; i++) {
		size_t k = hash_bytes(g->tuple + i * WIDTH, WIDTH * 4, g->seed) & (slots - 1);
		while (slot[k])
			k = (k + 1) & (slots - 1);
		slot[k] = (uint32_t)i + 1;
	}
	mem_free(g->slot);
	g->slot = slot;
	g->slots = slots;
	return OK;
}

static enum err room_for_one(struct grouping *g)
{
	if (g->n >= GROUPS_MOST)
		return E_LIMIT;
	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 2048;
		uint32_t *tuple = mem_array(g->tuple, cap, WIDTH * sizeof(*tuple));
		if (!tuple)
			return E_NOMEM;
		g->tuple = tuple;
		uint64_t *sum = mem_array(g->sum, cap, SUMS * sizeof(*sum));
		if (!sum)
			return E_NOMEM;
		g->sum = sum;
		g->cap = cap;
	}
	return g->n * 2 >= g->slots ? more_slots(g) : OK;
}

static size_t slot_of(const struct grouping *g, const uint32_t *tuple)
{
	size_t k = hash_bytes(tuple, WIDTH * 4, g->seed) & (g->slots - 1);
	while (g->slot[k] &&
	       memcmp(g->tuple + (size_t)(g->slot[k] - 1) * WIDTH, tuple, WIDTH * 4) != 0)
		k = (k + 1) & (g->slots - 1);
	return k;
}

static bool fits(const uint64_t *all, const uint64_t *sum)
{
	uint64_t both;
	bool over = false;
	for (size_t i = 0; i < SUMS; i++)
		over |= __builtin_add_overflow(all[i], sum[i], &both);
	return !over;
}

static enum err add_group(struct grouping *g, uint32_t *tuple, const uint64_t *sum)
{
	enum err e = room_for_one(g);
	if (e != OK)
		return e;
	size_t k = slot_of(g, tuple);
	while (g->slot[k] && !fits(g->sum + (size_t)(g->slot[k] - 1) * SUMS, sum)) {
		tuple[W_PART]++;
		k = slot_of(g, tuple);
	}
	if (!g->slot[k]) {
		memcpy(g->tuple + g->n * WIDTH, tuple, WIDTH * 4);
		memset(g->sum + g->n * SUMS, 0, SUMS * sizeof(*g->sum));
		g->slot[k] = (uint32_t)++g->n;
	}
	uint64_t *all = g->sum + (size_t)(g->slot[k] - 1) * SUMS;
	for (size_t i = 0; i < SUMS; i++)
		all[i] += sum[i];
	return OK;
}

static enum err add_block(struct grouping *g, const struct rollup_source *from,
			  const struct mapping *m, size_t block)
{
	enum err e = OK;
	for (size_t c = 0; c < RU_FIRST_SUM && e == OK; c++)
		e = code_column(g, from->seg, m, c, block);
	read_sums(g, from->seg, block);
	read_sets(g, from, m, block);
	read_folded(g, from->seg, block);
	for (size_t i = 0; i < block_rows(from->seg, block) && e == OK; i++) {
		uint32_t tuple[WIDTH];
		uint64_t sum[SUMS];
		for (size_t k = 0; k < WIDTH; k++)
			tuple[k] = g->code[k][i];
		for (size_t k = 0; k < SUMS; k++)
			sum[k] = g->value[k][i];
		e = add_group(g, tuple, sum);
	}
	return e;
}

static enum err add_source(struct grouping *g, const struct rollup_source *from,
			   const struct rollup_options *opt, struct rolled *r)
{
	struct mapping m = { .set = NULL };
	uint64_t cols = 0;
	for (size_t c = 0; c < RU_COLS; c++) {
		int at = source_column(g, from->seg, c);
		cols |= at >= 0 ? (uint64_t)1 << at : 0;
	}
	enum err e = seg_prepare(from->seg, cols);
	for (size_t c = 0; c < RU_FIRST_SUM && e == OK; c++)
		if (c != RU_time)
			e = map_column(g, from->seg, c, &m.of[c]);
	if (e == OK)
		e = map_sets(r, from->own, &m.set);
	for (size_t b = 0; b < seg_blocks(seg_rows(from->seg)) && e == OK; b++)
		e = opt->stop && opt->stop(opt->arg) ? E_CANCELLED : add_block(g, from, &m, b);
	seg_release(from->seg);
	mapping_free(&m);
	return e;
}

/* -- the tail ------------------------------------------------------------------------------------ */

static double weight(const struct grouping *g, size_t group)
{
	uint32_t rate = g->tuple[group * WIDTH + RU_samplingrate];
	uint64_t r = g->dict[RU_samplingrate].key[rate].lo;
	return (double)g->sum[group * SUMS] * (double)MAX(r, (uint64_t)1);
}

static int heaviest_first(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return *x > *y ? -1 : *x < *y;
}

/* Groups below the heaviest lose their addresses, and many become one. */
static enum err fold(struct grouping *g)
{
	struct dict_key none = { 0, 0 };
	uint32_t absent[RU_FIRST_SUM] = { 0 };
	size_t n = g->n;
	_cleanup_(mem_freep) double *w = mem_array(NULL, n, sizeof(*w));
	enum err e = w ? OK : E_NOMEM;
	for (size_t c = 0; c < RU_FIRST_SUM && e == OK; c++)
		if (folds[c])
			e = dict_code(&g->dict[c], &none, 1, DICT_MOST, &absent[c]);
	if (e != OK)
		return e;
	for (size_t i = 0; i < n; i++)
		w[i] = weight(g, i);
	qsort(w, n, sizeof(*w), heaviest_first);
	double least = w[g->details - 1];
	_cleanup_(mem_freep) uint32_t *tuple = g->tuple;
	_cleanup_(mem_freep) uint64_t *sum = g->sum;
	_cleanup_(mem_freep) uint8_t *heavy = mem_new0(n, 1);
	for (size_t i = 0; heavy && i < n; i++)
		heavy[i] = weight(g, i) > least;
	mem_free(g->slot);
	g->tuple = NULL;
	g->sum = NULL;
	g->slot = NULL;
	g->slots = g->n = g->cap = 0;
	e = heavy ? OK : E_NOMEM;
	for (size_t i = 0; i < n && e == OK; i++) {
		uint32_t *t = tuple + i * WIDTH;
		for (size_t c = 0; c < RU_FIRST_SUM && !heavy[i]; c++)
			if (folds[c])
				t[c] = absent[c];
		t[W_FOLDED] |= !heavy[i];
		e = add_group(g, t, sum + i * SUMS);
	}
	return e;
}

/* -- groups as rows ------------------------------------------------------------------------------ */

static int by_place(const void *a, const void *b, void *arg)
{
	static const uint8_t order[] = { RU_agent, RU_inputinterface, RU_outputinterface, RU_time };
	const struct grouping *g = arg;
	const uint32_t *x = a, *y = b;
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		const struct dict_key *k = g->dict[order[i]].key;
		const struct dict_key *p = &k[g->tuple[*x * WIDTH + order[i]]],
				      *q = &k[g->tuple[*y * WIDTH + order[i]]];
		if (p->hi != q->hi)
			return p->hi < q->hi ? -1 : 1;
		if (p->lo != q->lo)
			return p->lo < q->lo ? -1 : 1;
	}
	return *x < *y ? -1 : *x > *y;
}

static void put_value(struct batch *b, size_t col, size_t row, const struct dict_key *key)
{
	enum storage width = b->table->cols[col].storage;
	uint8_t *at = (uint8_t *)b->col[col] + row * (size_t)width;
	if (width != ST_addr) {
		memcpy(at, &key->lo, (size_t)width); /* little-endian, as everything here */
		return;
	}
	store_be64(at, key->hi);
	store_be64(at + 8, key->lo);
}

static void put_row(const struct grouping *g, size_t group, struct rolled *r, size_t row)
{
	const uint32_t *tuple = g->tuple + group * WIDTH;
	struct batch *b = r->rows;
	for (size_t c = 0; c < RU_FIRST_SUM; c++) {
		struct dict_key key = g->dict[c].key[tuple[c]];
		if (c == RU_time)
			key.lo *= (uint64_t)g->kind->step;
		put_value(b, c, row, &key);
	}
	for (size_t i = 0; i < SUMS; i++)
		((uint64_t *)b->col[RU_FIRST_SUM + i])[row] = g->sum[group * SUMS + i];
	((uint64_t *)b->col[RU_folded])[row] = tuple[W_FOLDED];
	for (size_t side = 0; side < OWNING_SIDES; side++)
		r->set[side][row] = tuple[W_SETS + side];
}

static enum err put_rows(struct grouping *g, struct rolled *r)
{
	_cleanup_(mem_freep) uint32_t *order = mem_array(NULL, g->n, sizeof(*order));
	enum err e = order ? batch_new(g->kind->columns, g->n, &r->rows) : E_NOMEM;
	for (size_t side = 0; side < OWNING_SIDES && e == OK; side++) {
		r->set[side] = mem_array(NULL, g->n, sizeof(**r->set));
		e = r->set[side] ? OK : E_NOMEM;
	}
	if (e != OK)
		return e;
	for (uint32_t i = 0; i < g->n; i++)
		order[i] = i;
	qsort_r(order, g->n, sizeof(*order), by_place, g);
	for (size_t i = 0; i < g->n; i++)
		put_row(g, order[i], r, i);
	r->rows->n = g->n;
	r->rows->used = ((uint64_t)1 << RU_COLS) - 1;
	return OK;
}

enum err rollup_group(const struct rollup_kind *k, const struct rollup_source *from, size_t n,
		      const struct rollup_options *opt, struct rolled *ret)
{
	struct grouping g;
	struct rolled r = { .sides = 0 };
	uint64_t rows = 0;
	enum err e = grouping_init(&g, k);
	g.details = opt->details ? opt->details : DETAILS;
	for (size_t i = 0; i < n && e == OK; i++) {
		rows += seg_rows(from[i].seg);
		r.sides = MAX(r.sides, from[i].own ? sidecar_sides(from[i].own) : 0);
		e = add_source(&g, &from[i], opt, &r);
	}
	if (e == OK && g.n > rows / SHARE && g.n > g.details)
		e = fold(&g);
	if (e == OK)
		e = put_rows(&g, &r);
	grouping_free(&g);
	if (e == OK)
		*ret = r;
	else
		rolled_free(&r);
	return e;
}
