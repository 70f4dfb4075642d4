#include "query/unite.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

void sieve_init(struct sieve *s, const struct plan *p, struct quota *q)
{
	*s = (struct sieve){ .plan = p, .quota = q, .lock = PTHREAD_MUTEX_INITIALIZER };
	const struct lane *l = &p->lane[0];
	s->on = unite_can_lump(p) && p->n <= SIEVE_MOST && p->nlanes == 1 && p->npasses == 1 && l->kind == LANE_COL && l->addr &&
		!l->choose && !l->shown && l->col2 < 0;
	s->by = s->on ? p->item[p->sort].measure : 0;
}

static void seg_sums_free(struct sieve *s, struct sieve_seg *k)
{
	struct quota *q = s->quota;
	quota_free(q, &k->code, k->n + 1, sizeof(*k->code));
	for (unsigned m = 0; m < s->plan->nmeasures; m++)
		quota_free(q, &k->sum[m], k->n + 1, sizeof(*k->sum[m]));
	scratch_free(q, &k->top, k->ntop, sizeof(*k->top));
	mem_free(k);
}

void sieve_free(struct sieve *s)
{
	for (struct sieve_seg *k = s->seg, *next; k; k = next) {
		next = k->next;
		seg_sums_free(s, k);
	}
	s->seg = NULL;
	pthread_mutex_destroy(&s->lock);
}

/* -- a segment ---------------------------------------------------------------------------------------- */

/* Places of the ntop greatest: a heap, the least at its root. */
static void find_top(struct sieve_seg *k, const uint64_t *v)
{
	uint32_t *h = k->top;
	size_t n = k->ntop, i;
	for (uint32_t at = 0; at < k->n; at++) {
		if (at < n) {
			for (i = at; i && v[h[(i - 1) / 2]] > v[at]; i = (i - 1) / 2)
				h[i] = h[(i - 1) / 2];
		} else if (v[at] <= v[h[0]]) {
			continue;
		} else {
			size_t child;
			for (i = 0; (child = 2 * i + 1) < n; i = child) {
				child += child + 1 < n && v[h[child + 1]] < v[h[child]];
				if (v[h[child]] >= v[at])
					break;
				h[i] = h[child];
			}
		}
		h[i] = at;
	}
}

/* Not most are near the n-th: else nearly all would have to be summed up. */
static bool is_steep(const struct sieve_seg *k, const uint64_t *v)
{
	uint64_t near = v[k->top[0]] / 2;
	size_t n = 0;
	for (size_t i = 0; i < k->n; i++)
		n += v[i] >= near;
	return n <= k->n / 4;
}

/* Room that is written before it is read: quota_free. */
static void *unset(struct quota *q, size_t n, size_t each, enum err *err)
{
	void *p = NULL;
	if (*err == OK && (*err = quota_take(q, n * each)) == OK && !(p = mem_array(NULL, n, each))) {
		quota_give(q, n * each);
		*err = E_NOMEM;
	}
	return p;
}

/* Which groups have rows cannot be foreseen: each is written, and the next over those that have none. */
static void fill(struct sieve_seg *k, const struct local *l, unsigned nm)
{
	size_t n = 0;
	assert(!l->few);
	for (size_t g = 0; g < l->keys.groups; g++) {
		const uint64_t *acc = l->acc + g * l->stride;
		k->code[n] = (uint32_t)g;
		for (unsigned m = 0; m < nm; m++) {
			k->sum[m][n] = acc[1 + m];
			k->total[m] += acc[1 + m];
		}
		n += acc[0] != 0;
	}
}

enum err sieve_segment(struct sieve *s, const struct local *l, size_t touched, bool *ret_kept)
{
	const unsigned nm = s->plan->nmeasures;
	struct quota *q = s->quota;
	*ret_kept = false;
	if (touched < s->plan->n * 8 || touched > UINT32_MAX)
		return OK;
	struct sieve_seg *k = mem_new0(1, sizeof(*k));
	enum err err = OK;
	if (!k)
		return E_NOMEM;
	k->n = (uint32_t)touched;
	k->ntop = (uint32_t)s->plan->n * SIEVE_KEEP;
	k->col = seg_column(l->reader.seg, (size_t)s->plan->lane[0].col);
	k->code = unset(q, k->n + 1, sizeof(*k->code), &err);
	for (unsigned m = 0; m < nm; m++)
		k->sum[m] = unset(q, k->n + 1, sizeof(*k->sum[m]), &err);
	k->top = scratch(q, k->ntop, sizeof(*k->top), &err);
	if (err == OK) {
		fill(k, l, nm);
		find_top(k, k->sum[s->by]);
		*ret_kept = is_steep(k, k->sum[s->by]);
	}
	if (!*ret_kept) {
		seg_sums_free(s, k);
		return err;
	}
	pthread_mutex_lock(&s->lock);
	k->next = s->seg;
	s->seg = k;
	pthread_mutex_unlock(&s->lock);
	return OK;
}

