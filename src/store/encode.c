/* Columns of parts -> pieces of a segment.
 *
 * A column is looked at twice.  First: what values are there?  Few steps between smallest and
 * largest: a table of flags says which occur (most columns).  Else a hash table gives
 * provisional codes.  Second, block by block: values become ranks (or stay numbers) and are
 * packed.  A column of one value has no second look. */
#include "store/encode.h"

#include "store/deltas.h"
#include "store/dict.h"
#include "store/pack.h"

#include "base/mem.h"

#include <assert.h>

enum {
	DIRECT_MOST = 1 << 18, /* steps between smallest and largest that a table of flags covers */
	FEW = 4096,            /* a dictionary of so many always pays */
	MANY_ROWS = 4,         /* else it needs this many rows for each value */
};

/* Columns that most queries read stay packed; the others may be squeezed. */
#define HOT(name) (uint64_t)1 << TR_##name
static const uint64_t hot_columns[ALL_TABLES] = {
	[TABLE_TRAFFIC] = HOT(time) | HOT(agent) | HOT(datasource) | HOT(exporttype) |
			  HOT(direction) | HOT(inputinterface) | HOT(outputinterface) |
			  HOT(ipsource) | HOT(ipdestination) | HOT(protocol) | HOT(sourceport) |
			  HOT(destinationport) | HOT(samplingrate) | HOT(bytes) | HOT(frames),
	[TABLE_IFCOUNTERS] = UINT64_MAX, /* of the other tables none, */
	[TABLE_HOSTS] = UINT64_MAX,      /* but of what is made for one question all */
};

static bool is_cold(const struct table *t, size_t col)
{
	return t == &tables[t->id] && !(hot_columns[t->id] >> col & 1);
}

enum err encoder_new(struct encoder **ret)
{
	struct encoder *e = mem_new0(1, sizeof(*e));
	if (!e)
		return E_NOMEM;
	e->zstd = ZSTD_createCCtx();
	if (!e->zstd) {
		encoder_free(e);
		return E_NOMEM;
	}
	*ret = e;
	return OK;
}

void encoder_free(struct encoder *e)
{
	if (!e)
		return;
	mem_free(e->codes);
	mem_free(e->rank);
	mem_free(e->seen);
	buf_free(&e->table);
	ZSTD_freeCCtx(e->zstd);
	mem_free(e);
}

static enum err reserve(uint32_t **p, size_t *cap, size_t n)
{
	if (n <= *cap)
		return OK;
	uint32_t *more = mem_array(*p, n, sizeof(**p));
	if (!more)
		return E_NOMEM;
	*p = more;
	*cap = n;
	return OK;
}

void encoder_tighten(struct encoder *e)
{
	e->tight = true;
}

/* What a reader of deltas may look at behind the last one. */
static void slack(struct buf *body)
{
	buf_u64(body, 0);
}

/* -- numbers --------------------------------------------------------------------------------- */

static enum err put_values(struct encoder *e, const uint64_t *value, size_t n, struct buf *body,
			   struct seg_entry *s)
{
	s->kind = SEG_DICT;
	s->dict_n = (uint32_t)n;
	s->top = n - 1;
	piece_begin(body, &s->dict);
	deltas_put(body, value, n, deltas_number);
	slack(body);
	piece_end(body, &s->dict);
	return body->bad ? body->bad : squeeze_dict(e, body, s);
}

static enum err put_number_dict(struct encoder *e, const struct numbers *nb, uint64_t *q, size_t n,
				struct buf *body, struct seg_entry *s)
{
	for (size_t i = 0; i < n; i++)
		q[i] = nb->base + nb->step * q[i];
	return put_values(e, q, n, body, s);
}

static void see_bytes(struct encoder *e, const struct byte_run *r)
{
	bool seen[PART_FEW] = { false };
	if (r->all)
		memset(seen, 1, r->values);
	for (size_t i = 0; i < r->n && !r->all; i++)
		seen[r->byte[i]] = true;
	for (size_t k = 0; k < r->values; k++)
		if (seen[k])
			e->rank[r->q[k]] = 1;
}

