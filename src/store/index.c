#include "store/index.h"

#include "base/mem.h"

#include <assert.h>

enum { SOME = 64, SOME_MOST = 7, MANY = 127 };

static unsigned count_of(uint64_t blocks)
{
	return (unsigned)__builtin_popcountll(blocks);
}

void index_put(struct buf *out, const uint64_t *blocks, size_t n)
{
	uint8_t *control = buf_room(out, n);
	for (size_t i = 0; i < n && control; i++) {
		unsigned k = count_of(blocks[i]);
		assert(k);
		control[i] = (uint8_t)(k == 1           ? (unsigned)__builtin_ctzll(blocks[i])
				       : k <= SOME_MOST ? SOME + k
							: MANY);
	}
	for (size_t i = 0; i < n; i++) {
		unsigned k = count_of(blocks[i]);
		uint64_t left = blocks[i];
		if (k > SOME_MOST)
			buf_u64(out, left);
		for (; k > 1 && k <= SOME_MOST && left; left &= left - 1)
			buf_u8(out, (uint8_t)__builtin_ctzll(left));
	}
}

/* Bytes of data behind a control byte; a byte that means nothing has SIZE_MAX. */
static size_t data_bytes(uint8_t control)
{
	if (control < SOME)
		return 0;
	if (control == MANY)
		return 8;
	return control >= SOME + 2 && control <= SOME + SOME_MOST ? (size_t)control - SOME
								  : SIZE_MAX;
}

static uint64_t bits_of(uint8_t control, const uint8_t *data)
{
	uint64_t bits = 0;
	if (control < SOME)
		return (uint64_t)1 << control;
	if (control == MANY)
		memcpy(&bits, data, 8);
	else
		for (unsigned i = 0; i + SOME < control; i++)
			bits |= (uint64_t)1 << (data[i] & 63);
	return bits;
}

enum err index_take(struct cur c, uint32_t n, size_t nblocks, struct index *ret)
{
	struct index x = { .n = n, .control = cur_need(&c, n) };
	uint64_t all = nblocks < INDEX_BLOCKS ? ((uint64_t)1 << nblocks) - 1 : UINT64_MAX;
	if (!x.control || nblocks > INDEX_BLOCKS)
		return E_CORRUPT;
	x.data = c.pos;
	x.skip = mem_array(NULL, n / INDEX_STEP + 1, sizeof(*x.skip));
	if (!x.skip)
		return E_NOMEM;
	enum err e = OK;
	for (uint32_t i = 0; i < n && e == OK; i++) {
		size_t bytes = data_bytes(x.control[i]);
		if (i % INDEX_STEP == 0)
			x.skip[i / INDEX_STEP] = (uint32_t)(c.pos - x.data);
		const uint8_t *data = cur_need(&c, bytes);
		uint64_t bits = data ? bits_of(x.control[i], data) : 0;
		if (!bits || bits & ~all)
			e = E_CORRUPT;
	}
	if (e == OK)
		*ret = x;
	else
		mem_free(x.skip);
	return e;
}

uint64_t index_blocks(const struct index *x, uint32_t code)
{
	assert(code < x->n);
	uint32_t i = code / INDEX_STEP * INDEX_STEP;
	const uint8_t *data = x->data + x->skip[code / INDEX_STEP];
	for (; i < code; i++)
		data += data_bytes(x->control[i]);
	return bits_of(x->control[code], data);
}
