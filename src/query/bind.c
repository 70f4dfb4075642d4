/* Predicates against one segment: a set of values becomes a set of dictionary codes, once per
 * segment: one range of codes, or a table of truths.  Also the reader's columns of a block. */
#include "query/exec.h"

#include "base/mem.h"

#include <assert.h>

enum { MOST_TRUTHS = 4 << 20, FEW_RANGES = 8 };

enum err reader_init(struct reader *r, const struct plan *p, struct quota *q)
{
	*r = (struct reader){ .plan = p, .quota = q, .values = { .names = p->scope, .model = p->env.model, .now = p->env.now,
							       .naming = p->naming, .env = &p->env } };
	r->bound = mem_new0(p->preds.n, sizeof(*r->bound));
	return r->bound ? OK : E_NOMEM;
}

void reader_free(struct reader *r)
{
	for (size_t i = 0; r->bound && i < r->plan->preds.n; i++) {
		mem_free(r->bound[i].truth);
		mem_free(r->bound[i].range);
		mem_free(r->bound[i].coded);
		mem_free(r->bound[i].bits);
	}
	for (size_t c = 0; c < TABLE_MAX_COLS; c++) {
		mem_free(r->col[c].codes);
		mem_free(r->col[c].uints);
	}
	mem_free(r->bound);
	mem_free(r->sets);
	*r = (struct reader){ 0 };
}

void reader_segment(struct reader *r, const struct seg *s)
{
	r->seg = s;
	r->serial++;
	r->block = SIZE_MAX;
}

void reader_block(struct reader *r, size_t block)
{
	r->look += r->block != block || r->pick;
	r->block = block;
	r->rows = MIN((size_t)SEG_BLOCK, seg_rows(r->seg) - block * SEG_BLOCK);
	r->pick = NULL;
	r->live = UINT32_MAX;
}

void reader_pick(struct reader *r, const uint32_t *at, size_t n)
{
	assert(n <= COUNT_OF(r->picked));
	memcpy(r->picked, at, n * sizeof(*at));
	r->look++;
	r->pick = r->picked;
	r->rows = n;
	r->live = UINT32_MAX;
}

/* -- columns of the block -------------------------------------------------------------------------- */

const uint32_t *reader_codes(struct reader *r, int col)
{
	struct block_cols *c = &r->col[col];
	if (c->codes_of != r->look)
		c->codes_have = 0;
	const uint32_t need = r->live & ~c->codes_have;
	c->codes_of = r->look;
	if (c->codes && !need)
		return c->codes;
	if (!c->codes && !(c->codes = mem_array(NULL, SEG_BLOCK, sizeof(*c->codes)))) {
		r->bad = E_NOMEM;
		return NULL;
	}
	if (seg_column(r->seg, (size_t)col)->kind == SEG_CONST)
		memset(c->codes, 0, r->rows * sizeof(*c->codes));
	else if (r->pick)
		seg_codes_at(r->seg, (size_t)col, r->block, r->pick, r->rows, c->codes);
	else
		seg_codes_some(r->seg, (size_t)col, r->block, need, c->codes);
	c->codes_have |= need;
	return c->codes;
}

const uint64_t *reader_uints(struct reader *r, int col)
{
	struct block_cols *c = &r->col[col];
	const struct seg_col *sc = seg_column(r->seg, (size_t)col);
	if (c->uints_of != r->look)
		c->uints_have = 0;
	const uint32_t need = r->live & ~c->uints_have;
	c->uints_of = r->look;
	if (c->uints && !need)
		return c->uints;
	if (!c->uints && !(c->uints = mem_array(NULL, SEG_BLOCK, sizeof(*c->uints)))) {
		r->bad = E_NOMEM;
		return NULL;
	}
	if (sc->kind == SEG_CONST)
		for (size_t i = 0; i < r->rows; i++)
			c->uints[i] = sc->uint;
	else if (r->pick)
		seg_uints_at(r->seg, (size_t)col, r->block, r->pick, r->rows, c->uints);
	else
		seg_uints_some(r->seg, (size_t)col, r->block, need, c->uints);
	c->uints_have |= need;
	return c->uints;
}

