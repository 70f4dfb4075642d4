/* Predicates over one block of rows.  Blocks, and chunks of 1024 rows in them, whose bounds decide are not
 * decoded; nor are those in which another part of an AND lets nothing pass (reader.live).
 *
 * A result is NONE, ALL, or SOME with a bitmap of SEG_BLOCK bits (row r: word r / 64, bit r % 64;
 * bits behind the last row are zero).  Results are kept while the block is looked at, for a mask is
 * asked for by many. */
#include "query/exec.h"

#include "base/mem.h"
#include "base/vector.h"

#include <assert.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

enum { CHUNK_WORDS = SEG_CHUNK / 64 };

/* One word of bits at a time from a test of row i, of live chunks. */
#define FILL_BITS(bits, rows, live, test)                                                          \
	for (size_t w_ = 0; w_ * 64 < (rows); w_++) {                                              \
		size_t end_ = (live) >> w_ / CHUNK_WORDS & 1 ? MIN((size_t)64, (rows) - w_ * 64) : 0; \
		uint64_t word_ = 0;                                                                \
		for (size_t k_ = 0; k_ < end_; k_++) {                                             \
			size_t i = w_ * 64 + k_;                                                   \
			word_ |= (uint64_t)(test) << k_;                                           \
		}                                                                                  \
		(bits)[w_] = word_;                                                                \
	}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void range_words(const uint32_t *c, size_t words, uint32_t lo, uint32_t width,
							 uint64_t *bits)
{
	const __m256i base = _mm256_set1_epi32((int)lo), most = _mm256_set1_epi32((int)width);
	for (size_t w = 0; w < words; w++) {
		uint64_t word = 0;
		for (unsigned k = 0; k < 64; k += 8) {
			__m256i v = _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(c + w * 64 + k)), base);
			__m256i in = _mm256_cmpeq_epi32(_mm256_min_epu32(v, most), v);
			word |= (uint64_t)(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(in)) << k;
		}
		bits[w] = word;
	}
}
#endif

/* Which codes lie in lo .. lo + width: eight or sixteen at a time where the machine can (SSE2 compares
 * signed numbers, so both sides are moved by 2^31). */
