/* Rows of a customer who is not shown all remote addresses (model/privacy.h): a copy in which they are not.
 *
 *	stored rows --(scope AND span AND once)--> theirs --veil_row()--> copy --(the question)--> answer
 *
 * The first test reads real addresses, and of the request it has the interval and what the filter says of
 * columns that are never veiled; the question sees the copy alone.  So an answer is what it would be if the
 * store held nothing but the copy, and tests/unit/query/isolation.c compares the two.
 *
 * A row has two ends.  An end is theirs by a block, a port or a MAC, at the row's time, as the scope has it
 * (scope_by); the address of an end that is not is veiled, and with it what tells of that end:
 *   mask  the first address of its prefix; none where the prefix has addresses of their own in it at any time,
 *         for a masked address must not be taken for one of those
 *   hide  none
 *
 * With a threshold, an address that sent them enough on a day is shown on that day.  How much it sent is counted
 * over whole days (UTC), whatever interval and filter are asked for, of all rows that the scope shows: so
 * no two questions are answered by different rules, and none can be made out of their difference.
 * Only what it sent counts, for what they send it is theirs to choose; and only when LEAST_LOOKED_AT packets
 * of it were looked at, for one sampled packet stands for thousands of bytes.
 *
 * Roll-ups are not read: their addresses are real. */
#include "query/local.h"

#include "base/mem.h"

#include <stdlib.h>

enum {
	COPY_ROWS = 32768,          /* of a piece of the copy */
	LEAST_LOOKED_AT = 10,       /* packets */
	MOST_SENDERS = 4000000,     /* addresses and days */
};

#define COL(name) ((uint64_t)1 << TR_##name)

/* -- planning ----------------------------------------------------------------------------------------- */

static struct pred *own_end(const struct plan *p, bool destination, struct span span, struct preds *ps)
{
	struct pred *end = scope_by(p->scope, destination ? BY_DESTINATION : BY_SOURCE, span, ps);
	end = pred_or(ps, end, scope_by(p->scope, destination ? BY_OUTPUT : BY_INPUT, span, ps));
	return pred_or(ps, end, scope_by(p->scope, destination ? BY_MACDESTINATION : BY_MACSOURCE, span, ps));
}

static struct span whole_days(struct span s)
{
	const usec_t first = MAX(s.start, (usec_t)0) / USEC_PER_DAY, last = (MAX(s.end, (usec_t)1) - 1) / USEC_PER_DAY;
	return (struct span){ first * USEC_PER_DAY, (last + 1) * USEC_PER_DAY };
}

static enum err plan_days(const struct plan *p, struct preds *ps, struct veil_plan *v)
{
	v->days = whole_days(p->span);
	const struct urange u = { (uint64_t)v->days.start, (uint64_t)v->days.end - 1 };
	struct pred *unknown;
	struct pred *rows = scope_pred(p->scope, p->view->table, v->days, true, ps);
	rows = pred_and(ps, rows, pred_uints(ps, TR_time, &u, 1));
	v->day_rows = pred_and(ps, rows, once_pred(p->scope, &p->env, v->days, ps, &unknown));
	v->day_own = own_end(p, false, v->days, ps);
	return v->day_rows && v->day_own ? OK : E_NOMEM;
}

static enum err plan_blocks(const struct plan *p, struct veil_plan *v)
{
	size_t n = scope_blocks(p->scope, NULL);
	struct arange *all = arena_new0(p->arena, n + 1, sizeof(*all));
	if (!all)
		return E_NOMEM;
	scope_blocks(p->scope, all);
	v->block = all;
	v->nblock = privacy_join(all, n);
	return OK;
}

static bool asks_values(const struct pred *p)
{
	bool asks = p->kind == P_VALUE;
	for (size_t i = 0; (p->kind == P_AND || p->kind == P_OR || p->kind == P_NOT) && i < p->n; i++)
		asks |= asks_values(p->sub[i]);
	return asks;
}

/* What of the filter is about columns that are never veiled: rows that fail it need not be copied. */
static struct pred *open_part(struct preds *ps, struct pred *f, uint64_t veiled)
{
	struct pred *const *sub = f->kind == P_AND ? f->sub : &f, *part = ps->yes;
	for (size_t i = 0, n = f->kind == P_AND ? f->n : 1; part && i < n; i++)
		if (!(sub[i]->cols & veiled) && !asks_values(sub[i]))
			part = pred_and(ps, part, sub[i]);
	return part;
}

enum err veil_plan(struct plan *p, struct pred *filter, struct veil_plan **ret)
{
	const bool level = scope_privacy(p->scope)->level != PRIVACY_NONE && p->view->table->id == TABLE_TRAFFIC;
	const uint64_t veiled = level ? privacy_cols(END_BOTH) : 0;
	struct preds *ps = &p->preds;
	uint64_t cols = filter->cols;
	*ret = NULL;
	for (unsigned i = 0; i < p->nitems; i++)
		cols |= field_cols(p->view, p->item[i].field);
	if (!(cols & veiled))
		return OK;
	struct veil_plan *v = arena_new0(p->arena, 1, sizeof(*v));
	if (!v)
		return E_NOMEM;
	if (!(v->rows = pred_and(ps, p->where, open_part(ps, filter, veiled))))
		return E_NOMEM;
	for (int end = 0; end < 2; end++)
		if (!(v->own[end] = own_end(p, end, p->span, ps)))
			return E_NOMEM;
	enum err err = plan_blocks(p, v);
	if (err == OK && scope_privacy(p->scope)->below)
		err = plan_days(p, ps, v);
	*ret = err == OK ? v : NULL;
	return err;
}

