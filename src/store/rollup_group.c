/* Traffic's roll-ups: rows of one key added up.
 *
 * Each key column has a dictionary of its own for all sources; a segment's codes are mapped to it
 * once, so that a row's key is a tuple of small numbers:
 *
 *	time | KEEP and FOLD columns | set of owners, by side | folded
 *
 * packed into words (groups.h). */
#include "store/rollup_part.h"

#include "store/dict.h"
#include "store/groups.h"

#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

enum {
	W_SETS = RU_FIRST_SUM, /* numbers of a key, behind its columns */
	W_FOLDED = W_SETS + OWNING_SIDES,
	SHARE = 8,          /* up to one group for so many rows: all are kept */
	DETAILS = 4096,     /* else so many keep their addresses */
	STEP = 256,
};
_Static_assert(W_FOLDED + 1 == GROUP_NUMBERS, "nothing else tells groups apart");
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
	struct groups groups;
	size_t details;
	uint64_t *key; /* of a block's rows */
	uint32_t *hash;
	uint32_t *code[GROUP_NUMBERS]; /* of a block's rows */
	uint64_t *value[GROUP_SUMS];
	uint64_t *time;
};

static void grouping_free(struct grouping *g)
{
	for (size_t i = 0; i < RU_FIRST_SUM; i++)
		dict_free(&g->dict[i]);
	for (size_t i = 0; i < GROUP_NUMBERS; i++)
		mem_free(g->code[i]);
	for (size_t i = 0; i < GROUP_SUMS; i++)
		mem_free(g->value[i]);
	mem_free(g->time);
	mem_free(g->key);
	mem_free(g->hash);
	groups_free(&g->groups);
}

