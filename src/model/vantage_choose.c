/* Choosing, at the turn of a minute: by each block's own history where there is enough of it, else
 * by that of the blocks around it.
 *
 *	/24, /48     forget a little; own choice
 *	   sum
 *	/16, /32     own choice; sure: the agent chosen also sees what others see of the blocks inside
 *	   sum
 *	everything   likewise
 *
 * Among agents that saw as much as chance allows, the first known is taken: then blocks that pass
 * the same switches are all counted at the same one. */
#include "model/hosts.h"
#include "model/vantage_in.h"
#include "model/zones.h"

#include <math.h>

static const float kept = 1 - 1.0f / 1440; /* after a minute, of what was a minute before */
static const float enough = 8;         /* samples that decide */
static const float takes_over = 1.25f; /* so much more must another have seen */
static const float covers = 0.6f;      /* of what others see, to say that an agent sees it, too */
static const float edge_share = 0.2f;  /* of the most, at the boundary, to say that it comes from there */
static const float both_ways = 0.05f;

static float seen_by(const struct vblock *b, uint16_t agent)
{
	for (unsigned k = 0; k < CANDIDATES; k++)
		if (b->agent[k] == agent && agent)
			return b->seen[k];
	return 0;
}

static float most_seen(const struct vblock *b)
{
	float most = 0;
	for (unsigned k = 0; k < CANDIDATES; k++)
		most = fmaxf(most, b->seen[k]);
	return most;
}

/* A block of ours is not thought to come from outside, whatever somebody sends there. */
static bool comes_from_outside(const struct vantage *v, const struct vblock *b, float most)
{
	struct addr a;
	if (b->edge < most * edge_share || b->edge <= 0)
		return false;
	return !v->zones || !vkey_addr(b->key, &a) || !zones_find(v->zones, &a);
}

static uint16_t choose(const struct vantage *v, const struct vblock *b)
{
	float most = most_seen(b), chance = most / sqrtf(fmaxf(b->samples, 1));
	if (comes_from_outside(v, b, most))
		return BY_BOUNDARY;
	if (b->samples < enough)
		return CHOICE_NONE;
	float now = b->own == BY_BOUNDARY ? 0 : seen_by(b, b->own);
	if (now > 0 && most <= now * takes_over + 2 * chance)
		return b->own;
	uint16_t best = CHOICE_NONE;
	for (unsigned k = 0; k < CANDIDATES; k++)
		if (b->agent[k] && b->seen[k] >= most - chance && (best == CHOICE_NONE || b->agent[k] < best))
			best = b->agent[k];
	return best;
}

static void clear(struct vtable *t)
{
	for (size_t i = 0; i < t->slots; i++) {
		const struct vblock *b = &t->at[i];
		t->at[i] = (struct vblock){ .key = b->key, .own = b->own, .chosen = b->chosen, .overlap = b->overlap };
	}
}

static void add_to_wider(const struct vblock *b, struct vtable *to, unsigned width)
{
	struct vblock *w = vtable_put(to, vkey_wider(b->key, width));
	if (!w)
		return;
	for (unsigned k = 0; k < CANDIDATES; k++)
		if (b->agent[k])
			vblock_add(w, b->agent[k], b->seen[k]);
	w->samples += b->samples;
}

/* Does the agent chosen for a larger block also see what others see of the blocks inside?  Of two
 * agents P, Q that see the same traffic, samples p and q of one block have E(p q) = E(q (q - 1)): sums of
 * both over many blocks tell, however few samples each block has.  A block weighs 1 at most. */
static void compare_inside(const struct vblock *b, struct vblock *w)
{
	float all = 0, mine = seen_by(b, w->chosen), both = 0, others = 0;
	for (unsigned k = 0; k < CANDIDATES; k++)
		all += b->seen[k];
	float one = b->samples > 0 ? all / b->samples : 0; /* frames that a sample stands for */
	if (all <= one * 1.5f || w->chosen == CHOICE_NONE)
		return;
	for (unsigned k = 0; k < CANDIDATES; k++) {
		if (!b->agent[k] || b->agent[k] == w->chosen)
			continue;
		both += mine * b->seen[k];
		others += fmaxf(b->seen[k] * (b->seen[k] - one), 0);
	}
	w->both += both / (all * (all - one));
	w->others += others / (all * (all - one));
	w->compared++;
}

static void choose_all(const struct vantage *v, struct vtable *t)
{
	for (size_t i = 0; i < t->slots; i++)
		if (t->at[i].key)
			t->at[i].chosen = t->at[i].own = choose(v, &t->at[i]);
}

