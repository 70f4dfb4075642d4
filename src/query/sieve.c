#include "query/unite.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

void sieve_init(struct sieve *s, const struct plan *p, struct quota *q)
{
	*s = (struct sieve){ .plan = p, .quota = q, .lock = PTHREAD_MUTEX_INITIALIZER };
	const struct lane *l = &p->lane[0];
	s->on = unite_can_lump(p) && p->n <= SIEVE_MOST && p->nlanes == 1 && p->npasses == 1 && l->kind == LANE_COL && l->addr &&
		!l->choose && l->col2 < 0;
	s->by = s->on ? p->item[p->sort].measure : 0;
}

static void seg_sums_free(struct sieve *s, struct sieve_seg *k)
{
	struct quota *q = s->quota;
	quota_free(q, &k->code, k->n, sizeof(*k->code));
	for (unsigned m = 0; m < s->plan->nmeasures; m++)
		quota_free(q, &k->sum[m], k->n, sizeof(*k->sum[m]));
	quota_free(q, &k->top, k->ntop, sizeof(*k->top));
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

static void fill(struct sieve_seg *k, const struct local *l, unsigned nm)
{
	size_t n = 0;
	for (size_t g = local_next(l, 0); g < l->keys.groups; g = local_next(l, g + 1)) {
		const uint64_t *acc = l->acc + g * l->stride;
		k->code[n] = (uint32_t)g;
		for (unsigned m = 0; m < nm; m++)
			k->sum[m][n] = acc[1 + m];
		n++;
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
	k->ntop = (uint32_t)s->plan->n;
	k->col = seg_column(l->reader.seg, (size_t)s->plan->lane[0].col);
	k->null = l->lane[0].na;
	k->code = scratch(q, k->n, sizeof(*k->code), &err);
	for (unsigned m = 0; m < nm && err == OK; m++)
		k->sum[m] = scratch(q, k->n, sizeof(*k->sum[m]), &err);
	if (err == OK)
		k->top = scratch(q, k->ntop, sizeof(*k->top), &err);
	if (err == OK) {
		fill(k, l, nm);
		find_top(k, k->sum[s->by]);
		for (size_t i = 0; i < k->n; i++)
			*ret_kept |= __builtin_add_overflow(k->all, k->sum[s->by][i], &k->all);
		*ret_kept = !*ret_kept && is_steep(k, k->sum[s->by]);
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
	static const struct addr none = { { 0 } };
	uint32_t code = k->code[place];
	const struct addr *a = code >= k->null ? &none : k->col->kind == SEG_CONST ? &k->col->addr : &k->col->dict_addr[code];
	ret[0] = load_be64(a->b);
	ret[1] = load_be64(a->b + 8);
}

static enum err choose(struct sieve *s, struct chosen *c, const struct sieve_seg *k, size_t place)
{
	enum err err = OK;
	if (c->n == c->cap)
		err = quota_grow(s->quota, &c->words, &c->cap, MAX(c->n * 2, (size_t)1024), sizeof(*c->words));
	if (err == OK)
		words_at(k, place, c->words[c->n++]);
	return err;
}

static int compare_words(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;
	int d = (a[0] > b[0]) - (a[0] < b[0]);
	return d ? d : (a[1] > b[1]) - (a[1] < b[1]);
}

/* In order, each once, with room for its sums. */
static enum err sort_out(struct sieve *s, struct chosen *c)
{
	size_t n = 0;
	if (c->n)
		qsort(c->words, c->n, sizeof(*c->words), compare_words);
	for (size_t i = 0; i < c->n; i++)
		if (!i || compare_words(c->words[i], c->words[n - 1]) != 0)
			memmove(c->words[n++], c->words[i], sizeof(*c->words));
	c->n = n;
	return quota_grow(s->quota, &c->sum, &c->sums, n * s->plan->nmeasures, sizeof(*c->sum));
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

/* The code of none stands last, but is the least of all; there may be the address :: as well. */
static void add_null(const struct sieve *s, const struct sieve_seg *k, struct chosen *c)
{
	const unsigned nm = s->plan->nmeasures;
	if (c->n && !c->words[0][0] && !c->words[0][1] && k->code[k->n - 1] == k->null)
		for (unsigned m = 0; m < nm; m++)
			c->sum[m] += k->sum[m][k->n - 1];
}

/* What each of the chosen comes to in all segments. */
static enum err sum_up(struct unite *u, struct chosen *c)
{
	struct sieve *s = &u->sieve;
	const unsigned nm = s->plan->nmeasures;
	uint64_t have[2];
	for (const struct sieve_seg *k = s->seg; k; k = k->next) {
		size_t end = k->n - (k->code[k->n - 1] == k->null), at = 0;
		add_null(s, k, c);
		for (size_t i = 0; i < c->n && at < end; i++) {
			if ((at = gallop(k, at, end, c->words[i])) == end)
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

static int descending(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;
	return (*a < *b) - (*a > *b);
}

/* What n addresses reach for certain; 0: there are not so many, or what they reach cannot be compared. */
static enum err find_least(struct unite *u, uint64_t *ret)
{
	struct sieve *s = &u->sieve;
	struct chosen c = { 0 };
	enum err err = OK;
	*ret = 0;
	for (const struct sieve_seg *k = s->seg; k; k = k->next)
		for (size_t i = 0; i < k->ntop && err == OK; i++)
			err = choose(s, &c, k, k->top[i]);
	if (err == OK)
		err = sort_out(s, &c);
	if (err == OK)
		err = sum_up(u, &c);
	for (size_t i = 0; i < c.n && err == OK; i++)
		c.sum[i] = c.sum[i * s->plan->nmeasures + s->by];
	if (err == OK && c.n >= s->plan->n) {
		qsort(c.sum, c.n, sizeof(*c.sum), descending);
		*ret = c.sum[s->plan->n - 1];
	}
	const double factor = s->plan->item[s->plan->sort].factor;
	if ((double)*ret * factor >= 9007199254740992.0) /* 2^53: what is below may round up to it */
		*ret = 0;
	chosen_free(s, &c);
	return err;
}

static uint64_t share_of(uint64_t least, uint64_t part, unsigned __int128 all)
{
	return MAX((uint64_t)1, (uint64_t)((unsigned __int128)least * part / all));
}

/* Addresses that reach their share of `least` somewhere; *ret_suits: false, they are too many. */
static enum err choose_all(struct unite *u, uint64_t least, struct chosen *c, bool *ret_suits)
{
	struct sieve *s = &u->sieve;
	struct tally_walk w = { .of = &u->groups }, again = w;
	unsigned __int128 all = 0;
	uint64_t others = 0;
	size_t most = s->plan->n * 16, n = 0;
	enum err err = OK;
	for (const struct sieve_seg *k = s->seg; k; k = k->next) {
		all += k->all;
		most += k->n / 8;
	}
	for (const uint64_t *slot; (slot = tally_next(&w));)
		others += slot[1 + s->by];
	all += others;
	assert(all >= least && least);
	for (const struct sieve_seg *k = s->seg; k; k = k->next) {
		uint64_t share = share_of(least, k->all, all);
		const uint64_t *v = k->sum[s->by];
		for (size_t i = 0; i < k->n && err == OK && n <= most; i++)
			if (v[i] >= share || k->code[i] >= k->null) { /* none may be :: as well: two sums */
				err = choose(s, c, k, i);
				n++;
			}
	}
	uint64_t share = share_of(least, others, all);
	for (const uint64_t *slot; err == OK && n <= most && (slot = tally_next(&again));) {
		if (slot[1 + s->by] < share)
			continue;
		if (c->n == c->cap)
			err = quota_grow(s->quota, &c->words, &c->cap, MAX(c->n * 2, (size_t)1024), sizeof(*c->words));
		if (err == OK)
			book_words(&u->book[0], (uint32_t)slot[0], c->words[c->n++]);
		n++;
	}
	*ret_suits = n <= most;
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
			for (size_t i = 0; i < k->n; i++)
				r->sum[m] += k->sum[m][i];
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
	uint64_t least;
	bool suits = true;
	if (!s->seg)
		return OK;
	enum err err = find_least(u, &least);
	if (err == OK && least)
		err = choose_all(u, least, &c, &suits);
	if (err == OK && least && suits) {
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