/* rank[q] becomes 1 for each q that a row has. */
static void see_values(struct encoder *e, struct numbers *nb, size_t rows)
{
	struct byte_run run;
	for (size_t at = 0, n; at < rows; at += n) {
		if (numbers_bytes(nb, rows - at, &run, &n)) {
			see_bytes(e, &run);
			continue;
		}
		n = MIN(n, (size_t)SEG_BLOCK);
		numbers_read32(nb, n, e->block32);
		for (size_t i = 0; i < n; i++)
			e->rank[e->block32[i]] = 1;
	}
	numbers_rewind(nb);
}

/* Few steps from smallest to largest: rank[q] is a flag first, the code then. */
static enum err direct_dict(struct encoder *e, struct numbers *nb, size_t rows, struct buf *body,
			    struct seg_entry *s)
{
	size_t n = 0;
	enum err err = reserve(&e->rank, &e->rank_cap, nb->top + 1);
	if (err != OK)
		return err;
	memset(e->rank, 0, (nb->top + 1) * sizeof(*e->rank));
	see_values(e, nb, rows);
	_cleanup_(mem_freep) uint64_t *q = mem_array(NULL, nb->top + 1, sizeof(*q));
	if (!q)
		return E_NOMEM;
	for (uint32_t v = 0; v <= nb->top; v++) {
		if (!e->rank[v])
			continue;
		q[n] = v;
		e->rank[v] = (uint32_t)n++;
	}
	return put_number_dict(e, nb, q, n, body, s);
}

/* Codes of n <= PACK_CHUNK q's. */
static enum err code_q(struct dict *d, const uint64_t *q, size_t n, uint32_t most, uint32_t *codes)
{
	struct dict_key key[PACK_CHUNK];
	uint32_t narrow[PACK_CHUNK];
	for (size_t i = 0; i < n && d->narrow; i++)
		narrow[i] = (uint32_t)q[i];
	for (size_t i = 0; i < n && !d->narrow; i++)
		key[i] = (struct dict_key){ .lo = q[i] };
	return d->narrow ? dict_code32(d, narrow, n, most, codes) : dict_code(d, key, n, most, codes);
}

/* Of the next rows, `most` of them at most; *ret_n says how many. */
static enum err code_next(struct encoder *e, struct dict *d, struct numbers *nb, size_t rows, uint32_t most,
			  uint32_t *codes, size_t *ret_n)
{
	struct byte_run run;
	uint32_t map[PART_FEW];
	size_t n;
	enum err err;
	if (numbers_codes(nb, rows, &run, &n)) {
		err = code_q(d, run.q, run.values, most, map);
		for (size_t i = 0; i < n && err == OK; i++)
			codes[i] = map[run.byte[i]];
	} else {
		n = MIN(n, (size_t)PACK_CHUNK);
		numbers_read64(nb, n, e->block64);
		err = code_q(d, e->block64, n, most, codes);
	}
	*ret_n = n;
	return err;
}

/* Provisional codes through a hash table.  E_LIMIT: so many values that a dictionary does not pay.
 */
static enum err hashed_dict(struct encoder *e, struct numbers *nb, size_t rows, struct buf *body,
			    struct seg_entry *s)
{
	_cleanup_(dict_free) struct dict d = { .narrow = nb->top <= UINT32_MAX };
	uint32_t most = (uint32_t)MAX(rows / MANY_ROWS, (size_t)FEW);
	enum err err = reserve(&e->codes, &e->codes_cap, rows);
	for (size_t at = 0, n; at < rows && err == OK; at += n)
		err = code_next(e, &d, nb, rows - at, most, e->codes + at, &n);
	numbers_rewind(nb);
	if (err == OK)
		err = reserve(&e->rank, &e->rank_cap, d.n);
	if (err == OK)
		err = dict_sort(&d, e->rank);
	if (err != OK)
		return err;
	_cleanup_(mem_freep) uint64_t *q = mem_array(NULL, d.n, sizeof(*q));
	if (!q)
		return E_NOMEM;
	for (size_t i = 0; i < d.n; i++)
		q[i] = d.narrow ? d.key32[i] : d.key[i].lo;
	return put_number_dict(e, nb, q, d.n, body, s);
}

