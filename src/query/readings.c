/* Rows of counters -> readings: of which series, when, with what keys, and the values asked for.
 *
 * The third word of a series is the interface or data source, and above it the VLAN; the fourth the queue.  A reading of ifcounters has its keys in itself, one of another table as words. */
#include "query/counters.h"

static uint64_t col_bit(int col)
{
	return col < 0 ? 0 : (uint64_t)1 << col;
}

/* What a reading of ifcounters holds itself. */
#define OWN_COLS                                                                                   \
	((uint64_t)1 << IF_time | (uint64_t)1 << IF_agent | (uint64_t)1 << IF_interface | (uint64_t)1 << IF_iftype | \
	 (uint64_t)1 << IF_ifspeed | (uint64_t)1 << IF_ifdirection | (uint64_t)1 << IF_ifstatus)

static bool has_words(const struct counting *c, const struct field *f)
{
	return !field_is_value(f) && f->col >= 0 && !(is_ifcounters(c) && OWN_COLS >> f->col & 1);
}

/* What each reading is made of, whatever is asked. */
static uint64_t fixed_cols(const struct counting *c)
{
	const struct table *t = c->table;
	uint64_t cols = col_bit(t->time_col) | col_bit(t->agent_col) | col_bit(t->place_col) | col_bit(c->uptime_col) |
			col_bit(c->source_col) | col_bit(c->part_col[0]) | col_bit(c->part_col[1]);
	if (is_ifcounters(c))
		cols |= OWN_COLS;
	for (unsigned i = 0; i < c->p->nitems; i++) {
		const struct field *f = c->p->item[i].field;
		if (has_words(c, f))
			cols |= col_bit(f->col) | col_bit(f->with);
	}
	return cols;
}

static uint64_t reading_cols(const struct counting *c)
{
	const struct plan *p = c->p;
	uint64_t cols = p->gather->cols | p->where->cols | fixed_cols(c);
	for (unsigned i = 0; i < p->nmeasures; i++)
		cols |= col_bit(p->measure[i].col);
	return cols;
}

static uint64_t number_at(const struct table *t, int col, const union any_rec *rec)
{
	const uint8_t *p = (const uint8_t *)rec + (col < 0 ? 0 : t->cols[col].offset);
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;
	if (col < 0)
		return 0;
	switch (t->cols[col].storage) {
	case ST_u8:
		return *p;
	case ST_u16:
		memcpy(&v16, p, sizeof(v16));
		return v16;
	case ST_u32:
		memcpy(&v32, p, sizeof(v32));
		return v32;
	default:
		memcpy(&v64, p, sizeof(v64));
		return v64;
	}
}

static const struct addr *agent_of(const struct table *t, const union any_rec *rec)
{
	return (const struct addr *)(const void *)((const uint8_t *)rec + t->cols[t->agent_col].offset);
}

static enum err note_reading(struct counting *c, const union any_rec *rec, bool passes, bool joined)
{
	const struct table *t = c->table;
	const struct addr *agent = agent_of(t, rec);
	const uint64_t key[4] = { load_be64(agent->b), load_be64(agent->b + 8),
				  number_at(t, t->place_col, rec) | number_at(t, c->part_col[0], rec) << 32, number_at(t, c->part_col[1], rec) };
	enum err err = OK;
	uint32_t iface = words_put(&c->ifaces, c->g->quota, key, &err);
	if (err == OK)
		err = quota_grow(c->g->quota, &c->r, &c->r_cap, c->n + 1, sizeof(*c->r));
	if (err != OK)
		return err;
	struct reading *r = &c->r[c->n];
	*r = (struct reading){ .at = { .time = (usec_t)number_at(t, t->time_col, rec), .uptime = (uint32_t)number_at(t, c->uptime_col, rec),
				       .source = (uint8_t)MIN(number_at(t, c->source_col, rec), (uint64_t)(SOURCES - 1)) },
			       .iface = iface, .passes = passes, .joined = joined };
	if (is_ifcounters(c)) {
		const struct ifcounters_rec *i = &rec->ifcounters;
		r->speed = r->at.speed = i->ifspeed;
		r->iftype = i->iftype;
		r->direction = i->ifdirection;
		r->status = i->ifstatus;
	}
	return OK;
}