static void conclude(struct vtable *t)
{
	for (size_t i = 0; i < t->slots; i++) {
		struct vblock *w = &t->at[i];
		w->sure = w->chosen != CHOICE_NONE && w->compared >= enough && w->both >= w->others * covers;
		w->both = w->others = w->compared = 0;
	}
}

static void choose_blocks(struct vantage *v, float left)
{
	clear(&v->wide);
	clear(&v->all);
	for (size_t i = 0; i < v->block.slots; i++) {
		struct vblock *b = &v->block.at[i];
		if (!b->key)
			continue;
		for (unsigned k = 0; k < CANDIDATES; k++)
			b->seen[k] *= left;
		b->samples *= left;
		b->edge *= left;
		b->sure = false;
		b->both = b->others = b->compared = 0;
		b->own = choose(v, b);
		add_to_wider(b, &v->wide, 1);
		add_to_wider(b, &v->all, 2);
	}
	choose_all(v, &v->wide);
	choose_all(v, &v->all);
}

static void compare_blocks(struct vantage *v)
{
	for (size_t i = 0; i < v->block.slots; i++) {
		const struct vblock *b = &v->block.at[i];
		struct vblock *wide = b->key ? vtable_find(&v->wide, vkey_wider(b->key, 1)) : NULL;
		struct vblock *all = b->key ? vtable_find(&v->all, vkey_wider(b->key, 2)) : NULL;
		if (wide)
			compare_inside(b, wide);
		if (all)
			compare_inside(b, all);
	}
	conclude(&v->wide);
	conclude(&v->all);
}

/* What is known of a block, else of those around it. */
static enum overlap overlap_of(const struct vantage *v, uint64_t key, unsigned own)
{
	const struct vblock *wide = own ? NULL : vtable_find(&v->wide, vkey_wider(key, 1));
	if (own || (wide && wide->overlap))
		return own ? own : wide->overlap;
	const struct vblock *all = vtable_find(&v->all, vkey_wider(key, 2));
	return all ? all->overlap : OVERLAP_UNKNOWN;
}

/* Without a sign that agents see the same flows nothing is left out: to count twice is seen, to lose a
 * part is not.  Of one agent alone there is nothing to leave out. */
uint16_t vantage_follow(const struct vantage *v, uint64_t key, enum overlap overlap)
{
	if (v->nagent > 1 && overlap_of(v, key, overlap) != OVERLAP_SAME)
		return CHOICE_NONE;
	const struct vblock *wide = vtable_find(&v->wide, vkey_wider(key, 1)), *all = vtable_find(&v->all, vkey_wider(key, 2));
	if (v->nagent == 1)
		return all ? all->chosen : CHOICE_NONE;
	return wide && wide->sure ? wide->chosen : all && all->sure ? all->chosen : CHOICE_NONE;
}

static void follow_wider(struct vantage *v)
{
	for (size_t i = 0; i < v->block.slots; i++) {
		struct vblock *b = &v->block.at[i];
		if (!b->key)
			continue;
		b->chosen = b->own;
		if (b->own == CHOICE_NONE)
			b->chosen = vantage_follow(v, b->key, b->overlap);
		else if (b->own != BY_BOUNDARY && v->nagent > 1 && overlap_of(v, b->key, b->overlap) != OVERLAP_SAME)
			b->chosen = CHOICE_NONE;
	}
}

static void choose_ways(struct vantage *v, float left)
{
	for (size_t i = 1; i <= v->nagent; i++) {
		struct vagent *a = &v->agent[i];
		a->in *= left;
		a->out *= left;
		a->both = a->in > (a->in + a->out) * both_ways && a->out > (a->in + a->out) * both_ways;
	}
}

/* Rows of other blocks need not ask for hosts. */
static void note_hosts(struct vantage *v)
{
	for (size_t i = 0; v->hosts && i < hosts_count(v->hosts); i++) {
		struct host h;
		hosts_at(v->hosts, i, &h);
		for (unsigned side = 0; side < 2 && !addr_is_none(&h.agent); side++) {
			struct vblock *b = vtable_find(&v->block, vkey_of((enum vside)side, &h.ip, h.mac));
			if (b)
				b->sure = true;
		}
	}
}

void vantage_turn(struct vantage *v)
{
	float left = powf(kept, (float)MAX(v->passed, (int64_t)1));
	v->passed = 1;
	choose_ways(v, left);
	choose_blocks(v, left);
	note_hosts(v);
	compare_blocks(v);
	vantage_compare(v);
	follow_wider(v);
	if (v->block.n > v->block.most - v->block.most / 8)
		vtable_remove_old(&v->block);
}
