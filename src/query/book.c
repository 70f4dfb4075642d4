#include "query/book.h"

#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>

enum { FIRST_SLOTS = 64, PER_RANGE = 512 };

/* -- ranges --------------------------------------------------------------------------------------- */

static void dict_words(const struct lane *l, const struct seg_col *c, uint32_t i, uint64_t ret[static 2])
{
	ret[0] = l->addr ? load_be64(c->dict_addr[i].b) : c->dict_uint[i] >> l->shift;
	ret[1] = l->addr ? load_be64(c->dict_addr[i].b + 8) : 0;
}

/* Equal shares of the sample's dictionary. */
static enum err cut(struct book *b, const struct lane *l, const struct seg *sample)
{
	const struct seg_col *c = sample && l->col >= 0 ? seg_column(sample, (size_t)l->col) : NULL;
	b->nranges = c && c->kind == SEG_DICT ? MIN((size_t)c->dict_n / PER_RANGE + 1, (size_t)BOOK_RANGES) : 1;
	b->range = mem_new0(b->nranges, sizeof(*b->range));
	b->split = mem_new0(b->nranges, sizeof(*b->split));
	b->chunk = mem_new0(BOOK_CHUNKS, sizeof(*b->chunk));
	if (!b->range || !b->split || !b->chunk)
		return E_NOMEM;
	for (size_t i = 0; i < b->nranges; i++) {
		pthread_mutex_init(&b->range[i].lock, NULL);
		if (i)
			dict_words(l, c, (uint32_t)(i * c->dict_n / b->nranges), b->split[i]);
	}
	return OK;
}

static bool below(const uint64_t *a, const uint64_t *b)
{
	return a[0] != b[0] ? a[0] < b[0] : a[1] < b[1];
}

static size_t range_of(const struct book *b, const uint64_t *w)
{
	size_t lo = 0, hi = b->nranges;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (below(w, b->split[mid]))
			hi = mid;
		else
			lo = mid;
	}
	return lo;
}

static bool in_range(const struct book *b, size_t r, const uint64_t *w)
{
	return (!r || !below(w, b->split[r])) && (r + 1 == b->nranges || below(w, b->split[r + 1]));
}

/* -- numbers ----------------------------------------------------------------------------------------- */

static uint64_t *value_at(const struct book *b, uint32_t id)
{
	return b->chunk[id / BOOK_CHUNK] + (size_t)(id % BOOK_CHUNK) * b->words;
}

static enum err more_numbers(struct book *b, struct book_range *r)
{
	enum err err = OK;
	pthread_mutex_lock(&b->lock);
	uint64_t **chunk = &b->chunk[b->used / BOOK_CHUNK];
	size_t bytes = (size_t)BOOK_CHUNK * b->words * sizeof(**chunk);
	if (b->used >= (uint32_t)BOOK_CHUNKS * BOOK_CHUNK - BOOK_RUN)
		err = E_LIMIT;
	else if (!*chunk && (err = quota_take(b->quota, bytes)) == OK && !(*chunk = mem_alloc(bytes)))
		err = E_NOMEM;
	if (err == OK) {
		r->next = b->used;
		r->end = b->used += BOOK_RUN;
	}
	pthread_mutex_unlock(&b->lock);
	return err;
}

static enum err more_slots(struct book *b, struct book_range *r)
{
	size_t slots = r->slots ? r->slots * 2 : FIRST_SLOTS;
	enum err err = quota_take(b->quota, slots * sizeof(*r->slot));
	if (err != OK)
		return err;
	uint64_t *slot = mem_new0(slots, sizeof(*slot));
	if (!slot) {
		quota_give(b->quota, slots * sizeof(*slot));
		return E_NOMEM;
	}
	for (size_t k = 0; k < r->slots; k++) {
		size_t i = (size_t)(r->slot[k] >> 32) & (slots - 1);
		while (r->slot[k] && slot[i])
			i = (i + 1) & (slots - 1);
		if (r->slot[k])
			slot[i] = r->slot[k];
	}
	quota_free(b->quota, &r->slot, r->slots, sizeof(*slot));
	r->slot = slot;
	r->slots = slots;
	return OK;
}

/* Addresses are strangers' choice: the hash is seeded.  The range is locked. */
static uint32_t put(struct book *b, struct book_range *r, uint64_t seed, const uint64_t *w, enum err *bad)
{
	enum err err = OK;
	if (r->n * 2 >= r->slots && (err = more_slots(b, r)) != OK) {
		*bad = err;
		return BOOK_UNKNOWN;
	}
	uint64_t hash = hash_mix(hash_mix(seed, w[0]), w[1]) >> 32;
	size_t i = (size_t)hash & (r->slots - 1);
	for (; r->slot[i]; i = (i + 1) & (r->slots - 1)) {
		if (r->slot[i] >> 32 != hash)
			continue;
		const uint64_t *have = value_at(b, (uint32_t)r->slot[i] - 1);
		if (have[0] == w[0] && (b->words < 2 || have[1] == w[1]))
			return (uint32_t)r->slot[i] - 1;
	}
	if (r->next == r->end && (err = more_numbers(b, r)) != OK) {
		*bad = err;
		return BOOK_UNKNOWN;
	}
	memcpy(value_at(b, r->next), w, b->words * sizeof(*w));
	r->slot[i] = hash << 32 | (r->next + 1);
	r->n++;
	return r->next++;
}