/* The keys of a reading, as words of a group; agent, place and time are told by its series. */
static enum err note_words(struct counting *c, const union any_rec *rec)
{
	const struct plan *p = c->p;
	const struct table *t = c->table;
	enum err err = OK;
	for (unsigned i = 0; i < p->nitems && err == OK; i++) {
		const struct field *f = p->item[i].field;
		if (!has_words(c, f))
			continue;
		if ((err = quota_grow(c->g->quota, &c->word, &c->word_cap, c->n + 1, p->nitems * 2 * sizeof(*c->word))) != OK)
			break;
		uint64_t *w = c->word + (c->n * p->nitems + i) * 2;
		if (f->type == T_ADDR) {
			const uint8_t *at = (const uint8_t *)rec + t->cols[f->col].offset;
			w[0] = load_be64(at);
			w[1] = load_be64(at + 8);
			continue;
		}
		w[0] = number_at(t, f->col, rec);
		if ((f->type == T_TEXT || f->type == T_MAC) && !w[0])
			w[0] = NULL_WORD;
	}
	return err;
}

/* The columns of a block that readings are made of; NULL ones are zero. */
static enum err gather_rows(struct counting *c, const uint64_t *bits, const uint64_t *passes, bool all_pass)
{
	struct reader *r = &c->reader;
	const struct plan *p = c->p;
	size_t nm = p->nmeasures;
	const uint64_t cols = fixed_cols(c);
	const uint64_t *joined = seg_joins(r->seg) ? reader_uints(r, IF_joined) : NULL;
	enum err err = OK;
	for (size_t i = 0; i < r->rows && err == OK; i++) {
		union any_rec rec;
		if (bits && !(bits[i / 64] >> i % 64 & 1))
			continue;
		reader_record(r, i, cols, &rec);
		err = note_reading(c, &rec, all_pass || (passes && passes[i / 64] >> i % 64 & 1), joined && joined[i]);
		if (err == OK)
			err = note_words(c, &rec);
		if (err == OK && nm)
			err = quota_grow(c->g->quota, &c->val, &c->val_cap, c->n + 1, nm * sizeof(*c->val));
		for (unsigned m = 0; m < nm && err == OK; m++) {
			const uint64_t *v = reader_uints(r, p->measure[m].col);
			if (!v)
				return E_NOMEM;
			c->val[c->n * nm + m] = v[i];
		}
		c->n += err == OK;
	}
	return err == OK ? r->bad : err;
}

enum err gather_segment(struct counting *c, struct seg *s)
{
	struct reader *r = &c->reader;
	const struct plan *p = c->p;
	enum err err = seg_prepare(s, p->gather->cols);
	if (err != OK)
		return err;
	reader_segment(r, s);
	if ((err = reader_bind(r, p->gather)) != OK || r->bound[p->gather->id].state == BITS_NONE)
		return err;
	if ((err = seg_prepare(s, reading_cols(c) | (seg_joins(s) ? col_bit(IF_joined) : 0))) != OK || (err = reader_bind(r, p->where)) != OK)
		return err;
	for (size_t b = 0; b < seg_blocks(seg_rows(s)) && err == OK; b++) {
		reader_block(r, b);
		enum bits_state wanted = reader_eval(r, p->gather), passes = BITS_NONE;
		if (wanted != BITS_NONE)
			passes = reader_eval(r, p->where);
		if (r->bad)
			err = r->bad;
		else if (wanted != BITS_NONE)
			err = gather_rows(c, wanted == BITS_SOME ? reader_bits(r, p->gather) : NULL,
					  passes == BITS_SOME ? reader_bits(r, p->where) : NULL, passes == BITS_ALL);
		if (cancelled(p))
			err = E_CANCELLED;
	}
	return err;
}
