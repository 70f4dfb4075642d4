/* Group-by inside a segment: rows -> codes of their key columns -> numbers of groups.
 *
 * A lane's codes are [0, na) for its column, [na, na + nb) for the other column of a choice, and
 * na + nb for "no value".  Codes are only turned into values when a segment's groups are merged. */
#include "query/local.h"

#include "base/hash.h"
#include "base/mem.h"

#include <assert.h>

/* -- numbering ---------------------------------------------------------------------------------------- */

static enum err intern_grow(struct intern *in, struct quota *q, size_t more)
{
	size_t slots = in->slots ? in->slots : 1024;
	while (slots < (in->n + more) * 2 && slots < (size_t)1 << 33)
		slots *= 2;
	enum err err = quota_grow(q, &in->key, &in->cap, in->n + more, sizeof(*in->key));
	if (err != OK || slots == in->slots)
		return err;
	if ((err = quota_take(q, slots * sizeof(*in->slot))) != OK)
		return err;
	struct intern_slot *slot = mem_new0(slots, sizeof(*slot));
	if (!slot) {
		quota_give(q, slots * sizeof(*slot));
		return E_NOMEM;
	}
	for (size_t k = 0; k < in->n; k++) {
		size_t i = hash_mix(in->key[k], slots) & (slots - 1);
		while (slot[i].id)
			i = (i + 1) & (slots - 1);
		slot[i] = (struct intern_slot){ in->key[k], (uint32_t)k + 1 };
	}
	quota_free(q, &in->slot, in->slots, sizeof(*slot));
	in->slot = slot;
	in->slots = slots;
	return OK;
}

/* Codes are ours, not a stranger's: they are dense, so the hash needs no seed of its own. */
static uint32_t intern_one(struct intern *in, uint64_t key)
{
	size_t i = hash_mix(key, in->slots) & (in->slots - 1);
	for (; in->slot[i].id; i = (i + 1) & (in->slots - 1))
		if (in->slot[i].key == key)
			return in->slot[i].id - 1;
	in->key[in->n] = key;
	in->slot[i] = (struct intern_slot){ key, (uint32_t)++in->n };
	return in->slot[i].id - 1;
}

enum err intern_many(struct intern *in, struct quota *q, const uint64_t *key, size_t n, uint32_t *ret_id)
{
	enum { STEP = 1024 }; /* room is made for so many at once, so that sparse keys cost little */
	for (size_t i = 0; i < n; i += STEP) {
		size_t end = MIN(n, i + STEP);
		if (in->n + STEP > in->cap || (in->n + STEP) * 2 > in->slots) {
			enum err err = in->n < UINT32_MAX / 4 ? intern_grow(in, q, STEP) : E_LIMIT;
			if (err != OK)
				return err;
		}
		for (size_t k = i; k < end; k++)
			ret_id[k] = intern_one(in, key[k]);
	}
	return OK;
}

void intern_reset(struct intern *in)
{
	if (in->n)
		memset(in->slot, 0, in->slots * sizeof(*in->slot));
	in->n = 0;
}

void intern_free(struct intern *in, struct quota *q)
{
	quota_free(q, &in->slot, in->slots, sizeof(*in->slot));
	quota_free(q, &in->key, in->cap, sizeof(*in->key));
	*in = (struct intern){ 0 };
}

/* -- lanes ---------------------------------------------------------------------------------------------- */

/* How many codes a column has; false when its range is too wide. */
static bool column_codes(const struct seg_col *c, uint32_t *ret_n, uint64_t *ret_base)
{
	*ret_base = 0;
	*ret_n = c->kind == SEG_CONST ? 1 : c->dict_n;
	if (c->kind != SEG_INT)
		return true;
	*ret_base = c->min;
	*ret_n = (uint32_t)(c->max - c->min) + 1;
	return c->max - c->min < INT32_MAX / 4;
}

