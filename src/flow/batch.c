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
#define TRAFFIC_DERIVED(...)
#define IFCOUNTERS_DERIVED(...)
#define ALIAS(...)

static void push_traffic(struct batch *b, const struct flow_rec *r)
{
	size_t i = b->n;
	uint64_t used = b->used;
#define IFCOUNTERS(...)
#define TRAFFIC(name, type, storage, ...) PUT_##storage(TR_, name)
#include "flow/fields.def"
#undef TRAFFIC
#undef IFCOUNTERS
	b->used = used;
}

static void push_ifcounters(struct batch *b, const struct ifcounters_rec *r)
{
	size_t i = b->n;
	uint64_t used = b->used;
#define TRAFFIC(...)
#define IFCOUNTERS(name, type, storage, ...) PUT_##storage(IF_, name)
#include "flow/fields.def"
#undef TRAFFIC
#undef IFCOUNTERS
	b->used = used;
}

bool batch_push(struct batch *b, const void *rec)
{
	if (b->n == b->cap)
		return false;
	if (b->table->id == TABLE_TRAFFIC)
		push_traffic(b, rec);
	else
		push_ifcounters(b, rec);
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
