/* Privacy of those a customer talks to: what is shown of an address that is not the customer's own.
 *
 *	level   privacy.def
 *	bits    of `mask`: the length of the prefix
 *	below   0: whatever it sends.  Else an address that sent the customer so many bytes in a day (UTC) is
 *	        shown as it is on that day
 *
 * The mapping says level and below for a customer, else for its reseller and so on up, else the
 * configuration says it for all.  Which end of a flow is a customer's own, scope and attribution say by one
 * rule (query/scope.c, model/attribution.h); rows are veiled in query/veil.c and collect/forward_own.c. */
#pragma once
#include "flow/flow.h"
#include "model/customers.h"

enum { PRIVACY_BITS4 = 24, PRIVACY_BITS6 = 48 };

const char *privacy_name(enum privacy_level level);
bool privacy_find(const char *name, size_t len, enum privacy_level *ret);
void privacy_names(char *ret, size_t size); /* "none, mask, hide" */
void privacy_help(struct buf *out);         /* a line for each level */

/* What holds for a customer of the mapping. */
struct privacy customers_privacy(const struct customers *cs, const struct customer *c);

/* Ends of a flow; a set of them is a number. */
enum { END_SOURCE = 1, END_DESTINATION = 2, END_BOTH = END_SOURCE | END_DESTINATION };

/* Columns of traffic that tell of any of the ends. */
uint64_t privacy_cols(unsigned ends);
/* What tells of the ends goes from the row, but for their masked addresses.  own: blocks that are the
 * customer's at any time, as privacy_join made them: a prefix that touches one is not shown, for a masked
 * address must not be taken for one of those. */
void privacy_veil(const struct privacy *p, const struct arange *own, size_t nown, unsigned ends, struct flow_rec *r);
/* Sorts ranges and joins what meets; returns how many are left. */
size_t privacy_join(struct arange *a, size_t n);

/* "none", "mask /24 /48", "hide below 1000000 bytes a day". */
enum { PRIVACY_TEXT = 80 };
const char *privacy_text(const struct privacy *p, char buf[static PRIVACY_TEXT]);
