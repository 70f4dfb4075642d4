/* Sorted by the least significant column first, each time keeping the order of rows that are
 * alike: time within the hour (in milliseconds), the table's finer columns, port, agent, hour.  Columns of
 * few values are sorted by together. */
#include "store/order.h"

#include "store/gather.h"

#include "base/mem.h"
#include "base/vector.h"

#include <assert.h>

enum {
	DIGIT = 11,              /* bits of a key that are sorted by at once, */
	LAST_DIGIT = 16,         /* or so many when these are all */
	DIGITS = 1 << LAST_DIGIT,
};

/* Within a port, before time.  Next hop, VLAN and masks hang on where a packet leaves and on its IP version:
 * they become runs, and times take more, but less than these give. */
enum { FINER_MOST = 2 };
static const struct finer {
	uint16_t col[FINER_MOST];
	size_t n;
} finer[ALL_TABLES] = {
	[TABLE_TRAFFIC] = { { TR_outputinterface, TR_ethertype }, 2 },
};

void order_free(struct rows_order *o)
{
	mem_free(o->place);
	mem_free(o->hour);
	*o = (struct rows_order){ 0 };
}

struct sorting {
	struct seg *const *seg;
	size_t nseg, rows;
	const struct table *table;
	struct gathered *column;
	uint32_t *order, *spare; /* order: of rows by what was sorted so far; NULL: as they lie */
	uint32_t *hour;          /* of each row, since 1970 */
	uint32_t *key, *one;     /* what rows will be sorted by next; of a column */
	uint64_t keys;           /* keys are below */
	uint32_t *count;
};

/* Where the rows of each value of the digit begin. */
static void count_digit(struct sorting *s, unsigned shift, unsigned bits)
{
	uint32_t at = 0, mask = ((uint32_t)1 << bits) - 1, *count = s->count;
	memset(count, 0, sizeof(*count) << bits);
	for (size_t i = 0; i < s->rows; i++)
		count[s->key[i] >> shift & mask]++;
	for (size_t v = 0; v <= mask; v++) {
		uint32_t c = count[v];
		count[v] = at;
		at += c;
	}
}

static enum err sort_by_digit(struct sorting *s, unsigned shift, unsigned bits)
{
	uint32_t mask = ((uint32_t)1 << bits) - 1, *count = s->count, *out = s->spare;
	if (!out && !(out = mem_array(NULL, s->rows, sizeof(*out))))
		return E_NOMEM;
	count_digit(s, shift, bits);
	for (size_t i = 0; i < s->rows; i++) {
		uint32_t row = s->order ? s->order[i] : (uint32_t)i;
		out[count[s->key[row] >> shift & mask]++] = row;
	}
	s->spare = s->order;
	s->order = out;
	return OK;
}

/* The rows in order by their keys; then they have none. */
static enum err sort_now(struct sorting *s)
{
	unsigned width = s->keys > 1 ? 64 - (unsigned)__builtin_clzll(s->keys - 1) : 0;
	enum err e = OK;
	for (unsigned shift = 0; shift < width && e == OK; shift += DIGIT)
		e = sort_by_digit(s, shift, DIGIT);
	memset(s->key, 0, s->rows * sizeof(*s->key));
	s->keys = 1;
	return e;
}

/* And then by these, all below n. */
_vectorize_ static enum err then_by(struct sorting *s, const uint32_t *v, uint64_t n)
{
	enum err e = s->keys * n > DIGITS ? sort_now(s) : OK;
	uint32_t keys = (uint32_t)s->keys, *key = s->key;
	for (size_t i = 0; i < s->rows && e == OK; i++)
		key[i] += keys * v[i];
	s->keys *= n;
	return e;
}

/* Numbers become ranks among all of them. */
static enum err rank_numbers(struct gathered *g, uint32_t *ret)
{
	enum { STEP = 256 };
	struct dict_key key[STEP];
	const uint32_t *codes = g->codes;
	enum err e = OK;
	for (size_t at = 0; at < g->rows && e == OK; at += STEP) {
		size_t n = MIN(g->rows - at, (size_t)STEP);
		for (size_t i = 0; i < n; i++)
			key[i] = (struct dict_key){ .lo = g->step ? codes[at + i] : g->numbers[at + i] };
		e = dict_code(&g->dict, key, n, DICT_MOST, ret + at);
	}
	_cleanup_(mem_freep) uint32_t *rank =
		e == OK ? mem_array(NULL, g->dict.n, sizeof(*rank)) : NULL;
	if (e == OK)
		e = rank ? dict_sort(&g->dict, rank) : E_NOMEM;
	for (size_t i = 0; i < g->rows && e == OK; i++)
		ret[i] = rank[ret[i]];
	return e;
}

