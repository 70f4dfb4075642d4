/* Readings of running totals become differences, spread over the time they span: of interfaces
 * (ifcounters), and of hosts, services and what else table_counts().  A level (GAUGE) stands for the time
 * up to its reading; where no reading is before it, for a second.
 *
 *	readings of one interface   r0 ------- r1 ------- r2   (gap)   r3 ----- r4
 *	differences                    d1         d2                      d4
 *	buckets                  |          |          |          |          |
 *
 * A difference is cut at the edges of buckets (and of minutes, where minutes are asked for); the
 * parts are whole numbers whose sum is the difference, so that buckets add up to the interval.
 * Time that is covered twice, by two sources or by a datagram that came twice, counts once; what only one of
 * the sources counts is told by that one.
 *
 * Of a roll-up's readings that are joined the difference is good, whatever lies between.  Else none is made of readings more than ten minutes apart, over a restart of the agent (its
 * uptime goes back, a 64-bit counter goes back, more went through than the reading's own speed allows),
 * or of a counter that the device does not have.  32-bit counters wrap (flow/delta.h).
 *
 * A customer sees a difference when the port was theirs at both its ends: what began under a
 * predecessor stays the predecessor's.
 *
 * Segments that overlap in time are read together; between such chunks the last reading of every
 * interface is carried over, so that memory does not grow with the interval. */
#include "query/counters.h"

#include "base/mem.h"

#include <stdlib.h>

enum { LEVEL_ALONE = USEC_PER_SEC };

/* -- from one reading to the next -------------------------------------------------------------------------- */

/* One difference that is being spread. */
struct spread {
	const struct reading *a, *b;
	const uint64_t *delta, *level;
	const bool *have;
	usec_t from[MAX_MEASURES]; /* before that another source has told it */
};

static bool is_level(const struct plan *p, unsigned m)
{
	return p->measure[m].kind == M_LEVEL || p->measure[m].kind == M_COVERED;
}

/* Levels need no second reading. */
static bool levels(const struct plan *p, bool *have)
{
	bool any = false;
	for (unsigned m = 0; m < p->nmeasures; m++)
		if (is_level(p, m))
			any = have[m] = true;
	return any;
}

/* The measure that a line's speed is set against; nmeasures: there is none. */
static unsigned share_of(const struct plan *p, unsigned m)
{
	unsigned k = 0;
	while (k < p->nmeasures && (p->measure[k].kind != M_COLUMN || p->measure[k].col != p->measure[m].col))
		k++;
	return k;
}

static enum delta difference(const struct plan *p, int col, const struct spread *s, const uint64_t v[static 2], uint64_t *ret)
{
	const struct reading_at *at[2] = { &s->a->at, &s->b->at };
	const struct table *t = p->view->table;
	if (!s->b->joined)
		return counter_delta(t, col, at, v, ret);
	*ret = v[1] - v[0]; /* none fell */
	return counter_is_missing(t, at[1]->source, col, v[1]) ? DELTA_NONE : DELTA_OK;
}

/* All differences of two readings; false when there are none to be had. */
static bool differences(const struct plan *p, const struct spread *s, const uint64_t *va, uint64_t *delta, bool *have)
{
	const struct reading *a = s->a, *b = s->b;
	if (!b->joined && readings_apart(&a->at, &b->at))
		return false;
	for (unsigned m = 0; m < p->nmeasures; m++) {
		have[m] = false;
		if (p->measure[m].kind != M_COLUMN)
			continue;
		enum delta v = difference(p, p->measure[m].col, s, (const uint64_t[2]){ va[m], s->level[m] }, &delta[m]);
		if (v == DELTA_RESET)
			return false; /* counters restart together */
		have[m] = v == DELTA_OK;
	}
	levels(p, have);
	for (unsigned m = 0; m < p->nmeasures; m++) /* what a share is a share of */
		if (p->measure[m].kind == M_SPEED)
			have[m] = share_of(p, m) < p->nmeasures && have[share_of(p, m)] && b->speed;
	return true;
}