static enum err encode_ints(struct encoder *e, struct numbers *nb, size_t rows, bool cold,
			    struct buf *body, struct seg_entry *s)
{
	s->kind = SEG_INT;
	s->base = nb->base;
	s->step = nb->step;
	s->top = nb->top;
	if (nb->top > UINT32_MAX) {
		put_rows64(e, nb, rows, body, s);
		return OK;
	}
	struct rows_in in = { .numbers = nb, .rows = rows, .cold = cold };
	return put_rows32(e, &in, body, s);
}

static enum err encode_numbers(struct encoder *e, const struct parts *p, bool dict, bool cold,
			       struct buf *body, struct seg_entry *s)
{
	struct numbers nb;
	numbers_init(&nb, p);
	if (nb.top == 0) {
		s->kind = SEG_CONST;
		s->base = nb.base;
		return OK;
	}
	bool direct = nb.top < DIRECT_MOST;
	enum err err = !dict    ? E_LIMIT
		       : direct ? direct_dict(e, &nb, p->rows, body, s)
				: hashed_dict(e, &nb, p->rows, body, s);
	if (err == E_LIMIT && !body->bad)
		return encode_ints(e, &nb, p->rows, cold && e->tight, body, s);
	if (err != OK)
		return err;
	struct rows_in in = { .numbers = direct ? &nb : NULL,
			      .codes = e->codes,
			      .rank = e->rank,
			      .rows = p->rows,
			      .cold = cold };
	return put_rows32(e, &in, body, s);
}

/* -- addresses --------------------------------------------------------------------------------- */

#define V4_FLOOR ((uint64_t)0xffff << 32) /* lower half of ::ffff:0:0 */
#define OTHER    ((uint32_t)1 << 31)      /* a provisional code of the other dictionary */

struct addr_dicts {
	struct dict v4, other; /* other: none and version 6 */
	struct dict_key key[PACK_CHUNK];
};

static struct dict_key key_of(const uint8_t *addr)
{
	return (struct dict_key){ .hi = load_be64(addr), .lo = load_be64(addr + 8) };
}

static bool key_is_v4(struct dict_key k)
{
	return k.hi == 0 && k.lo >> 32 == V4_FLOOR >> 32;
}

/* n <= PACK_CHUNK. */
static enum err code_v4(struct addr_dicts *d, const uint8_t *data, size_t n, uint32_t *codes)
{
	uint32_t key[PACK_CHUNK];
	assert(n <= PACK_CHUNK);
	if (!n)
		return OK;
	memcpy(key, data, n * 4);
	return dict_code32(&d->v4, key, n, DICT_MOST, codes);
}

static enum err code_others(struct addr_dicts *d, const uint8_t *data, size_t n, uint32_t *codes)
{
	assert(n <= PACK_CHUNK);
	for (size_t i = 0; i < n; i++)
		d->key[i] = key_of(data + i * 16);
	enum err err = dict_code(&d->other, d->key, n, DICT_MOST, codes);
	for (size_t i = 0; i < n && err == OK; i++)
		codes[i] |= OTHER;
	return err;
}

/* Sixteen-byte addresses of any kind. */
static enum err code_any(struct addr_dicts *d, const uint8_t *data, size_t n, uint32_t *codes)
{
	enum err err = OK;
	for (size_t i = 0; i < n && err == OK; i++, data += 16) {
		struct dict_key key = key_of(data);
		uint32_t v4 = (uint32_t)key.lo;
		if (key_is_v4(key))
			err = dict_code32(&d->v4, &v4, 1, DICT_MOST, &codes[i]);
		else
			err = code_others(d, data, 1, &codes[i]);
	}
	return err;
}

