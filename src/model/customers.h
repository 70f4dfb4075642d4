/* The customers mapping: whose port, MAC or address block is it, and when.
 * Read from XML, CSV, JSON, YAML, an IX-F member export or NetBox's objects; immutable once made, so any thread may read.
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
	unsigned privacy;      /* of enum privacy_level: one more; 0 = not said (privacy.h) */
	uint64_t privacy_below; /* one more; 0 = not said */
	struct own_port *port;
	size_t nport;
	struct own_mac *mac;
	size_t nmac;
	struct own_cidr *cidr;
	size_t ncidr;
	unsigned line, column;
};

struct customers;

/* What forms that are not ours need besides: for IX-F, which agent a switch is, by its id or name. */
struct switch_agent {
	const char *name;
	struct addr agent;
};

/* What is shown of remote addresses (privacy.h). */
enum privacy_level {
#define PRIVACY(level, ...) PRIVACY_##level,
#include "model/privacy.def"
	PRIVACY_LEVELS
};

struct privacy {
	enum privacy_level level;
	uint8_t bits4, bits6;  /* 0 = as usual */
	uint64_t below;
};

struct customers_options {
	const struct switch_agent *switches;
	size_t nswitches;
	struct privacy privacy; /* of customers of whom the mapping says nothing */
	bool strict;            /* orphans are errors */
};

/* Parse a mapping from text.  `name` is for messages ("FILE:LINE:COLUMN: ..."), and its ending tells
 * the form (.xml, .csv, .json, .yaml, .yml), else the text does; zone is where dates without an
 * offset are read.  Every error is reported through `say` (which may be NULL); with any error
 * nothing is returned: E_SYNTAX, *why has the first one.
 * No DTD, no external entities, no YAML aliases; limits on bytes (64 MB), depth and elements. */
typedef void customers_say(void *arg, unsigned line, unsigned column, const char *text);

struct customers_in {
	const char *name;
	const struct zone *zone;
	const struct customers_options *options; /* may be NULL */
	customers_say *say;
	void *arg;
};
enum err customers_read(const struct customers_in *in, const void *text, size_t len,
			struct customers **ret, struct problem *why) _must_check_;

enum err customers_parse(const void *text, size_t len, const char *name, const struct zone *zone,
			 customers_say *say, void *arg, struct customers **ret,
			 struct problem *why) _must_check_;

/* The same from a file, or from an http(s) URL. */
enum err customers_load(const char *file_or_url, const struct zone *zone, customers_say *say, void *arg,
			struct customers **ret, struct problem *why) _must_check_;

/* Another hold on a mapping; customers_free gives one back.  Any thread. */
struct customers *customers_take(struct customers *c);
void customers_free(struct customers *c);
DEFINE_FREEP(struct customers *, customers_free)

const struct customer *customers_find(const struct customers *c, const char *id, size_t len);
const struct customer *customers_at(const struct customers *c, size_t i); /* file order; NULL at the end */
size_t customers_count(const struct customers *c);
const char *customers_digest(const struct customers *c); /* hex SHA-256 of the canonical form: the version */

/* Orphans: switches and devices of a form that is not ours of which nobody says what agent they are, so that the ports at
 * them are nobody's; all else of the mapping holds.  Tells the first hundred with their places, and gives their number. */
size_t customers_orphans(const struct customers *c, customers_say *say, void *arg);

/* -- a mapping that is kept: for daemons, and for whoever reads a URL more than once ------------------- */

/* Where it comes from.  All borrowed for the keeper's life. */
struct customers_source {
	const char *from;  /* file, or http(s) URL */
	const struct zone *zone;
	const struct customers_options *options; /* may be NULL */
	int copies;        /* folder (descriptor) for the last good copy of a URL; -1: none is kept */
	bool copy_only;    /* a URL is not asked: only the copy that others keep there is read, when it is another */
};

struct customers_keeper;
enum err customers_keeper_new(const struct customers_source *from, struct customers_keeper **ret) _must_check_;
void customers_keeper_free(struct customers_keeper *k);
DEFINE_FREEP(struct customers_keeper *, customers_keeper_free)

/* Look whether there is a newer one: a file by its time and size, a URL by its validators.  OK: what is
 * in force is what is there; *ret_changed when it is another than before.  On any failure (it cannot be
 * read, or has an error) the last good mapping stays in force, and *why says what is wrong; when there is
 * none yet, a URL's last good copy is taken into force, if there is one: then *ret_changed is true
 * although the call failed.  One thread at a time. */
enum err customers_refresh(struct customers_keeper *k, customers_say *say, void *arg, bool *ret_changed,
			   struct problem *why) _must_check_;

/* The mapping in force, to be given back with customers_free; NULL: there is none.  Any thread, also
 * while another refreshes. */
struct customers *customers_current(struct customers_keeper *k);

/* -- what would change ----------------------------------------------------------------------------------- */

enum customers_change_kind {
	CHANGE_NEW, CHANGE_GONE,    /* the customer; what: its name */
	CHANGE_NAME, CHANGE_PARENT, /* what: after, was: before; "" when there is none */
	CHANGE_PRIVACY,             /* likewise, as it holds for the customer, whoever it is said of */
	CHANGE_GAINS, CHANGE_LOSES, /* what: "port ...", "mac ...", "cidr ..." at `after`, at `before` */
	CHANGE_TIME,                /* what, now at another time */
};

struct customers_change {
	const char *id;
	enum customers_change_kind kind;
	const char *what, *was;
	struct span before, after; /* open ends are INT64_MIN and INT64_MAX */
};

/* Tells every difference, by customer: those of `before` in their order, then the new ones.  What is
 * pointed to lives until fn returns.  *ret_n counts them.  E_NOMEM. */
typedef void customers_change_fn(void *arg, const struct customers_change *c);
enum err customers_compare(const struct customers *before, const struct customers *after, customers_change_fn *fn,
			   void *arg, size_t *ret_n) _must_check_;

/* What one customer owns, each told as CHANGE_GAINS, sorted. */
enum err customers_things(const struct customer *c, customers_change_fn *fn, void *arg) _must_check_;
