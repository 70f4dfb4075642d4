/* Building a segment's sorted dictionaries: a value becomes a provisional code (order of first
 * sight) through a hash table; at the end the distinct values are sorted and every provisional
 * code has a rank.
 *
 * The table's slots are 8 bytes: a tag of 32 bits and the code + 1.  For keys of 32 bits (IPv4
 * addresses and most numbers) the tag is the key, so one look is enough; longer keys are hashed
 * to a tag and compared with the list of distinct keys.  Where a tag goes is decided by a random
 * odd multiplier, since keys come from strangers. */
#pragma once
#include "base/err.h"

enum { DICT_MOST = 1 << 28 }; /* codes; more is E_LIMIT */

struct dict_key { /* a number in lo; an address as two big-endian halves */
	uint64_t hi, lo;
};

struct dict {
	uint64_t *slot; /* tag << 32 | code + 1; 0 = empty */
	size_t slots;
	unsigned shift; /* 64 - log2(slots) */
	uint64_t multiplier;
	bool narrow; /* keys of 32 bits: key32 holds them, else key */
	uint32_t n, cap;
	uint32_t *key32;
	struct dict_key *key;
};

/* A zeroed struct dict (narrow set or not) is ready. */
void dict_free(struct dict *d);

/* Codes for n keys, which may be new.  Give up with E_LIMIT as soon as more than `most` are
 * distinct; codes is then undefined.  E_NOMEM. */
enum err dict_code32(struct dict *d, const uint32_t *key, size_t n, uint32_t most,
		     uint32_t *ret_codes) _must_check_;
enum err dict_code(struct dict *d, const struct dict_key *key, size_t n, uint32_t most,
		   uint32_t *ret_codes) _must_check_;

/* Sort: afterwards key32[] or key[] ascend, and rank[old code] (n entries, the caller's) is
 * the new one.  The table itself is gone. */
enum err dict_sort(struct dict *d, uint32_t *ret_rank) _must_check_;
