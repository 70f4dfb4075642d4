/* What the files of query/ share; nobody outside includes it.  From request to table:
 *
 *	plan.c      request + scope -> struct plan: select list, interval, buckets, sort
 *	select.c    the select list, functions.def; key.c: its keys as lanes
 *	test.c      filter tree and scope -> one tree of predicates over stored columns (pred.c)
 *	bind.c      that tree against one segment: tests become sets of dictionary codes
 *	eval.c      and over one block: bitmaps of rows
 *	skip.c      what of a segment need not be looked at
 *	scan.c      traffic: segments -> blocks -> selected rows -> groups
 *	lane.c      group-by: rows -> codes of their key columns -> local group numbers
 *	local.c     what a segment's groups add up to (local.h)
 *	unite.c     groups of all segments, met as numbers: book.c, tally.c, unite_end.c
 *	sieve.c     the first n of many addresses: most groups need not meet
 *	heavy.c     the first n of many tuples: the same, in two looks
 *	agg.c       groups of the whole answer, by value
 *	counters.c  ifcounters: readings -> differences -> the same groups
 *	family.c    several plans in one pass: route.c, route_seg.c, route_sum.c, many.c
 *	answer.c    groups -> rows of the Table: top n, rest, buckets
 *	rows.c      raw rows
 *	known.c     what is known now and in no store, as rows
 *	veil.c      rows of a customer that is not shown remote addresses: a copy without them
 *
 * Inside a segment everything is codes into its dictionaries; only distinct keys become values. */
#pragma once
#include "base/map.h"
#include "flow/delta.h"
#include "query/names.h"
#include "query/query.h"
#include "query/sketch.h"

#include <stdatomic.h>

enum {
	MAX_ITEMS = 64,        /* columns of a select list */
	MAX_KEYS = 16,
	MAX_LANES = 2 * (MAX_ITEMS + 1) + 1,
	MAX_MEASURES = 2 * (MAX_ITEMS + 1) + 8, /* a level has two; an error three, but of two columns only */
	MAX_N = 1000000,       /* rows a query may ask for */
	DEFAULT_N = 100,
	BLOCK_WORDS = SEG_BLOCK / 64,
	ORDERED = 8,           /* children of an AND that are put in order */
};
#define DEFAULT_MAX_BYTES ((size_t)512 << 20)
#define NULL_WORD UINT64_MAX /* a number key's word when there is no value */

/* -- memory of a run: taken before it is asked for, any thread ----------------------------- */

struct quota {
	size_t max;
	_Atomic size_t used;
};

enum err quota_take(struct quota *q, size_t bytes) _must_check_;
void quota_give(struct quota *q, size_t bytes);
/* A larger array: *p holds `have` items and gets room for `want`; new room is zeroed. */
enum err quota_grow(struct quota *q, void *p, size_t *have, size_t want, size_t each) _must_check_;
void quota_free(struct quota *q, void *p, size_t have, size_t each); /* p: pointer to the pointer */

/* -- predicates over stored columns (pred.c) ------------------------------------------------ */

enum pred_kind {
	P_FALSE, P_TRUE, P_AND, P_OR, P_NOT,
	P_UINTS,  /* col lies in one of the ranges u */
	P_ADDRS,  /* col lies in one of the ranges a */
	P_PAIRS,  /* (address col, number col2) is one of pair */
	P_SERVER, /* the source side is the server: col source port, col2 destination port */
	P_SAME,   /* col and col2 hold the same number */
	P_VALUE,  /* `test` passes for the value of `field`, row by row */
	P_OWNED,  /* rows that `scope` shows: by the segment's sidecar, else by sub (owned.c) */
};

struct urange {
	uint64_t lo, hi;
};

struct pair {
	struct addr agent;
	uint64_t lo, hi;
};