/* -- parts ---------------------------------------------------------------------------------------------------- */

static uint64_t text_word(struct agg *g, const char *text, enum err *err)
{
	struct map_entry *e;
	bool fresh;
	if (!text || !*text)
		return NULL_WORD;
	enum err e2 = map_put_str(&g->texts, text, &e, &fresh);
	if (e2 != OK) {
		*err = e2;
		return NULL_WORD;
	}
	return (uint64_t)(e - g->texts.at);
}

/* Names of the agent's place, and of whose port it was at the later reading. */
static uint64_t end_word(struct counting *c, const struct field *f, const struct addr *agent, uint32_t ifindex,
			 const struct reading *b, enum err *err)
{
	const struct query_env *env = &c->p->env;
	const struct zones *z = env->zones;
	if (f->derived == D_IF_customer) {
		struct value v;
		if (!c->p->naming)
			return NULL_WORD;
		naming_value(c->p->naming, NAME_CUSTOMER, naming_port_customer(c->p->naming, agent, ifindex, b->at.time - 1, err), &v);
		return v.null ? NULL_WORD : text_word(c->g, v.text, err);
	}
	if (!z)
		return NULL_WORD;
	const struct zone_name *at = zones_name(z, zones_agent(z, agent));
	return text_word(c->g, f->derived == D_IF_zone ? at->zone : at->group, err);
}

/* Of tables other than ifcounters; b is a reading of this chunk. */
static void other_words(struct counting *c, const struct item *it, const struct reading *b, uint64_t time_word, uint64_t *ret)
{
	const struct plan *p = c->p;
	const uint64_t *key = words_key(&c->ifaces, b->iface), *w = c->word;
	w += ((size_t)(b - c->r) * p->nitems + (size_t)(it - p->item)) * 2;
	if (it->field->type == T_TIME) {
		ret[0] = time_word;
	} else if (it->field->type == T_IFACE) {
		memcpy(ret, key, 2 * sizeof(*ret));
		ret[2] = w[0];
	} else {
		ret[0] = w[0];
		ret[1] = w[1];
	}
}

static void item_words(struct counting *c, const struct item *it, const struct reading *b, uint64_t time_word, uint64_t *ret,
		       enum err *err)
{
	if (!is_ifcounters(c)) {
		other_words(c, it, b, time_word, ret);
		return;
	}
	const uint64_t *key = words_key(&c->ifaces, b->iface);
	struct addr agent;
	const struct iface *known = NULL;
	store_be64(agent.b, key[0]);
	store_be64(agent.b + 8, key[1]);
	if (it->field->type == T_TEXT && scope_names_port(c->p->scope, &agent, (uint32_t)key[2], c->p->env.now))
		known = c->p->env.model ? model_iface(c->p->env.model, &agent, (uint32_t)key[2]) : NULL;
	switch (it->field->derived) {
	case D_IF_zone: case D_IF_group: case D_IF_customer:
		ret[0] = end_word(c, it->field, &agent, (uint32_t)key[2], b, err);
		return;
	case D_IF_ifindex: case D_IF_datasource:
		ret[0] = key[2];
		return;
	case D_IF_ifadminstatus: case D_IF_ifoperstatus:
		ret[0] = text_word(c->g, status_text(b->status, it->field->derived), err);
		return;
	case D_IF_ifname:  ret[0] = text_word(c->g, known ? known->name : NULL, err); return;
	case D_IF_ifalias: ret[0] = text_word(c->g, known ? known->alias : NULL, err); return;
	default: break;
	}
	switch (it->field->col) {
	case IF_time:        ret[0] = time_word; return;
	case IF_agent:       memcpy(ret, key, 2 * sizeof(*ret)); return;
	case IF_interface:   memcpy(ret, key, 3 * sizeof(*ret)); return;
	case IF_iftype:      ret[0] = b->iftype; return;
	case IF_ifspeed:     ret[0] = b->speed ? b->speed : NULL_WORD; return;
	case IF_ifdirection: ret[0] = b->direction; return;
	case IF_ifstatus:    ret[0] = b->status; return;
	default:             other_words(c, it, b, time_word, ret); return;
	}
}

