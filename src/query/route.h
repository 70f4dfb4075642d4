/* Many plans over one pass: which of them want a row.
 *
 * Plans of a family (family.c) differ in one test, an OR of sets: ports, addresses, MACs.  Over all
 * plans the sets of one kind and column become disjoint intervals, each with its plans; in a segment
 * an interval's codes become a table.  A row is looked up once for each kind and comes out once for
 * each plan that wants it, with the plan's number as one more key (LANE_PLAN). */
#pragma once
#include "query/local.h"

enum { ROUTE_KINDS = 8 };

/* A value as three words: agent and number; address and nothing; nothing and number. */
struct point {
	uint64_t w[3];
};

struct interval {
	struct point lo, hi;
	uint32_t first, n; /* in `plan` */
};

/* Sets of one kind over one column, or two. */
struct route_kind {
	enum pred_kind kind;
	int col, col2;
	struct interval *at; /* sorted, disjoint */
	size_t n;
};

struct route {
	struct route_kind kind[ROUTE_KINDS];
	unsigned nkinds;
	size_t nplan;    /* how many plans there are */
	uint32_t *plan;  /* numbers of the plans of all intervals */
	size_t nplans, most; /* listed there; room */
	bool simple;     /* two kinds at most, and no interval is of two plans */
};

/* sub[i]: the test of plan i, a set or an OR of sets.  *ret_fits: false when it is none, or the
 * intervals are too many.  On arena. */
enum err route_make(struct pred *const *test, size_t n, struct arena *a, struct route *ret, bool *ret_fits) _must_check_;
/* The union of all, for the pass's own predicate. */
struct pred *route_union(const struct route *r, struct preds *ps);

/* A thread's: of the segment and the block. */
struct route_local {
	const struct route *route;
	uint32_t *table[ROUTE_KINDS]; /* by code, or agent's code * width + code: interval + 1; NULL: looked for row by row */
	size_t cap[ROUTE_KINDS], width[ROUTE_KINDS];
	bool search[ROUTE_KINDS];
	bool simple;                  /* each interval is one plan's, and tables hold the plan, or nplan; no kind is searched */
	uint32_t *found[ROUTE_KINDS]; /* by row: interval + 1 */
	uint32_t *at, *plan;          /* rows that come out, and for whom */
	bool sums;                    /* of the segment: rows are added up as they are routed (route_sum.c) */
	uint8_t *seen;                /* by plan, and nobody's: there were rows; */
	uint64_t *sum;                /* what they add up to, one measure after the other */
	size_t seen_cap, sum_cap, first; /* first: the first plan's group */
};

enum err route_local_init(struct route_local *rl, const struct route *r) _must_check_;
void route_local_free(struct route_local *rl, struct quota *q);
enum err route_bind(struct route_local *rl, struct reader *r) _must_check_;
/* Can the tables alone say whose a row is?  Then plan->routed is all that has to be asked of rows before. */
static inline bool route_decides(const struct route_local *rl)
{
	return rl->simple;
}
/* Calls add(l, rows) for what comes out, SEG_BLOCK at a time, r->plan_of saying for whom. */
enum err route_rows(struct route_local *rl, struct local *l, const struct rowset *rows,
		    enum err (*add)(struct local *l, const struct rowset *rows, unsigned pass)) _must_check_;

/* Of a simple route a kind's table: codes that pick its entry. */
struct picks {
	const uint32_t *table, *a, *b;
	size_t width;
};

static inline uint32_t pick(const struct picks *p, size_t row)
{
	return p->table[p->a[row] * p->width + p->b[row]];
}

enum err route_picks(struct route_local *rl, struct reader *r, unsigned kind, struct picks *ret) _must_check_;

/* Can a segment's rows, whose lanes and keys are bound, be added up as they are routed?  Then sums is set, route_add takes
 * the place of route_rows, and route_sums_end comes before the segment's groups are read (route_sum.c). */
enum err route_sums_begin(struct route_local *rl, struct local *l) _must_check_;
enum err route_add(struct route_local *rl, struct local *l, const struct rowset *rows) _must_check_;
enum err route_sums_end(struct route_local *rl, struct local *l) _must_check_;