static enum err grouping_init(struct grouping *g, const struct rollup_kind *k)
{
	bool all = true;
	*g = (struct grouping){ .kind = k, .groups.seed = hash_seed() };
	for (size_t i = 0; i < GROUP_NUMBERS; i++)
		all &= (g->code[i] = mem_new0(SEG_BLOCK, sizeof(**g->code))) != NULL;
	for (size_t i = 0; i < GROUP_SUMS; i++)
		all &= (g->value[i] = mem_new0(SEG_BLOCK, sizeof(**g->value))) != NULL;
	all &= (g->time = mem_new0(SEG_BLOCK, sizeof(*g->time))) != NULL;
	all &= (g->key = mem_new0(SEG_BLOCK, GROUP_NUMBERS * sizeof(*g->key))) != NULL;
	all &= (g->hash = mem_new0(SEG_BLOCK, sizeof(*g->hash))) != NULL;
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
	uint64_t from = 0;
	for (size_t i = 0; i < n && e == OK; i++) {
		if (i && v[i] - from < unit) {
			out[i] = out[i - 1];
			continue;
		}
		struct dict_key key = { .lo = v[i] / unit };
		from = key.lo * unit;
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
	if (g->dict[col].n == 1)
		return OK; /* of no bits */
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
	for (size_t i = 0; i < GROUP_SUMS; i++) {
		int from = source_column(g, s, RU_FIRST_SUM + i);
		if (from >= 0)
			seg_uints(s, (size_t)from, block, g->value[i]);
	}
	uint64_t *bytes = g->value[0], *frames = g->value[1], *records = g->value[2],
		 *squares = g->value[3];
	for (size_t i = 0; i < n && raw; i++) {
		uint64_t among = MAX(frames[i], (uint64_t)1);
		unsigned __int128 square = (unsigned __int128)bytes[i] * bytes[i];
		square = among == 1 ? square : square >> 64 ? square / among : (uint64_t)square / among;
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

/* -- rows ---------------------------------------------------------------------------------------- */

/* Room in the keys for all numbers that there are by now. */
static enum err widen(struct grouping *g, const struct rolled *r)
{
	uint64_t below[GROUP_NUMBERS];
	for (size_t i = 0; i < GROUP_NUMBERS; i++)
		below[i] = i < RU_FIRST_SUM ? g->dict[i].n : i < W_FOLDED ? r->sets.n : 2;
	return groups_widen(&g->groups, below);
}

/* Keys of a block's rows. */
static void pack_keys(struct grouping *g, size_t n)
{
	const struct group_layout *l = &g->groups.layout;
	memset(g->key, 0, n * l->words * sizeof(*g->key));
	for (size_t c = 0; c < GROUP_NUMBERS; c++) {
		const uint32_t *code = g->code[c];
		uint64_t *key = g->key + l->word[c];
		for (size_t i = 0; i < n && l->bits[c]; i++)
			key[i * l->words] |= (uint64_t)code[i] << l->shift[c];
	}
	for (size_t i = 0; i < n; i++)
		g->hash[i] = groups_hash(&g->groups, g->key + i * l->words);
}

static enum err add_block(struct grouping *g, const struct rollup_source *from,
			  const struct mapping *m, const struct rolled *r, size_t block)
{
	size_t n = block_rows(from->seg, block);
	enum err e = OK;
	for (size_t c = 0; c < RU_FIRST_SUM && e == OK; c++)
		e = code_column(g, from->seg, m, c, block);
	read_sums(g, from->seg, block);
	read_sets(g, from, m, block);
	read_folded(g, from->seg, block);
	if (e == OK)
		e = widen(g, r);
	if (e == OK)
		pack_keys(g, n);
	for (size_t i = 0; i < n && e == OK; i++) {
		uint64_t sum[GROUP_SUMS];
		for (size_t k = 0; k < GROUP_SUMS; k++)
			sum[k] = g->value[k][i];
		groups_fetch(&g->groups, g->hash, i, n);
		e = groups_add(&g->groups, g->key + i * g->groups.layout.words, g->hash[i], sum);
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
		e = opt->stop && opt->stop(opt->arg) ? E_CANCELLED : add_block(g, from, &m, r, b);
	seg_release(from->seg);
	mapping_free(&m);
	return e;
}

/* -- the tail ------------------------------------------------------------------------------------ */

static double weight(const struct grouping *g, size_t group)
{
	uint64_t r = g->dict[RU_samplingrate].key[groups_number(&g->groups, group, RU_samplingrate)].lo;
	return (double)groups_sums(&g->groups, group)[0] * (double)MAX(r, (uint64_t)1);
}

/* The k-th heaviest, from 0: 16 bits at a time.  (Weights are not negative, so their bits are in their order.) */
static enum err heaviest(const double *w, size_t n, size_t k, double *ret)
{
	enum { BITS = 16, VALUES = 1 << BITS };
	_cleanup_(mem_freep) uint32_t *count = mem_array(NULL, VALUES, sizeof(*count));
	uint64_t found = 0, v;
	if (!count)
		return E_NOMEM;
	for (unsigned shift = 64; shift; found <<= shift ? BITS : 0) {
		size_t value = VALUES - 1;
		shift -= BITS;
		memset(count, 0, VALUES * sizeof(*count));
		for (size_t i = 0; i < n; i++) {
			memcpy(&v, &w[i], sizeof(v));
			v >>= shift;
			count[v & (VALUES - 1)] += v >> BITS == found >> BITS;
		}
		for (; k >= count[value]; value--)
			k -= count[value];
		found |= value;
	}
	memcpy(ret, &found, sizeof(*ret));
	return OK;
}

/* Groups below the heaviest lose their addresses, and many become one. */
static enum err fold(struct grouping *g, const struct rolled *r)
{
	struct dict_key none = { 0, 0 };
	uint32_t absent[RU_FIRST_SUM] = { 0 };
	size_t n = g->groups.n;
	double least = 0;
	_cleanup_(mem_freep) double *w = mem_array(NULL, n, sizeof(*w));
	enum err e = w ? OK : E_NOMEM;
	for (size_t c = 0; c < RU_FIRST_SUM && e == OK; c++)
		if (folds[c])
			e = dict_code(&g->dict[c], &none, 1, DICT_MOST, &absent[c]);
	if (e == OK)
		e = widen(g, r);
	for (size_t i = 0; i < n && e == OK; i++)
		w[i] = weight(g, i);
	if (e == OK)
		e = heaviest(w, n, g->details - 1, &least);
	if (e != OK)
		return e;
	struct groups all = g->groups;
	g->groups = (struct groups){ .seed = all.seed };
	e = widen(g, r);
	assert(e != OK || g->groups.layout.words == all.layout.words); /* of the same numbers: the same */
	for (size_t i = 0; i < n && e == OK; i++) {
		uint64_t *key = groups_key(&all, i);
		for (size_t c = 0; c < RU_FIRST_SUM && w[i] <= least; c++)
			if (folds[c])
				groups_put(&all.layout, key, c, absent[c]);
		if (w[i] <= least)
			groups_put(&all.layout, key, W_FOLDED, 1);
		e = groups_add(&g->groups, key, groups_hash(&all, key), groups_sums(&all, i));
	}
	groups_free(&all);
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
		const struct dict_key *p = &k[groups_number(&g->groups, *x, order[i])],
				      *q = &k[groups_number(&g->groups, *y, order[i])];
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
	const struct groups *gs = &g->groups;
	const uint64_t *sum = groups_sums(gs, group);
	struct batch *b = r->rows;
	for (size_t c = 0; c < RU_FIRST_SUM; c++) {
		struct dict_key key = g->dict[c].key[groups_number(gs, group, c)];
		if (c == RU_time)
			key.lo *= (uint64_t)g->kind->step;
		put_value(b, c, row, &key);
	}
	for (size_t i = 0; i < GROUP_SUMS; i++)
		((uint64_t *)b->col[RU_FIRST_SUM + i])[row] = sum[i];
	((uint64_t *)b->col[RU_folded])[row] = groups_number(gs, group, W_FOLDED);
	for (size_t side = 0; side < OWNING_SIDES; side++)
		r->set[side][row] = groups_number(gs, group, W_SETS + side);
}

static enum err put_rows(struct grouping *g, struct rolled *r)
{
	_cleanup_(mem_freep) uint32_t *order = mem_array(NULL, g->groups.n, sizeof(*order));
	enum err e = order ? batch_new(g->kind->columns, g->groups.n, &r->rows) : E_NOMEM;
	for (size_t side = 0; side < OWNING_SIDES && e == OK; side++) {
		r->set[side] = mem_array(NULL, g->groups.n, sizeof(**r->set));
		e = r->set[side] ? OK : E_NOMEM;
	}
	if (e != OK)
		return e;
	for (uint32_t i = 0; i < g->groups.n; i++)
		order[i] = i;
	qsort_r(order, g->groups.n, sizeof(*order), by_place, g);
	for (size_t i = 0; i < g->groups.n; i++)
		put_row(g, order[i], r, i);
	r->rows->n = g->groups.n;
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
	if (e == OK && g.groups.n > rows / SHARE && g.groups.n > g.details)
		e = fold(&g, &r);
	if (e == OK)
		e = put_rows(&g, &r);
	grouping_free(&g);
	if (e == OK)
		*ret = r;
	else
		rolled_free(&r);
	return e;
}
