/* A segment's groups into the answer's, by value. */
#include "query/local.h"

static __int128 whole(const uint64_t *limb, unsigned limbs)
{
	__int128 v = 0;
	for (unsigned k = limbs; k-- > 0;)
		v = v * ((__int128)1 << 32) + limb[k];
	return v;
}

/* So many keys are made at once, so that the answer's slots are on their way when they are needed. */
enum { AHEAD = 16 };

static enum err merge_some(struct local *l, struct agg *g, const uint32_t *group, size_t n)
{
	const struct plan *p = l->reader.plan;
	uint64_t key[AHEAD][2 * MAX_LANES], hash[AHEAD];
	enum err bad = OK;
	for (size_t k = 0; k < n; k++) {
		packer_words(&l->keys, l->lane, l->reader.seg, group[k], key[k]);
		hash[k] = words_prefetch(&g->keys, key[k]);
	}
	for (size_t k = 0; k < n; k++) {
		uint32_t id = words_prefetch_key(&g->keys, hash[k]);
		if (p->nmeasures && g->sum)
			__builtin_prefetch(&g->sum[(size_t)id * p->nmeasures], 1);
	}
	for (size_t k = 0; k < n; k++) {
		const uint64_t *acc = l->acc + (size_t)group[k] * l->stride;
		uint32_t id = agg_group(g, key[k], &bad);
		if (id == UINT32_MAX)
			return bad;
		l->merged[group[k]] = id;
		for (unsigned i = 0; i < p->nmeasures; i++)
			g->sum[(size_t)id * p->nmeasures + i] += whole(acc + 1 + i * l->limbs, l->limbs);
	}
	return OK;
}

static enum err merge_groups(struct local *l, struct agg *g)
{
	uint32_t group[AHEAD];
	size_t n = 0;
	enum err err = OK;
	for (size_t k = local_next(l, 0); k < l->keys.groups && err == OK; k = local_next(l, k + 1)) {
		group[n++] = (uint32_t)k;
		if (n == AHEAD) {
			err = merge_some(l, g, group, n);
			n = 0;
		}
	}
	return err == OK && n ? merge_some(l, g, group, n) : err;
}

static enum err merge_pairs(struct local *l, struct agg *g, const struct item *it)
{
	const struct local_set *s = &l->set[it->set];
	uint64_t key[AHEAD][1 + 4], hash[AHEAD];
	enum err err = OK;
	for (size_t k = 0; k < s->pairs.n && err == OK; k += AHEAD) {
		size_t n = MIN(s->pairs.n - k, (size_t)AHEAD);
		for (size_t i = 0; i < n; i++) {
			uint64_t pair = s->pairs.key[k + i];
			key[i][0] = l->merged[pair >> 32];
			packer_words(&s->values, l->lane, l->reader.seg, (uint32_t)pair, key[i] + 1);
			hash[i] = words_prefetch(&g->set[it->set].pairs, key[i]);
		}
		for (size_t i = 0; i < n; i++)
			(void)words_prefetch_key(&g->set[it->set].pairs, hash[i]);
		for (size_t i = 0; i < n && err == OK; i++)
			err = agg_count(g, it->set, (uint32_t)key[i][0], key[i] + 1);
	}
	return err;
}

static enum err merge_set(struct local *l, struct agg *g, const struct item *it)
{
	struct local_set *s = &l->set[it->set];
	uint64_t words[4];
	if (it->fn == FN_count)
		return merge_pairs(l, g, it);
	for (size_t k = 0; k < MIN(l->keys.groups, s->time_cap); k++) {
		if (s->time[k] == INT64_MIN)
			continue;
		packer_words(&s->values, l->lane, l->reader.seg, s->value[k], words);
		agg_edge(g, it, l->merged[k], s->time[k], words);
	}
	return OK;
}

static enum err merge_minutes(struct local *l, struct agg *g)
{
	const struct plan *p = l->reader.plan;
	unsigned nv = l->stride - 1;
	enum err bad = OK;
	for (size_t k = 0; k < l->minutes.n; k++) {
		uint64_t key = l->minutes.key[k];
		uint32_t id = agg_minute(g, l->merged[key >> 32], (uint64_t)l->first_minute + (uint32_t)key, &bad);
		if (id == UINT32_MAX)
			return bad;
		for (unsigned i = 0; i < p->nmeasures; i++)
			g->minute_sum[(size_t)id * p->nmeasures + i] += whole(l->minute_acc + k * nv + i * l->limbs, l->limbs);
	}
	return OK;
}

enum err local_merge(struct local *l, struct agg *g)
{
	const struct plan *p = l->reader.plan;
	g->counted += l->counted;
	g->unknown += l->unknown;
	l->counted = l->unknown = 0;
	bool none = !l->acc || l->keys.groups * l->stride > l->acc_cap; /* no row passed */
	if (none || l->unite)
		return OK;
	enum err err = quota_grow(l->reader.quota, &l->merged, &l->merged_cap, l->keys.groups, sizeof(*l->merged));
	if (err == OK)
		err = merge_groups(l, g);
	for (unsigned i = 0; i < p->nitems && err == OK; i++)
		if (is_set(&p->item[i]))
			err = merge_set(l, g, &p->item[i]);
	return err == OK && p->minutes ? merge_minutes(l, g) : err;
}