struct pred {
	enum pred_kind kind;
	unsigned id;          /* its place among the plan's predicates */
	int col, col2;
	size_t n;             /* of sub, u, a or pair */
	struct pred **sub;
	struct urange *u;     /* sorted, disjoint */
	struct arange *a;     /* sorted, disjoint */
	struct pair *pair;    /* sorted by agent, then lo; disjoint */
	const struct filter *test;
	const struct field *field;
	const struct scope *scope;
	uint64_t cols;        /* columns it reads, those below included */
};

/* Makes predicates in an arena; all makers return NULL when out of memory and pass a NULL on. */
struct preds {
	struct arena *arena;
	unsigned n;
	bool patterns; /* a regular expression is in it: one thread only */
	struct pred *yes, *no;
};

bool preds_start(struct preds *ps, struct arena *a);
struct pred *pred_not(struct preds *ps, struct pred *p);
struct pred *pred_and(struct preds *ps, struct pred *p, struct pred *q);
struct pred *pred_or(struct preds *ps, struct pred *p, struct pred *q);
/* Of many at once; an OR of sets of one column becomes one set.  `sub` is used up. */
struct pred *pred_join(struct preds *ps, enum pred_kind kind, struct pred **sub, size_t n);
/* The ranges are copied, sorted and merged. */
struct pred *pred_uints(struct preds *ps, int col, const struct urange *u, size_t n);
struct pred *pred_addrs(struct preds *ps, int col, const struct arange *a, size_t n);
struct pred *pred_pairs(struct preds *ps, int agent_col, int col, const struct pair *pair, size_t n);
struct pred *pred_two(struct preds *ps, enum pred_kind kind, int col, int col2);
struct pred *pred_owned(struct preds *ps, struct pred *sub, const struct scope *s);
struct pred *pred_value(struct preds *ps, const struct filter *test, const struct field *f, uint64_t cols);

/* -- the scope as predicates (scope.c) ------------------------------------------------------ */

/* What a masked field's value hangs on. */
enum mask { MASK_NONE, MASK_INPUT, MASK_OUTPUT, MASK_MACSOURCE, MASK_MACDESTINATION, MASKS };

/* Flows, or counter readings, that the scope shows inside the span.  dated = false: of ports that
 * are the scope's at some time of the span, whatever the reading's own time. */
struct pred *scope_pred(const struct scope *s, const struct table *t, struct span span, bool dated, struct preds *ps);
/* Rows whose masked values are the scope's own. */
struct pred *scope_mask(const struct scope *s, enum mask m, struct span span, struct preds *ps);
bool scope_owns_mac(const struct scope *s, uint64_t mac, usec_t when);
/* By what a flow is the scope's: an address in a block of anywhere; the port it came in by (or a block
 * tied to that), the port it left by; its MACs. */
enum scope_end { BY_SOURCE, BY_DESTINATION, BY_INPUT, BY_OUTPUT, BY_MACSOURCE, BY_MACDESTINATION, SCOPE_ENDS };
struct pred *scope_by(const struct scope *s, enum scope_end end, struct span span, struct preds *ps);
/* All blocks there are at any time, tied or not; ret may be NULL.  Returns how many. */
size_t scope_blocks(const struct scope *s, struct arange *ret);

/* -- counted once end to end (once.c) --------------------------------------------------------- */

/* Rows of the view `traffic` that count; *ret_unknown: those of them of which nothing was known. */
struct pred *once_pred(const struct scope *s, const struct query_env *env, struct span span, struct preds *ps,
		       struct pred **ret_unknown);
/* What is said of an answer in which so many rows count, and of so many nothing was known. */
const char *once_says(uint64_t counted, uint64_t unknown);

/* -- under a privacy level (veil.c) ------------------------------------------------------------ */

/* Of a plan that reads veiled columns: what is asked of the stored rows. */
struct veil_plan {
	struct pred *rows;       /* what the scope shows in the span, as far as it counts */
	struct pred *own[2];     /* source, destination: the end is the scope's */
	struct arange *block;    /* the scope's at any time, joined */
	size_t nblock;
	struct span days;        /* whole days (UTC) around the span, when there is a threshold */
	struct pred *day_rows, *day_own;
};