static unsigned bits_of(uint64_t most)
{
	return most ? 64 - (unsigned)__builtin_clzll(most) : 1;
}

enum err book_init(struct book *b, const struct plan *p, const struct lane *l, const struct seg *sample, struct quota *q)
{
	*b = (struct book){ .quota = q, .words = l->addr ? 2 : 1, .lock = PTHREAD_MUTEX_INITIALIZER };
	const struct column *cols = p->view->table->cols;
	bool small = l->col >= 0 && !l->addr && cols[l->col].storage <= ST_u16 && (l->col2 < 0 || cols[l->col2].storage <= ST_u16);
	if (l->kind == LANE_BUCKET) {
		b->bits = bits_of(p->nbuckets);
	} else if (l->kind == LANE_PLAN) {
		b->bits = bits_of(p->nfamily);
	} else if (l->kind == LANE_MINUTE) {
		b->base = (uint64_t)(MAX(p->span.start, (usec_t)0) / USEC_PER_MIN);
		uint64_t minutes = (uint64_t)((p->span.end - MAX(p->span.start, (usec_t)0)) / USEC_PER_MIN) + 1;
		b->bits = bits_of(minutes);
	} else if (small) {
		b->kind = BOOK_SMALL;
		b->bits = 17;
	} else {
		b->kind = BOOK_VALUES;
		b->bits = BOOK_BITS;
		return cut(b, l, sample);
	}
	return b->bits <= 31 ? OK : E_LIMIT;
}

void book_free(struct book *b)
{
	for (size_t i = 0; b->range && i < b->nranges; i++) {
		quota_free(b->quota, &b->range[i].slot, b->range[i].slots, sizeof(*b->range[i].slot));
		pthread_mutex_destroy(&b->range[i].lock);
	}
	for (size_t i = 0; b->chunk && i * BOOK_CHUNK < (size_t)b->used + BOOK_CHUNK && i < BOOK_CHUNKS; i++) {
		if (b->chunk[i])
			quota_give(b->quota, (size_t)BOOK_CHUNK * b->words * sizeof(uint64_t));
		mem_free(b->chunk[i]);
	}
	mem_free(b->range);
	mem_free(b->split);
	mem_free(b->chunk);
	*b = (struct book){ 0 };
}

void book_words(const struct book *b, uint32_t id, uint64_t *ret)
{
	switch (b->kind) {
	case BOOK_SAME:   ret[0] = b->base + id; break;
	case BOOK_SMALL:  ret[0] = id > UINT16_MAX ? NULL_WORD : id; break;
	case BOOK_VALUES: memcpy(ret, value_at(b, id), b->words * sizeof(*ret)); break;
	}
}

/* -- a segment's codes ----------------------------------------------------------------------------------- */

/* A rare address asks for few of a segment's many codes: the others are not touched for the next one. */
static void forget(struct book_map *m)
{
	for (size_t i = 0; m->nasked <= BOOK_LISTED && i < m->nasked; i++)
		m->id[m->asked[i]] = BOOK_UNKNOWN;
	if (m->nasked > BOOK_LISTED)
		memset(m->id, 0xff, m->n * sizeof(*m->id));
	m->nasked = 0;
	m->n = 0;
}

static enum err room_for(struct book_map *m, struct quota *q, size_t n)
{
	enum err err = quota_grow(q, &m->id, &m->cap, n, sizeof(*m->id));
	if (err != OK)
		return err;
	if (m->cap > m->clean)
		memset(m->id + m->clean, 0xff, (m->cap - m->clean) * sizeof(*m->id));
	m->clean = m->cap;
	m->n = MAX(m->n, n);
	return OK;
}

enum err book_bind(struct book *b, const struct lane_seg *ls, struct quota *q, struct book_map *m)
{
	forget(m);
	m->same = b->kind == BOOK_SAME;
	m->whole = false;
	m->offset = m->same && ls->lane->kind == LANE_MINUTE ? (uint32_t)(ls->base_a - b->base) : 0;
	m->codes = (size_t)ls->card;
	m->rows = 0;
	m->sparse = !m->same && !ls->wide && ls->card >= BOOK_SPARSE;
	if (m->same || ls->wide || !m->sparse)
		return m->same || ls->wide ? OK : room_for(m, q, m->codes);
	enum err err = quota_grow(q, &m->seen, &m->seen_n, BOOK_SEEN, sizeof(*m->seen));
	for (size_t i = 0; i < m->seen_n; i++)
		m->seen[i].code = UINT32_MAX;
	return err;
}

void book_map_free(struct book_map *m, struct quota *q)
{
	quota_free(q, &m->id, m->cap, sizeof(*m->id));
	quota_free(q, &m->seen, m->seen_n, sizeof(*m->seen));
}

/* From here on there is a table. */
static enum err end_sparse(struct book *b, struct book_map *m)
{
	if (!m->sparse)
		return OK;
	m->sparse = false;
	return room_for(m, b->quota, m->codes);
}

