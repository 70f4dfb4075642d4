/* Predicates over one block of rows.  Blocks whose bounds decide are not decoded.
 *
 * A result is NONE, ALL, or SOME with a bitmap of SEG_BLOCK bits (row r: word r / 64, bit r % 64;
 * bits behind the last row are zero).  Results are kept while the block is looked at, for a mask is
 * asked for by many. */
#include "query/exec.h"

#include "base/mem.h"

#include <assert.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* One word of bits at a time from a test of row i. */
#define FILL_BITS(bits, rows, test)                                                                \
	for (size_t w_ = 0; w_ * 64 < (rows); w_++) {                                              \
		size_t end_ = MIN((size_t)64, (rows) - w_ * 64);                                   \
		uint64_t word_ = 0;                                                                \
		for (size_t k_ = 0; k_ < end_; k_++) {                                             \
			size_t i = w_ * 64 + k_;                                                   \
			word_ |= (uint64_t)(test) << k_;                                           \
		}                                                                                  \
		(bits)[w_] = word_;                                                                \
	}

/* Which codes lie in lo .. lo + width: sixteen at a time where the machine can (SSE2 compares
 * signed numbers, so both sides are moved by 2^31). */
void range_bits(const uint32_t *c, size_t rows, uint32_t lo, uint32_t width, uint64_t *bits)
{
#ifdef __SSE2__
	const __m128i base = _mm_set1_epi32((int)lo), half = _mm_set1_epi32(INT32_MIN);
	const __m128i most = _mm_xor_si128(_mm_set1_epi32((int)width), half);
	size_t whole = rows / 64;
	for (size_t w = 0; w < whole; w++) {
		uint64_t word = 0;
		for (unsigned k = 0; k < 4; k++) {
			__m128i out[4];
			for (unsigned q = 0; q < 4; q++) {
				__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(c + w * 64 + k * 16 + q * 4));
				out[q] = _mm_cmpgt_epi32(_mm_xor_si128(_mm_sub_epi32(v, base), half), most);
			}
			__m128i bytes = _mm_packs_epi16(_mm_packs_epi32(out[0], out[1]), _mm_packs_epi32(out[2], out[3]));
			word |= (uint64_t)(uint16_t)~_mm_movemask_epi8(bytes) << k * 16;
		}
		bits[w] = word;
	}
	c += whole * 64;
	rows -= whole * 64;
	bits += whole;
#endif
	FILL_BITS(bits, rows, c[i] - lo <= width)
}

static enum bits_state eval_codes(struct reader *r, const struct pred *p, struct bound *b)
{
	uint64_t min, max;
	uint64_t *bits = b->bits;
	seg_bounds(r->seg, (size_t)p->col, r->block, &min, &max);
	if (b->one_range) {
		if (max < b->lo || min > b->hi)
			return BITS_NONE;
		if (b->lo <= min && max <= b->hi)
			return BITS_ALL;
	} else {
		uint32_t n = b->before[max + 1] - b->before[min];
		if (!n || n == max - min + 1)
			return n ? BITS_ALL : BITS_NONE;
	}
	const uint32_t *c = reader_codes(r, p->col);
	if (!c)
		return BITS_NONE;
	if (b->one_range) {
		range_bits(c, r->rows, (uint32_t)b->lo, (uint32_t)(b->hi - b->lo), bits);
	} else {
		const uint8_t *truth = b->truth;
		FILL_BITS(bits, r->rows, truth[c[i]])
	}
	return BITS_SOME;
}

static enum bits_state eval_uints(struct reader *r, const struct pred *p, struct bound *b)
{
	uint64_t min, max;
	if (seg_column(r->seg, (size_t)p->col)->kind == SEG_DICT)
		return eval_codes(r, p, b);
	seg_bounds(r->seg, (size_t)p->col, r->block, &min, &max);
	enum bits_state s = ranges_against(p->u, p->n, min, max);
	const uint64_t *v = s == BITS_SOME ? reader_uints(r, p->col) : NULL;
	if (!v)
		return s == BITS_SOME ? BITS_NONE : s;
	if (p->n == 1) {
		uint64_t lo = p->u->lo, width = p->u->hi - lo;
		FILL_BITS(b->bits, r->rows, v[i] - lo <= width)
	} else {
		FILL_BITS(b->bits, r->rows, range_holding(p->u, p->n, v[i]) != NULL)
	}
	return BITS_SOME;
}

static bool pair_holds(const struct bound *b, uint32_t agent, uint64_t v)
{
	const struct coded *k = pair_at(b, agent, v);
	return k && k->agent == agent && k->lo <= v;
}

static enum bits_state eval_pairs(struct reader *r, const struct pred *p, struct bound *b)
{
	const struct seg_col *agent = seg_column(r->seg, (size_t)p->col);
	const struct seg_col *num = seg_column(r->seg, (size_t)p->col2);
	uint64_t amin = 0, amax = 0, min = 0, max = 0;
	if (agent->kind != SEG_CONST)
		seg_bounds(r->seg, (size_t)p->col, r->block, &amin, &amax);
	if (num->kind != SEG_CONST)
		seg_bounds(r->seg, (size_t)p->col2, r->block, &min, &max);
	const struct coded *k = pair_at(b, (uint32_t)amin, min);
	if (!k || k->agent > amax || (amin == amax && k->lo > max))
		return BITS_NONE;
	if (amin == amax && k->lo <= min && max <= k->hi)
		return BITS_ALL;
	const uint32_t *a = reader_codes(r, p->col);
	if (!b->use_truth && num->kind == SEG_INT) {
		const uint64_t *v = reader_uints(r, p->col2);
		if (!a || !v) /* r->bad says why */
			return BITS_NONE;
		FILL_BITS(b->bits, r->rows, pair_holds(b, a[i], v[i]))
		return BITS_SOME;
	}
	const uint32_t *c = reader_codes(r, p->col2);
	if (!a || !c)
		return BITS_NONE;
	if (b->use_truth && amin == amax) {
		const uint8_t *truth = b->truth + amin * b->width;
		FILL_BITS(b->bits, r->rows, truth[c[i]])
	} else if (b->use_truth) {
		const uint8_t *truth = b->truth;
		size_t width = b->width;
		FILL_BITS(b->bits, r->rows, truth[a[i] * width + c[i]])
	} else {
		FILL_BITS(b->bits, r->rows, pair_holds(b, a[i], c[i]))
	}
	return BITS_SOME;
}