static void range_bits(const uint32_t *c, size_t rows, uint32_t lo, uint32_t width, uint64_t *bits)
{
#ifdef __SSE2__
	const __m128i base = _mm_set1_epi32((int)lo), half = _mm_set1_epi32(INT32_MIN);
	const __m128i most = _mm_xor_si128(_mm_set1_epi32((int)width), half);
	size_t whole = rows / 64, done = 0;
#ifdef __x86_64__
	if (vector_avx2()) {
		range_words(c, whole, lo, width, bits);
		done = whole;
	}
#endif
	for (size_t w = done; w < whole; w++) {
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
	FILL_BITS(bits, rows, UINT32_MAX, c[i] - lo <= width)
}

static uint32_t chunks_there(const struct reader *r)
{
	size_t n = (r->rows + SEG_CHUNK - 1) / SEG_CHUNK;
	return n >= SEG_CHUNKS ? UINT32_MAX : ((uint32_t)1 << n) - 1;
}

static size_t chunk_words(const struct reader *r, size_t chunk)
{
	return MIN((r->rows + 63) / 64 - chunk * CHUNK_WORDS, (size_t)CHUNK_WORDS);
}

static bool any_bit(const uint64_t *bits, size_t words)
{
	for (size_t w = 0; w < words; w++)
		if (bits[w])
			return true;
	return false;
}

uint32_t chunks_of_bits(const struct reader *r, const uint64_t *bits)
{
	uint32_t some = 0;
	for (uint32_t left = r->live & chunks_there(r); left; left &= left - 1) {
		unsigned k = (unsigned)__builtin_ctz(left);
		some |= (uint32_t)any_bit(bits + k * CHUNK_WORDS, chunk_words(r, k)) << k;
	}
	return some;
}

/* Chunks in which all rows pass are filled in. */
static void fill_chunks(const struct reader *r, uint32_t chunks, uint64_t *bits)
{
	for (size_t w = 0; chunks && w * 64 < r->rows; w++)
		if (chunks >> w / CHUNK_WORDS & 1)
			bits[w] = r->rows - w * 64 < 64 ? ((uint64_t)1 << r->rows % 64) - 1 : UINT64_MAX;
}

/* What the bounds of live chunks say: rows have to be looked at in `some`, all pass in `all`. */
struct decided {
	uint32_t some, all;
	enum bits_state state;
};

static void decide(struct reader *r, struct decided *d, size_t chunk, enum bits_state s)
{
	d->some |= (uint32_t)(s == BITS_SOME) << chunk;
	d->all |= (uint32_t)(s == BITS_ALL) << chunk;
	d->state = d->some ? BITS_SOME : !d->all ? BITS_NONE : d->all == (r->live & chunks_there(r)) ? BITS_ALL : BITS_SOME;
}

/* The first range that does not end below a code. */
static size_t range_at(const struct bound *b, uint64_t code)
{
	size_t lo = 0, hi = b->nranges;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (b->range[mid].hi < code)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

enum bits_state codes_against(const struct bound *b, uint64_t min, uint64_t max)
{
	size_t i = range_at(b, min);
	if (i == b->nranges || b->range[i].lo > max)
		return BITS_NONE;
	return b->range[i].lo <= min && max <= b->range[i].hi ? BITS_ALL : BITS_SOME;
}

void codes_bits(const struct bound *b, const uint32_t *codes, size_t rows, struct code_range within, uint64_t *bits)
{
	size_t at = range_at(b, within.lo);
	if (b->use_truth) {
		const uint8_t *truth = b->truth;
		FILL_BITS(bits, rows, UINT32_MAX, truth[codes[i]])
		return;
	}
	range_bits(codes, rows, b->range[at].lo, b->range[at].hi - b->range[at].lo, bits);
	while (++at < b->nranges && b->range[at].lo <= within.hi) {
		uint64_t more[CHUNK_WORDS];
		range_bits(codes, rows, b->range[at].lo, b->range[at].hi - b->range[at].lo, more);
		for (size_t w = 0; w * 64 < rows; w++)
			bits[w] |= more[w];
	}
}

/* Of codes, zero where the column has one value; rows that were picked are one chunk. */
static void chunk_bounds(const struct reader *r, int col, uint64_t min[static SEG_CHUNKS], uint64_t max[static SEG_CHUNKS])
{
	if (seg_column(r->seg, (size_t)col)->kind == SEG_CONST)
		return;
	if (r->pick)
		seg_bounds(r->seg, (size_t)col, r->block, min, max);
	else
		seg_chunk_bounds(r->seg, (size_t)col, r->block, min, max);
}

static enum bits_state eval_codes(struct reader *r, const struct pred *p, struct bound *b)
{
	uint64_t min[SEG_CHUNKS], max[SEG_CHUNKS];
	uint64_t *bits = b->bits;
	seg_bounds(r->seg, (size_t)p->col, r->block, min, max);
	enum bits_state block = codes_against(b, *min, *max);
	if (block != BITS_SOME)
		return block;
	struct decided d = { 0 };
	chunk_bounds(r, p->col, min, max);
	for (size_t k = 0; k * SEG_CHUNK < r->rows; k++)
		if (r->live >> k & 1)
			decide(r, &d, k, codes_against(b, min[k], max[k]));
	if (d.state != BITS_SOME)
		return d.state;
	const uint32_t live = r->live;
	r->live = d.some;
	const uint32_t *c = d.some ? reader_codes(r, p->col) : NULL;
	r->live = live;
	if (d.some && !c)
		return BITS_NONE;
	for (size_t k = 0; k * SEG_CHUNK < r->rows; k++)
		if (d.some >> k & 1)
			codes_bits(b, c + k * SEG_CHUNK, MIN(r->rows - k * SEG_CHUNK, (size_t)SEG_CHUNK),
				   (struct code_range){ (uint32_t)min[k], (uint32_t)max[k] }, bits + k * CHUNK_WORDS);
		else
			memset(bits + k * CHUNK_WORDS, 0, CHUNK_WORDS * sizeof(*bits));
	fill_chunks(r, d.all, bits);
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
		FILL_BITS(b->bits, r->rows, r->live, v[i] - lo <= width)
	} else {
		FILL_BITS(b->bits, r->rows, r->live, range_holding(p->u, p->n, v[i]) != NULL)
	}
	return BITS_SOME;
}

static bool pair_holds(const struct bound *b, uint32_t agent, uint64_t v)
{
	const struct coded *k = pair_at(b, agent, v);
	return k && k->agent == agent && k->lo <= v;
}

static enum bits_state pairs_against(const struct bound *b, const uint64_t agent[static 2], const uint64_t num[static 2])
{
	const struct coded *k = pair_at(b, (uint32_t)agent[0], num[0]);
	if (!k || k->agent > agent[1] || (agent[0] == agent[1] && k->lo > num[1]))
		return BITS_NONE;
	return agent[0] == agent[1] && k->lo <= num[0] && num[1] <= k->hi ? BITS_ALL : BITS_SOME;
}

/* Rows of live chunks, none of which is decided. */
static void test_pairs(struct reader *r, const struct pred *p, struct bound *b)
{
	const uint32_t *a = reader_codes(r, p->col);
	if (!b->use_truth && seg_column(r->seg, (size_t)p->col2)->kind == SEG_INT) {
		const uint64_t *v = reader_uints(r, p->col2);
		if (a && v) /* else r->bad says why */
			FILL_BITS(b->bits, r->rows, r->live, pair_holds(b, a[i], v[i]))
		return;
	}
	const uint32_t *c = reader_codes(r, p->col2);
	if (!a || !c)
		return;
	if (b->use_truth) {
		const uint8_t *truth = b->truth;
		size_t width = b->width;
		FILL_BITS(b->bits, r->rows, r->live, truth[a[i] * width + c[i]])
	} else {
		FILL_BITS(b->bits, r->rows, r->live, pair_holds(b, a[i], c[i]))
	}
}

/* Pairs that may hold rows of a chunk with these bounds, one behind the other; NULL: none, or too many to ask
 * one by one.  Of several agents all pairs are, whatever their numbers. */
static const struct coded *pairs_of(const struct bound *b, const uint64_t agent[static 2], const uint64_t num[static 2],
				    size_t *ret_n)
{
	enum { FEW_PAIRS = 8 };
	const struct coded *end = b->coded + b->ncoded, *first = pair_at(b, (uint32_t)agent[0], num[0]), *last = first;
	while (last && last < end && last - first <= FEW_PAIRS &&
	       (last->agent < agent[1] || (last->agent == agent[1] && last->lo <= num[1])))
		last++;
	*ret_n = (size_t)(last - first);
	return *ret_n && *ret_n <= FEW_PAIRS ? first : NULL;
}

/* Rows of chunk k, of one agent (a is NULL) or of several. */
static void test_few_pairs(const uint32_t *a, const uint32_t *c, size_t rows, const struct coded *pair, size_t n,
			   uint64_t *bits)
{
	uint64_t more[CHUNK_WORDS], of_agent[CHUNK_WORDS];
	for (size_t i = 0; i < n; i++) {
		if (a && (!i || pair[i].agent != pair[i - 1].agent))
			range_bits(a, rows, pair[i].agent, 0, of_agent);
		range_bits(c, rows, (uint32_t)pair[i].lo, (uint32_t)(pair[i].hi - pair[i].lo), more);
		for (size_t w = 0; w * 64 < rows; w++)
			bits[w] |= a ? more[w] & of_agent[w] : more[w];
	}
}

/* A block's bounds, and its chunks'; zero where a column has one value. */
struct pair_bounds {
	uint64_t amin[SEG_CHUNKS], amax[SEG_CHUNKS], min[SEG_CHUNKS], max[SEG_CHUNKS];
};

/* Chunks that few pairs can be in are asked pair by pair, the others row by row.  All are in `some`. */
static void test_chunks(struct reader *r, const struct pred *p, struct bound *b, const struct pair_bounds *of, uint32_t some)
{
	const bool codes = seg_column(r->seg, (size_t)p->col2)->kind != SEG_INT;
	const struct coded *pair[SEG_CHUNKS];
	size_t n[SEG_CHUNKS];
	uint32_t few = 0, mixed = 0;
	for (uint32_t left = codes ? some : 0; left; left &= left - 1) {
		unsigned k = (unsigned)__builtin_ctz(left);
		pair[k] = pairs_of(b, (uint64_t[]){ of->amin[k], of->amax[k] }, (uint64_t[]){ of->min[k], of->max[k] }, &n[k]);
		few |= (uint32_t)(pair[k] != NULL) << k;
		mixed |= (uint32_t)(pair[k] && of->amin[k] != of->amax[k]) << k;
	}
	r->live = some & ~few;
	if (r->live)
		test_pairs(r, p, b);
	r->live = mixed;
	const uint32_t *a = mixed ? reader_codes(r, p->col) : NULL;
	r->live = some;
	const uint32_t *c = few ? reader_codes(r, p->col2) : NULL;
	for (; c && r->bad == OK && few; few &= few - 1) {
		unsigned k = (unsigned)__builtin_ctz(few);
		const size_t from = (size_t)k * SEG_CHUNK;
		test_few_pairs(mixed >> k & 1 ? a + from : NULL, c + from, MIN(r->rows - from, (size_t)SEG_CHUNK), pair[k], n[k],
			       b->bits + k * CHUNK_WORDS);
	}
}

static void pair_chunk_bounds(const struct reader *r, const struct pred *p, struct pair_bounds *ret)
{
	*ret = (struct pair_bounds){ 0 };
	chunk_bounds(r, p->col, ret->amin, ret->amax);
	chunk_bounds(r, p->col2, ret->min, ret->max);
}

static enum bits_state eval_pairs(struct reader *r, const struct pred *p, struct bound *b)
{
	uint64_t agent[2] = { 0 }, num[2] = { 0 };
	if (seg_column(r->seg, (size_t)p->col)->kind != SEG_CONST)
		seg_bounds(r->seg, (size_t)p->col, r->block, &agent[0], &agent[1]);
	if (seg_column(r->seg, (size_t)p->col2)->kind != SEG_CONST)
		seg_bounds(r->seg, (size_t)p->col2, r->block, &num[0], &num[1]);
	enum bits_state block = pairs_against(b, agent, num);
	if (block != BITS_SOME)
		return block; /* most end here */
	struct pair_bounds of;
	struct decided d = { 0 };
	pair_chunk_bounds(r, p, &of);
	for (size_t k = 0; k * SEG_CHUNK < r->rows; k++)
		if (r->live >> k & 1)
			decide(r, &d, k, pairs_against(b, (uint64_t[]){ of.amin[k], of.amax[k] }, (uint64_t[]){ of.min[k], of.max[k] }));
	if (d.state != BITS_SOME)
		return d.state;
	const uint32_t live = r->live;
	memset(b->bits, 0, BLOCK_WORDS * sizeof(*b->bits));
	test_chunks(r, p, b, &of, d.some);
	r->live = live;
	fill_chunks(r, d.all, b->bits);
	return r->bad == OK ? BITS_SOME : BITS_NONE;
}

static enum bits_state eval_two(struct reader *r, const struct pred *p, struct bound *b)
{
	const uint64_t *x = reader_uints(r, p->col), *y = reader_uints(r, p->col2);
	if (!x || !y)
		return BITS_NONE;
	if (p->kind == P_SAME) {
		FILL_BITS(b->bits, r->rows, r->live, x[i] == y[i])
	} else { /* x - 1 < y - 1: x is a port, and lower than y or y is none */
		FILL_BITS(b->bits, r->rows, r->live, x[i] && x[i] - 1 < y[i] - 1 && x[i] != y[i])
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
		if (!(r->live >> i / SEG_CHUNK & 1) || (see && !(see[i / 64] >> i % 64 & 1)))
			continue;
		reader_record(r, i, p->cols, &rec);
		field_value(&r->values, r->plan->view, p->field, &rec, buf, &v);
		if (filter_test(p->test, &v))
			b->bits[i / 64] |= (uint64_t)1 << i % 64;
	}
	return BITS_SOME;
}

/* In a live chunk. */
static bool any_row(const struct reader *r, const uint64_t *bits)
{
	for (uint32_t left = r->live & chunks_there(r); left; left &= left - 1) {
		unsigned k = (unsigned)__builtin_ctz(left);
		if (any_bit(bits + k * CHUNK_WORDS, chunk_words(r, k)))
			return true;
	}
	return false;
}

static bool are_few(const struct reader *r, const uint64_t *bits)
{
	size_t n = 0;
	for (size_t w = 0; w * 64 < r->rows && n <= SEG_CHUNK / 2; w++)
		n += bits[w] ? (size_t)__builtin_popcountll(bits[w]) : 0;
	return n <= SEG_CHUNK / 2;
}

static void pick_rows(struct reader *r, const uint64_t *bits)
{
	uint32_t at[SEG_CHUNK];
	size_t n = 0;
	for (size_t w = 0; w * 64 < r->rows; w++)
		for (uint64_t word = bits[w]; word; word &= word - 1)
			at[n++] = (uint32_t)reader_row(r, w * 64 + (size_t)__builtin_ctzll(word));
	reader_pick(r, at, n);
}

static enum bits_state keep_state(struct reader *r, struct bound *b, uint32_t live, enum bits_state s)
{
	b->live = live;
	b->block_of = r->look;
	b->block_state = s;
	return s;
}

/* It is known of the rows that were picked. */
static void all_pass(struct reader *r, const struct pred *p)
{
	keep_state(r, &r->bound[p->id], UINT32_MAX, BITS_ALL);
}

/* The child whose turn is i-th. */
static const struct pred *part_of(const struct pred *p, const struct bound *b, size_t i)
{
	return p->sub[p->kind == P_AND && p->n <= ORDERED ? b->order[i] : i];
}

/* Of live chunks, the only ones that mean something: how is P_AND, P_OR or, of the first, P_TRUE. */
static void join_bits(const struct reader *r, enum pred_kind how, const uint64_t *from, uint64_t *to)
{
	for (uint32_t left = r->live & chunks_there(r); left; left &= left - 1) {
		unsigned k = (unsigned)__builtin_ctz(left);
		const size_t first = (size_t)k * CHUNK_WORDS, end = first + chunk_words(r, k);
		for (size_t w = first; w < end; w++)
			to[w] = how == P_AND ? to[w] & from[w] : how == P_OR ? to[w] | from[w] : from[w];
	}
}

/* What is asked later in an AND is asked only where rows are left. */
static enum bits_state eval_many(struct reader *r, const struct pred *p, struct bound *b)
{
	enum bits_state none = p->kind == P_AND ? BITS_ALL : BITS_NONE; /* changes nothing */
	enum bits_state state = none;
	for (size_t i = 0; i < p->n; i++) {
		const struct pred *sub = part_of(p, b, i);
		enum bits_state s = reader_eval(r, sub);
		if (s == bits_opposite(none))
			return s;
		if (s == none)
			continue;
		join_bits(r, state == none ? P_TRUE : p->kind, r->bound[sub->id].bits, b->bits);
		state = BITS_SOME;
		if (p->kind == P_AND && !(r->live = chunks_of_bits(r, b->bits)))
			return BITS_NONE;
		if (p->kind != P_AND || p != r->narrow || r->pick || !are_few(r, b->bits))
			continue;
		pick_rows(r, b->bits);
		for (size_t k = 0; k <= i; k++)
			all_pass(r, part_of(p, b, k));
		state = BITS_ALL;
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
	if (b->block_of == r->look && !(r->live & ~b->live))
		return b->block_state;
	if (!b->bits && !(b->bits = mem_new0(BLOCK_WORDS, sizeof(*b->bits)))) {
		r->bad = E_NOMEM;
		return BITS_NONE;
	}
	const uint32_t live = r->live;
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
	r->live = live;
	if (s == BITS_SOME && !any_row(r, b->bits))
		s = BITS_NONE;
	return keep_state(r, b, live, s);
}

enum bits_state reader_narrow(struct reader *r, const struct pred *p)
{
	struct bound *b = &r->bound[p->id];
	if (r->plan->env.plain)
		return reader_eval(r, p);
	r->narrow = p;
	enum bits_state s = reader_eval(r, p);
	r->narrow = NULL;
	if (s != BITS_SOME || !are_few(r, b->bits))
		return s;
	pick_rows(r, b->bits);
	for (size_t i = 0; p->kind == P_AND && i < p->n; i++)
		all_pass(r, p->sub[i]);
	all_pass(r, p);
	return BITS_ALL;
}
