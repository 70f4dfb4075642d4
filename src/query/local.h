/* Group-by inside a segment: rows become numbers of groups (lane.c, lane_name.c), and what they add up to
 * stands by those numbers (local.c and its parts) until the segment's groups meet those of others. */
#pragma once
#include "query/exec.h"

/* -- group-by inside a segment (lane.c) --------------------------------------------------------------- */

/* Numbers 0, 1, 2 ... for 64-bit keys in order of arrival. */
struct intern_slot {
	uint64_t key;
	uint32_t id; /* + 1; 0 = empty */
};

struct intern {
	struct intern_slot *slot;
	uint64_t *key; /* by number */
	size_t slots, cap, n;
};

/* Numbers of many keys at once; E_NOMEM, E_LIMIT. */
enum err intern_many(struct intern *in, struct quota *q, const uint64_t *key, size_t n, uint32_t *ret_id) _must_check_;
void intern_reset(struct intern *in);
void intern_free(struct intern *in, struct quota *q);

/* A lane against a segment. */
struct lane_seg {
	const struct lane *lane;
	uint32_t na, nb;         /* codes of col, of col2; one more behind them is null */
	uint64_t card;           /* how many codes there can be */
	uint64_t base_a, base_b; /* SEG_INT: value of code 0; LANE_MINUTE: first minute */
	bool one_bucket;         /* LANE_BUCKET: all rows are in bucket base_a */
	bool wide;               /* SEG_INT of a range too wide to be codes: values are numbered */
	struct intern values;
	uint64_t *scratch;
	uint32_t *out;
	const uint32_t *codes;   /* of the block's rows: out, or the segment's own */
	uint64_t *name;          /* LANE_NAME: by code of the address: number + 2, 1 = none, 0 = not asked yet */
	size_t name_cap;
};

enum { MAX_STAGES = 32 };

/* Rows -> numbers of distinct tuples of lanes.  Few possible tuples: the number is the tuple
 * itself; else tuples are packed into 64 bits and numbered, in stages when they need more. */
struct packer {
	unsigned first, n;       /* lanes of the plan */
	bool dense;
	size_t groups;           /* dense: all there can be; else met so far */
	unsigned nstages;
	unsigned bits[MAX_LANES]; /* by lane, counted from first */
	unsigned stage_first[MAX_STAGES + 1];
	struct intern stage[MAX_STAGES];
	uint32_t *id;
	uint64_t *key;           /* scratch */
	const uint32_t *ids;     /* of the block's rows: id, or a lane's codes */
};

/* Rows of a block. */
struct rowset {
	const uint32_t *at; /* NULL = all */
	size_t n;
};

enum err lane_bind(struct lane_seg *ls, struct reader *r, struct span clipped) _must_check_;
enum err lane_fill(struct lane_seg *ls, struct reader *r, const struct rowset *rows, unsigned pass) _must_check_;
uint64_t lane_name_cols(const struct lane *l);
enum err lane_names(struct lane_seg *ls, struct reader *r, const struct rowset *rows, unsigned pass) _must_check_; /* lane_name.c */
void lane_free(struct lane_seg *ls, struct quota *q);
/* Of what lies in the span, is all in one bucket?  Which. */
bool one_bucket(const struct plan *p, struct span have, size_t *ret);
/* The words of a code. */
void lane_words(const struct lane_seg *ls, const struct seg *s, uint32_t code, uint64_t *ret);
void packer_bind(struct packer *pk, const struct lane_seg *ls, size_t most_dense);
enum err packer_fill(struct packer *pk, struct quota *q, const struct lane_seg *ls, size_t rows) _must_check_;
/* The words of a tuple. */
void packer_words(const struct packer *pk, const struct lane_seg *ls, const struct seg *s, uint32_t id, uint64_t *ret);
void packer_free(struct packer *pk, struct quota *q);

/* -- what a segment's groups add up to (local.c) ------------------------------------------------------- */