static uint32_t group_of(struct counting *c, const struct reading *b, uint64_t time_word, uint64_t minute, enum err *err)
{
	const struct plan *p = c->p;
	uint64_t key[2 * MAX_LANES] = { 0 }, words[4] = { 0 };
	if (p->time_lane >= 0)
		key[p->lane[p->time_lane].word] = time_word;
	for (unsigned i = 0; i < p->nitems; i++) {
		const struct item *it = &p->item[i];
		if (!it->is_key)
			continue;
		item_words(c, it, b, it->fn ? minute : time_word, words, err);
		for (unsigned k = 0, from = 0; k < it->nlanes; k++) {
			const struct lane *l = &p->lane[it->lane[k]];
			for (unsigned w = 0; w < (l->addr ? 2u : 1u); w++)
				key[l->word + w] = words[from++];
		}
	}
	return agg_group(c->g, key, err);
}

static enum err note_sets(struct counting *c, const struct reading *b, uint32_t group, usec_t t)
{
	const struct plan *p = c->p;
	enum err err = OK;
	for (unsigned i = 0; i < p->nitems && err == OK; i++) {
		const struct item *it = &p->item[i];
		uint64_t words[4] = { 0 };
		if (it->fn != FN_count && it->fn != FN_first && it->fn != FN_last)
			continue;
		item_words(c, it, b, 0, words, &err);
		if (err == OK && it->fn == FN_count)
			err = agg_count(c->g, it->set, group, words);
		else if (err == OK)
			agg_edge(c->g, it, group, t, words);
	}
	return err;
}

/* floor(delta * at / length): parts between such points add up to the whole. */
static uint64_t share_at(uint64_t delta, usec_t at, usec_t length)
{
	return (uint64_t)((unsigned __int128)delta * (uint64_t)at / (uint64_t)length);
}

static __int128 part_of(const struct plan *p, unsigned m, const struct spread *s, struct span part)
{
	usec_t length = s->b->at.time - s->a->at.time;
	switch (p->measure[m].kind) {
	case M_SPEED:
		return (__int128)s->b->speed * (part.end - part.start);
	case M_LEVEL:
		return (__int128)s->level[m] * (part.end - part.start);
	case M_COVERED:
		return part.end - part.start;
	default:
		return (__int128)(share_at(s->delta[m], part.end - s->a->at.time, length) -
				  share_at(s->delta[m], part.start - s->a->at.time, length));
	}
}

static enum err add_part(struct counting *c, const struct spread *s, struct span part, uint64_t time_word)
{
	const struct plan *p = c->p;
	struct agg *g = c->g;
	size_t nm = p->nmeasures;
	enum err err = OK;
	uint32_t group = group_of(c, s->b, time_word, (uint64_t)(part.start / USEC_PER_MIN), &err), minute = 0;
	if (err == OK && p->minutes)
		minute = agg_minute(g, group, (uint64_t)(part.start / USEC_PER_MIN), &err);
	const uint64_t cell_key[2] = { s->b->iface, group };
	uint32_t cell = err == OK ? words_put(&c->cells, g->quota, cell_key, &err) : 0;
	if (err == OK && nm)
		err = quota_grow(g->quota, &c->cell, &c->cell_cap, c->cells.n, nm * sizeof(*c->cell));
	if (err != OK)
		return err;
	for (unsigned m = 0; m < nm; m++) {
		const struct span own = { MAX(part.start, s->from[m]), part.end };
		if (!s->have[m] || own.start >= own.end)
			continue;
		__int128 v = part_of(p, m, s, own);
		c->cell[cell * nm + m].sum += v;
		c->cell[cell * nm + m].covered += own.end - own.start;
		if (p->minutes) {
			g->minute_sum[minute * nm + m] += v;
			g->minute_covered[minute * nm + m] += own.end - own.start;
		}
	}
	return p->nsets ? note_sets(c, s->b, group, part.start) : OK;
}

