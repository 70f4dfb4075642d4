#include "store/numbers.h"

#include "base/vector.h"

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
struct fix {
	uint64_t add, mul, most;
};

#define READ(out_type, type)                                                                       \
	static inline _always_inline_ void type##_to_##out_type##_body(                            \
		const uint8_t *restrict in, size_t n, const struct fix *fix,                       \
		out_type *restrict out)                                                            \
	{                                                                                          \
		out_type add = (out_type)fix->add, mul = (out_type)fix->mul;                       \
		out_type most = (out_type)fix->most;                                               \
		for (size_t i = 0; i < n; i++) {                                                   \
			type v;                                                                    \
			memcpy(&v, in + i * sizeof(v), sizeof(v));                                 \
			out_type q = (out_type)v * mul;                                            \
			out[i] = add + MIN(q, most);                                               \
		}                                                                                  \
	}                                                                                          \
	VECTOR_TWICE(type##_to_##out_type,                                                         \
		     (const uint8_t *in, size_t n, const struct fix *fix, out_type *out),          \
		     (in, n, fix, out))
READ(uint32_t, uint8_t)
READ(uint32_t, uint16_t)
READ(uint32_t, uint32_t)
READ(uint64_t, uint8_t)
READ(uint64_t, uint16_t)
READ(uint64_t, uint32_t)
READ(uint64_t, uint64_t)

/* 64-bit data whose column spans less than 2^32 steps. */
static void uint64_t_to_uint32_t(const uint8_t *in, size_t n, const struct fix *fix, uint32_t *out)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t v;
		memcpy(&v, in + i * 8, 8);
		out[i] = (uint32_t)(fix->add + MIN(v * fix->mul, fix->most));
	}
}

/* A part of one value has no data. */
static void constant_uint32_t(const uint8_t *in, size_t n, const struct fix *fix, uint32_t *out)
{
	(void)in;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint32_t)fix->add;
}

static void constant_uint64_t(const uint8_t *in, size_t n, const struct fix *fix, uint64_t *out)
{
	(void)in;
	for (size_t i = 0; i < n; i++)
		out[i] = fix->add;
}

/* q's of a part's list of values; held between smallest and largest like all others. */
static void list_q(const struct numbers *n, const struct part *p, uint64_t q[static PART_FEW])
{
	for (uint32_t k = 0; k < p->few; k++) {
		uint64_t v;
		memcpy(&v, p->value + k * 8, 8);
		q[k] = (MIN(MAX(v, p->min), p->max) - n->base) / n->step;
	}
}

static const struct {
	size_t width;
	void (*read32)(const uint8_t *in, size_t n, const struct fix *fix, uint32_t *out);
	void (*read64)(const uint8_t *in, size_t n, const struct fix *fix, uint64_t *out);
} forms[] = {
	[PART_CONST] = { 0, constant_uint32_t, constant_uint64_t },
	[PART_U8] = { 1, uint8_t_to_uint32_t, uint8_t_to_uint64_t },
	[PART_U16] = { 2, uint16_t_to_uint32_t, uint16_t_to_uint64_t },
	[PART_U32] = { 4, uint32_t_to_uint32_t, uint32_t_to_uint64_t },
	[PART_U64] = { 8, uint64_t_to_uint32_t, uint64_t_to_uint64_t },
	[PART_CODES] = { 1, NULL, NULL },
};

struct run { /* rows of one part */
	const struct part *part;
	enum part_form form;
	const uint8_t *data;
	size_t n;
	struct fix fix;
};

static struct run next_run(struct numbers *n, size_t most)
{
	assert(n->part < n->parts->n);
	const struct part *p = &n->parts->at[n->part];
	assert(p->form < COUNT_OF(forms));
	struct run r = { .part = p, .form = p->form, .n = MIN(p->rows - n->row, most) };
	r.data = forms[p->form].width ? p->data + n->row * forms[p->form].width : NULL;
	r.fix.add = (p->min - n->base) / n->step;
	r.fix.most = (p->max - p->min) / n->step;
	r.fix.mul = p->step / n->step;
	n->row += r.n;
	if (n->row == p->rows) {
		n->part++;
		n->row = 0;
	}
	return r;
}

bool numbers_codes(struct numbers *n, size_t most, struct byte_run *ret, size_t *ret_n)
{
	assert(n->part < n->parts->n);
	const struct part *p = &n->parts->at[n->part];
	*ret_n = MIN(p->rows - n->row, most);
	if (p->form != PART_CODES)
		return false;
	struct run r = next_run(n, most);
	ret->byte = r.data;
	ret->n = r.n;
	ret->values = p->few;
	ret->all = true;
	list_q(n, p, ret->q);
	return true;
}

enum { ROWS_LEAST = 4 * PART_FEW }; /* of a part, to make a table for its bytes */

bool numbers_bytes(struct numbers *n, size_t most, struct byte_run *ret, size_t *ret_n)
{
	if (numbers_codes(n, most, ret, ret_n))
		return true;
	const struct part *p = &n->parts->at[n->part];
	if (p->form != PART_U8 || *ret_n < ROWS_LEAST)
		return false;
	struct run r = next_run(n, most);
	ret->byte = r.data;
	ret->n = r.n;
	ret->values = PART_FEW;
	ret->all = false;
	for (uint64_t k = 0; k < PART_FEW; k++)
		ret->q[k] = r.fix.add + MIN(k * r.fix.mul, r.fix.most);
	return true;
}

/* The same through the list, where a part has one. */
#define READ_LIST(out_type)                                                                        \
	static void list_to_##out_type(const struct numbers *n, const struct run *r, out_type *out) \
	{                                                                                          \
		uint64_t q[PART_FEW] = { 0 };                                                      \
		assert(r->data); /* only a constant has none */                                    \
		list_q(n, r->part, q);                                                             \
		for (size_t i = 0; i < r->n; i++)                                                  \
			out[i] = (out_type)q[r->data[i]];                                          \
	}
READ_LIST(uint32_t)
READ_LIST(uint64_t)

void numbers_read32(struct numbers *n, size_t count, uint32_t *out)
{
	assert(n->top <= UINT32_MAX);
	for (struct run r; count; out += r.n, count -= r.n) {
		r = next_run(n, count);
		if (r.form == PART_CODES)
			list_to_uint32_t(n, &r, out);
		else
			forms[r.form].read32(r.data, r.n, &r.fix, out);
	}
}

void numbers_read64(struct numbers *n, size_t count, uint64_t *out)
{
	for (struct run r; count; out += r.n, count -= r.n) {
		r = next_run(n, count);
		if (r.form == PART_CODES)
			list_to_uint64_t(n, &r, out);
		else
			forms[r.form].read64(r.data, r.n, &r.fix, out);
	}
}