static enum err code_mix(struct addr_dicts *d, const struct part *p, uint32_t *codes)
{
	static const struct addr none;
	const uint8_t *tag = p->data, *v4 = tag + p->rows, *v6 = v4 + (size_t)p->v4_n * 4;
	uint32_t codes4[PACK_CHUNK], codes6[PACK_CHUNK], zero = 0;
	enum err err = (size_t)p->v4_n + p->v6_n < p->rows ? code_others(d, none.b, 1, &zero) : OK;
	for (size_t at = 0; at < p->rows && err == OK; at += PACK_CHUNK) {
		size_t n = MIN(p->rows - at, (size_t)PACK_CHUNK), n4 = 0, n6 = 0, i4 = 0, i6 = 0;
		for (size_t i = 0; i < n; i++) {
			n4 += tag[at + i] == 4;
			n6 += tag[at + i] == 6;
		}
		if ((err = code_v4(d, v4, n4, codes4)) != OK ||
		    (err = code_others(d, v6, n6, codes6)) != OK)
			break;
		v4 += n4 * 4;
		v6 += n6 * 16;
		for (size_t i = 0; i < n; i++)
			codes[at + i] = tag[at + i] == 4   ? codes4[i4++]
					: tag[at + i] == 6 ? codes6[i6++]
							   : zero;
	}
	return err;
}

static enum err code_part(struct addr_dicts *d, const struct part *p, uint32_t *codes)
{
	enum err err = OK;
	if (p->form == PART_MIX)
		return code_mix(d, p, codes);
	if (p->form == PART_ADDR_CODES) {
		uint32_t map[PART_FEW];
		err = code_any(d, p->value, p->few, map);
		for (size_t i = 0; i < p->rows && err == OK; i++)
			codes[i] = map[p->data[i]];
		return err;
	}
	if (p->form == PART_CONST) {
		err = code_any(d, p->data, 1, codes);
		for (size_t i = 1; i < p->rows; i++)
			codes[i] = codes[0];
		return err;
	}
	for (size_t at = 0; at < p->rows && err == OK; at += PACK_CHUNK) {
		size_t n = MIN(p->rows - at, (size_t)PACK_CHUNK);
		err = p->form == PART_V4 ? code_v4(d, p->data + at * 4, n, codes + at)
					 : code_any(d, p->data + at * 16, n, codes + at);
	}
	return err;
}

static enum err put_addr_dict(struct encoder *e, const struct addr_dicts *d, uint32_t low,
			      struct buf *body, struct seg_entry *s)
{
	size_t n = MAX(d->v4.n, d->other.n);
	_cleanup_(mem_freep) uint64_t *v = mem_array(NULL, n, sizeof(*v));
	if (!v)
		return E_NOMEM;
	s->kind = SEG_DICT;
	s->dict_n = d->v4.n + d->other.n;
	s->top = s->dict_n - 1;
	piece_begin(body, &s->dict);
	buf_u32(body, low);
	buf_u32(body, d->v4.n);
	buf_u32(body, d->other.n - low);
	buf_u32(body, 0);
	for (size_t i = 0; i < d->v4.n; i++)
		v[i] = d->v4.key32[i];
	deltas_put(body, v, d->v4.n, deltas_v4);
	for (size_t i = 0; i < d->other.n; i++)
		v[i] = d->other.key[i].hi;
	deltas_put(body, v, d->other.n, deltas_number);
	for (size_t i = 0; i < d->other.n; i++)
		buf_u64(body, d->other.key[i].lo);
	slack(body);
	piece_end(body, &s->dict);
	return body->bad ? body->bad : squeeze_dict(e, body, s);
}