struct plan;
/* After everything but the filter was planned: does the plan read what is veiled?  Then *ret is what is asked
 * of stored rows, and from there on the plan is one of veiled ones; else NULL. */
enum err veil_plan(struct plan *p, struct pred *filter, struct veil_plan **ret) _must_check_;
/* The snapshot's rows that pass, veiled, in the memory of the quota. */
enum err veil_snapshot(const struct plan *p, const struct snapshot *snap, struct quota *q, bool *damaged,
		       struct snapshot *ret) _must_check_;

/* -- fields: values of a record (derived.c) --------------------------------------------------- */

struct fields_env {
	const struct scope *scope; /* NULL: nothing is masked */
	const struct scope *names; /* whose names of ports may be said; never NULL */
	const struct model *model;
	usec_t now;                /* names are of who has the port now */
	struct naming *naming;
	const struct query_env *env;
};

uint64_t field_cols(const struct view *v, const struct field *f); /* stored columns it is made of; 0: not told by one record */
enum mask field_mask(const struct field *f, const struct view *v); /* scope.c */
/* The value of a field for one record, masked as the scope says.  text of a T_TEXT value lies in
 * buf or in the model. */
void field_value(const struct fields_env *env, const struct view *v, const struct field *f, const void *rec,
		 char buf[static VALUE_TEXT], struct value *ret);
const char *status_text(unsigned status, enum derived which); /* of ifstatus: ifadminstatus, ifoperstatus */
/* The ifName of a port, where the scope may know it. */
void port_name(const struct scope *s, const struct query_env *env, const struct addr *agent, uint64_t ifindex, struct value *ret);
const struct field *view_field(const struct view *v, int col); /* the field of a stored column */
bool field_is_value(const struct field *f);                    /* VALUE, COUNTER or GAUGE */
static inline bool field_is_time(const struct field *f)        /* the row's own, not one that it tells of */
{
	return f->type == T_TIME && f->col == 0;
}
int protocol_col(const struct table *t);                       /* what T_ICMP hangs on */
void text_of_hash(const struct model *m, uint64_t hash, struct value *ret); /* of a stored T_TEXT; "?" = not known any more */
bool table_counts(const struct table *t);                      /* its rows are readings of running totals and levels */

/* The whole filter as predicates (test.c). */
struct plan;
struct test_env {
	struct preds *ps;
	const struct view *view;
	const struct scope *scope;
	const struct model *model;
	struct naming *naming;
	struct plan *plan; /* whose masks hold */
};
struct pred *test_pred(struct test_env *te, const struct filter *f);

/* -- the plan ---------------------------------------------------------------------------------- */

enum function {
	FN_NONE,
#define FUNCTION(name, ...) FN_##name,
#include "query/functions.def"
#undef FUNCTION
};

/* M_COLUMN of traffic is scaled by the sampling rate; M_SPEED is interface speed times the time
 * that col's differences cover: what a share of it is a share of.  M_SAMPLED is the part of M_COLUMN
 * that was sampled, M_VARIANCE the variance of its estimate, M_LOOKED the frames looked at (reduce.c).
 * M_LEVEL is a gauge times the time it stood for, M_COVERED that time. */
enum measure_kind { M_COLUMN, M_SAMPLES, M_ROWS, M_SPEED, M_SAMPLED, M_VARIANCE, M_LOOKED, M_LEVEL, M_COVERED };

/* A number added up per group. */
struct measure {
	enum measure_kind kind;
	int col;
};

