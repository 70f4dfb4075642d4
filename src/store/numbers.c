#include "store/numbers.h"

#include "store/vector.h"

#include <assert.h>

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

void numbers_init(struct numbers *n, const struct parts *p)
{
	uint64_t min = UINT64_MAX, max = 0, step = 0;
	for (size_t i = 0; i < p->n; i++) {
		min = MIN(min, p->at[i].min);
		max = MAX(max, p->at[i].max);
	}
	for (size_t i = 0; i < p->n && step != 1; i++) {
		step = gcd(p->at[i].min - min, step);
		if (p->at[i].form != PART_CONST)
			step = gcd(p->at[i].step, step);
	}
	*n = (struct numbers){ .parts = p, .base = min, .step = step ? step : 1 };
	n->top = (max - min) / n->step;
}

void numbers_rewind(struct numbers *n)
{
	n->part = n->row = 0;
}

/* What one part's data becomes: out = add + min(data * mul, most). */
#define READ(out_type, type)                                                                       \
	static inline _always_inline_ void type##_to_##out_type##_body(                            \
		const uint8_t *restrict in, size_t n, out_type add, out_type mul, out_type most,   \
		out_type *restrict out)                                                            \
	{                                                                                          \
		for (size_t i = 0; i < n; i++) {                                                   \
			type v;                                                                    \
			memcpy(&v, in + i * sizeof(v), sizeof(v));                                 \
			out_type q = (out_type)v * mul;                                            \
			out[i] = add + MIN(q, most);                                               \
		}                                                                                  \
	}                                                                                          \
	VECTOR_TWICE(type##_to_##out_type,                                                         \
		     (const uint8_t *in, size_t n, out_type add, out_type mul, out_type most,      \
		      out_type *out),                                                              \
		     (in, n, add, mul, most, out))
READ(uint32_t, uint8_t)
READ(uint32_t, uint16_t)
READ(uint32_t, uint32_t)
READ(uint64_t, uint8_t)
READ(uint64_t, uint16_t)
READ(uint64_t, uint32_t)
READ(uint64_t, uint64_t)

/* 64-bit data whose column spans less than 2^32 steps. */
static void narrow64(const uint8_t *in, size_t n, uint32_t add, uint32_t mul, uint32_t most, uint32_t *out)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t v;
		memcpy(&v, in + i * 8, 8);
		out[i] = add + (uint32_t)MIN(v * mul, most);
	}
}

struct run { /* rows of one part */
	const struct part *part;
	const uint8_t *data;
	size_t n;
	uint64_t add, mul, most;
};

static struct run next_run(struct numbers *n, size_t most)
{
	static const uint8_t width[PART_FORMS] = { [PART_U8] = 1, [PART_U16] = 2, [PART_U32] = 4, [PART_U64] = 8 };
	assert(n->part < n->parts->n);
	const struct part *p = &n->parts->at[n->part];
	struct run r = { .part = p, .n = MIN(p->rows - n->row, most) };
	r.data = p->data ? p->data + n->row * width[p->form] : NULL;
	r.add = (p->min - n->base) / n->step;
	r.most = (p->max - p->min) / n->step;
	r.mul = p->form == PART_CONST ? 0 : p->step / n->step;
	n->row += r.n;
	if (n->row == p->rows) {
		n->part++;
		n->row = 0;
	}
	return r;
}

void numbers_read32(struct numbers *n, size_t count, uint32_t *out)
{
	assert(n->top <= UINT32_MAX);
	while (count) {
		struct run r = next_run(n, count);
		uint32_t add = (uint32_t)r.add, mul = (uint32_t)r.mul, most = (uint32_t)r.most;
		switch (r.part->form) {
		case PART_U8:  uint8_t_to_uint32_t(r.data, r.n, add, mul, most, out); break;
		case PART_U16: uint16_t_to_uint32_t(r.data, r.n, add, mul, most, out); break;
		case PART_U32: uint32_t_to_uint32_t(r.data, r.n, add, mul, most, out); break;
		case PART_U64: narrow64(r.data, r.n, add, mul, most, out); break;
		default:
			for (size_t i = 0; i < r.n; i++)
				out[i] = add;
		}
		out += r.n;
		count -= r.n;
	}
}

void numbers_read64(struct numbers *n, size_t count, uint64_t *out)
{
	while (count) {
		struct run r = next_run(n, count);
		switch (r.part->form) {
		case PART_U8:  uint8_t_to_uint64_t(r.data, r.n, r.add, r.mul, r.most, out); break;
		case PART_U16: uint16_t_to_uint64_t(r.data, r.n, r.add, r.mul, r.most, out); break;
		case PART_U32: uint32_t_to_uint64_t(r.data, r.n, r.add, r.mul, r.most, out); break;
		case PART_U64: uint64_t_to_uint64_t(r.data, r.n, r.add, r.mul, r.most, out); break;
		default:
			for (size_t i = 0; i < r.n; i++)
				out[i] = r.add;
		}
		out += r.n;
		count -= r.n;
	}
}
