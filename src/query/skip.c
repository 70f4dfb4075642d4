/* What of a segment need not be looked at: columns that its span answers for, blocks in which the
 * index says that none of the addresses asked for is. */
#include "query/exec.h"

enum { MOST_LOOKED_UP = 256, MOST_BLOCKS = 64 };

/* Of the ranges of a test on the time, against the whole segment. */
static enum bits_state time_state(const struct pred *p, const struct seg *s)
{
	struct span have = seg_span(s);
	return ranges_against(p->u, p->n, (uint64_t)have.start, (uint64_t)have.end - 1);
}

uint64_t pred_needs(const struct pred *p, const struct seg *s, int time_col)
{
	uint64_t cols = 0;
	if (p->kind == P_UINTS && p->col == time_col)
		return time_state(p, s) == BITS_SOME ? p->cols : 0;
	if (p->kind == P_OWNED)
		return owned_ready(p, s) ? 0 : pred_needs(p->sub[0], s, time_col);
	if (p->kind != P_AND && p->kind != P_OR && p->kind != P_NOT)
		return p->cols;
	for (size_t i = 0; i < p->n; i++)
		cols |= pred_needs(p->sub[i], s, time_col);
	return cols;
}

bool bind_time(struct reader *r, const struct pred *p, struct bound *b)
{
	if (p->kind != P_UINTS || p->col != (int)r->plan->view->table->time_col)
		return false;
	b->state = time_state(p, r->seg);
	b->share = b->state == BITS_NONE ? 0 : b->state == BITS_ALL ? 1 : 0.5f;
	return b->state != BITS_SOME;
}

/* -- the index of addresses ------------------------------------------------------------------------- */

static bool worth_looking_up(const struct reader *r, const struct pred *p)
{
	const struct bound *b = &r->bound[p->id];
	return p->kind == P_ADDRS && b->serial == r->serial && b->state == BITS_SOME && b->marked <= MOST_LOOKED_UP &&
	       seg_column(r->seg, (size_t)p->col)->kind == SEG_DICT;
}

enum err skip_prepare(struct reader *r, const struct pred *p, struct seg *s)
{
	enum err err = OK;
	if (r->plan->env.plain)
		return OK;
	if (worth_looking_up(r, p))
		return seg_prepare_index(s, (size_t)p->col);
	for (size_t i = 0; p->kind == P_AND && i < p->n; i++)
		if (r->bound[p->sub[i]->id].blocks && r->bound[p->sub[i]->id].serial == r->serial)
			return OK; /* the owner's blocks are known, and few */
	bool many = p->kind == P_AND || p->kind == P_OR || (p->kind == P_OWNED && !owned_ready(p, s));
	for (size_t i = 0; many && i < p->n && err == OK; i++)
		err = skip_prepare(r, p->sub[i], s);
	return err;
}

static uint64_t blocks_of(const struct reader *r, const struct pred *p, uint64_t all)
{
	const struct bound *b = &r->bound[p->id];
	uint64_t found = 0, one;
	for (size_t i = 0; i < b->nranges; i++)
		for (uint32_t code = b->range[i].lo; code <= b->range[i].hi; code++) {
			if (!seg_addr_blocks(r->seg, (size_t)p->col, code, &one))
				return all;
			found |= one;
		}
	return found;
}

uint64_t skip_blocks(const struct reader *r, const struct pred *p, uint64_t all)
{
	const struct bound *b = &r->bound[p->id];
	if (b->serial != r->serial) /* not asked: what stands beside it decided */
		return all;
	if (b->state == BITS_NONE)
		return 0;
	if (worth_looking_up(r, p))
		return blocks_of(r, p, all);
	if (p->kind == P_OWNED && b->state == BITS_SOME)
		return !b->blocks ? skip_blocks(r, p->sub[0], all) : seg_blocks(seg_rows(r->seg)) <= MOST_BLOCKS ? *b->blocks & all : all;
	uint64_t blocks = p->kind == P_OR ? 0 : all;
	if (b->state == BITS_ALL || (p->kind != P_OR && p->kind != P_AND))
		return all;
	for (size_t i = 0; i < p->n; i++)
		if (p->kind == P_OR)
			blocks |= skip_blocks(r, p->sub[i], all);
		else
			blocks &= skip_blocks(r, p->sub[i], all);
	return blocks;
}

uint64_t skip_none(const struct seg *s)
{
	size_t n = seg_blocks(seg_rows(s));
	return n >= MOST_BLOCKS ? UINT64_MAX : ((uint64_t)1 << n) - 1;
}
