#include "flow/batch.h"

#include "base/mem.h"

enum err batch_new(const struct table *t, size_t cap, struct batch **ret)
{
	struct batch *b = mem_new0(1, sizeof(*b));
	if (!b)
		return E_NOMEM;
	b->table = t;
	b->cap = cap;
	for (size_t c = 0; c < t->ncols; c++) {
		b->col[c] = mem_new0(cap, t->cols[c].storage);
		if (!b->col[c]) {
			batch_free(b);
			return E_NOMEM;
		}
	}
	*ret = b;
	return OK;
}

void batch_free(struct batch *b)
{
	if (!b)
		return;
	for (size_t c = 0; c < b->table->ncols; c++)
		mem_free(b->col[c]);
	mem_free(b);
}

void batch_reset(struct batch *b)
{
	for (size_t c = 0; c < b->table->ncols; c++)
		if (b->used >> c & 1)
			memset(b->col[c], 0, b->n * b->table->cols[c].storage);
	b->used = 0;
	b->n = 0;
}

/* Straight-line stores, generated from the rows: this runs once per record.  A zero is not
 * stored (columns are zero already), so absent fields cost a test and touch no memory. */
#define PUT_uint(ctype, prefix, name)                                                              \
	if (r->name) {                                                                             \
		((ctype *)b->col[prefix##name])[i] = r->name;                                      \
		used |= (uint64_t)1 << prefix##name;                                               \
	}
#define PUT_u8(prefix, name)  PUT_uint(uint8_t, prefix, name)
#define PUT_u16(prefix, name) PUT_uint(uint16_t, prefix, name)
#define PUT_u32(prefix, name) PUT_uint(uint32_t, prefix, name)
#define PUT_u64(prefix, name) PUT_uint(uint64_t, prefix, name)
#define PUT_addr(prefix, name)                                                                     \
	if (!addr_is_none(&r->name)) {                                                             \
		((struct addr *)b->col[prefix##name])[i] = r->name;                                \
		used |= (uint64_t)1 << prefix##name;                                               \
	}

/* The rare columns lie side by side at the record's end: most rows need one look at all of them. */
enum { RARE_AT = offsetof(struct flow_rec, usersource) };
_Static_assert(RARE_AT % 8 == 0 && sizeof(struct flow_rec) % 8 == 0, "looked at in words");

static bool tells_rare(const struct flow_rec *r)
{
	uint64_t word[(sizeof(*r) - RARE_AT) / 8], any = 0;
	memcpy(word, (const uint8_t *)r + RARE_AT, sizeof(word));
	for (size_t i = 0; i < COUNT_OF(word); i++)
		any |= word[i];
	return any;
}

static uint64_t push_rare(struct batch *b, const struct flow_rec *r)
{
	size_t i = b->n;
	uint64_t used = 0;
#define TRAFFIC(...)
#define TRAFFIC_RARE(name, type, storage, ...) PUT_##storage(TR_, name)
#include "flow/fields.def"
	return used;
}

static void push_traffic(struct batch *b, const struct flow_rec *r)
{
	size_t i = b->n;
	uint64_t used = b->used;
#define TRAFFIC(name, type, storage, ...) PUT_##storage(TR_, name)
#define TRAFFIC_RARE(...)
#include "flow/fields.def"
	if (tells_rare(r))
		used |= push_rare(b, r);
	b->used = used;
}

static void push_ifcounters(struct batch *b, const struct ifcounters_rec *r)
{
	size_t i = b->n;
	uint64_t used = b->used;
#define IFCOUNTERS(name, type, storage, ...) PUT_##storage(IF_, name)
#include "flow/fields.def"
	b->used = used;
}

/* The tables of which few rows come. */
static void push_any(struct batch *b, const void *rec)
{
	static const uint8_t zero[16];
	for (size_t c = 0; c < b->table->ncols; c++) {
		const struct column *col = &b->table->cols[c];
		const uint8_t *v = (const uint8_t *)rec + col->offset;
		if (memcmp(v, zero, col->storage) == 0)
			continue;
		memcpy((uint8_t *)b->col[c] + b->n * col->storage, v, col->storage);
		b->used |= (uint64_t)1 << c;
	}
}

bool batch_push(struct batch *b, const void *rec)
{
	if (b->n == b->cap)
		return false;
	if (b->table->id == TABLE_TRAFFIC)
		push_traffic(b, rec);
	else if (b->table->id == TABLE_IFCOUNTERS)
		push_ifcounters(b, rec);
	else
		push_any(b, rec);
	b->n++;
	return true;
}

void batch_row(const struct batch *b, size_t i, void *ret_rec)
{
	uint8_t *rec = ret_rec;
	memset(rec, 0, b->table->rec_size);
	for (size_t c = 0; c < b->table->ncols; c++) {
		const struct column *col = &b->table->cols[c];
		memcpy(rec + col->offset, (const uint8_t *)b->col[c] + i * col->storage, col->storage);
	}
}