static enum err room_for_block(struct lane_seg *ls)
{
	if (!ls->out && !(ls->out = mem_array(NULL, SEG_BLOCK, sizeof(*ls->out))))
		return E_NOMEM;
	if (ls->wide && !ls->scratch && !(ls->scratch = mem_array(NULL, SEG_BLOCK, sizeof(*ls->scratch))))
		return E_NOMEM;
	return OK;
}

enum err lane_bind(struct lane_seg *ls, struct reader *r, struct span clipped)
{
	const struct lane *l = ls->lane;
	enum err err = OK;
	ls->na = ls->nb = 0;
	ls->wide = false;
	intern_reset(&ls->values);
	ls->one_bucket = false;
	if (l->kind == LANE_BUCKET) {
		size_t bucket = 0;
		ls->na = (uint32_t)r->plan->nbuckets;
		ls->one_bucket = one_bucket(r->plan, clipped, &bucket);
		ls->base_a = bucket;
	} else if (l->kind == LANE_NAME) {
		const struct seg_col *c = seg_column(r->seg, (size_t)l->named.ip);
		size_t codes = c->kind == SEG_DICT ? c->dict_n : 1;
		ls->wide = true;
		err = quota_grow(r->quota, &ls->name, &ls->name_cap, codes, sizeof(*ls->name));
		if (err == OK)
			memset(ls->name, 0, codes * sizeof(*ls->name));
	} else if (l->kind == LANE_PLAN) {
		ls->na = (uint32_t)r->plan->nfamily;
	} else if (l->kind == LANE_MINUTE) {
		ls->base_a = (uint64_t)(clipped.start / USEC_PER_MIN);
		ls->na = (uint32_t)((clipped.end - 1) / USEC_PER_MIN - clipped.start / USEC_PER_MIN + 1);
	} else {
		ls->wide = !column_codes(seg_column(r->seg, (size_t)l->col), &ls->na, &ls->base_a);
		if (l->col2 >= 0)
			ls->wide |= !column_codes(seg_column(r->seg, (size_t)l->col2), &ls->nb, &ls->base_b);
	}
	ls->card = ls->wide ? seg_rows(r->seg) * 3 + 1 : (uint64_t)ls->na + ls->nb + 1;
	if (err == OK && l->choose)
		err = reader_bind(r, l->choose);
	if (err == OK && l->shown)
		err = reader_bind(r, l->shown);
	return err == OK ? room_for_block(ls) : err;
}

void lane_free(struct lane_seg *ls, struct quota *q)
{
	intern_free(&ls->values, q);
	quota_free(q, &ls->name, ls->name_cap, sizeof(*ls->name));
	mem_free(ls->scratch);
	mem_free(ls->out);
}

static void fill_minutes(struct lane_seg *ls, const uint64_t *time, const struct rowset *rows)
{
	usec_t start = 0, end = 0; /* of the minute of the row before */
	uint32_t code = 0;
	for (size_t k = 0; k < rows->n; k++) {
		usec_t t = (usec_t)time[rows->at ? rows->at[k] : k];
		if (t < start || t >= end) {
			start = t / USEC_PER_MIN * USEC_PER_MIN;
			end = start + USEC_PER_MIN;
			code = (uint32_t)((uint64_t)(t / USEC_PER_MIN) - ls->base_a);
		}
		ls->out[k] = code;
	}
}