struct local_set {
	struct packer values;
	struct intern pairs; /* count: group << 32 | value */
	usec_t *time;        /* first, last: by group */
	uint32_t *value;
	size_t time_cap, value_cap;
};

/* A thread's groups of one segment. */
struct local {
	struct reader reader;
	struct scan_stats scanned;
	struct lane_seg lane[MAX_LANES];
	struct packer keys;
	unsigned stride, limbs;  /* words of acc per group; per measure */
	uint64_t *acc;           /* by group: rows, then the measures */
	size_t acc_cap;
	uint64_t *met;           /* a bit for each group that has rows, while `few` */
	size_t met_cap, met_rows;
	bool few;                /* rows were so few that the others need not be walked through, or cleared */
	struct local_set set[MAX_ITEMS + 1];
	struct intern minutes;   /* group << 32 | minute */
	uint64_t *minute_acc;    /* by minute: the measures */
	size_t minute_cap;
	usec_t first_minute;
	uint64_t *val[MAX_MEASURES * 3];
	uint32_t *at, *id;       /* scratch of SEG_BLOCK */
	uint64_t *key;
	struct route_local *route; /* of a family, or NULL */
	struct unite_local *unite; /* groups of segments meet as numbers (unite.h), or NULL: by value */
	struct heavy_local *heavy; /* of many tuples only the greatest meet (heavy.h), or NULL */
	bool stays;              /* what is loaded of the segment stays until the run ends */
	uint32_t *merged;        /* by group: its number in the answer */
	size_t merged_cap;
	uint64_t counted, unknown; /* rows; of them those of which no entry was known (once.c) */
};

enum err local_init(struct local *l, const struct plan *p, struct quota *q) _must_check_;
void local_free(struct local *l);
/* A segment's prepared columns; all its rows that pass are added up; then merged. */
enum err local_segment(struct local *l, const struct seg *s) _must_check_;
enum err local_merge(struct local *l, struct agg *g) _must_check_;
/* The first group from `from` on that has rows; keys.groups: there is none. */
static inline size_t local_next(const struct local *l, size_t from)
{
	const size_t n = l->keys.groups;
	if (!l->few) {
		while (from < n && !l->acc[from * l->stride])
			from++;
		return from;
	}
	size_t w = from / 64;
	if (from >= n)
		return n;
	uint64_t word = l->met[w] >> from % 64 << from % 64;
	while (!word && (w + 1) * 64 < n)
		word = l->met[++w];
	return word ? w * 64 + (size_t)__builtin_ctzll(word) : n;
}
/* Groups are not few any more: all of them will be walked through. */
void local_many(struct local *l);
/* Columns that grouping and adding up read of a segment. */
uint64_t local_cols(const struct plan *p, const struct seg *s);

/* -- its parts ---------------------------------------------------------------------------------------- */

enum { LIMBS = 3 }; /* of 32 bits each but the last: where sums may pass 64 bits */

static inline bool is_set(const struct item *it)
{
	return it->fn == FN_count || it->fn == FN_first || it->fn == FN_last;
}

/* The rows' numbers go to l->val, then by group to l->acc (local_sum.c). */
enum err local_measures(struct local *l, const struct rowset *rows) _must_check_;
enum err local_measure(struct local *l, unsigned i, const struct rowset *rows) _must_check_;
/* Is a measure base + step * code, by the codes that its column has in whole blocks (reader_codes)? */
bool local_line(const struct local *l, unsigned i, uint64_t *ret_base, uint64_t *ret_step);
void local_add_up(struct local *l, const uint32_t *id, size_t n);
/* Distinct values, first and last ones, and sums by minute (local_note.c). */
enum err local_note_sets(struct local *l, const struct rowset *rows, const uint32_t *id) _must_check_;
enum err local_note_minutes(struct local *l, const struct rowset *rows, const uint32_t *id) _must_check_;
