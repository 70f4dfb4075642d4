/* Whose is a flow: the mapping made ready for being asked once a row.
 *
 * An attributor is made of a mapping and a model (ports by name become the numbers they have then).
 * It never changes and keeps nothing of either; any thread may ask it.
 *
 * An answer is a set of customers, as a small number: 0 is nobody.  Sets are interned in a struct
 * owner_sets, which has one owner thread; equal sets of one owner_sets have one number.  Customers in
 * a set are numbers in the mapping's order (customers_at), ascending.
 *
 * The rule is the scope's (query/scope.c), and tests hold the two together: the source side of a
 * flow belongs to whose block holds the source address (a block tied to a port: only when the flow
 * came in by it), whose MAC the source MAC is, and whose port it came in by; the destination side
 * likewise with the output port; at the record's own time.  A reseller owns what those below it
 * own. */
#pragma once
#include "flow/coded.h"
#include "flow/flow.h"
#include "model/customers.h"

struct model;
struct attributor;
struct owner_sets;

/* m may be NULL: then ports by name own nothing.  E_NOMEM, E_LIMIT. */
enum err attributor_new(const struct customers *c, const struct model *m,
			struct attributor **ret) _must_check_;
void attributor_free(struct attributor *a);
DEFINE_FREEP(struct attributor *, attributor_free)

/* The attributor must outlive it. */
enum err owner_sets_new(const struct attributor *a, struct owner_sets **ret) _must_check_;
void owner_sets_free(struct owner_sets *s);
DEFINE_FREEP(struct owner_sets *, owner_sets_free)

/* The customers of a set; the pointer holds until sets are next asked for. */
const uint32_t *owner_set(const struct owner_sets *s, uint32_t set, size_t *ret_n);
uint32_t owner_sets_count(const struct owner_sets *s); /* numbers given out, the empty set included */

/* Which end of a flow. */
enum flow_side { SIDE_SOURCE, SIDE_DESTINATION, SIDE_EITHER };

/* Everyone who may see the record for the sake of that side.  E_NOMEM, E_LIMIT (16 million sets). */
enum err customers_owners_of(const struct attributor *a, struct owner_sets *s, const struct flow_rec *rec,
			     enum flow_side side, uint32_t *ret_set) _must_check_;

/* The same for blocks of traffic by columns: ret_set[enum flow_side][row], both sides.  What codes stand for
 * is looked up once a segment.  One thread; a and s outlive it. */
struct owner_memo;
enum err owner_memo_new(const struct attributor *a, struct owner_sets *s, struct owner_memo **ret) _must_check_;
void owner_memo_free(struct owner_memo *m);
enum err customers_owners_of_codes(struct owner_memo *m, const struct coded_block *b, uint32_t *const *ret_set) _must_check_;

/* Owners of an interface's counters. */
enum err customers_owners_of_port(const struct attributor *a, struct owner_sets *s, const struct addr *agent,
				  uint32_t ifindex, usec_t when, uint32_t *ret_set) _must_check_;

/* Of a set, those who are nobody's reseller in it: whose name a person expects to read.  Itself a
 * set of s. */
enum err owner_set_nearest(struct owner_sets *s, uint32_t set, uint32_t *ret_set) _must_check_;

/* What an attributor of these would answer, as a version (SHA-256): the mapping, the order of its
 * customers, and the numbers that the model gives its ports by name.  The same digest, the same
 * answers; what was attributed under one is used under no other. */
enum { ATTRIBUTION_DIGEST = 32 };
void attribution_digest(const struct customers *c, const struct model *m, uint8_t ret[static ATTRIBUTION_DIGEST]);
