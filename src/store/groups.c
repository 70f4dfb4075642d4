#include "store/groups.h"

#include "base/mem.h"

#include <assert.h>

enum { SLOTS_FIRST = 4096 };

void groups_free(struct groups *g)
{
	mem_free(g->group);
	mem_free(g->slot);
	*g = (struct groups){ .seed = g->seed };
}

/* -- keys -------------------------------------------------------------------------------------- */

static unsigned bits_of(uint64_t n) /* what numbers below n need */
{
	return n > 1 ? 64 - (unsigned)__builtin_clzll(n - 1) : 0;
}

/* Numbers below these. */
static void lay_out(struct group_layout *l, const uint64_t below[static GROUP_NUMBERS])
{
	unsigned at = 0;
	*l = (struct group_layout){ .words = 1 };
	for (size_t i = 0; i < GROUP_NUMBERS; i++) {
		unsigned bits = bits_of(below[i]);
		assert(bits <= 32);
		if (at + bits > 64) {
			l->words++;
			at = 0;
		}
		l->bits[i] = (uint8_t)bits;
		l->word[i] = (uint8_t)(l->words - 1);
		l->shift[i] = (uint8_t)(at & 63); /* of no bits behind a full word: it does not matter */
		at += bits;
	}
}

static uint32_t number_in(const struct group_layout *l, const uint64_t *key, size_t i)
{
	return (uint32_t)(key[l->word[i]] >> l->shift[i] & (((uint64_t)1 << l->bits[i]) - 1));
}

void groups_put(const struct group_layout *l, uint64_t *key, size_t i, uint64_t number)
{
	key[l->word[i]] &= ~((((uint64_t)1 << l->bits[i]) - 1) << l->shift[i]);
	key[l->word[i]] |= number << l->shift[i];
}

uint32_t groups_number(const struct groups *g, size_t group, size_t i)
{
	return number_in(&g->layout, groups_key(g, group), i);
}

static enum err make_slots(struct groups *g, size_t slots)
{
	uint32_t *slot = mem_new0(slots, sizeof(*slot));
	if (!slot)
		return E_NOMEM;
	for (size_t i = 0; i < g->n; i++) {
		size_t k = groups_hash(g, groups_key(g, i)) & (slots - 1);
		while (slot[k])
			k = (k + 1) & (slots - 1);
		slot[k] = (uint32_t)i + 1;
	}
	mem_free(g->slot);
	g->slot = slot;
	g->slots = slots;
	return OK;
}

enum err groups_widen(struct groups *g, const uint64_t below[static GROUP_NUMBERS])
{
	struct group_layout l;
	bool more = false;
	for (size_t i = 0; i < GROUP_NUMBERS; i++)
		more |= bits_of(below[i]) > g->layout.bits[i];
	if (!more && g->slots)
		return OK;
	lay_out(&l, below);
	uint64_t *group = mem_array(NULL, g->cap, (l.words + GROUP_SUMS) * sizeof(*group));
	if (!group)
		return E_NOMEM;
	for (size_t i = 0; i < g->n; i++) {
		uint64_t *to = group + i * (l.words + GROUP_SUMS);
		memset(to, 0, l.words * sizeof(*to));
		for (size_t k = 0; k < GROUP_NUMBERS; k++)
			groups_put(&l, to, k, groups_number(g, i, k));
		memcpy(to + l.words, groups_sums(g, i), GROUP_SUMS * sizeof(*to));
	}
	mem_free(g->group);
	g->group = group;
	g->layout = l;
	return make_slots(g, g->slots ? g->slots : SLOTS_FIRST);
}

/* -- groups ------------------------------------------------------------------------------------ */

static enum err room_for_one(struct groups *g)
{
	if (g->n >= GROUPS_MOST)
		return E_LIMIT;
	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 2048;
		uint64_t *group = mem_array(g->group, cap, (g->layout.words + GROUP_SUMS) * sizeof(*group));
		if (!group)
			return E_NOMEM;
		g->group = group;
		g->cap = cap;
	}
	return g->n * 2 >= g->slots ? make_slots(g, g->slots * 2) : OK;
}

static bool fits(const uint64_t *all, const uint64_t *sum)
{
	uint64_t both;
	bool over = false;
	for (size_t i = 0; i < GROUP_SUMS; i++)
		over |= __builtin_add_overflow(all[i], sum[i], &both);
	return !over;
}

static bool same_key(const struct groups *g, const uint64_t *a, const uint64_t *b)
{
	uint64_t differ = 0;
	for (size_t i = 0; i < g->layout.words; i++)
		differ |= a[i] ^ b[i];
	return !differ;
}

enum err groups_add(struct groups *g, const uint64_t *key, uint32_t hash, const uint64_t *sum)
{
	const size_t words = g->layout.words;
	uint64_t *have;
	enum err e = g->n == g->cap || g->n * 2 >= g->slots ? room_for_one(g) : OK;
	if (e != OK)
		return e;
	for (size_t k = hash & (g->slots - 1);; k = (k + 1) & (g->slots - 1)) {
		bool fresh = !g->slot[k];
		if (fresh)
			g->slot[k] = (uint32_t)++g->n;
		have = groups_key(g, g->slot[k] - 1);
		if (fresh) {
			memcpy(have, key, words * sizeof(*have));
			memset(have + words, 0, GROUP_SUMS * sizeof(*have));
		}
		if (fresh || (same_key(g, have, key) && fits(have + words, sum)))
			break;
	}
	for (size_t i = 0; i < GROUP_SUMS; i++)
		have[words + i] += sum[i];
	return OK;
}