/* A way to tell rows apart: one stored column, or one of two by `choose`, or the time. */
/* LANE_PLAN: for which of a family's plans a row is looked at (family.c). */
enum lane_kind { LANE_COL, LANE_BUCKET, LANE_MINUTE, LANE_SIDE, LANE_NAME, LANE_PLAN };
struct lane {
	enum lane_kind kind;
	int col, col2;       /* col2 >= 0: where `choose` is false (LANE_SIDE: in the second pass) */
	struct pred *choose;
	struct pred *shown;  /* null where false; NULL = always shown */
	bool addr;           /* two words, else one */
	bool zero_is_null;   /* MACs */
	bool own;            /* one item's alone: its words are changed later */
	bool text;           /* its word is a number of the answer's texts */
	unsigned shift;      /* of the value, for dscp */
	struct named named;  /* LANE_NAME: its word is the number of a name; `other`: in the second pass of an either-key */
	struct named other;
	unsigned word;       /* where its words begin in a group's key */
};

/* One column of the answer. */
struct item {
	enum function fn;
	unsigned arg;        /* of the function: per cent, bits, characters, levels */
	bool short_form;     /* p95(v) and not percentile(v,95) */
	const char *text;    /* extract, map: the pattern, the table; else NULL */
	struct regex *re;    /* extract: lives until plan_free */
	const struct field *field;
	const char *name;    /* as selected */
	enum field_type type;
	enum unit unit;
	bool hidden;         /* only sorted by */
	bool is_key;
	unsigned lane[2], nlanes; /* keys and functions of keys: into lanes (keys) or own (functions) */
	unsigned measure, den;    /* values: numerator; utilization: its denominator */
	unsigned looked;          /* error: the frames looked at; den: what of the total was sampled */
	double factor;            /* bits: 8 */
	unsigned set;        /* count, first, last: place among the plan's sets */
};

struct agg;
struct route;
struct route_local;

struct plan {
	struct arena *arena;
	struct query_env env;
	enum query_kind kind;
	const struct view *view;
	const struct scope *scope;
	const struct zone *zone;
	struct span span;
	struct item *item;   /* MAX_ITEMS at most, and one more: a hidden sort column */
	unsigned nitems;
	int sort;            /* item, -1 = by key */
	size_t n;            /* 0 = all */
	struct lane *lane;   /* MAX_LANES at most: of the group key [0, nkeylanes), then of functions */
	unsigned nlanes, nkeylanes, nwords;
	bool either;         /* a key has two sides: rows are looked at from each */
	bool by_customer;    /* the two sides are customers, not interfaces */
	struct measure *measure; /* MAX_MEASURES at most */
	unsigned nmeasures;
	unsigned nsets;      /* count, first and last items */
	bool sketch;         /* count() is estimated beyond SKETCH_AT values: they did not fit */
	bool minutes;        /* a function over minutes is among them */
	bool parts;          /* keys made of keys are among them (part.c) */
	struct regex *regex[MAX_ITEMS + 1]; /* of extract */
	size_t nregex;
	bool clock;          /* hour or weekday is */
	bool share;
	int time_lane;       /* trend: 0, the buckets; topN with time: the minutes; -1 = none */
	struct pred *mask[MASKS]; /* as far as they were asked for: plan_mask() */
	struct pred *server; /* the source side is the server */
	struct naming *naming; /* NULL: no name is asked for */
	usec_t *edge;        /* trend: nbuckets + 1 edges */
	size_t nbuckets;
	usec_t bucket_length;
	struct preds preds;
	struct veil_plan *veil; /* the rows are a veiled copy, and what is below is asked of that; else NULL */
	struct pred *seen;   /* scope AND span: no row beyond it is looked at */
	struct pred *theirs; /* that, and each once: what a filter chooses from */
	bool trying;         /* it is asked by patterns_try() */
	struct pred *where;  /* that AND filter */
	struct pred *unknown; /* of the view traffic: rows of which no entry was known; else NULL */
	struct pred *pass[3]; /* where; of an either-key: rows with a first side, with another second, with none */
	unsigned npasses;
	struct pred *gather; /* ifcounters: the part that only asks which interface it is */
	const struct route *family; /* a family's common plan: whose each row is (route.h), or NULL */
	struct pred *routed; /* of a family: where, without the test that differs */
	size_t nfamily;
	const struct filter *filter;
	const struct request *rq; /* while it is made */
};