/* Sort both dictionaries; rank[] holds the IPv4 ones first, then the others. */
static enum err rank_addrs(struct encoder *e, struct addr_dicts *d, uint32_t *ret_low)
{
	uint32_t n4 = d->v4.n, n6 = d->other.n, low = 0;
	enum err err = reserve(&e->rank, &e->rank_cap, (size_t)n4 + n6);
	if (err == OK)
		err = dict_sort(&d->v4, e->rank);
	if (err == OK)
		err = dict_sort(&d->other, e->rank + n4);
	if (err != OK)
		return err;
	while (low < n6 && d->other.key[low].hi == 0 && d->other.key[low].lo < V4_FLOOR)
		low++;
	for (uint32_t i = 0; i < n4; i++)
		e->rank[i] += low;
	for (uint32_t i = n4; i < n4 + n6; i++)
		e->rank[i] += e->rank[i] < low ? 0 : n4;
	*ret_low = low;
	return OK;
}

static struct addr addr_of(const struct addr_dicts *d)
{
	struct addr a = { { 0 } };
	if (d->v4.n)
		return addr_v4(d->v4.key32[0]);
	store_be64(a.b, d->other.key[0].hi);
	store_be64(a.b + 8, d->other.key[0].lo);
	return a;
}

static enum err encode_addrs(struct encoder *e, const struct parts *p, bool cold, struct buf *body,
			     struct seg_entry *s, struct addr_dicts *d)
{
	uint32_t low = 0;
	enum err err = reserve(&e->codes, &e->codes_cap, p->rows);
	for (size_t i = 0, at = 0; i < p->n && err == OK; i++) {
		err = code_part(d, &p->at[i], e->codes + at);
		at += p->at[i].rows;
	}
	if (err != OK)
		return err;
	uint32_t n4 = d->v4.n, n6 = d->other.n;
	if (n4 + n6 == 1) {
		s->kind = SEG_CONST;
		s->addr = addr_of(d);
		return OK;
	}
	if ((err = rank_addrs(e, d, &low)) != OK || (err = put_addr_dict(e, d, low, body, s)) != OK)
		return err;
	struct rows_in in = {
		.codes = e->codes, .rank = e->rank, .split = n4, .rows = p->rows, .cold = cold
	};
	return put_rows32(e, &in, body, s);
}

/* -- columns ----------------------------------------------------------------------------------- */

enum err encode_column(struct encoder *e, const struct table *t, size_t col, const struct parts *p,
		       struct buf *body, struct seg_entry *ret)
{
	const struct column *c = &t->cols[col];
	bool cold = is_cold(t, col);
	struct seg_entry s = { .step = 1 };
	enum err err;
	assert(p->rows && p->rows <= SEGMENT_ROWS_MOST && body->len % 8 == 0);
	if (p->is_addr) {
		struct addr_dicts d = { .v4.narrow = true };
		err = encode_addrs(e, p, cold, body, &s, &d);
		dict_free(&d.v4);
		dict_free(&d.other);
	} else {
		err = encode_numbers(e, p, c->codec == C_DICT, cold, body, &s);
	}
	if (err == OK && s.kind != SEG_CONST)
		put_table(e, body, &s);
	if (err == OK)
		err = body->bad;
	if (err == OK)
		*ret = s;
	return err;
}

/* -- columns of codes ----------------------------------------------------------------------------
 */

static enum err put_coded_numbers(struct encoder *e, const struct dict_key *key, size_t n,
				  struct buf *body, struct seg_entry *s)
{
	_cleanup_(mem_freep) uint64_t *value = mem_array(NULL, n, sizeof(*value));
	if (!value)
		return E_NOMEM;
	for (size_t i = 0; i < n; i++)
		value[i] = key[i].lo;
	return put_values(e, value, n, body, s);
}

