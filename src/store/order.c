/* Sorted by the least significant column first, each time keeping the order of rows that are
 * alike: time within the hour (in milliseconds), port, agent, hour. */
#include "store/order.h"

#include "store/gather.h"

#include "base/mem.h"

#include <assert.h>

enum { DIGIT = 11, DIGITS = 1 << DIGIT };

void order_free(struct rows_order *o)
{
	mem_free(o->row);
	mem_free(o->hour);
	*o = (struct rows_order){ 0 };
}

/* The rows in *order by their key, none of which is above `most`; spare is as long. */
static void sort_by(uint32_t **order, uint32_t **spare, size_t n, const uint32_t *key,
		    uint32_t most)
{
	for (unsigned shift = 0; shift < 32 && most >> shift; shift += DIGIT) {
		uint32_t count[DIGITS] = { 0 }, at = 0;
		for (size_t i = 0; i < n; i++)
			count[key[i] >> shift & (DIGITS - 1)]++;
		for (size_t v = 0; v < DIGITS; v++) {
			uint32_t c = count[v];
			count[v] = at;
			at += c;
		}
		for (size_t i = 0; i < n; i++) {
			uint32_t row = (*order)[i];
			(*spare)[count[key[row] >> shift & (DIGITS - 1)]++] = row;
		}
		uint32_t *swap = *order;
		*order = *spare;
		*spare = swap;
	}
}

/* Numbers become ranks among all of them. */
static enum err rank_numbers(struct gathered *g)
{
	enum { STEP = 256 };
	struct dict_key key[STEP];
	g->codes = mem_array(NULL, g->rows, sizeof(*g->codes));
	enum err e = g->codes ? OK : E_NOMEM;
	for (size_t at = 0; at < g->rows && e == OK; at += STEP) {
		size_t n = MIN(g->rows - at, (size_t)STEP);
		for (size_t i = 0; i < n; i++)
			key[i] = (struct dict_key){ .lo = g->numbers[at + i] };
		e = dict_code(&g->dict, key, n, DICT_MOST, g->codes + at);
	}
	_cleanup_(mem_freep) uint32_t *rank =
		e == OK ? mem_array(NULL, g->dict.n, sizeof(*rank)) : NULL;
	if (e == OK)
		e = rank ? dict_sort(&g->dict, rank) : E_NOMEM;
	for (size_t i = 0; i < g->rows && e == OK; i++)
		g->codes[i] = rank[g->codes[i]];
	return e;
}

struct sorting {
	struct seg *const *seg;
	size_t nseg, rows;
	const struct table *table;
	uint32_t *order, *spare, *hour; /* hour: of each row, since 1970 */
};

static enum err sort_by_column(struct sorting *s, size_t col)
{
	struct gathered g;
	enum err e = gather(s->seg, s->nseg, s->table, col, &g);
	if (e != OK)
		return e;
	if (!g.coded)
		e = rank_numbers(&g);
	if (e == OK && g.codes)
		sort_by(&s->order, &s->spare, s->rows, g.codes, g.dict.n - 1);
	gathered_free(&g);
	return e;
}

static enum err sort_by_time(struct sorting *s)
{
	struct gathered g;
	_cleanup_(mem_freep) uint32_t *ms = mem_array(NULL, s->rows, sizeof(*ms));
	if (!ms)
		return E_NOMEM;
	enum err e = gather(s->seg, s->nseg, s->table, s->table->time_col, &g);
	if (e != OK)
		return e;
	for (size_t i = 0; i < s->rows; i++) {
		uint64_t time = !g.coded ? g.numbers[i]
				: g.codes ? g.dict.key[g.codes[i]].lo
					  : g.dict.key[0].lo;
		uint64_t hour =
			time / (uint64_t)USEC_PER_HOUR; /* below 2^32, as time is below 2^63 */
		s->hour[i] = (uint32_t)hour;
		ms[i] = (uint32_t)((time - hour * (uint64_t)USEC_PER_HOUR) / 1000);
	}
	gathered_free(&g);
	sort_by(&s->order, &s->spare, s->rows, ms, (uint32_t)(USEC_PER_HOUR / 1000));
	return OK;
}

enum err order_rows(struct seg *const *seg, size_t nseg, const struct table *t, size_t port_col,
		    struct rows_order *ret)
{
	struct sorting s = { .seg = seg, .nseg = nseg, .table = t };
	for (size_t i = 0; i < nseg; i++)
		s.rows += seg_rows(seg[i]);
	assert(s.rows && s.rows <= UINT32_MAX);
	s.order = mem_array(NULL, s.rows, sizeof(*s.order));
	s.spare = mem_array(NULL, s.rows, sizeof(*s.spare));
	s.hour = mem_array(NULL, s.rows, sizeof(*s.hour));
	enum err e = s.order && s.spare && s.hour ? OK : E_NOMEM;
	for (size_t i = 0; i < s.rows && e == OK; i++)
		s.order[i] = (uint32_t)i;
	if (e == OK)
		e = sort_by_time(&s);
	if (e == OK)
		e = sort_by_column(&s, port_col);
	if (e == OK)
		e = sort_by_column(&s, t->agent_col);
	if (e == OK) {
		uint32_t least = UINT32_MAX, most = 0;
		for (size_t i = 0; i < s.rows; i++)
			least = MIN(least, s.hour[i]);
		for (size_t i = 0; i < s.rows; i++) {
			s.hour[i] -= least;
			most = MAX(most, s.hour[i]);
		}
		sort_by(&s.order, &s.spare, s.rows, s.hour, most);
		for (size_t i = 0; i < s.rows; i++)
			s.spare[i] = s.hour[s.order[i]] + least;
		*ret = (struct rows_order){ .row = s.order, .hour = s.spare, .rows = s.rows };
		s.order = s.spare = NULL;
	}
	mem_free(s.order);
	mem_free(s.spare);
	mem_free(s.hour);
	return e;
}
