/* Flows that are watched: do two agents see the same traffic of a block, or each its own part?
 *
 * An external block whose packets come in by two routers, each for other customers, is seen by both
 * equally often; choosing one would lose half.  Counts by block cannot tell that from one path
 * through both.  Single flows can: of packets of one flow, p seen by the agent that was chosen and q
 * by another that sees the same, E(p q) = E(q (q - 1)); of flows that go one way or the other, p q is 0.
 *
 * Of small networks all flows are watched; when there are too many, half of them are let go. */
#include "base/mem.h"
#include "model/vantage_in.h"

#include <math.h>

static const float enough = 8;         /* samples in pairs that tell */
static const float some = 3;           /* of them by two agents */
static const float most_weight = 20;   /* of one flow */
static const float same = 0.6f;        /* of what would be expected */
static const float same_around = 0.8f; /* likewise, to say it of blocks of which nothing is known by themselves */

static struct vwatch *find(struct vwatch *at, uint64_t key)
{
	size_t i = key & (WATCHED - 1);
	for (; at[i].key && at[i].key != key; i = (i + 1) & (WATCHED - 1))
		;
	return &at[i];
}

/* Those that are recent and, as the shift now is, watched. */
static void let_go(struct vantage *v)
{
	struct vwatch *at = v->spare ? v->spare : mem_table(WATCHED, sizeof(*at));
	if (!at)
		return;
	if (v->spare)
		memset(at, 0, WATCHED * sizeof(*at));
	v->watched = 0;
	for (size_t i = 0; i < WATCHED; i++) {
		const struct vwatch *w = &v->watch[i];
		if (!w->key || w->minute < v->minute - WATCH_MINUTES || (v->watch_shift && w->key >> (64 - v->watch_shift)))
			continue;
		*find(at, w->key) = *w;
		v->watched++;
	}
	v->spare = v->watch;
	v->watch = at;
}

void vantage_watch_soon(const struct vantage *v, uint64_t flow)
{
	const struct vwatch *w = &v->watch[flow & (WATCHED - 1)];
	__builtin_prefetch(w, 1);
	__builtin_prefetch((const uint8_t *)(w + 1) - 1, 1); /* it may lie across two cache lines */
}

void vantage_watch(struct vantage *v, uint64_t flow, const uint64_t block[2], uint32_t agent)
{
	struct vwatch *w = find(v->watch, flow);
	if (!w->key) {
		if (v->watched >= WATCHED / 4 * 3) { /* at once, not at the turn: a look at each costs a cache line */
			if (v->watch_shift < 32) {
				v->watch_shift++;
				let_go(v);
			}
			return;
		}
		*w = (struct vwatch){ .key = flow, .block = { block[0], block[1] } };
		v->watched++;
	}
	w->minute = v->minute;
	for (unsigned k = 0; k < WATCHERS; k++)
		if (w->agent[k] == agent || !w->agent[k]) {
			w->agent[k] = (uint16_t)agent;
			w->seen[k] = (uint16_t)MIN(w->seen[k] + 1, UINT16_MAX);
			return;
		}
}

/* A flow weighs more the more is known of it, to a bound. */
static void compare(const struct vwatch *w, struct vblock *b)
{
	float all = 0, mine = 0, both = 0, others = 0;
	for (unsigned k = 0; k < WATCHERS; k++) {
		all += w->seen[k];
		mine += w->agent[k] == b->own ? w->seen[k] : 0;
	}
	if (all < 2 || b->own == CHOICE_NONE || b->own == BY_BOUNDARY)
		return;
	for (unsigned k = 0; k < WATCHERS; k++) {
		float q = w->seen[k];
		if (w->agent[k] == b->own || q <= 0)
			continue;
		both += mine * q;
		others += q * (q - 1);
	}
	float weight = fminf(all / 2, most_weight) / (all * (all - 1));
	b->both += both * weight;
	b->others += others * weight;
	b->compared += fminf(all / 2, most_weight);
}

static void add_to(const struct vblock *b, struct vtable *t, unsigned width)
{
	struct vblock *w = vtable_find(t, vkey_wider(b->key, width));
	if (!w)
		return;
	w->both += b->both;
	w->others += b->others;
	w->compared += b->compared;
}

/* Beyond chance, and what was found out stays until there is enough to say otherwise. */
static void conclude(struct vtable *t, float least)
{
	for (size_t i = 0; i < t->slots; i++) {
		struct vblock *b = &t->at[i];
		if (b->compared < enough)
			continue;
		if (b->both >= some && b->both >= b->others * least)
			b->overlap = OVERLAP_SAME;
		else if (b->both + 2 * sqrtf(b->others + b->both) < b->others * least)
			b->overlap = OVERLAP_APART;
	}
}

void vantage_compare(struct vantage *v)
{
	for (size_t i = 0; i < WATCHED; i++)
		for (unsigned side = 0; v->watch[i].key && side < 2; side++) {
			struct vblock *b = vtable_find(&v->block, v->watch[i].block[side]);
			if (b)
				compare(&v->watch[i], b);
		}
	for (size_t i = 0; i < v->block.slots; i++)
		if (v->block.at[i].compared > 0) {
			add_to(&v->block.at[i], &v->wide, 1);
			add_to(&v->block.at[i], &v->all, 2);
		}
	conclude(&v->block, same);
	conclude(&v->wide, same_around);
	conclude(&v->all, same_around);
	if (v->watched < WATCHED / 2)
		return;
	let_go(v);
	if (v->watched >= WATCHED / 2 && v->watch_shift < 32) {
		v->watch_shift++;
		let_go(v);
	}
}
