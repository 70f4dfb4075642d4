/* What databases say of addresses: countries, and AS numbers with their names.
 *
 * A file is CSV or, when its name ends in .mmdb, a MaxMind database; both become ranges in memory.
 *	country  first,last,CC       or  192.0.2.0/24,CC
 *	asn      first,last,ASN,name or  192.0.2.0/24,ASN,name;   ASN,name  names without ranges
 * "#" begins a comment line; a text may be quoted.  Immutable once made: any thread may ask. */
#pragma once
#include "base/err.h"
#include "flow/addr.h"

struct lookup;

enum lookup_kind { LOOKUP_COUNTRY, LOOKUP_ASN };

/* E_SYNTAX: *why names file and line.  At most 16 million ranges. */
enum err lookup_load(enum lookup_kind kind, const char *file, struct lookup **ret, struct problem *why) _must_check_;
enum err lookup_parse(enum lookup_kind kind, const void *text, size_t len, const char *name, struct lookup **ret,
		      struct problem *why) _must_check_;
void lookup_free(struct lookup *l);
DEFINE_FREEP(struct lookup *, lookup_free)

/* The AS number, or the number of the country's code; 0 = not known. */
uint32_t lookup_number(const struct lookup *l, const struct addr *a);
/* "CH"; the name of an AS; NULL when it has none. */
const char *lookup_text(const struct lookup *l, uint32_t number);

/* For filters: the ranges, ascending, that do not overlap. */
struct lookup_range {
	struct addr lo, hi;
	uint32_t number;
};
const struct lookup_range *lookup_ranges(const struct lookup *l, size_t *ret_n);
/* Numbers that have a text, in any order: i from 0; false at the end. */
bool lookup_at(const struct lookup *l, size_t i, uint32_t *ret_number, const char **ret_text);