static void put_uint(enum storage st, uint64_t v, void *to)
{
	switch (st) {
	case ST_u8:  *(uint8_t *)to = (uint8_t)v; break;
	case ST_u16: *(uint16_t *)to = (uint16_t)v; break;
	case ST_u32: *(uint32_t *)to = (uint32_t)v; break;
	case ST_u64: *(uint64_t *)to = v; break;
	case ST_addr: break;
	}
}

void reader_record(struct reader *r, size_t row, uint64_t cols, void *ret_rec)
{
	const struct table *t = r->plan->view->table;
	memset(ret_rec, 0, t->rec_size);
	for (int c = 0; cols; c++, cols >>= 1) {
		if (!(cols & 1))
			continue;
		const struct column *column = &t->cols[c];
		const struct seg_col *sc = seg_column(r->seg, (size_t)c);
		uint8_t *to = (uint8_t *)ret_rec + column->offset;
		if (column->storage != ST_addr) {
			const uint64_t *v = reader_uints(r, c);
			if (v)
				put_uint(column->storage, v[row], to);
		} else if (sc->kind == SEG_CONST) {
			memcpy(to, &sc->addr, sizeof(sc->addr));
		} else {
			const uint32_t *codes = reader_codes(r, c);
			if (codes)
				memcpy(to, &sc->dict_addr[codes[row]], sizeof(struct addr));
		}
	}
}

/* -- values to codes --------------------------------------------------------------------------------- */