static size_t bucket_at(const struct plan *p, usec_t t)
{
	size_t lo = 0, hi = p->nbuckets - 1; /* the last bucket that starts at or before t */
	while (lo < hi) {
		size_t mid = lo + (hi - lo + 1) / 2;
		if (p->edge[mid] <= t)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

bool one_bucket(const struct plan *p, struct span have, size_t *ret)
{
	if (!p->nbuckets || have.start >= have.end)
		return false;
	*ret = bucket_at(p, have.start);
	return p->edge[*ret] <= have.start && have.end <= p->edge[*ret + 1];
}

static void fill_buckets(struct lane_seg *ls, const struct plan *p, const uint64_t *time, const struct rowset *rows)
{
	usec_t start = 0, end = 0;
	size_t bucket = 0;
	for (size_t k = 0; k < rows->n; k++) {
		usec_t t = (usec_t)time[rows->at ? rows->at[k] : k];
		if (t < start || t >= end) {
			bucket = bucket_at(p, t);
			start = p->edge[bucket];
			end = p->edge[bucket + 1];
		}
		ls->out[k] = (uint32_t)bucket;
	}
}

/* One column's part of a lane: codes, moved by `shift_codes`, of the rows where `only` says so. */
struct part {
	int col;
	uint64_t base;
	uint32_t shift_codes;
	const uint64_t *only; /* NULL = all */
	bool inverse;
};

static bool bit(const uint64_t *bits, size_t i)
{
	return bits[i / 64] >> i % 64 & 1;
}

static enum err fill_part(struct lane_seg *ls, struct reader *r, const struct rowset *rows, const struct part *part)
{
	const struct seg_col *c = seg_column(r->seg, (size_t)part->col);
	const bool wide = ls->wide, values = wide || c->kind == SEG_INT;
	const uint64_t *v = values ? reader_uints(r, part->col) : NULL;
	const uint32_t *codes = values ? NULL : reader_codes(r, part->col);
	if (values ? !v : !codes)
		return r->bad;
	for (size_t k = 0; k < rows->n; k++) {
		size_t i = rows->at ? rows->at[k] : k;
		if (part->only && bit(part->only, i) == part->inverse)
			continue;
		if (wide)
			ls->scratch[k] = v[i];
		else
			ls->out[k] = (values ? (uint32_t)(v[i] - part->base) : codes[i]) + part->shift_codes;
	}
	return OK;
}

static void fill_null(struct lane_seg *ls, const struct rowset *rows, const uint64_t *shown)
{
	for (size_t k = 0; k < rows->n; k++)
		if (!shown || !bit(shown, rows->at ? rows->at[k] : k)) {
			ls->out[k] = ls->na + ls->nb;
			if (ls->wide)
				ls->scratch[k] = NULL_WORD;
		}
}

static enum err fill_columns(struct lane_seg *ls, struct reader *r, const struct rowset *rows, unsigned pass)
{
	const struct lane *l = ls->lane;
	struct part a = { .col = l->col, .base = ls->base_a }, b = { .col = l->col2, .base = ls->base_b, .shift_codes = ls->na };
	enum err err = OK;
	enum bits_state choose = BITS_ALL;
	if (l->kind == LANE_SIDE)
		choose = pass ? BITS_NONE : BITS_ALL;
	else if (l->choose)
		choose = reader_eval(r, l->choose);
	if (r->bad)
		return r->bad;
	if (choose == BITS_SOME) {
		a.only = b.only = reader_bits(r, l->choose);
		b.inverse = true;
	}
	if (choose != BITS_NONE)
		err = fill_part(ls, r, rows, &a);
	if (err == OK && choose != BITS_ALL)
		err = fill_part(ls, r, rows, &b);
	return err;
}

static bool can_borrow(const struct lane_seg *ls, const struct reader *r, const struct rowset *rows)
{
	const struct lane *l = ls->lane;
	return l->kind == LANE_COL && !rows->at && !l->choose && !l->shown &&
	       seg_column(r->seg, (size_t)l->col)->kind == SEG_DICT;
}

enum err lane_fill(struct lane_seg *ls, struct reader *r, const struct rowset *rows, unsigned pass)
{
	const struct lane *l = ls->lane;
	enum err err = OK;
	ls->codes = ls->out;
	if (l->kind == LANE_PLAN) {
		ls->codes = r->plan_of;
		return OK;
	}
	if (ls->one_bucket) {
		for (size_t k = 0; k < rows->n; k++)
			ls->out[k] = (uint32_t)ls->base_a;
		return OK;
	}
	if (l->kind == LANE_MINUTE || l->kind == LANE_BUCKET) {
		const uint64_t *time = reader_uints(r, (int)r->plan->view->table->time_col);
		if (!time)
			return r->bad;
		if (l->kind == LANE_MINUTE)
			fill_minutes(ls, time, rows);
		else
			fill_buckets(ls, r->plan, time, rows);
		return OK;
	}
	if (l->kind == LANE_NAME)
		return lane_names(ls, r, rows, pass);
	if (can_borrow(ls, r, rows)) {
		ls->codes = reader_codes(r, l->col);
		return ls->codes ? OK : r->bad;
	}
	if (l->kind == LANE_SIDE && pass == 2) {
		fill_null(ls, rows, NULL);
	} else {
		enum bits_state shown = l->shown ? reader_eval(r, l->shown) : BITS_ALL;
		if (r->bad)
			return r->bad;
		if (shown != BITS_NONE)
			err = fill_columns(ls, r, rows, pass);
		if (err == OK && shown != BITS_ALL)
			fill_null(ls, rows, shown == BITS_SOME ? reader_bits(r, l->shown) : NULL);
	}
	if (err == OK && ls->wide)
		err = intern_many(&ls->values, r->quota, ls->scratch, rows->n, ls->out);
	return err;
}

static void column_words(const struct lane *l, const struct seg_col *c, uint64_t base, uint32_t code, uint64_t *ret)
{
	if (l->addr) { /* so that numbers compare as the bytes do */
		const struct addr *a = c->kind == SEG_CONST ? &c->addr : &c->dict_addr[code];
		ret[0] = load_be64(a->b);
		ret[1] = load_be64(a->b + 8);
		return;
	}
	uint64_t v = c->kind == SEG_CONST ? c->uint : c->kind == SEG_DICT ? c->dict_uint[code] : base + code;
	ret[0] = l->zero_is_null && !v ? NULL_WORD : v >> l->shift;
}

void lane_words(const struct lane_seg *ls, const struct seg *s, uint32_t code, uint64_t *ret)
{
	const struct lane *l = ls->lane;
	if (l->kind == LANE_BUCKET || l->kind == LANE_MINUTE || l->kind == LANE_PLAN) {
		ret[0] = l->kind == LANE_MINUTE ? ls->base_a + code : code;
	} else if (ls->wide) {
		uint64_t v = ls->values.key[code];
		ret[0] = v == NULL_WORD || (l->zero_is_null && !v) ? NULL_WORD : v >> l->shift;
	} else if (code == ls->na + ls->nb) {
		ret[0] = l->addr ? 0 : NULL_WORD;
		if (l->addr)
			ret[1] = 0;
	} else if (code < ls->na) {
		column_words(l, seg_column(s, (size_t)l->col), ls->base_a, code, ret);
	} else {
		column_words(l, seg_column(s, (size_t)l->col2), ls->base_b, code - ls->na, ret);
	}
}

/* -- tuples ----------------------------------------------------------------------------------------------- */

static unsigned bits_for(uint64_t card)
{
	return card < 2 ? 1 : 64 - (unsigned)__builtin_clzll(card - 1);
}

void packer_bind(struct packer *pk, const struct lane_seg *ls, size_t most_dense)
{
	uint64_t product = 1;
	pk->dense = true;
	for (unsigned i = 0; i < pk->n; i++) {
		uint64_t card = ls[pk->first + i].card;
		pk->bits[i] = bits_for(card);
		if (ls[pk->first + i].wide || product > most_dense / card)
			pk->dense = false;
		if (pk->dense)
			product *= card;
	}
	pk->groups = pk->dense ? (size_t)product : 0;
	for (unsigned s = 0; s < pk->nstages; s++)
		intern_reset(&pk->stage[s]);
	pk->nstages = 0;
	if (pk->dense)
		return;
	unsigned bits = 0; /* a number from the stage before needs 32 of the 64 */
	for (unsigned i = 0; i < pk->n; i++) {
		if (!pk->nstages || bits + pk->bits[i] > 64) {
			assert(pk->nstages < MAX_STAGES);
			bits = pk->nstages ? 32 : 0;
			pk->stage_first[pk->nstages++] = i;
		}
		bits += pk->bits[i];
	}
	pk->stage_first[pk->nstages] = pk->n;
}

static enum err fill_dense(struct packer *pk, const struct lane_seg *ls, size_t rows)
{
	if (pk->n == 1) {
		pk->ids = ls[pk->first].codes;
		return OK;
	}
	for (size_t k = 0; !pk->n && k < rows; k++)
		pk->id[k] = 0;
	for (unsigned i = 0; i < pk->n; i++) {
		const uint32_t *codes = ls[pk->first + i].codes;
		uint32_t card = (uint32_t)ls[pk->first + i].card;
		if (!i)
			memcpy(pk->id, codes, rows * sizeof(*codes));
		else
			for (size_t k = 0; k < rows; k++)
				pk->id[k] = pk->id[k] * card + codes[k];
	}
	return OK;
}

enum err packer_fill(struct packer *pk, struct quota *q, const struct lane_seg *ls, size_t rows)
{
	if (!pk->id && !(pk->id = mem_array(NULL, SEG_BLOCK, sizeof(*pk->id))))
		return E_NOMEM;
	if (!pk->dense && !pk->key && !(pk->key = mem_array(NULL, SEG_BLOCK, sizeof(*pk->key))))
		return E_NOMEM;
	pk->ids = pk->id;
	if (pk->dense)
		return fill_dense(pk, ls, rows);
	for (unsigned s = 0; s < pk->nstages; s++) {
		for (size_t k = 0; k < rows; k++)
			pk->key[k] = s ? pk->id[k] : 0;
		for (unsigned i = pk->stage_first[s]; i < pk->stage_first[s + 1]; i++) {
			const uint32_t *codes = ls[pk->first + i].codes;
			unsigned bits = pk->bits[i];
			for (size_t k = 0; k < rows; k++)
				pk->key[k] = pk->key[k] << bits | codes[k];
		}
		enum err err = intern_many(&pk->stage[s], q, pk->key, rows, pk->id);
		if (err != OK)
			return err;
	}
	pk->groups = pk->stage[pk->nstages - 1].n;
	return OK;
}

static void tuple_codes(const struct packer *pk, const struct lane_seg *ls, uint32_t id, uint32_t *ret)
{
	if (pk->dense) {
		for (unsigned i = pk->n; i-- > 0;) {
			uint32_t card = (uint32_t)ls[pk->first + i].card;
			ret[i] = id % card;
			id /= card;
		}
		return;
	}
	for (unsigned s = pk->nstages; s-- > 0;) {
		uint64_t key = pk->stage[s].key[id];
		for (unsigned i = pk->stage_first[s + 1]; i-- > pk->stage_first[s];) {
			ret[i] = (uint32_t)(key & (((uint64_t)1 << pk->bits[i]) - 1));
			key >>= pk->bits[i];
		}
		id = (uint32_t)key;
	}
}

void packer_words(const struct packer *pk, const struct lane_seg *ls, const struct seg *s, uint32_t id, uint64_t *ret)
{
	uint32_t codes[MAX_LANES];
	memset(codes, 0, pk->n * sizeof(*codes));
	tuple_codes(pk, ls, id, codes);
	for (unsigned i = 0; i < pk->n; i++) {
		lane_words(&ls[pk->first + i], s, codes[i], ret);
		ret += ls[pk->first + i].lane->addr ? 2 : 1;
	}
}

void packer_free(struct packer *pk, struct quota *q)
{
	for (unsigned s = 0; s < MAX_STAGES; s++)
		intern_free(&pk->stage[s], q);
	mem_free(pk->id);
	mem_free(pk->key);
}
