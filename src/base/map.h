/* A seeded hash map from byte strings to a pointer or number.  Keys are copied.
 * Insertion order is kept: map->at[0..n) are the entries as they came (removed ones have
 * key NULL), so that walking one is deterministic.  One thread at a time. */
#pragma once
#include "base/err.h"

struct map_entry {
	const uint8_t *key; /* owned by the map; a zero byte follows it */
	size_t len;
	uint64_t hash;
	union {
		void *ptr;
		uint64_t num;
	};
};

struct map {
	struct map_entry *at;
	size_t n, live, cap;
	uint32_t *slot; /* index into at + 1; 0 = empty */
	size_t slots;
	size_t ceiling; /* most live entries; 0 = 16 million */
};

/* A zeroed struct map is ready.  Pointers to entries hold until the next map_put. */
struct map_entry *map_get(const struct map *m, const void *key, size_t len);
struct map_entry *map_get_str(const struct map *m, const char *key);

/* Find or make.  *ret_new says which; a new entry has ptr NULL / num 0.
 * E_LIMIT at the ceiling, E_NOMEM. */
enum err map_put(struct map *m, const void *key, size_t len, struct map_entry **ret, bool *ret_new) _must_check_;
enum err map_put_str(struct map *m, const char *key, struct map_entry **ret, bool *ret_new) _must_check_;

bool map_remove(struct map *m, const void *key, size_t len);
void map_free(struct map *m); /* values are the caller's */
