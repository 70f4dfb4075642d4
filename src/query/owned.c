/* The scope's rows by a segment's sidecar (store/sidecar.h): in which blocks there are any, and by each row's
 * sets of owners.  An index, and never the authority: it is used only where it was made under the scope's
 * own digest, and where there is none the scope's predicate itself is asked.  Answers are equal, always
 * (tests/unit/query/isolation.c). */
#include "query/exec.h"

#include "base/mem.h"

#include <assert.h>

/* Rows of everything, and of other tables, have no sidecar to ask. */
void owned_prepare(const struct plan *p, struct seg *s)
{
	if (!scope_is_everything(p->scope) && p->view->table->id == TABLE_TRAFFIC)
		seg_prepare_own(s, scope_digest(p->scope));
}

bool owned_ready(const struct pred *p, const struct seg *s)
{
	return seg_own(s, scope_digest(p->scope));
}

/* Which of the sidecar's sets hold the customer: truths by set, and their bounds. */
static void mark_sets(const struct sidecar *own, uint32_t owner, struct bound *b)
{
	uint32_t found = 0;
	b->one_range = true;
	for (uint32_t i = 0; i < sidecar_sets(own); i++) {
		size_t n, k = 0;
		const uint32_t *at = sidecar_set(own, i, &n);
		while (k < n && at[k] < owner)
			k++;
		b->truth[i] = k < n && at[k] == owner;
		if (!b->truth[i])
			continue;
		b->one_range &= !found || b->hi + 1 == i;
		b->lo = found++ ? b->lo : i;
		b->hi = i;
	}
}

enum err owned_bind(struct reader *r, const struct pred *p, struct bound *b)
{
	const struct sidecar *own = seg_own(r->seg, scope_digest(p->scope));
	b->blocks = NULL;
	if (!own) {
		enum err err = reader_bind(r, p->sub[0]);
		b->state = r->bound[p->sub[0]->id].state;
		b->share = r->bound[p->sub[0]->id].share;
		return err;
	}
	b->blocks = sidecar_blocks(own, scope_owner(p->scope));
	b->state = b->blocks ? BITS_SOME : BITS_NONE;
	b->share = 0; /* asked first of all */
	if (!b->blocks)
		return OK;
	size_t sets = sidecar_sets(own);
	if (sets > b->truth_cap) {
		uint8_t *more = mem_array(b->truth, sets, 1);
		if (!more)
			return E_NOMEM;
		b->truth = more;
		b->truth_cap = sets;
	}
	mark_sets(own, scope_owner(p->scope), b);
	return OK;
}

/* Rows of one side, ORed to the bits. */
static void eval_side(struct reader *r, const struct sidecar *own, size_t side, struct bound *b)
{
	uint32_t min, max;
	uint64_t part[BLOCK_WORDS];
	sidecar_bounds(own, side, r->block, &min, &max);
	if (b->lo > max || b->hi < min)
		return;
	sidecar_codes(own, side, r->block, r->sets);
	if (b->one_range) {
		range_bits(r->sets, r->rows, (uint32_t)b->lo, (uint32_t)(b->hi - b->lo), part);
		for (size_t w = 0; w * 64 < r->rows; w++)
			b->bits[w] |= part[w];
		return;
	}
	for (size_t i = 0; i < r->rows; i++)
		b->bits[i / 64] |= (uint64_t)b->truth[r->sets[i]] << i % 64;
}

enum bits_state owned_eval(struct reader *r, const struct pred *p, struct bound *b)
{
	if (!b->blocks) {
		enum bits_state s = reader_eval(r, p->sub[0]);
		if (s == BITS_SOME)
			memcpy(b->bits, reader_bits(r, p->sub[0]), (r->rows + 63) / 64 * sizeof(*b->bits));
		return s;
	}
	if (!(b->blocks[r->block / 64] >> r->block % 64 & 1))
		return BITS_NONE;
	if (!r->sets && !(r->sets = mem_new0(SEG_BLOCK, sizeof(*r->sets)))) {
		r->bad = E_NOMEM;
		return BITS_NONE;
	}
	const struct sidecar *own = seg_own(r->seg, scope_digest(p->scope));
	assert(own); /* it was there when the predicate was bound to the segment */
	memset(b->bits, 0, BLOCK_WORDS * sizeof(*b->bits));
	for (size_t side = 0; side < sidecar_sides(own); side++)
		eval_side(r, own, side, b);
	return BITS_SOME;
}