/* -- walking over stored rows --------------------------------------------------------------------------- */

struct sender {
	uint64_t bytes, looked;
};

struct sender_key {
	uint64_t day;
	struct addr addr;
};

struct veiling {
	const struct plan *p;
	const struct privacy *privacy;
	struct quota *quota;
	struct reader reader;
	uint64_t cols;
	struct batch *batch; /* of the copy: what is not in ret yet */
	struct snapshot *ret;
	size_t row_bytes;
	struct map senders;
	struct arena arena;  /* senders' sums */
};

/* A row that passes; own: whether its ends are theirs. */
typedef enum err take_row(struct veiling *v, struct flow_rec *r, const bool own[2]);

struct walk {
	const struct pred *rows, *own[2];
	uint64_t cols;
	take_row *take;
};

static enum err walk_block(struct veiling *v, const struct walk *w)
{
	struct reader *r = &v->reader;
	const uint64_t *bits, *mine[2];
	enum bits_state own[2];
	struct flow_rec rec;
	r->live = UINT32_MAX;
	enum bits_state state = reader_eval(r, w->rows);
	if (r->bad || state == BITS_NONE)
		return r->bad;
	bits = state == BITS_SOME ? reader_bits(r, w->rows) : NULL;
	if (bits)
		r->live = chunks_of_bits(r, bits);
	for (int end = 0; end < 2; end++) {
		own[end] = reader_eval(r, w->own[end]);
		mine[end] = reader_bits(r, w->own[end]);
	}
	for (size_t i = 0; i < r->rows && !r->bad; i++) {
		if (bits && !(bits[i / 64] >> i % 64 & 1))
			continue;
		bool is[2];
		for (int end = 0; end < 2; end++)
			is[end] = own[end] == BITS_SOME ? mine[end][i / 64] >> i % 64 & 1 : own[end] == BITS_ALL;
		reader_record(r, i, w->cols, &rec);
		enum err err = r->bad ? r->bad : w->take(v, &rec, is);
		if (err != OK)
			return err;
	}
	return r->bad;
}

/* E_CORRUPT: none of its rows was taken. */
static enum err walk_segment(struct veiling *v, const struct walk *w, struct seg *s)
{
	struct reader *r = &v->reader;
	const struct pred *const all[] = { w->rows, w->own[0], w->own[1] };
	uint64_t cols = w->cols;
	owned_prepare(v->p, s);
	enum err err = seg_prepare(s, pred_needs(w->rows, s, TR_time));
	reader_segment(r, s);
	if (err == OK)
		err = reader_bind(r, w->rows);
	if (err != OK || r->bound[w->rows->id].state == BITS_NONE || (err = skip_prepare(r, w->rows, s)) != OK)
		return err;
	for (size_t i = 0; i < COUNT_OF(all); i++)
		cols |= pred_needs(all[i], s, TR_time);
	err = seg_prepare(s, cols);
	for (size_t i = 0; i < COUNT_OF(all) && err == OK; i++)
		err = reader_bind(r, all[i]);
	const uint64_t live = err == OK ? skip_blocks(r, w->rows, skip_none(s)) : 0;
	for (size_t b = 0; b < seg_blocks(seg_rows(s)) && err == OK; b++) {
		if (b < 64 && !(live >> b & 1))
			continue;
		reader_block(r, b);
		err = cancelled(v->p) ? E_CANCELLED : walk_block(v, w);
	}
	return err;
}

/* damaged may be NULL. */
static enum err walk(struct veiling *v, const struct walk *w, const struct snapshot *snap, bool *damaged)
{
	enum err err = OK;
	for (size_t i = 0; i < snap->nseg && err == OK; i++) {
		err = walk_segment(v, w, snap->seg[i]);
		seg_done(snap->seg[i]);
		if (err != E_CORRUPT)
			continue;
		if (damaged)
			damaged[i] = true;
		err = OK;
	}
	return err;
}

/* -- who sent how much ------------------------------------------------------------------------------------ */

static struct sender_key sender_key(const struct flow_rec *r, const struct addr *a)
{
	return (struct sender_key){ r->time / (uint64_t)USEC_PER_DAY, *a };
}

