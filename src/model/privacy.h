/* Privacy of those a customer talks to: what is shown of an address that is not the customer's own.
 *
 *	level   privacy.def
 *	bits    of `mask`: the length of the prefix
 *	below   0: whatever it sends.  Else an address that sent the customer so many bytes in a day (UTC) is
 *	        shown as it is on that day
 *
 * The mapping says level and below for a customer, else for its reseller and so on up, else the
 * configuration says it for all.  What a customer's own address is, the scope says (query/scope.c), and
 * where it is applied query/veil.c. */
#pragma once
#include "model/customers.h"

enum { PRIVACY_BITS4 = 24, PRIVACY_BITS6 = 48 };

const char *privacy_name(enum privacy_level level);
bool privacy_find(const char *name, size_t len, enum privacy_level *ret);
void privacy_names(char *ret, size_t size); /* "none, mask, hide" */

/* What holds for a customer of the mapping. */
struct privacy customers_privacy(const struct customers *cs, const struct customer *c);

/* The prefix that a masked address lies in. */
struct prefix privacy_prefix(const struct privacy *p, const struct addr *a);

/* "none", "mask /24 /48", "hide below 1000000 bytes a day". */
enum { PRIVACY_TEXT = 80 };
const char *privacy_text(const struct privacy *p, char buf[static PRIVACY_TEXT]);