/* Items, lanes and measures of a select list; then what it is sorted by (NULL: the first value). */
enum err select_parse(struct plan *p, const char *text, struct problem *why) _must_check_;
enum err select_sort(struct plan *p, const char *text, struct problem *why) _must_check_;
/* Rows whose masked values the asker may know; NULL: no memory. */
struct pred *plan_mask(struct plan *p, enum mask m);
/* Lanes of a key, appended to the plan's; keys share equal ones (key.c). */
enum err key_lanes(struct plan *p, struct item *it, bool share) _must_check_;
/* The value that words of a group's key (or of a set) stand for; raw: before a function made a part of it. */
void key_raw_value(const struct plan *p, const struct agg *g, const struct item *it, const uint64_t *words, struct value *ret);
void key_value(const struct plan *p, const struct agg *g, const struct item *it, const uint64_t *words, struct value *ret);

/* -- one segment, block by block (bind.c, eval.c) -------------------------------------------------------- */

enum bits_state { BITS_NONE, BITS_ALL, BITS_SOME };

struct block_cols {
	uint32_t *codes;
	uint64_t *uints;
	size_t codes_of, uints_of;     /* the look that they are of */
	uint32_t codes_have, uints_have; /* chunks of it */
};

struct coded {
	uint32_t agent;
	uint64_t lo, hi; /* codes, or values where the column is SEG_INT */
};

struct code_range {
	uint32_t lo, hi;
};

/* A predicate against one segment. */
struct bound {
	size_t serial;             /* of the segment it is bound to */
	enum bits_state state;     /* for the whole segment */
	uint32_t marked;           /* codes in the set */
	float share;               /* of rows that may pass, guessed: the rarest test of an AND goes first */
	uint8_t order[ORDERED];    /* AND of a few: which child is when */
	struct code_range *range;  /* codes in the set: ascending, never side by side */
	size_t nranges, range_cap;
	uint8_t *truth;            /* use_truth: by code; of pairs by agent code * width + code */
	size_t truth_cap, width;
	const uint64_t *blocks;    /* P_OWNED: a bit for each block with such rows; NULL: there is no sidecar */
	struct coded *coded;       /* pairs as codes, sorted */
	size_t ncoded, coded_cap;
	bool use_truth;
	size_t block_of;           /* the look that bits stand for */
	uint32_t live;             /* chunks of it they stand for */
	enum bits_state block_state;
	uint64_t *bits;
};

/* A thread's hands: scratch that is used for one segment after the other. */
struct reader {
	const struct plan *plan;
	struct quota *quota;
	struct fields_env values;  /* for P_VALUE */
	const struct seg *seg;
	size_t serial;             /* counts segments */
	size_t block, rows;        /* the block looked at and its rows: */
	const struct pred *narrow; /* an AND whose rows are picked when they are few (reader_narrow) */
	const uint32_t *pick;      /* only these, for all that follows; NULL: all of the block's */
	size_t look;               /* counts blocks and picks */
	uint32_t live;             /* chunks of the rows that are of interest: only they are decoded and tested */
	uint32_t picked[SEG_CHUNK];
	struct block_cols col[TABLE_MAX_COLS];
	const uint32_t *plan_of;   /* of a family: for which plan each of the rows is */
	struct bound *bound;       /* by predicate id */
	uint32_t *sets;            /* scratch of owned.c */
	enum err bad;              /* first failure of an allocation inside */
};

