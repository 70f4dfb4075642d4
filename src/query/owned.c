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

enum err owned_bind(struct reader *r, const struct pred *p, struct bound *b)
{
	const struct sidecar *own = seg_own(r->seg, scope_digest(p->scope));
	enum err err = OK;
	b->blocks = NULL;
	if (!own) {
		err = reader_bind(r, p->sub[0]);
		b->state = r->bound[p->sub[0]->id].state;
		b->share = r->bound[p->sub[0]->id].share;
		return err;
	}
	size_t n;
	const uint32_t *set = sidecar_sets_of(own, scope_owner(p->scope), &n);
	codeset_start(b);
	for (size_t i = 0; i < n && err == OK; i++)
		err = codeset_add(b, set[i], set[i] + 1);
	if (err == OK)
		err = codeset_end(b, sidecar_sets(own));
	if (err != OK)
		return err;
	b->blocks = sidecar_blocks(own, scope_owner(p->scope));
	b->state = b->blocks ? BITS_SOME : BITS_NONE; /* ALL of one side's rows are not all rows' */
	b->share = 0;                                 /* asked first of all */
	return OK;
}

/* Rows of one side in live chunks, ORed to the bits. */
static void eval_side(struct reader *r, const struct sidecar *own, size_t side, struct bound *b)
{
	uint32_t min[SEG_CHUNKS], max[SEG_CHUNKS], some = 0;
	sidecar_bounds(own, side, r->block, min, max);
	if (codes_against(b, *min, *max) == BITS_NONE)
		return;
	sidecar_chunk_bounds(own, side, r->block, min, max);
	for (size_t k = 0; k * SEG_CHUNK < r->rows; k++)
		some |= (uint32_t)(r->live >> k & 1 && codes_against(b, min[k], max[k]) != BITS_NONE) << k;
	if (!some)
		return;
	sidecar_codes_some(own, side, r->block, some, r->sets);
	for (size_t k = 0; k * SEG_CHUNK < r->rows; k++) {
		uint64_t part[SEG_CHUNK / 64], *bits = b->bits + k * COUNT_OF(part);
		size_t rows = MIN(r->rows - k * SEG_CHUNK, (size_t)SEG_CHUNK);
		if (!(some >> k & 1))
			continue;
		codes_bits(b, r->sets + k * SEG_CHUNK, rows, (struct code_range){ min[k], max[k] }, part);
		for (size_t w = 0; w * 64 < rows; w++)
			bits[w] |= part[w];
	}
}

/* The same of rows that were picked. */
static void eval_picked(struct reader *r, const struct sidecar *own, size_t side, struct bound *b)
{
	uint32_t chunks = 0;
	for (size_t i = 0; i < r->rows; i++)
		chunks |= (uint32_t)1 << r->pick[i] / SEG_CHUNK;
	sidecar_codes_some(own, side, r->block, chunks, r->sets);
	for (size_t i = 0; i < r->rows; i++) {
		uint32_t set = r->sets[r->pick[i]];
		b->bits[i / 64] |= (uint64_t)(codes_against(b, set, set) == BITS_ALL) << i % 64;
	}
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
	if (!r->sets && !(r->sets = mem_array(NULL, SEG_BLOCK, sizeof(*r->sets)))) {
		r->bad = E_NOMEM;
		return BITS_NONE;
	}
	const struct sidecar *own = seg_own(r->seg, scope_digest(p->scope));
	assert(own); /* it was there when the predicate was bound to the segment */
	memset(b->bits, 0, BLOCK_WORDS * sizeof(*b->bits));
	for (size_t side = 0; side < sidecar_sides(own); side++)
		(r->pick ? eval_picked : eval_side)(r, own, side, b);
	return BITS_SOME;
}