/* How many of the dictionary are below v. */
uint32_t codes_below(const struct seg_col *c, uint64_t v)
{
	uint32_t lo = 0, hi = c->dict_n;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (c->dict_uint[mid] < v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

uint32_t codes_below_from(const struct seg_col *c, uint64_t v, uint32_t from)
{
	for (unsigned near = 8; near && from < c->dict_n; near--, from++)
		if (c->dict_uint[from] >= v)
			return from;
	return from < c->dict_n ? codes_below(c, v) : from;
}

uint32_t codes_up_to(const struct seg_col *c, uint64_t v)
{
	return v == UINT64_MAX ? c->dict_n : codes_below(c, v + 1);
}

/* Below a (or, with equal, below or equal). */
uint32_t addr_codes(const struct seg_col *c, const struct addr *a, bool equal)
{
	uint32_t lo = 0, hi = c->dict_n;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int d = addr_compare(&c->dict_addr[mid], a);
		if (d < 0 || (equal && d == 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct urange *range_holding(const struct urange *u, size_t n, uint64_t v)
{
	size_t lo = 0, hi = n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (u[mid].hi < v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && u[lo].lo <= v ? &u[lo] : NULL;
}

enum bits_state ranges_against(const struct urange *u, size_t n, uint64_t lo, uint64_t hi)
{
	size_t a = 0, b = n;
	while (a < b) {
		size_t mid = a + (b - a) / 2;
		if (u[mid].hi < lo)
			a = mid + 1;
		else
			b = mid;
	}
	if (a == n || u[a].lo > hi)
		return BITS_NONE;
	return u[a].lo <= lo && hi <= u[a].hi ? BITS_ALL : BITS_SOME;
}

static void *room(void *p, size_t *cap, size_t n, size_t each)
{
	if (n <= *cap && p)
		return p;
	void *grown = mem_array(p, MAX(n, (size_t)1), each);
	if (grown)
		*cap = MAX(n, (size_t)1);
	return grown;
}

void codeset_start(struct bound *b)
{
	b->nranges = 0;
	b->marked = 0;
}

enum err codeset_add(struct bound *b, uint32_t lo, uint32_t end)
{
	if (lo >= end)
		return OK;
	b->marked += end - lo;
	if (b->nranges && b->range[b->nranges - 1].hi + 1 == lo) {
		b->range[b->nranges - 1].hi = end - 1;
		return OK;
	}
	if (b->nranges == b->range_cap) {
		struct code_range *more = room(b->range, &b->range_cap, MAX(b->nranges * 2, (size_t)4), sizeof(*more));
		if (!more)
			return E_NOMEM;
		b->range = more;
	}
	b->range[b->nranges++] = (struct code_range){ lo, end - 1 };
	return OK;
}

/* Few ranges are tested one by one; of many there is a table. */
enum err codeset_end(struct bound *b, uint32_t n)
{
	b->state = !b->marked ? BITS_NONE : b->marked == n ? BITS_ALL : BITS_SOME;
	b->share = (float)b->marked / (float)n;
	b->use_truth = b->nranges > FEW_RANGES;
	if (!b->use_truth)
		return OK;
	uint8_t *truth = room(b->truth, &b->truth_cap, n, 1);
	if (!truth)
		return E_NOMEM;
	b->truth = truth;
	memset(truth, 0, n);
	for (size_t i = 0; i < b->nranges; i++)
		memset(truth + b->range[i].lo, 1, b->range[i].hi - b->range[i].lo + 1);
	return OK;
}

static enum err bind_uints(struct reader *r, const struct pred *p, struct bound *b)
{
	const struct seg_col *c = seg_column(r->seg, (size_t)p->col);
	if (c->kind == SEG_CONST) {
		b->state = range_holding(p->u, p->n, c->uint) ? BITS_ALL : BITS_NONE;
		return OK;
	}
	if (c->kind == SEG_INT) {
		b->state = ranges_against(p->u, p->n, c->min, c->max);
		return OK;
	}
	codeset_start(b);
	for (size_t i = 0; i < p->n; i++) {
		enum err err = codeset_add(b, codes_below(c, p->u[i].lo), codes_up_to(c, p->u[i].hi));
		if (err != OK)
			return err;
	}
	return codeset_end(b, c->dict_n);
}

static enum err bind_addrs(struct reader *r, const struct pred *p, struct bound *b)
{
	const struct seg_col *c = seg_column(r->seg, (size_t)p->col);
	if (c->kind == SEG_CONST) {
		b->state = BITS_NONE;
		for (size_t i = 0; i < p->n; i++)
			if (addr_compare(&p->a[i].lo, &c->addr) <= 0 && addr_compare(&c->addr, &p->a[i].hi) <= 0)
				b->state = BITS_ALL;
		return OK;
	}
	codeset_start(b);
	for (size_t i = 0; i < p->n; i++) {
		enum err err = codeset_add(b, addr_codes(c, &p->a[i].lo, false), addr_codes(c, &p->a[i].hi, true));
		if (err != OK)
			return err;
	}
	return codeset_end(b, c->dict_n);
}

/* -- pairs: agent and number --------------------------------------------------------------------------- */

static bool agent_code(const struct seg_col *c, const struct addr *a, uint32_t *ret)
{
	if (c->kind == SEG_CONST) {
		*ret = 0;
		return addr_equal(&c->addr, a);
	}
	*ret = addr_codes(c, a, false);
	return *ret < c->dict_n && addr_equal(&c->dict_addr[*ret], a);
}

/* The pairs this segment can hold, as codes; still sorted, for dictionaries are. */
static enum err code_pairs(const struct pred *p, const struct seg_col *agent, const struct seg_col *num, struct bound *b)
{
	struct coded *coded = room(b->coded, &b->coded_cap, p->n, sizeof(*coded));
	if (!coded)
		return E_NOMEM;
	b->coded = coded;
	b->ncoded = 0;
	bool here = false;
	uint32_t code = 0, at = 0;
	for (size_t i = 0; i < p->n; i++) {
		struct coded k = { .lo = p->pair[i].lo, .hi = p->pair[i].hi };
		if (!i || !addr_equal(&p->pair[i].agent, &p->pair[i - 1].agent)) {
			here = agent_code(agent, &p->pair[i].agent, &code);
			at = 0;
		}
		k.agent = code;
		if (!here)
			continue;
		if (num->kind == SEG_CONST) {
			if (num->uint < k.lo || num->uint > k.hi)
				continue;
			k.lo = k.hi = 0;
		} else if (num->kind == SEG_DICT) {
			const uint32_t lo = codes_below_from(num, k.lo, at);
			at = k.hi == UINT64_MAX ? num->dict_n : codes_below_from(num, k.hi + 1, lo);
			if (lo >= at)
				continue;
			k.lo = lo;
			k.hi = at - 1;
		} else if (k.hi < num->min || k.lo > num->max) {
			continue;
		}
		coded[b->ncoded++] = k;
	}
	return OK;
}

static enum err bind_pairs(struct reader *r, const struct pred *p, struct bound *b)
{
	const struct seg_col *agent = seg_column(r->seg, (size_t)p->col);
	const struct seg_col *num = seg_column(r->seg, (size_t)p->col2);
	enum err err = code_pairs(p, agent, num, b);
	if (err != OK)
		return err;
	b->state = !b->ncoded ? BITS_NONE : agent->kind == SEG_CONST && num->kind == SEG_CONST ? BITS_ALL : BITS_SOME;
	size_t agents = agent->kind == SEG_CONST ? 1 : agent->dict_n;
	b->width = num->kind == SEG_DICT ? num->dict_n : 1;
	b->use_truth = num->kind != SEG_INT && agents <= MOST_TRUTHS / b->width;
	if (b->state != BITS_SOME || !b->use_truth)
		return OK;
	uint8_t *truth = room(b->truth, &b->truth_cap, agents * b->width, 1);
	if (!truth)
		return E_NOMEM;
	b->truth = truth;
	memset(truth, 0, agents * b->width);
	for (size_t i = 0; i < b->ncoded; i++)
		memset(truth + b->coded[i].agent * b->width + b->coded[i].lo, 1, b->coded[i].hi - b->coded[i].lo + 1);
	return OK;
}

const struct coded *pair_at(const struct bound *b, uint32_t agent, uint64_t v)
{
	size_t lo = 0, hi = b->ncoded;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct coded *k = &b->coded[mid];
		if (k->agent < agent || (k->agent == agent && k->hi < v))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < b->ncoded ? &b->coded[lo] : NULL;
}

/* -- binding --------------------------------------------------------------------------------------------- */

static void put_in_order(struct reader *r, const struct pred *p, struct bound *b)
{
	for (size_t i = 0; i < p->n; i++) {
		size_t k = i;
		float share = r->bound[p->sub[i]->id].share;
		for (; k && r->bound[p->sub[b->order[k - 1]]->id].share > share; k--)
			b->order[k] = b->order[k - 1];
		b->order[k] = (uint8_t)i;
	}
}

static enum err bind_many(struct reader *r, const struct pred *p, struct bound *b)
{
	enum bits_state decides = p->kind == P_AND ? BITS_NONE : BITS_ALL;
	bool some = false;
	b->state = p->kind == P_AND ? BITS_ALL : BITS_NONE;
	b->share = p->kind == P_AND ? 1 : 0;
	for (size_t i = 0; i < p->n; i++) {
		enum err err = reader_bind(r, p->sub[i]);
		if (err != OK)
			return err;
		enum bits_state s = r->bound[p->sub[i]->id].state;
		if (s == decides) {
			b->state = decides;
			return OK;
		}
		some |= s == BITS_SOME;
		float share = r->bound[p->sub[i]->id].share;
		b->share = p->kind == P_AND ? MIN(b->share, share) : MIN(b->share + share, 1.0f);
	}
	if (some)
		b->state = BITS_SOME;
	if (p->kind == P_AND && p->n <= ORDERED)
		put_in_order(r, p, b);
	return OK;
}

enum err reader_bind(struct reader *r, const struct pred *p)
{
	struct bound *b = &r->bound[p->id];
	enum err err = OK;
	if (b->serial == r->serial)
		return OK;
	b->block_of = 0;
	b->state = BITS_SOME;
	b->share = p->kind == P_VALUE ? 1 : 0.5f; /* what is asked row by row comes last */
	switch (p->kind) {
	case P_FALSE: b->state = BITS_NONE; break;
	case P_TRUE:  b->state = BITS_ALL; break;
	case P_AND: case P_OR: err = bind_many(r, p, b); break;
	case P_NOT:
		err = reader_bind(r, p->sub[0]);
		b->state = bits_opposite(r->bound[p->sub[0]->id].state);
		b->share = 1 - r->bound[p->sub[0]->id].share;
		break;
	case P_UINTS:
		if (!bind_time(r, p, b))
			err = bind_uints(r, p, b);
		break;
	case P_ADDRS: err = bind_addrs(r, p, b); break;
	case P_PAIRS: err = bind_pairs(r, p, b); break;
	case P_VALUE: err = reader_bind(r, r->plan->seen); break;
	case P_OWNED: err = owned_bind(r, p, b); break;
	case P_SERVER: case P_SAME: break;
	}
	if (err == OK)
		b->serial = r->serial;
	return err;
}
