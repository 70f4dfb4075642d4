#include "store/few.h"

#include "store/journal.h"

#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>

enum {
	SLOT_BITS = 10,
	ROWS_LEAST = 4 * PART_FEW, /* of a frame: in a shorter one lists cost more than they save */
	LEFT_ALONE = 63, /* frames, after one of too many values */
	CODES = FRAME_ROWS * 16, /* bytes for a frame's codes: so many full columns, or more of shorter frames */
	LISTS = 32,              /* columns of a frame that get codes */
};

struct list {
	uint64_t value[PART_FEW * 2];
};

struct few {
	uint64_t multiplier;
	uint8_t wait[TABLE_MAX_COLS]; /* frames that a column is still left alone */
	uint16_t slot[1 << SLOT_BITS]; /* code + 1; 0 = empty */
	struct list list[LISTS];
	size_t lists, used; /* bytes of codes */
	uint8_t code[CODES];
};

enum err few_new(struct few **ret)
{
	struct few *f = mem_alloc(sizeof(*f)); /* most of it is never touched */
	if (!f)
		return E_NOMEM;
	f->multiplier = hash_seed() | 1;
	memset(f->wait, 0, sizeof(f->wait));
	few_begin(f);
	*ret = f;
	return OK;
}

void few_free(struct few *f)
{
	mem_free(f);
}

void few_begin(struct few *f)
{
	f->lists = f->used = 0;
}

struct key {
	uint64_t a, b;
};

static inline size_t place_of(const struct few *f, struct key k)
{
	return (k.a ^ (k.b << 7 | k.b >> 57)) * f->multiplier >> (64 - SLOT_BITS);
}

/* The value at v, in `words` words of memory order. */
static inline struct key key_at(const uint8_t *v, enum storage storage)
{
	struct key k = { 0, 0 };
	uint16_t u16;
	uint32_t u32;
	switch (storage) {
	case ST_u16:
		memcpy(&u16, v, 2);
		k.a = u16;
		break;
	case ST_u32:
		memcpy(&u32, v, 4);
		k.a = u32;
		break;
	case ST_addr:
		memcpy(&k.b, v + 8, 8);
		memcpy(&k.a, v, 8);
		break;
	default:
		memcpy(&k.a, v, 8);
	}
	return k;
}

/* Inlined for each storage.  Returns how many values there are; 0: too many. */
static inline __attribute__((always_inline)) size_t code_rows(struct few *f, enum storage storage, const uint8_t *v,
							      size_t n, uint64_t *value, uint8_t *code)
{
	size_t words = storage == ST_addr ? 2 : 1, values = 0;
	memset(f->slot, 0, sizeof(f->slot));
	for (size_t i = 0; i < n; i++, v += storage) {
		struct key k = key_at(v, storage);
		size_t at = place_of(f, k), c;
		for (;; at = (at + 1) & ((1 << SLOT_BITS) - 1)) {
			c = f->slot[at];
			if (!c || (value[(c - 1) * words] == k.a && (words == 1 || value[(c - 1) * words + 1] == k.b)))
				break;
		}
		if (!c) {
			if (values == PART_FEW)
				return 0;
			value[values * words] = k.a;
			if (words == 2)
				value[values * words + 1] = k.b;
			f->slot[at] = (uint16_t)(c = ++values);
		}
		code[i] = (uint8_t)(c - 1);
	}
	return values;
}

static size_t code_column(struct few *f, enum storage storage, const void *v, size_t n, uint64_t *value, uint8_t *code)
{
	switch (storage) {
	case ST_u16:  return code_rows(f, ST_u16, v, n, value, code);
	case ST_u32:  return code_rows(f, ST_u32, v, n, value, code);
	case ST_u64:  return code_rows(f, ST_u64, v, n, value, code);
	case ST_addr: return code_rows(f, ST_addr, v, n, value, code);
	case ST_u8:   break;
	}
	return 0;
}

bool few_find(struct few *f, size_t col, enum storage storage, const void *v, size_t n, struct few_codes *ret)
{
	assert(n && n <= FRAME_ROWS && col < TABLE_MAX_COLS);
	if (n < ROWS_LEAST)
		return false;
	if (f->wait[col]) {
		f->wait[col]--;
		return false;
	}
	if (f->lists == LISTS || n > CODES - f->used)
		return false;
	uint64_t *value = f->list[f->lists].value;
	uint8_t *code = f->code + f->used;
	size_t values = code_column(f, storage, v, n, value, code);
	if (!values) {
		f->wait[col] = LEFT_ALONE;
		return false;
	}
	struct few_codes found = { .n = (uint32_t)values, .value = value, .code = code, .min = value[0], .max = value[0] };
	for (size_t k = 1; k < values && storage != ST_addr; k++) {
		found.min = MIN(found.min, value[k]);
		found.max = MAX(found.max, value[k]);
	}
	f->lists++;
	f->used += n;
	*ret = found;
	return true;
}
