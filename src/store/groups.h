/* Groups of rows of one key, and their sums.
 *
 * A key is numbers packed into words, each in as many bits as its largest has needed so far: most numbers of
 * most sites need none, and most keys one word or two.  A group is its key and its sums, side by side, in the
 * order of first sight.  What would pass 64 bits begins another group of the same key, so that sums are
 * always whole. */
#pragma once
#include "store/rollup_part.h"

#include "base/hash.h"

enum {
	RU_FIRST_SUM = RU_bytes, /* columns before are keys */
	GROUP_NUMBERS = RU_FIRST_SUM + OWNING_SIDES + 1,
	GROUP_SUMS = RU_COLS - 1 - RU_FIRST_SUM,
	GROUPS_MOST = 1 << 26,
};

struct group_layout { /* where each number lies in a key */
	uint8_t bits[GROUP_NUMBERS], word[GROUP_NUMBERS], shift[GROUP_NUMBERS];
	size_t words; /* GROUP_NUMBERS at most: a number has up to 32 bits, and none lies in two words */
};

struct groups {
	struct group_layout layout;
	uint64_t *group; /* for each: words of its key, GROUP_SUMS */
	size_t n, cap;
	uint32_t *slot; /* group + 1 */
	size_t slots;
	uint64_t seed;
};

/* Of struct groups all but the seed is zero at first; groups_widen comes before the first group. */
void groups_free(struct groups *g);

/* Room in the keys for numbers below these (2^32 at most); the groups keep theirs. */
enum err groups_widen(struct groups *g, const uint64_t below[static GROUP_NUMBERS]) _must_check_;

/* Sums to the group of that key and hash.  E_LIMIT, E_NOMEM. */
enum err groups_add(struct groups *g, const uint64_t *key, uint32_t hash, const uint64_t *sum) _must_check_;

/* The key holds no number that is larger than fits. */
void groups_put(const struct group_layout *l, uint64_t *key, size_t i, uint64_t number);
uint32_t groups_number(const struct groups *g, size_t group, size_t i);

static inline uint32_t groups_hash(const struct groups *g, const uint64_t *key)
{
	uint64_t h = g->seed;
	for (size_t i = 0; i < g->layout.words; i++)
		h = hash_mix(h, key[i]);
	return (uint32_t)(h >> 32);
}

static inline uint64_t *groups_key(const struct groups *g, size_t group)
{
	return g->group + group * (g->layout.words + GROUP_SUMS);
}

static inline uint64_t *groups_sums(const struct groups *g, size_t group)
{
	return groups_key(g, group) + g->layout.words;
}

/* Of n rows with these hashes, what those a few rows behind this one will look into is fetched. */
static inline void groups_fetch(const struct groups *g, const uint32_t *hash, size_t row, size_t n)
{
	enum { SLOT = 16, GROUP = 8 };
	__builtin_prefetch(&g->slot[hash[MIN(row + SLOT, n - 1)] & (g->slots - 1)]);
	uint32_t soon = g->slot[hash[MIN(row + GROUP, n - 1)] & (g->slots - 1)];
	if (soon)
		__builtin_prefetch(groups_key(g, soon - 1), 1);
}