static enum err put_coded_addrs(struct encoder *e, const struct dict_key *key, uint32_t n,
				struct buf *body, struct seg_entry *s)
{
	_cleanup_(mem_freep) uint32_t *v4 = mem_array(NULL, n, sizeof(*v4));
	_cleanup_(mem_freep) struct dict_key *other = mem_array(NULL, n, sizeof(*other));
	uint32_t low = 0;
	if (!v4 || !other)
		return E_NOMEM;
	struct addr_dicts d = { .v4.key32 = v4, .other.key = other };
	for (uint32_t i = 0; i < n; i++) {
		if (key_is_v4(key[i]))
			v4[d.v4.n++] = (uint32_t)key[i].lo;
		else
			other[d.other.n++] = key[i];
		low += key[i].hi == 0 && key[i].lo < V4_FLOOR;
	}
	return put_addr_dict(e, &d, low, body, s);
}

#define MARK_CODES(type)                                                                           \
	static void mark_##type(const void *codes, size_t n, uint32_t *mark)                       \
	{                                                                                          \
		const type *code = codes;                                                          \
		for (size_t i = 0; i < n; i++)                                                     \
			mark[code[i]] = 1;                                                         \
	}
MARK_CODES(uint8_t)
MARK_CODES(uint16_t)
MARK_CODES(uint32_t)

/* rank[] of the keys that rows have, and these keys. */
static enum err keys_used(struct encoder *e, const struct coded *in, struct dict_key **ret,
			  uint32_t *ret_n)
{
	uint32_t n = 0;
	enum err err = reserve(&e->rank, &e->rank_cap, in->nkeys);
	if (err != OK)
		return err;
	memset(e->rank, 0, in->nkeys * sizeof(*e->rank));
	(in->width == 1 ? mark_uint8_t : in->width == 2 ? mark_uint16_t : mark_uint32_t)(in->codes, in->rows, e->rank);
	for (uint32_t k = 0; k < in->nkeys; k++)
		n += e->rank[k];
	struct dict_key *key = mem_array(NULL, n, sizeof(*key));
	if (!key)
		return E_NOMEM;
	*ret_n = n;
	n = 0;
	for (uint32_t k = 0; k < in->nkeys; k++) {
		if (!e->rank[k])
			continue;
		key[n] = in->key[k];
		e->rank[k] = n++;
	}
	*ret = key;
	return OK;
}

struct seg_entry entry_of_one(const struct table *t, size_t col, const struct dict_key *key)
{
	struct seg_entry s = { .kind = SEG_CONST, .step = 1 };
	if (t->cols[col].storage != ST_addr) {
		s.base = key->lo;
		return s;
	}
	store_be64(s.addr.b, key->hi);
	store_be64(s.addr.b + 8, key->lo);
	return s;
}

enum err encode_coded(struct encoder *e, const struct table *t, size_t col, const struct coded *in,
		      struct buf *body, struct seg_entry *ret)
{
	_cleanup_(mem_freep) struct dict_key *key = NULL;
	struct seg_entry s = { .step = 1 };
	bool addr = t->cols[col].storage == ST_addr;
	uint32_t n;
	assert(in->rows && in->rows <= SEGMENT_ROWS_MOST && body->len % 8 == 0);
	enum err err = keys_used(e, in, &key, &n);
	if (err != OK)
		return err;
	if (n == 1) {
		*ret = entry_of_one(t, col, &key[0]);
		return OK;
	}
	err = addr ? put_coded_addrs(e, key, n, body, &s) : put_coded_numbers(e, key, n, body, &s);
	struct rows_in rows = { .codes = in->codes,
				.width = in->width,
				.rank = n == in->nkeys ? NULL : e->rank,
				.rows = in->rows,
				.cold = is_cold(t, col),
				.index = addr };
	if (err == OK)
		err = put_rows32(e, &rows, body, &s);
	if (err == OK)
		put_table(e, body, &s);
	if (err == OK && rows.index)
		err = put_index(e, rows.rows, body, &s);
	if (err == OK)
		err = body->bad;
	if (err == OK)
		*ret = s;
	return err;
}