static enum bits_state eval_two(struct reader *r, const struct pred *p, struct bound *b)
{
	const uint64_t *x = reader_uints(r, p->col), *y = reader_uints(r, p->col2);
	if (!x || !y)
		return BITS_NONE;
	if (p->kind == P_SAME) {
		FILL_BITS(b->bits, r->rows, x[i] == y[i])
	} else { /* x - 1 < y - 1: x is a port, and lower than y or y is none */
		FILL_BITS(b->bits, r->rows, x[i] && x[i] - 1 < y[i] - 1 && x[i] != y[i])
	}
	return BITS_SOME;
}

/* Only rows that the asker sees are tested: a pattern that gives up, or takes its time, on a value
 * would else tell that the value is there. */
static enum bits_state eval_value(struct reader *r, const struct pred *p, struct bound *b)
{
	union any_rec rec;
	char buf[VALUE_TEXT];
	enum bits_state seen = reader_eval(r, r->plan->seen);
	const uint64_t *see = seen == BITS_SOME ? reader_bits(r, r->plan->seen) : NULL;
	if (seen == BITS_NONE)
		return BITS_NONE;
	memset(b->bits, 0, BLOCK_WORDS * sizeof(*b->bits));
	for (size_t i = 0; i < r->rows; i++) {
		struct value v;
		if (see && !(see[i / 64] >> i % 64 & 1))
			continue;
		reader_record(r, i, p->cols, &rec);
		field_value(&r->values, r->plan->view, p->field, &rec, buf, &v);
		if (filter_test(p->test, &v))
			b->bits[i / 64] |= (uint64_t)1 << i % 64;
	}
	return BITS_SOME;
}

static bool any_bit(const uint64_t *bits, size_t rows)
{
	uint64_t any = 0;
	for (size_t w = 0; w * 64 < rows; w++)
		any |= bits[w];
	return any;
}

static enum bits_state eval_many(struct reader *r, const struct pred *p, struct bound *b)
{
	enum bits_state none = p->kind == P_AND ? BITS_ALL : BITS_NONE; /* changes nothing */
	enum bits_state state = none;
	size_t words = (r->rows + 63) / 64;
	for (size_t i = 0; i < p->n; i++) {
		const struct pred *sub = p->sub[p->kind == P_AND && p->n <= ORDERED ? b->order[i] : i];
		enum bits_state s = reader_eval(r, sub);
		if (s == bits_opposite(none))
			return s;
		if (s == none)
			continue;
		const uint64_t *bits = r->bound[sub->id].bits;
		if (state == none)
			memcpy(b->bits, bits, words * sizeof(*bits));
		else if (p->kind == P_AND)
			for (size_t w = 0; w < words; w++)
				b->bits[w] &= bits[w];
		else
			for (size_t w = 0; w < words; w++)
				b->bits[w] |= bits[w];
		if (p->kind == P_AND && state == BITS_SOME && !any_bit(b->bits, r->rows))
			return BITS_NONE;
		state = BITS_SOME;
	}
	return state;
}

static enum bits_state eval_not(struct reader *r, const struct pred *p, struct bound *b)
{
	enum bits_state s = reader_eval(r, p->sub[0]);
	if (s != BITS_SOME)
		return bits_opposite(s);
	const uint64_t *bits = r->bound[p->sub[0]->id].bits;
	size_t words = (r->rows + 63) / 64;
	for (size_t w = 0; w < words; w++)
		b->bits[w] = ~bits[w];
	if (r->rows % 64)
		b->bits[words - 1] &= ((uint64_t)1 << r->rows % 64) - 1;
	return BITS_SOME;
}

enum bits_state reader_eval(struct reader *r, const struct pred *p)
{
	struct bound *b = &r->bound[p->id];
	assert(b->serial == r->serial);
	if (b->state != BITS_SOME)
		return b->state;
	if (b->block_of == r->block + 1)
		return b->block_state;
	if (!b->bits && !(b->bits = mem_new0(BLOCK_WORDS, sizeof(*b->bits)))) {
		r->bad = E_NOMEM;
		return BITS_NONE;
	}
	enum bits_state s = BITS_NONE;
	switch (p->kind) {
	case P_FALSE: break;
	case P_TRUE:  s = BITS_ALL; break;
	case P_AND: case P_OR: s = eval_many(r, p, b); break;
	case P_NOT:   s = eval_not(r, p, b); break;
	case P_UINTS: s = eval_uints(r, p, b); break;
	case P_ADDRS: s = eval_codes(r, p, b); break;
	case P_PAIRS: s = eval_pairs(r, p, b); break;
	case P_SERVER: case P_SAME: s = eval_two(r, p, b); break;
	case P_VALUE: s = eval_value(r, p, b); break;
	case P_OWNED: s = owned_eval(r, p, b); break;
	}
	if (s == BITS_SOME && !any_bit(b->bits, r->rows))
		s = BITS_NONE;
	b->block_of = r->block + 1;
	b->block_state = s;
	return s;
}
