/* Inside of model/: lookup.c holds and reads CSV, lookup_mmdb.c reads MaxMind databases. */
#pragma once
#include "base/arena.h"
#include "base/map.h"
#include "model/lookup.h"

enum { LOOKUP_RANGES = 1 << 24, LOOKUP_NAMES = 1 << 22, LOOKUP_TEXT = 255 };

struct lookup_name {
	uint32_t number;
	const char *text;
};

struct lookup {
	enum lookup_kind kind;
	struct arena arena;
	struct lookup_range *range;
	struct lookup_name *name; /* sorted by number once it is made */
	size_t n, cap, nnames, cap_names;
	struct map codes;         /* while a country file is read: code -> number */
};

enum err lookup_add(struct lookup *l, const struct addr *lo, const struct addr *hi, uint32_t number) _must_check_;
/* The number of a country's code, made when it is new; 0: out of memory. */
uint32_t lookup_code(struct lookup *l, const char *code, size_t len);
enum err lookup_name(struct lookup *l, uint32_t number, const char *text, size_t len) _must_check_;
enum err lookup_mmdb(struct lookup *l, const char *file, struct problem *why) _must_check_;