/* -- addresses of all segments --------------------------------------------------------------------------- */

struct chosen {
	uint64_t (*words)[2];
	uint64_t *sum;      /* nm each */
	size_t n, cap, sums;
};

static void chosen_free(struct sieve *s, struct chosen *c)
{
	quota_free(s->quota, &c->words, c->cap, sizeof(*c->words));
	quota_free(s->quota, &c->sum, c->sums, sizeof(*c->sum));
	*c = (struct chosen){ 0 };
}

static void words_at(const struct sieve_seg *k, size_t place, uint64_t ret[static 2])
{
	const struct addr *a = k->col->kind == SEG_CONST ? &k->col->addr : &k->col->dict_addr[k->code[place]];
	ret[0] = load_be64(a->b);
	ret[1] = load_be64(a->b + 8);
}

static enum err choose(struct sieve *s, struct chosen *c, const uint64_t *words)
{
	enum err err = OK;
	if (c->n == c->cap)
		err = quota_grow(s->quota, &c->words, &c->cap, MAX(c->n * 2, (size_t)1024), sizeof(*c->words));
	if (err == OK)
		memcpy(c->words[c->n++], words, sizeof(*c->words));
	return err;
}

static int compare_words(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;
	int d = (a[0] > b[0]) - (a[0] < b[0]);
	return d ? d : (a[1] > b[1]) - (a[1] < b[1]);
}

/* In order, with room for sums. */
static enum err sort_out(struct sieve *s, struct chosen *c)
{
	if (c->n)
		qsort(c->words, c->n, sizeof(*c->words), compare_words);
	return quota_grow(s->quota, &c->sum, &c->sums, c->n * s->plan->nmeasures, sizeof(*c->sum));
}

