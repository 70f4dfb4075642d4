/* The file of the vantage table, STORE/model/vantage, replaced by rename; little-endian:
 *
 *	 8  "weirvan1"
 *	 8  minute
 *	 4  number of agents, then of each: 16 address, 4 in, 4 out (floats)
 *	 4  number of blocks, then of each: 8 key, 2 own, 2 chosen, 1 overlap, 4 samples, 4 edge,
 *	    5 times: 2 agent, 4 seen
 *	 4  CRC-32C of all before it */
#include "base/cursor.h"
#include "model/kept.h"
#include "model/vantage_in.h"

#include <math.h>

enum { AGENT_BYTES = 24, BLOCK_BYTES = 21 + CANDIDATES * 6 };
static const struct kept file = { "weirvan1", "vantage", (size_t)128 << 20 };

static void put_float(struct buf *out, float f)
{
	uint32_t u;
	memcpy(&u, &f, sizeof(u));
	buf_u32(out, u);
}

static float get_float(struct cur *c)
{
	uint32_t u = cur_le32(c);
	float f;
	memcpy(&f, &u, sizeof(f));
	return isfinite(f) && f >= 0 ? f : 0;
}

static void put_block(struct buf *out, const struct vblock *b)
{
	buf_u64(out, b->key);
	buf_u16(out, b->own);
	buf_u16(out, b->chosen);
	buf_u8(out, b->overlap);
	put_float(out, b->samples);
	put_float(out, b->edge);
	for (unsigned k = 0; k < CANDIDATES; k++) {
		buf_u16(out, b->agent[k]);
		put_float(out, b->seen[k]);
	}
}

enum err vantage_save(const struct vantage *v, int folder)
{
	_cleanup_(buf_free) struct buf out;
	kept_begin(&file, &out);
	buf_u64(&out, (uint64_t)v->minute);
	buf_u32(&out, (uint32_t)v->nagent);
	for (size_t i = 1; i <= v->nagent; i++) {
		buf_add(&out, &v->agent[i].addr, sizeof(struct addr));
		put_float(&out, v->agent[i].in);
		put_float(&out, v->agent[i].out);
	}
	buf_u32(&out, (uint32_t)v->block.n);
	for (size_t i = 0; i < v->block.slots; i++)
		if (v->block.at[i].key)
			put_block(&out, &v->block.at[i]);
	return kept_write(&file, folder, &out);
}

static enum err read_agents(struct vantage *v, struct cur *c)
{
	uint32_t n = cur_le32(c);
	if (n > VANTAGE_AGENTS || (size_t)n * AGENT_BYTES > cur_left(c))
		return E_CORRUPT;
	for (uint32_t i = 1; i <= n; i++) {
		struct addr a;
		const uint8_t *p = cur_need(c, sizeof(a));
		if (!p)
			return E_CORRUPT;
		memcpy(&a, p, sizeof(a));
		uint32_t number = vantage_agent(v, &a);
		if (!number)
			return E_NOMEM;
		if (number != i)
			return E_CORRUPT; /* twice */
		v->agent[i].in = get_float(c);
		v->agent[i].out = get_float(c);
	}
	return OK;
}

static enum err read_blocks(struct vantage *v, struct cur *c)
{
	uint32_t n = cur_le32(c);
	if (n > VANTAGE_BLOCKS || (size_t)n * BLOCK_BYTES > cur_left(c))
		return E_CORRUPT;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t key = cur_le64(c);
		size_t had = v->block.n;
		struct vblock *b = key ? vtable_put(&v->block, key) : NULL;
		if (!b)
			return key ? E_NOMEM : E_CORRUPT;
		if (v->block.n == had)
			return E_CORRUPT;
		b->own = cur_le16(c);
		b->chosen = cur_le16(c);
		b->overlap = cur_u8(c);
		b->samples = get_float(c);
		b->edge = get_float(c);
		for (unsigned k = 0; k < CANDIDATES; k++) {
			b->agent[k] = cur_le16(c);
			b->seen[k] = get_float(c);
			if (b->agent[k] > v->nagent)
				return E_CORRUPT;
		}
		if (b->overlap > OVERLAP_APART)
			return E_CORRUPT;
		if ((b->chosen > v->nagent && b->chosen != BY_BOUNDARY) || (b->own > v->nagent && b->own != BY_BOUNDARY))
			return E_CORRUPT;
	}
	return OK;
}

static enum err read_all(void *into, struct cur *body)
{
	struct vantage *v = into;
	v->minute = (int64_t)cur_le64(body);
	if (v->minute < 0 || v->minute > INT64_MAX / USEC_PER_MIN)
		return E_CORRUPT;
	enum err err = read_agents(v, body);
	return err == OK ? read_blocks(v, body) : err;
}

enum err vantage_load(int folder, struct vantage **ret, struct problem *why)
{
	_cleanup_(vantage_freep) struct vantage *v = NULL;
	enum err err = vantage_new(&v);
	if (err == OK)
		err = kept_read(&file, folder, read_all, v, why);
	if (err != OK)
		return err;
	*ret = v;
	v = NULL;
	return OK;
}