enum err reader_init(struct reader *r, const struct plan *p, struct quota *q) _must_check_;
void reader_free(struct reader *r);
void reader_segment(struct reader *r, const struct seg *s);
/* Bind a predicate and those below to the segment; their columns are prepared. */
enum err reader_bind(struct reader *r, const struct pred *p) _must_check_;
void reader_block(struct reader *r, size_t block);
/* From now on the block is these n of its rows (at most SEG_CHUNK, ascending). */
void reader_pick(struct reader *r, const uint32_t *at, size_t n);
/* As reader_eval of a whole block; but when few rows are left by one of its tests, they are picked before the next. */
enum bits_state reader_narrow(struct reader *r, const struct pred *p);
static inline size_t reader_row(const struct reader *r, size_t row) /* its place in the block */
{
	return r->pick ? r->pick[row] : row;
}
const uint32_t *reader_codes(struct reader *r, int col);
const uint64_t *reader_uints(struct reader *r, int col); /* number columns only */
/* What the scope's rows are known by is loaded, where it is there; before pred_needs. */
void owned_prepare(const struct plan *p, struct seg *s);
bool owned_ready(const struct pred *p, const struct seg *s);
enum err owned_bind(struct reader *r, const struct pred *p, struct bound *b) _must_check_;
enum bits_state owned_eval(struct reader *r, const struct pred *p, struct bound *b);
/* A set of codes that is empty, gets more (none below those it has), and is complete: of n that there are. */
void codeset_start(struct bound *b);
enum err codeset_add(struct bound *b, uint32_t lo, uint32_t end) _must_check_;
enum err codeset_end(struct bound *b, uint32_t n) _must_check_;
/* Against all codes from min to max; then rows of a chunk, whose codes lie there, as bits. */
enum bits_state codes_against(const struct bound *b, uint64_t min, uint64_t max);
void codes_bits(const struct bound *b, const uint32_t *codes, size_t rows, struct code_range within, uint64_t *bits);
/* Of the reader's live chunks those in which a row passes. */
uint32_t chunks_of_bits(const struct reader *r, const uint64_t *bits);
/* Rows of the block's live chunks that pass; bits of BITS_SOME are in bound[p->id].bits, and mean nothing
 * elsewhere.  r->bad on failure. */
enum bits_state reader_eval(struct reader *r, const struct pred *p);
static inline const uint64_t *reader_bits(const struct reader *r, const struct pred *p)
{
	return r->bound[p->id].bits;
}
static inline enum bits_state bits_opposite(enum bits_state s)
{
	return s == BITS_SOME ? s : s == BITS_ALL ? BITS_NONE : BITS_ALL;
}
/* Does any of the ranges touch lo..hi; does one hold all of it. */
enum bits_state ranges_against(const struct urange *u, size_t n, uint64_t lo, uint64_t hi);
const struct urange *range_holding(const struct urange *u, size_t n, uint64_t v); /* NULL: none */
/* How many of a dictionary of numbers are below v, are v at most; of addresses are below a (or, with
 * equal, a at most). */
uint32_t codes_below(const struct seg_col *c, uint64_t v);
uint32_t codes_up_to(const struct seg_col *c, uint64_t v);
/* The first, when it is known that from of them are below v: often there, or near. */
uint32_t codes_below_from(const struct seg_col *c, uint64_t v, uint32_t from);
uint32_t addr_codes(const struct seg_col *c, const struct addr *a, bool equal);
/* The first pair that is not below (agent, v): its range ends at v or later. */
const struct coded *pair_at(const struct bound *b, uint32_t agent, uint64_t v);
/* One row as a record: the columns of the mask, the rest zero. */
void reader_record(struct reader *r, size_t row, uint64_t cols, void *ret_rec);

/* -- what need not be looked at (skip.c) ---------------------------------------------------------- */

/* Columns that the predicate needs in this segment, whose span may say enough of the time. */
uint64_t pred_needs(const struct pred *p, const struct seg *s, int time_col);
/* A test on the time that the segment's span decides; false: the column is needed. */
bool bind_time(struct reader *r, const struct pred *p, struct bound *b);
/* Loads the index of address columns, of a bound predicate, where a look-up will pay. */
enum err skip_prepare(struct reader *r, const struct pred *p, struct seg *s) _must_check_;
/* A bit for each of the first 64 blocks: could a row of it pass?  Of `all`. */
uint64_t skip_blocks(const struct reader *r, const struct pred *p, uint64_t all);
uint64_t skip_none(const struct seg *s); /* all blocks */

/* -- maps of words (agg.c) ------------------------------------------------------------------------ */

