/* Inside of query/: names of ends of flows that rows do not hold: zone, group, country, AS, customer.
 *
 * Each name has a number, which is the word of a group's key: of zones their place in the file, of
 * countries that of the database, of customers one given out as they are met (under a lock, for
 * several threads look at rows).  So rows are grouped by name at once, and not by address first. */
#pragma once
#include "query/query.h"

enum name_of { NAME_NOTHING, NAME_ZONE, NAME_GROUP, NAME_SUBNET, NAME_PATH, NAME_COUNTRY, NAME_AS, NAME_CUSTOMER, NAME_DNS };

/* Which name a field is, and of which end; NAME_NOTHING for all others. */
struct named {
	enum name_of what;
	int ip, as;          /* stored columns of traffic; as: -1 when it has no part in it */
	bool destination;
};
struct named named_of(enum derived d);

struct naming;

/* Of a plan; freed with it.  Customers' names are said as far as the scope has them. */
enum err naming_new(const struct query_env *env, const struct scope *scope, struct naming **ret) _must_check_;
void naming_free(struct naming *n);

/* The number of the name: of an address (and of an AS number that the row has itself, or 0); of a
 * record's customer.  UINT64_MAX: none. */
uint64_t naming_addr(const struct naming *n, enum name_of what, const struct addr *a, uint32_t as);
uint64_t naming_customer(struct naming *n, const struct flow_rec *rec, bool destination, enum err *err);
uint64_t naming_port_customer(struct naming *n, const struct addr *agent, uint32_t ifindex, usec_t when, enum err *err);
/* What it stands for; the text lives as long as the naming. */
void naming_value(struct naming *n, enum name_of what, uint64_t number, struct value *ret);

/* The name of an address in the DNS, as the environment tells it. */
void dns_value(const struct query_env *env, const struct addr *a, struct value *ret);

/* Addresses in ascending ranges with one name each, gaps included: for filters.  False at the end. */
bool naming_range(const struct naming *n, enum name_of what, size_t i, struct addr *ret_lo, struct addr *ret_hi,
		  uint64_t *ret_number);