static uint32_t small_id(uint64_t word)
{
	return word == NULL_WORD ? UINT16_MAX + 1 : (uint32_t)word;
}

/* Who holds which range while codes are looked up one after the other. */
struct hold {
	struct book *b;
	uint64_t seed;
	size_t range; /* SIZE_MAX = none */
};

static uint32_t look_up(struct hold *h, const uint64_t *w, enum err *bad)
{
	struct book *b = h->b;
	if (h->range == SIZE_MAX || !in_range(b, h->range, w)) {
		if (h->range != SIZE_MAX)
			pthread_mutex_unlock(&b->range[h->range].lock);
		h->range = range_of(b, w);
		pthread_mutex_lock(&b->range[h->range].lock);
	}
	return put(b, &b->range[h->range], h->seed, w, bad);
}

static void let_go(struct hold *h)
{
	if (h->range != SIZE_MAX)
		pthread_mutex_unlock(&h->b->range[h->range].lock);
	h->range = SIZE_MAX;
}

enum err book_numbers(struct book *b, const uint64_t (*words)[2], size_t n, uint32_t *ret)
{
	struct hold h = { b, hash_seed(), SIZE_MAX };
	enum err err = OK;
	for (size_t i = 0; i < n && err == OK; i++)
		ret[i] = look_up(&h, words[i], &err);
	let_go(&h);
	return err;
}

static uint32_t id_of(struct hold *h, const struct lane_seg *ls, const struct seg *s, uint32_t code, enum err *bad)
{
	uint64_t w[2] = { 0 };
	lane_words(ls, s, code, w);
	return h->b->kind == BOOK_SMALL ? small_id(w[0]) : look_up(h, w, bad);
}

static void resolve(struct hold *h, const struct lane_seg *ls, const struct seg *s, uint32_t code, struct book_map *m, enum err *bad)
{
	if (m->nasked < BOOK_LISTED)
		m->asked[m->nasked] = code;
	m->nasked += m->nasked <= BOOK_LISTED;
	m->id[code] = id_of(h, ls, s, code, bad);
}

enum err book_sparse(struct book *b, const struct lane_seg *ls, const struct seg *s, const uint32_t *codes, size_t n,
		     struct book_map *m, uint32_t *ret_id)
{
	struct hold h = { b, hash_seed(), SIZE_MAX };
	enum err err = OK;
	for (size_t k = 0; k < n && err == OK; k++) {
		struct book_seen *seen = &m->seen[codes[k] % BOOK_SEEN];
		if (seen->code != codes[k]) {
			uint32_t id = id_of(&h, ls, s, codes[k], &err);
			*seen = (struct book_seen){ err == OK ? codes[k] : UINT32_MAX, id };
		}
		ret_id[k] = seen->id;
	}
	let_go(&h);
	return err;
}

enum err book_resolve(struct book *b, const struct lane_seg *ls, const struct seg *s, const uint32_t *codes, size_t n, struct book_map *m)
{
	struct hold h = { b, hash_seed(), SIZE_MAX };
	enum err err = OK;
	if (m->same || m->whole)
		return OK;
	m->rows += n;
	if (m->sparse && m->rows <= m->codes / BOOK_FEW_OF)
		return OK;
	if ((err = end_sparse(b, m)) != OK)
		return err;
	if (ls->wide && (err = room_for(m, b->quota, ls->values.n)) != OK)
		return err;
	for (size_t k = 0; k < n && err == OK; k++)
		if (m->id[codes[k]] == BOOK_UNKNOWN)
			resolve(&h, ls, s, codes[k], m, &err);
	let_go(&h);
	return err;
}

/* An address column, nothing hidden: straight through the dictionary. */
static enum err resolve_dict(struct hold *h, const struct lane_seg *ls, const struct seg_col *c, struct book_map *m)
{
	enum err err = OK;
	for (uint32_t code = 0; code < c->dict_n && err == OK; code++) {
		uint64_t w[2];
		dict_words(ls->lane, c, code, w);
		m->id[code] = look_up(h, w, &err);
	}
	return err;
}

enum err book_resolve_all(struct book *b, const struct lane_seg *ls, const struct seg *s, struct book_map *m)
{
	struct hold h = { b, hash_seed(), SIZE_MAX };
	enum err err = OK;
	if (m->same || m->whole || ls->wide || ls->card > seg_rows(s) * 2 + 1024)
		return OK;
	const struct lane *l = ls->lane;
	const struct seg_col *c = l->col >= 0 ? seg_column(s, (size_t)l->col) : NULL;
	uint32_t from = 0;
	if ((err = end_sparse(b, m)) != OK)
		return err;
	m->nasked = BOOK_LISTED + 1;
	if (b->kind == BOOK_VALUES && l->addr && c && c->kind == SEG_DICT) {
		err = resolve_dict(&h, ls, c, m);
		from = c->dict_n;
	}
	for (uint32_t code = from; code < ls->card && err == OK; code++)
		resolve(&h, ls, s, code, m, &err);
	let_go(&h);
	m->whole = err == OK;
	return err;
}