/* Tuples of `width` words, each with a number 0, 1, 2 ... in order of arrival. */
struct words {
	unsigned width;
	uint64_t *key;
	size_t n, cap;
	uint64_t *slot; /* high half of the key's hash, number + 1; 0 = empty */
	size_t slots;
	unsigned shift; /* of a hash, to its slot */
};

/* UINT32_MAX when memory ran out (r: the reason). */
uint32_t words_put(struct words *w, struct quota *q, const uint64_t *key, enum err *bad);
/* Call for what words_put will look at: first the slot, a little later the key it names.  The
 * hash goes from one to the other; the second gives the number that is likely to come out. */
uint64_t words_prefetch(const struct words *w, const uint64_t *key);
uint32_t words_prefetch_key(const struct words *w, uint64_t hash);
void words_free(struct words *w, struct quota *q);
static inline const uint64_t *words_key(const struct words *w, size_t i)
{
	return w->key + i * w->width;
}

/* -- the answer's groups (agg.c) ------------------------------------------------------------------- */

/* A count(), first() or last(): (group, value words) or per group a time and value words. */
struct agg_set {
	unsigned words;      /* of a value */
	struct words pairs;  /* count: group number, value words */
	usec_t *time;        /* first, last: by group */
	uint64_t *value;
	size_t time_cap, value_cap;
	bool counted;        /* count: the values were counted by group, and pairs are not here */
	uint64_t *count;
	size_t count_cap;
	uint32_t *many;      /* count, when there is no room for all values: pairs by group, and what came later */
	uint8_t **sketch;    /* SKETCH_BYTES each */
	size_t many_cap, sketch_cap;
};

struct agg {
	const struct plan *plan;
	struct scan_stats scanned;
	struct quota *quota;
	struct words keys;
	uint32_t lump;       /* number + 1 of the group that stands for all that are left out; 0 = none */
	__int128 *sum;       /* group * nmeasures */
	usec_t *covered;     /* counters only: likewise */
	double *rate;        /* counters only: likewise */
	size_t room;         /* groups for which there is room */
	size_t sum_cap, covered_cap, rate_cap;
	struct agg_set set[MAX_ITEMS + 1];
	struct words minutes; /* group number, minute */
	__int128 *minute_sum; /* minute entry * nmeasures */
	usec_t *minute_covered;
	size_t minute_cap, minute_covered_cap;
	struct map texts;    /* text keys of counters and parts: their words are numbers of these */
	struct agg *all;     /* share over an either-key: the same without keys; else NULL */
	struct plan *total;  /* the plan of `all` */
	const bool *collected; /* by bucket of a trend: rows were there to choose from (zero.c); NULL: not asked */
	uint64_t counted, unknown; /* rows; of them those of which no entry was known */
	bool counters;
};

void agg_init(struct agg *g, const struct plan *p, struct quota *q, bool counters);
void agg_free(struct agg *g);
/* All find or make; *bad on failure. */
uint32_t agg_group(struct agg *g, const uint64_t *key, enum err *bad);
uint32_t agg_minute(struct agg *g, uint32_t group, uint64_t minute, enum err *bad);
enum { SKETCH_AT = 1024 };
enum err agg_count(struct agg *g, unsigned set, uint32_t group, const uint64_t *value) _must_check_;
/* Keep the earlier (later) of what is known and this; ties by the smaller (greater) value.  it: a first or last. */
void agg_edge(struct agg *g, const struct item *it, uint32_t group, usec_t time, const uint64_t *value);
/* Of a lane's words, and of an item's: as their values, texts by their letters, for their numbers hang on which
 * came first.  texts: of the counters' names, NULL where there are none. */
int lane_compare(const struct plan *p, const struct map *texts, const struct lane *l, const uint64_t *a, const uint64_t *b);
int item_compare(const struct plan *p, const struct map *texts, const struct item *it, const uint64_t *a, const uint64_t *b);

/* -- columns of the answer (reduce.c), keys made of keys (part.c) ---------------------------------------- */