static size_t bucket_at(const struct plan *p, usec_t t)
{
	size_t lo = 0, hi = p->nbuckets - 1;
	while (lo < hi) {
		size_t mid = lo + (hi - lo + 1) / 2;
		if (p->edge[mid] <= t)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

static bool owned(const struct counting *c, uint32_t iface, usec_t t)
{
	const uint64_t *key = words_key(&c->ifaces, iface);
	struct addr agent;
	store_be64(agent.b, key[0]);
	store_be64(agent.b + 8, key[1]);
	return scope_owns_port(c->p->scope, &agent, (uint32_t)key[2], t);
}

/* From when on each measure is news: what another source has told of it counts once.  What a share is of is
 * covered like what it is a share of.  Returns the earliest. */
static usec_t uncovered(struct counting *c, struct spread *s)
{
	const struct plan *p = c->p;
	size_t nm = p->nmeasures;
	usec_t *until = c->covered_until + s->b->iface * (nm + 1), first = MAX(s->a->at.time, until[nm]);
	for (unsigned m = 0; m < nm; m++) {
		unsigned k = p->measure[m].kind == M_SPEED ? share_of(p, m) : m;
		s->from[m] = MAX(s->a->at.time, until[k]);
		if (s->have[m])
			first = MIN(first, s->from[m]);
	}
	for (unsigned m = 0; m < nm; m++)
		if (s->have[m] && p->measure[m].kind != M_SPEED)
			until[m] = MAX(until[m], s->b->at.time);
	until[nm] = MAX(until[nm], s->b->at.time);
	return first;
}

static enum err spread(struct counting *c, struct spread *s)
{
	const struct plan *p = c->p;
	uint32_t iface = s->b->iface;
	const usec_t first = uncovered(c, s), end = MIN(s->b->at.time, p->span.end);
	usec_t t = MAX(first, p->span.start);
	bool by_minute = p->minutes || p->clock || (p->time_lane >= 0 && p->kind != QUERY_TREND);
	enum err err = OK;
	if (!s->b->passes || !owned(c, iface, s->a->at.time) || !owned(c, iface, s->b->at.time - 1))
		return OK;
	while (t < end && err == OK) {
		size_t bucket = p->kind == QUERY_TREND ? bucket_at(p, t) : 0;
		usec_t next = p->kind == QUERY_TREND ? MIN(end, p->edge[bucket + 1]) : end;
		if (by_minute)
			next = MIN(next, (t / USEC_PER_MIN + 1) * USEC_PER_MIN);
		uint64_t word = p->kind == QUERY_TREND ? bucket : (uint64_t)(t / USEC_PER_MIN);
		if (owned(c, iface, t))
			err = add_part(c, s, (struct span){ t, next }, word);
		t = next;
	}
	return err;
}

/* -- chunks ------------------------------------------------------------------------------------------------------ */

static int by_time(const void *pa, const void *pb, void *arg)
{
	const struct counting *c = arg;
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	if (c->r[a].at.time != c->r[b].at.time)
		return c->r[a].at.time < c->r[b].at.time ? -1 : 1;
	if (c->r[a].at.source != c->r[b].at.source)
		return c->r[a].at.source < c->r[b].at.source ? -1 : 1;
	return (a > b) - (a < b);
}

static enum err next_reading(struct counting *c, uint32_t at)
{
	const struct plan *p = c->p;
	size_t nm = p->nmeasures;
	struct reading *b = &c->r[at];
	const uint64_t *vb = c->val + at * nm;
	size_t k = (size_t)b->iface * SOURCES + b->at.source;
	struct series *s = &c->series[k];
	uint64_t delta[MAX_MEASURES] = { 0 };
	bool have[MAX_MEASURES] = { 0 };
	enum err err = OK;
	if (s->any && b->at.time <= s->last.at.time)
		return OK; /* came twice */
	struct spread sp = { .a = &s->last, .b = b, .delta = delta, .level = vb, .have = have };
	if (s->any && differences(p, &sp, c->last + k * nm, delta, have)) {
		err = spread(c, &sp);
	} else {
		struct reading before = *b;
		sp.a = &before;
		before.at.time -= LEVEL_ALONE;
		memset(have, 0, sizeof(have));
		if (levels(p, have))
			err = spread(c, &sp);
	}
	s->last = *b;
	s->any = true;
	if (nm)
		memcpy(c->last + k * nm, vb, nm * sizeof(*vb));
	return err;
}

/* Readings by interface, each in the order of time. */
static enum err order_chunk(struct counting *c)
{
	struct quota *q = c->g->quota;
	size_t ifaces = c->ifaces.n;
	enum err err = quota_grow(q, &c->index, &c->index_cap, c->n, sizeof(*c->index));
	if (err == OK)
		err = quota_grow(q, &c->start, &c->start_cap, ifaces + 2, sizeof(*c->start));
	if (err != OK)
		return err;
	memset(c->start, 0, (ifaces + 2) * sizeof(*c->start));
	for (size_t i = 0; i < c->n; i++)
		c->start[c->r[i].iface + 2]++;
	for (size_t i = 2; i < ifaces + 2; i++)
		c->start[i] += c->start[i - 1];
	for (size_t i = 0; i < c->n; i++)
		c->index[c->start[c->r[i].iface + 1]++] = (uint32_t)i;
	for (size_t i = 0; i < ifaces; i++) {
		uint32_t *at = c->index + c->start[i];
		size_t n = c->start[i + 1] - c->start[i];
		bool sorted = true;
		for (size_t k = 1; k < n && sorted; k++)
			sorted = by_time(&at[k - 1], &at[k], c) < 0;
		if (!sorted)
			qsort_r(at, n, sizeof(*at), by_time, c);
	}
	return OK;
}

static enum err end_chunk(struct counting *c)
{
	struct quota *q = c->g->quota;
	const struct model *m = c->p->env.model;
	size_t nm = c->p->nmeasures, want = c->ifaces.n;
	enum err err = order_chunk(c);
	if (err == OK)
		err = quota_grow(q, &c->series, &c->series_cap, want * SOURCES, sizeof(*c->series));
	if (err == OK && nm)
		err = quota_grow(q, &c->last, &c->last_cap, want * SOURCES, nm * sizeof(*c->last));
	if (err == OK)
		err = quota_grow(q, &c->covered_until, &c->covered_cap, want, (nm + 1) * sizeof(*c->covered_until));
	for (size_t i = 0; i < want && err == OK; i++) {
		struct addr agent;
		const uint64_t *key = words_key(&c->ifaces, i);
		store_be64(agent.b, key[0]);
		store_be64(agent.b + 8, key[1]);
		const struct iface *known = m && is_ifcounters(c) ? model_iface(m, &agent, (uint32_t)key[2]) : NULL;
		for (size_t k = c->start[i]; k < c->start[i + 1] && err == OK; k++) {
			struct reading *r = &c->r[c->index[k]];
			if (!r->speed && known)
				r->speed = known->speed;
			err = next_reading(c, c->index[k]);
		}
	}
	c->n = 0;
	return err;
}

/* -- rates ----------------------------------------------------------------------------------------------------------- */

static int by_interface(const void *pa, const void *pb, void *arg)
{
	const struct counting *c = arg;
	const uint64_t *x = words_key(&c->cells, *(const uint32_t *)pa), *y = words_key(&c->cells, *(const uint32_t *)pb);
	const uint64_t *u = words_key(&c->ifaces, x[0]), *v = words_key(&c->ifaces, y[0]);
	for (unsigned i = 0; i < 4; i++)
		if (u[i] != v[i])
			return u[i] < v[i] ? -1 : 1;
	return (x[1] > y[1]) - (x[1] < y[1]);
}

/* Sums and rates of every interface into its groups, always in the same order: doubles do not add
 * up the same in every order. */
static enum err end_cells(struct counting *c)
{
	struct agg *g = c->g;
	size_t nm = c->p->nmeasures, n = c->cells.n;
	uint32_t *at = mem_array(NULL, MAX(n, (size_t)1), sizeof(*at));
	if (!at)
		return E_NOMEM;
	for (size_t i = 0; i < n; i++)
		at[i] = (uint32_t)i;
	qsort_r(at, n, sizeof(*at), by_interface, c);
	for (size_t i = 0; i < n; i++) {
		uint64_t group = words_key(&c->cells, at[i])[1];
		for (size_t m = 0; m < nm; m++) {
			const struct cell *cell = &c->cell[at[i] * nm + m];
			if (!cell->covered)
				continue;
			g->sum[group * nm + m] += cell->sum;
			g->covered[group * nm + m] += cell->covered;
			g->rate[group * nm + m] += (double)cell->sum / ((double)cell->covered / USEC_PER_SEC);
		}
	}
	mem_free(at);
	return OK;
}

static enum err read_all(struct counting *c, const struct snapshot *snap, bool *damaged)
{
	enum err err = OK;
	usec_t chunk_end = INT64_MIN;
	for (size_t i = 0; i < snap->nseg && err == OK; i++) {
		struct span s = seg_span(snap->seg[i]);
		if (c->n && s.start >= chunk_end)
			err = end_chunk(c);
		chunk_end = MAX(chunk_end, s.end);
		if (err != OK)
			break;
		size_t had = c->n;
		err = gather_segment(c, snap->seg[i]);
		seg_release(snap->seg[i]);
		if (err == E_CORRUPT) {
			damaged[i] = true;
			c->n = had;
			err = OK;
		}
	}
	if (err == OK)
		err = end_chunk(c);
	return err == OK ? end_cells(c) : err;
}

static void counting_free(struct counting *c)
{
	struct quota *q = c->g->quota;
	size_t nm = c->p->nmeasures;
	reader_free(&c->reader);
	words_free(&c->ifaces, q);
	words_free(&c->cells, q);
	quota_free(q, &c->r, c->r_cap, sizeof(*c->r));
	quota_free(q, &c->val, c->val_cap, nm * sizeof(*c->val));
	quota_free(q, &c->word, c->word_cap, c->p->nitems * 2 * sizeof(*c->word));
	quota_free(q, &c->index, c->index_cap, sizeof(*c->index));
	quota_free(q, &c->start, c->start_cap, sizeof(*c->start));
	quota_free(q, &c->series, c->series_cap, sizeof(*c->series));
	quota_free(q, &c->last, c->last_cap, nm * sizeof(*c->last));
	quota_free(q, &c->covered_until, c->covered_cap, (nm + 1) * sizeof(*c->covered_until));
	quota_free(q, &c->cell, c->cell_cap, nm * sizeof(*c->cell));
	mem_free(c);
}

static int column_named(const struct table *t, const char *name)
{
	for (int c = 0; c < t->ncols; c++)
		if (STREQ(t->cols[c].name, name))
			return c;
	return -1;
}

enum err run_counters(const struct plan *p, const struct snapshot *snap, struct agg *g, bool *damaged)
{
	struct counting *c = mem_new0(1, sizeof(*c));
	if (!c)
		return E_NOMEM;
	c->p = p;
	c->g = g;
	c->table = p->view->table;
	c->uptime_col = column_named(c->table, "uptime");
	c->source_col = column_named(c->table, "countersource");
	c->part_col[0] = c->table->id == TABLE_IFEXTRA ? (int)IX_vlan : -1;
	c->part_col[1] = c->table->id == TABLE_IFEXTRA ? (int)IX_queue : -1;
	c->ifaces.width = 4;
	c->cells.width = 2;
	enum err err = reader_init(&c->reader, p, g->quota);
	if (err == OK)
		err = read_all(c, snap, damaged);
	counting_free(c);
	return err;
}
