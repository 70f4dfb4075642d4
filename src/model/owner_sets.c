/* Sets of customers as numbers. */
#include "model/attributor.h"

#include "base/mem.h"

enum { PAIRS = 4096 }; /* unions remembered */

struct pair {
	uint32_t a, b, set; /* a < b; a 0: empty */
};

struct owner_sets {
	const struct attributor *of;
	struct map by_members;
	uint32_t *base;    /* by base set: our number + 1; 0 = not met */
	uint32_t *nearest; /* by set: number + 1; 0 = not asked */
	size_t nearest_cap;
	struct pair pair[PAIRS];
	uint32_t *scratch;
	size_t scratch_cap;
};

enum err owner_sets_new(const struct attributor *a, struct owner_sets **ret)
{
	_cleanup_(owner_sets_freep) struct owner_sets *s = mem_new0(1, sizeof(*s));
	uint32_t none;
	if (!s || !(s->base = mem_new0(a->nbase + 1, sizeof(*s->base))))
		return E_NOMEM;
	s->of = a;
	s->by_members.ceiling = MAX_SETS;
	enum err err = owner_sets_put(s, NULL, 0, &none);
	if (err != OK)
		return err;
	*ret = s;
	s = NULL;
	return OK;
}

void owner_sets_free(struct owner_sets *s)
{
	if (!s)
		return;
	map_free(&s->by_members);
	mem_free(s->base);
	mem_free(s->nearest);
	mem_free(s->scratch);
	mem_free(s);
}

uint32_t owner_sets_count(const struct owner_sets *s)
{
	return (uint32_t)s->by_members.n;
}

const uint32_t *owner_set(const struct owner_sets *s, uint32_t set, size_t *ret_n)
{
	const struct map_entry *e = &s->by_members.at[set];
	*ret_n = e->len / sizeof(uint32_t);
	return (const uint32_t *)(const void *)e->key;
}

enum err owner_sets_put(struct owner_sets *s, const uint32_t *member, size_t n, uint32_t *ret)
{
	struct map_entry *e;
	bool fresh;
	enum err err = map_put(&s->by_members, member ? (const void *)member : "", n * sizeof(*member), &e, &fresh);
	if (err != OK)
		return err;
	if (fresh)
		e->num = s->by_members.n - 1;
	*ret = (uint32_t)e->num;
	return OK;
}

enum err owner_sets_base(struct owner_sets *s, uint32_t base, uint32_t *ret)
{
	const struct attributor *a = s->of;
	if (!s->base[base]) {
		uint32_t set;
		const struct base_set *b = &a->base[base];
		enum err err = owner_sets_put(s, a->member + b->first, b->n, &set);
		if (err != OK)
			return err;
		s->base[base] = set + 1;
	}
	*ret = s->base[base] - 1;
	return OK;
}

static uint32_t *scratch(struct owner_sets *s, size_t n)
{
	if (n >= s->scratch_cap) { /* nobody's set has none, and room is given all the same */
		uint32_t *p = mem_array(s->scratch, (n + 1) * 2, sizeof(*p));
		if (!p)
			return NULL;
		s->scratch = p;
		s->scratch_cap = (n + 1) * 2;
	}
	return s->scratch;
}

enum err owner_sets_union(struct owner_sets *s, uint32_t a, uint32_t b, uint32_t *ret)
{
	if (a == b || !a || !b) {
		*ret = a ? a : b;
		return OK;
	}
	const struct pair key = { .a = MIN(a, b), .b = MAX(a, b) };
	struct pair *memo = &s->pair[hash_mix(key.a, key.b) % PAIRS];
	if (memo->a == key.a && memo->b == key.b) {
		*ret = memo->set;
		return OK;
	}
	size_t na, nb, n = 0;
	const uint32_t *x = owner_set(s, a, &na), *y = owner_set(s, b, &nb);
	uint32_t *out = scratch(s, na + nb);
	if (!out)
		return E_NOMEM;
	for (size_t i = 0, k = 0; i < na || k < nb;) {
		uint32_t v = k == nb || (i < na && x[i] <= y[k]) ? x[i] : y[k];
		i += i < na && x[i] == v;
		k += k < nb && y[k] == v;
		out[n++] = v;
	}
	enum err err = owner_sets_put(s, out, n, ret);
	if (err == OK)
		*memo = (struct pair){ key.a, key.b, *ret };
	return err;
}

static bool holds(const uint32_t *at, size_t n, uint32_t v)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] == v)
			return true;
	return false;
}

/* Drop of `out` everyone above c; n is what is left. */
static size_t drop_above(const struct attributor *a, uint32_t c, uint32_t *out, size_t n)
{
	for (uint32_t up = a->parent[c]; up != UINT32_MAX; up = a->parent[up]) {
		if (!holds(out, n, up))
			continue;
		size_t kept = 0;
		for (size_t i = 0; i < n; i++)
			if (out[i] != up)
				out[kept++] = out[i];
		n = kept;
	}
	return n;
}

enum err owner_set_nearest(struct owner_sets *s, uint32_t set, uint32_t *ret_set)
{
	if (set >= s->nearest_cap) {
		size_t cap = MAX((size_t)set + 1, s->nearest_cap * 2);
		uint32_t *p = mem_array(s->nearest, cap, sizeof(*p));
		if (!p)
			return E_NOMEM;
		memset(p + s->nearest_cap, 0, (cap - s->nearest_cap) * sizeof(*p));
		s->nearest = p;
		s->nearest_cap = cap;
	}
	if (!s->nearest[set]) {
		size_t all, n;
		const uint32_t *at = owner_set(s, set, &all);
		uint32_t *out = scratch(s, all), found;
		if (!out)
			return E_NOMEM;
		memcpy(out, at, all * sizeof(*out));
		n = all;
		for (size_t i = 0; i < all; i++)
			n = drop_above(s->of, at[i], out, n);
		enum err err = owner_sets_put(s, out, n, &found);
		if (err != OK)
			return err;
		s->nearest[set] = found + 1;
	}
	*ret_set = s->nearest[set] - 1;
	return OK;
}