/* Groups' classes, and how many there are. */
struct classes {
	const uint32_t *of;     /* by group; UINT32_MAX: in none; NULL: each its own */
	size_t n;
	const double *seconds;  /* by class: what rate() divides by; NULL = the interval's */
	const uint32_t *bucket; /* by class: of what share() is a share; NULL = the interval's */
	bool ranking;
};

/* One column for all classes; NAN = null. */
enum err reduce(struct agg *g, const struct classes *c, const struct item *it, double *out) _must_check_;
double interval_seconds(const struct plan *p);
void *scratch(struct quota *q, size_t n, size_t each, enum err *err); /* room for n items, zeroed */
void scratch_free(struct quota *q, void *p, size_t n, size_t each);   /* p: pointer to the pointer */
/* 97.5 % limit of a Poisson mean of which n was seen. */
double poisson_upper(double n);

bool is_part(enum function fn);
/* Whether the function can be made of the field: NULL, or what it wants. */
const char *part_refuses(const struct item *it);
/* The groups' keys become what their functions make of them; groups that meet are added up. */
enum err agg_parts(struct agg *g) _must_check_;

/* -- running --------------------------------------------------------------------------------------------- */

/* Several plans in one pass (family.c, many.c). */
struct unite;
struct family_run {
	/* The common plan's rows into tallies; *ret_done: false when they do not fit. */
	enum err (*scan)(struct family_run *run, const struct plan *leader, struct unite *u, bool *ret_done);
	/* The plan at that place has these groups. */
	enum err (*answer)(struct family_run *run, size_t place, struct unite *u, const uint64_t **slot, size_t n);
};
/* Runs families among the plans; done[i]: the plan was answered. */
enum err family_each(struct plan *const *p, size_t n, struct family_run *run, bool *done) _must_check_;
/* A plan's rows into tallies that are not yet begun; *ret_done: false when sums do not fit. */
enum err run_tallies(const struct plan *p, const struct snapshot *snap, struct agg *g, bool *damaged, struct unite *u,
		     bool *ret_done) _must_check_;
enum err unite_add(struct unite *u, struct agg *g, const uint64_t *slot) _must_check_;
/* What is said of any answer; what is missing of it; why there is none. */
void plan_tell(const struct plan *p, struct result *t);
enum err plan_gaps(const struct plan *p, const struct snapshot *snap, const bool *damaged, struct result *t) _must_check_;
/* E_LIMIT: a pattern of the filter takes too long on a row of the scope's, and *why says which; tried.c. */
enum err patterns_try(const struct plan *p, struct problem *why);
enum err plan_why(const struct plan *p, enum err err, size_t most, struct problem *why);

/* The rows of a view of what is known now (known.c). */
enum err known_snapshot(const struct plan *p, struct quota *q, struct snapshot *ret) _must_check_;
enum err run_traffic(const struct plan *p, const struct snapshot *snap, struct agg *g, bool *damaged) _must_check_;
enum err run_counters(const struct plan *p, const struct snapshot *snap, struct agg *g, bool *damaged) _must_check_;
enum err run_rows(const struct plan *p, const struct snapshot *snap, struct quota *q, bool *damaged,
		  struct result *ret) _must_check_;
/* Sets g->collected when a bucket is without groups: to *made, made if NULL, the caller's to free and good for
 * whoever has scope, view and buckets in common.  stored: rows as they are, not veiled. */
enum err zero_buckets(const struct plan *p, const struct snapshot *stored, struct agg *g, bool **made) _must_check_;
enum err answer(const struct plan *p, struct agg *g, struct result *ret) _must_check_;
/* Columns of the answer, without rows. */
enum err answer_columns(const struct plan *p, struct result *ret) _must_check_;
enum err answer_cell(struct result *t, size_t row, size_t col, const struct item *it, const struct value *v) _must_check_;
static inline bool cancelled(const struct plan *p)
{
	return p->env.cancel && *p->env.cancel;
}
