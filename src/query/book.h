/* One numbering of a lane's values over all segments of a run: so that groups of different
 * segments meet as numbers, and only those that are shown become values again.
 *
 *	BOOK_SAME    buckets and minutes: the code is the number
 *	BOOK_SMALL   values of 8 or 16 bits: the value is the number, one more is null
 *	BOOK_VALUES  numbers are given out as values come
 *
 * BOOK_VALUES is cut into ranges of values, each with a small table and a lock: a sorted dictionary
 * is walked through range by range, so that its look-ups stay in the cache and two threads seldom
 * want the same one. */
#pragma once
#include "query/local.h"

#include <pthread.h>

enum {
	BOOK_BITS = 27,             /* of a number; more values end the question */
	BOOK_CHUNK = 1024,          /* values that are held together */
	BOOK_RUN = 64,              /* numbers that a range takes at once; divides BOOK_CHUNK */
	BOOK_CHUNKS = 1 << (BOOK_BITS - 10),
	BOOK_RANGES = 4096,
	BOOK_UNKNOWN = UINT32_MAX,
	BOOK_LISTED = 64,
	BOOK_SEEN = 1024,
	BOOK_SPARSE = 4096,        /* so many codes are very many, and rows few up to one in: */
	BOOK_FEW_OF = 32,
};

enum book_kind { BOOK_SAME, BOOK_SMALL, BOOK_VALUES };

struct book_range {
	pthread_mutex_t lock;
	uint64_t *slot;      /* high half of the hash, number + 1; 0 = empty */
	size_t slots, n;
	uint32_t next, end;  /* numbers it may give out */
};

struct book {
	enum book_kind kind;
	unsigned bits, words; /* of a number; of a value */
	uint64_t base;        /* BOOK_SAME: value of number 0 */
	struct quota *quota;
	/* BOOK_VALUES: */
	struct book_range *range;
	uint64_t (*split)[2]; /* the first value of each range but the first */
	size_t nranges;
	uint64_t **chunk;
	pthread_mutex_t lock; /* used, chunk */
	uint32_t used;        /* numbers given to ranges */
};

/* `sample`: a segment whose values say how to cut the ranges, its column prepared; or NULL. */
enum err book_init(struct book *b, const struct plan *p, const struct lane *l, const struct seg *sample, struct quota *q) _must_check_;
void book_free(struct book *b);
/* Values of a number. */
void book_words(const struct book *b, uint32_t id, uint64_t *ret);

/* A lane's codes of the segment at hand as numbers. */
struct book_map {
	uint32_t *id;  /* by code; BOOK_UNKNOWN = not asked for yet */
	size_t cap, n; /* n: codes there are */
	size_t clean;  /* entries below are BOOK_UNKNOWN, but for those asked for */
	uint32_t asked[BOOK_LISTED], nasked; /* more than BOOK_LISTED: any of the n may have been */
	uint32_t offset; /* BOOK_SAME: added to the code, and there is no table */
	bool same, whole;
	/* Few rows ask for few of very many codes: until they are more there is no table of codes, but the last seen. */
	bool sparse;
	size_t codes, rows;
	struct book_seen {
		uint32_t code, id;
	} *seen; /* BOOK_SEEN of them, by the code's last bits */
	size_t seen_n;
};

/* For a segment just bound; then all of `codes` can be looked up, in the table or (sparse) by book_sparse. */
enum err book_bind(struct book *b, const struct lane_seg *ls, struct quota *q, struct book_map *m) _must_check_;
enum err book_resolve(struct book *b, const struct lane_seg *ls, const struct seg *s, const uint32_t *codes, size_t n,
		      struct book_map *m) _must_check_;
enum err book_sparse(struct book *b, const struct lane_seg *ls, const struct seg *s, const uint32_t *codes, size_t n,
		     struct book_map *m, uint32_t *ret_id) _must_check_;
/* All codes at once, when most will be asked for. */
enum err book_resolve_all(struct book *b, const struct lane_seg *ls, const struct seg *s, struct book_map *m) _must_check_;
/* Of values themselves; in ascending order they are found quicker. */
enum err book_numbers(struct book *b, const uint64_t (*words)[2], size_t n, uint32_t *ret) _must_check_;
static inline uint32_t book_id(const struct book_map *m, uint32_t code)
{
	return m->same ? code + m->offset : m->id[code];
}
void book_map_free(struct book_map *m, struct quota *q);