static enum err sort_by_column(struct sorting *s, size_t col)
{
	struct gathered *g = s->column;
	const struct gather_what what = { .table = s->table, .col = col, .step = 1, .wide = true };
	enum err e = gather(s->seg, s->nseg, &what, g);
	if (e == OK && !g->coded)
		e = rank_numbers(g, s->one);
	if (e == OK && (!g->coded || g->codes))
		e = then_by(s, g->coded ? g->codes : s->one, g->dict.n);
	return e;
}

static uint64_t time_of(const struct gathered *g, size_t row)
{
	return g->step ? g->base + (uint64_t)g->step * ((const uint32_t *)g->codes)[row] : g->numbers[row];
}

static enum err sort_by_time(struct sorting *s)
{
	const struct gather_what what = {
		.table = s->table, .col = s->table->time_col, .step = 1000, .wide = true
	};
	bool ascends = true;
	uint64_t before = 0;
	enum err e = gather(s->seg, s->nseg, &what, s->column);
	if (e != OK)
		return e;
	for (size_t i = 0; i < s->rows; i++) {
		uint64_t time = time_of(s->column, i), hour = time / (uint64_t)USEC_PER_HOUR;
		s->hour[i] = (uint32_t)hour; /* below 2^32, as time is below 2^63 */
		s->key[i] = (uint32_t)((time - hour * (uint64_t)USEC_PER_HOUR) / 1000);
		ascends &= time >= before;
		before = time;
	}
	s->keys = ascends ? 1 : USEC_PER_HOUR / 1000; /* in order as they are: that key says nothing more */
	return sort_now(s);
}

/* The hours are the last to be sorted by, and then known by place. */
static enum err place_rows(struct sorting *s, uint32_t *place, uint32_t *hour)
{
	uint32_t least = UINT32_MAX, most = 0;
	for (size_t i = 0; i < s->rows; i++) {
		least = MIN(least, s->hour[i]);
		most = MAX(most, s->hour[i]);
	}
	for (size_t i = 0; i < s->rows; i++)
		s->one[i] = s->hour[i] - least;
	enum err e = then_by(s, s->one, (uint64_t)(most - least) + 1);
	if (e == OK && s->keys > DIGITS)
		e = sort_now(s);
	if (e != OK)
		return e;
	count_digit(s, 0, LAST_DIGIT);
	for (size_t i = 0; i < s->rows; i++) {
		uint32_t row = s->order ? s->order[i] : (uint32_t)i, at = s->count[s->key[row]]++;
		place[row] = at;
		hour[at] = s->hour[row];
	}
	return OK;
}

enum err order_rows(struct seg *const *seg, size_t nseg, const struct table *t, struct gathered *scratch,
		    struct rows_order *ret)
{
	struct sorting s = { .seg = seg, .nseg = nseg, .table = t, .column = scratch };
	struct rows_order o = { .place = NULL };
	for (size_t i = 0; i < nseg; i++)
		o.rows = s.rows += seg_rows(seg[i]);
	assert(s.rows && s.rows <= UINT32_MAX);
	uint32_t **const array[] = { &s.hour, &s.one, &s.key, &s.count, &o.place, &o.hour };
	enum err e = OK;
	for (size_t i = 0; i < COUNT_OF(array) && e == OK; i++) {
		*array[i] = mem_array(NULL, MAX(s.rows, (size_t)DIGITS), sizeof(**array[i]));
		e = *array[i] ? OK : E_NOMEM;
	}
	if (e == OK)
		e = sort_by_time(&s);
	for (size_t i = finer[t->id].n; i-- > 0 && e == OK;)
		e = sort_by_column(&s, finer[t->id].col[i]);
	if (e == OK)
		e = sort_by_column(&s, t->place_col);
	if (e == OK)
		e = sort_by_column(&s, t->agent_col);
	if (e == OK)
		e = place_rows(&s, o.place, o.hour);
	uint32_t *const done[] = { s.hour, s.one, s.key, s.count, s.order, s.spare };
	for (size_t i = 0; i < COUNT_OF(done); i++)
		mem_free(done[i]);
	if (e == OK)
		*ret = o;
	else
		order_free(&o);
	return e;
}