static enum err take_sender(struct veiling *v, struct flow_rec *r, const bool own[2])
{
	const struct sender_key key = sender_key(r, &r->ipsource);
	struct map_entry *e;
	uint64_t bytes;
	bool fresh;
	if (own[0] || addr_is_none(&r->ipsource))
		return OK;
	enum err err = map_put(&v->senders, &key, sizeof(key), &e, &fresh);
	if (err == OK && fresh && (err = quota_take(v->quota, sizeof(key) + sizeof(struct sender) + 2 * sizeof(*e))) == OK)
		err = (e->ptr = arena_new0(&v->arena, 1, sizeof(struct sender))) ? OK : E_NOMEM;
	if (err != OK)
		return err;
	struct sender *s = e->ptr;
	if (__builtin_mul_overflow(r->bytes, MAX(r->samplingrate, 1u), &bytes) || __builtin_add_overflow(s->bytes, bytes, &s->bytes))
		s->bytes = UINT64_MAX;
	if (__builtin_add_overflow(s->looked, r->frames, &s->looked))
		s->looked = UINT64_MAX;
	return OK;
}

static enum err count_senders(struct veiling *v)
{
	const struct veil_plan *plan = v->p->veil;
	const struct walk w = { .rows = plan->day_rows, .own = { plan->day_own, plan->day_own }, .take = take_sender,
				.cols = COL(time) | COL(ipsource) | COL(bytes) | COL(frames) | COL(samplingrate) };
	struct snapshot snap = { 0 };
	enum err err = store_snapshot(v->p->env.store, TABLE_TRAFFIC, plan->days, &snap);
	v->senders.ceiling = MOST_SENDERS;
	if (err == OK)
		err = walk(v, &w, &snap, NULL); /* what a damaged segment held is missing: then more is veiled */
	snapshot_free(&snap);
	return err;
}

static bool sent_enough(const struct veiling *v, const struct flow_rec *r, const struct addr *a)
{
	const struct sender_key key = sender_key(r, a);
	const struct map_entry *e = v->privacy->below ? map_get(&v->senders, &key, sizeof(key)) : NULL;
	const struct sender *s = e ? e->ptr : NULL;
	return s && s->bytes >= v->privacy->below && s->looked >= LEAST_LOOKED_AT;
}

/* -- the copy ----------------------------------------------------------------------------------------------- */

static void veil_row(const struct veiling *v, struct flow_rec *r, const bool own[2])
{
	unsigned ends = 0;
	if (!own[0] && !sent_enough(v, r, &r->ipsource))
		ends |= END_SOURCE;
	if (!own[1] && !sent_enough(v, r, &r->ipdestination))
		ends |= END_DESTINATION;
	privacy_veil(v->privacy, v->p->veil->block, v->p->veil->nblock, ends, r);
}

static enum err flush(struct veiling *v)
{
	enum err err = v->batch->n ? quota_take(v->quota, v->batch->n * v->row_bytes) : OK;
	if (err == OK && v->batch->n)
		err = snapshot_add(v->ret, v->batch);
	batch_reset(v->batch);
	return err;
}

static enum err take_copy(struct veiling *v, struct flow_rec *r, const bool own[2])
{
	enum err err = v->batch->n == v->batch->cap ? flush(v) : OK;
	if (err != OK)
		return err;
	veil_row(v, r, own);
	batch_push(v->batch, r);
	return OK;
}

static enum err copy(struct veiling *v, const struct snapshot *snap, bool *damaged)
{
	const struct veil_plan *plan = v->p->veil;
	const struct table *t = v->p->view->table;
	const struct walk w = { .rows = plan->rows, .own = { plan->own[0], plan->own[1] }, .cols = v->cols, .take = take_copy };
	for (unsigned c = 0; c < t->ncols; c++) /* as it came, and as it is encoded */
		v->row_bytes += v->cols >> c & 1 ? 2 * (size_t)t->cols[c].storage : 0;
	enum err err = batch_new(t, COPY_ROWS, &v->batch);
	if (err == OK)
		err = walk(v, &w, snap, damaged);
	return err == OK ? flush(v) : err;
}

/* What the question reads of the copy, and what the veil asks for. */
static uint64_t wanted(const struct plan *p, const struct snapshot *snap)
{
	uint64_t cols = COL(time) | COL(agent) | COL(inputinterface) | COL(outputinterface) | COL(ipsource) | COL(ipdestination) | p->where->cols;
	for (unsigned i = 0; i < p->nitems; i++)
		cols |= field_cols(p->view, p->item[i].field);
	return snap->nseg && p->kind != QUERY_ROWS ? cols | local_cols(p, snap->seg[0]) : cols;
}

enum err veil_snapshot(const struct plan *p, const struct snapshot *snap, struct quota *q, bool *damaged,
		       struct snapshot *ret)
{
	struct veiling v = { .p = p, .privacy = scope_privacy(p->scope), .quota = q, .ret = ret, .cols = wanted(p, snap) };
	enum err err = reader_init(&v.reader, p, q);
	*ret = (struct snapshot){ 0 };
	if (err == OK && v.privacy->below)
		err = count_senders(&v);
	if (err == OK)
		err = copy(&v, snap, damaged);
	reader_free(&v.reader);
	batch_free(v.batch);
	map_free(&v.senders);
	arena_free(&v.arena);
	if (err != OK)
		snapshot_free(ret);
	return err;
}
