/* The customers mapping: whose port, MAC or address block is it, and when.
 * Read from the tutorial's XML (other forms later); immutable once made, so any thread may read.
 * Format and rules: docs/customers.md. */
#pragma once
#include "base/buf.h"
#include "base/zone.h"
#include "flow/addr.h"

struct own_port { /* a switch port; by name or by number as written */
	struct addr agent;
	const char *ifname; /* NULL: by ifindex */
	uint32_t ifindex;
	struct span when;   /* INT64_MIN / INT64_MAX when open */
	unsigned line, column;
};

struct own_mac {
	uint64_t mac;
	struct span when;
	unsigned line, column;
};

struct own_cidr {
	struct prefix prefix;
	bool tied;             /* only on this port: agent and ifname / ifindex count */
	struct own_port port;
	struct span when;
	unsigned line, column;
};

struct customer {
	const char *id, *name; /* id: not empty, no "/", not "." or ".." */
	const char *parent;    /* reseller's id, or NULL */
	struct own_port *port;
	size_t nport;
	struct own_mac *mac;
	size_t nmac;
	struct own_cidr *cidr;
	size_t ncidr;
	unsigned line, column;
};

struct customers;

/* Parse a mapping from text.  `name` is for messages ("FILE:LINE:COLUMN: ..."); zone is where
 * dates without an offset are read.  Every error is reported through `say` (which may be NULL);
 * with any error nothing is returned: E_SYNTAX, *why has the first one.
 * No DTD, no external entities; limits on bytes (64 MB), depth and elements. */
typedef void customers_say(void *arg, unsigned line, unsigned column, const char *text);
enum err customers_parse(const void *text, size_t len, const char *name, const struct zone *zone,
			 customers_say *say, void *arg, struct customers **ret,
			 struct problem *why) _must_check_;

/* The same from a file, or from an http(s) URL. */
enum err customers_load(const char *file_or_url, const struct zone *zone, customers_say *say, void *arg,
			struct customers **ret, struct problem *why) _must_check_;
void customers_free(struct customers *c);
DEFINE_FREEP(struct customers *, customers_free)

const struct customer *customers_find(const struct customers *c, const char *id, size_t len);
const struct customer *customers_at(const struct customers *c, size_t i); /* file order; NULL at the end */
size_t customers_count(const struct customers *c);
const char *customers_digest(const struct customers *c); /* hex SHA-256 of the canonical form: the version */