/* The first place from `from` on that is not below. */
static size_t gallop(const struct sieve_seg *k, size_t from, size_t end, const uint64_t *words)
{
	uint64_t have[2];
	size_t step = 1, lo = from, hi = from;
	for (; hi < end; lo = hi + 1, hi += step, step *= 2) {
		words_at(k, hi, have);
		if (compare_words(have, words) >= 0)
			break;
	}
	for (hi = MIN(hi, end); lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;
		words_at(k, mid, have);
		if (compare_words(have, words) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* What each of the chosen comes to in all segments. */
static enum err sum_up(struct unite *u, struct chosen *c)
{
	struct sieve *s = &u->sieve;
	const unsigned nm = s->plan->nmeasures;
	uint64_t have[2];
	for (const struct sieve_seg *k = s->seg; k; k = k->next) {
		size_t at = 0;
		for (size_t i = 0; i < c->n && at < k->n; i++) {
			if ((at = gallop(k, at, k->n, c->words[i])) == k->n)
				break;
			words_at(k, at, have);
			for (unsigned m = 0; m < nm && compare_words(have, c->words[i]) == 0; m++)
				c->sum[i * nm + m] += k->sum[m][at];
		}
	}
	if (!tally_size(&u->groups))
		return OK;
	enum err err = OK;
	uint32_t *number = scratch(s->quota, c->n, sizeof(*number), &err);
	if (err == OK)
		err = book_numbers(&u->book[0], (const uint64_t (*)[2])c->words, c->n, number);
	for (size_t i = 0; i < c->n && err == OK; i++) {
		const uint64_t key = number[i], *sum = tally_find(&u->groups, &key);
		for (unsigned m = 0; sum && m < nm; m++)
			c->sum[i * nm + m] += sum[m];
	}
	scratch_free(s->quota, &number, c->n, sizeof(*number));
	return err;
}

/* Addresses that are among the greatest somewhere. */
struct candidates {
	struct words keys;
	uint64_t *sum, *cut; /* what they come to as such; cuts of where they are */
	size_t sum_cap, cut_cap;
	uint64_t cuts;       /* of all */
};

static enum err add_candidate(struct sieve *s, struct candidates *d, const uint64_t *words, uint64_t sum, uint64_t cut)
{
	enum err err = OK;
	uint32_t id = words_put(&d->keys, s->quota, words, &err);
	if (err == OK)
		err = quota_grow(s->quota, &d->sum, &d->sum_cap, d->keys.n, sizeof(*d->sum));
	if (err == OK)
		err = quota_grow(s->quota, &d->cut, &d->cut_cap, d->keys.n, sizeof(*d->cut));
	if (err != OK)
		return err;
	d->sum[id] += sum;
	d->cut[id] += cut;
	return OK;
}

/* What went into the run's groups is as one more segment. */
static enum err add_others(struct unite *u, struct candidates *d)
{
	struct sieve *s = &u->sieve;
	struct tally_walk w = { .of = &u->groups };
	const size_t n = tally_size(&u->groups);
	enum err err = OK;
	struct sieve_seg k = { .ntop = (uint32_t)MIN(s->plan->n * SIEVE_KEEP, n) };
	uint64_t *v = scratch(s->quota, n, sizeof(*v), &err), words[2];
	const uint64_t **slot = scratch(s->quota, n, sizeof(*slot), &err);
	k.top = scratch(s->quota, k.ntop, sizeof(*k.top), &err);
	for (const uint64_t *one; err == OK && (one = tally_next(&w)); k.n++) {
		slot[k.n] = one;
		v[k.n] = one[1 + s->by];
	}
	if (err == OK && n)
		find_top(&k, v);
	uint64_t cut = k.ntop < k.n ? v[k.top[0]] : 0;
	d->cuts += cut;
	for (size_t i = 0; i < k.ntop && err == OK; i++) {
		book_words(&u->book[0], (uint32_t)*slot[k.top[i]], words);
		err = add_candidate(s, d, words, v[k.top[i]], cut);
	}
	scratch_free(s->quota, &k.top, k.ntop, sizeof(*k.top));
	scratch_free(s->quota, &slot, n, sizeof(*slot));
	scratch_free(s->quota, &v, n, sizeof(*v));
	return err;
}

static int descending(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;
	return (*a < *b) - (*a > *b);
}

/* What n candidates reach for certain; 0: there are not so many, or what they reach cannot be compared. */
static enum err find_least(const struct sieve *s, const struct candidates *d, uint64_t *ret)
{
	const size_t n = d->keys.n;
	const double factor = s->plan->item[s->plan->sort].factor;
	enum err err = OK;
	*ret = 0;
	uint64_t *v = scratch(s->quota, n, sizeof(*v), &err);
	if (err == OK && n >= s->plan->n) {
		for (size_t i = 0; i < n; i++)
			v[i] = d->sum[i];
		qsort(v, n, sizeof(*v), descending);
		/* from 2^53 on what is below may round up to it */
		*ret = (double)v[s->plan->n - 1] * factor < 9007199254740992.0 ? v[s->plan->n - 1] : 0;
	}
	scratch_free(s->quota, &v, n, sizeof(*v));
	return err;
}

/* *ret_suits: false, others may be among the first. */
static enum err choose_contenders(struct unite *u, struct chosen *c, bool *ret_suits)
{
	struct sieve *s = &u->sieve;
	struct candidates d = { .keys = { .width = 2 } };
	uint64_t least = 0, words[2];
	enum err err = add_others(u, &d);
	for (const struct sieve_seg *k = s->seg; k; k = k->next) {
		const uint64_t *v = k->sum[s->by], cut = k->ntop < k->n ? v[k->top[0]] : 0;
		d.cuts += cut;
		for (size_t i = 0; i < k->ntop && err == OK; i++) {
			words_at(k, k->top[i], words);
			err = add_candidate(s, &d, words, v[k->top[i]], cut);
		}
	}
	if (err == OK)
		err = find_least(s, &d, &least);
	*ret_suits = least > d.cuts;
	for (size_t i = 0; i < d.keys.n && err == OK && *ret_suits; i++)
		if (d.sum[i] + (d.cuts - d.cut[i]) >= least)
			err = choose(s, c, words_key(&d.keys, i));
	words_free(&d.keys, s->quota);
	quota_free(s->quota, &d.sum, d.sum_cap, sizeof(*d.sum));
	quota_free(s->quota, &d.cut, d.cut_cap, sizeof(*d.cut));
	return err;
}

/* -- the end ------------------------------------------------------------------------------------------------ */

/* All that was kept into the groups, as it would have gone without a sieve. */
static enum err spill(struct unite *u)
{
	enum { AT_ONCE = 1024 };
	struct sieve *s = &u->sieve;
	struct tally_buffer b;
	uint64_t words[AT_ONCE][2], key[AT_ONCE];
	uint32_t number[AT_ONCE];
	enum err err = tally_buffer_init(&b, &u->groups);
	for (const struct sieve_seg *k = s->seg; k && err == OK; k = k->next)
		for (size_t at = 0; at < k->n && err == OK; at += AT_ONCE) {
			size_t n = MIN((size_t)k->n - at, (size_t)AT_ONCE);
			uint64_t *val[MAX_MEASURES];
			for (size_t i = 0; i < n; i++)
				words_at(k, at + i, words[i]);
			err = book_numbers(&u->book[0], (const uint64_t (*)[2])words, n, number);
			for (size_t i = 0; i < n; i++)
				key[i] = number[i];
			for (unsigned m = 0; m < s->plan->nmeasures; m++)
				val[m] = k->sum[m] + at;
			if (err == OK)
				err = tally_add(&b, key, val, n);
		}
	if (err == OK)
		err = tally_flush(&b);
	if (b.to)
		tally_buffer_free(&b);
	return err;
}

/* What was not chosen: its sums, and the key of one of it. */
static enum err find_rest(struct unite *u, const struct chosen *c, const struct tally *picked)
{
	struct sieve *s = &u->sieve;
	struct sieve_rest *r = &s->rest;
	const unsigned nm = s->plan->nmeasures;
	struct tally_walk w = { .of = &u->groups };
	enum err err = OK;
	for (const struct sieve_seg *k = s->seg; k; k = k->next)
		for (unsigned m = 0; m < nm; m++)
			r->sum[m] += k->total[m];
	for (const uint64_t *slot; (slot = tally_next(&w));) {
		for (unsigned m = 0; m < nm; m++)
			r->sum[m] += slot[1 + m];
		if (!r->some && !tally_find(picked, slot)) {
			r->slot[0] = slot[0];
			r->some = true;
		}
	}
	for (unsigned m = 0; m < nm; m++)
		for (size_t i = 0; i < c->n; i++)
			r->sum[m] -= c->sum[i * nm + m];
	for (const struct sieve_seg *k = s->seg; k && !r->some && err == OK; k = k->next)
		for (size_t i = 0; i < k->n && !r->some && err == OK; i++) {
			uint64_t words[1][2];
			uint32_t number = 0;
			words_at(k, i, words[0]);
			if (bsearch(words[0], c->words, c->n, sizeof(*c->words), compare_words))
				continue;
			err = book_numbers(&u->book[0], (const uint64_t (*)[2])words, 1, &number);
			r->slot[0] = number;
			r->some = true;
		}
	return err;
}

/* The chosen become the run's groups. */
static enum err replace_groups(struct unite *u, const struct chosen *c)
{
	struct sieve *s = &u->sieve;
	const unsigned nm = s->plan->nmeasures;
	struct tally picked;
	struct tally_buffer b;
	tally_init(&picked, 1, u->groups.nvals, s->quota);
	enum err err = tally_buffer_init(&b, &picked);
	for (size_t i = 0; i < c->n && err == OK; i++) {
		uint32_t number;
		uint64_t key, *val[MAX_MEASURES + MAX_ITEMS + 1];
		for (unsigned m = 0; m < nm; m++)
			val[m] = &c->sum[i * nm + m];
		err = book_numbers(&u->book[0], (const uint64_t (*)[2])&c->words[i], 1, &number);
		key = number;
		if (err == OK)
			err = tally_add(&b, &key, val, 1);
	}
	if (err == OK)
		err = tally_flush(&b);
	if (b.to)
		tally_buffer_free(&b);
	if (err == OK)
		err = find_rest(u, c, &picked);
	if (err != OK) {
		tally_free(&picked);
		return err;
	}
	tally_free(&u->groups);
	u->groups = picked;
	return OK;
}

enum err sieve_finish(struct unite *u)
{
	struct sieve *s = &u->sieve;
	struct chosen c = { 0 };
	bool suits = true;
	if (!s->seg)
		return OK;
	enum err err = choose_contenders(u, &c, &suits);
	if (err == OK && suits) {
		err = sort_out(s, &c);
		if (err == OK)
			err = sum_up(u, &c);
		if (err == OK)
			err = replace_groups(u, &c);
	} else if (err == OK) {
		err = spill(u);
	}
	chosen_free(s, &c);
	return err;
}
