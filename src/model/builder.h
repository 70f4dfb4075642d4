/* Inside of model/: how a customers mapping is made.
 *
 *	a form (form.h, xml.c)  ->  builder_open / builder_close, one element at a time, with places
 *	builder.c       ->  rows of customers.def: names, values, what belongs where
 *	dates.c         ->  from and to
 *	owners.c        ->  at the end: ids, parents, nothing owned twice at one time
 *	digest.c        ->  the version of the mapping
 *
 * Everything wrong is said, up to MAX_ERRORS; the first is kept for *why.  A form stops when
 * builder_full() or after an error it cannot get over. */
#pragma once
#include "base/arena.h"
#include "base/map.h"
#include "model/customers.h"

enum {
	MAX_ERRORS = 100,
	MAX_DEPTH = 16, /* of elements; only three mean something */
	MAX_ELEMENTS = 4000000,
	MAX_VALUE = 1024,      /* bytes of one attribute's value */
	MAX_TAG = 65536,       /* bytes of one XML tag */
	MAX_ID = 200,          /* an id names a folder */
	MAX_RESELLERS = 16,    /* above one customer */
	MAX_LOOKS = 200000000, /* comparisons spent on finding what is owned twice */
};
#define MAX_DOCUMENT ((size_t)64 << 20)

struct place {
	unsigned line, column; /* both from 1, columns in characters */
};

struct attr {
	const char *name, *value; /* not ended by a zero byte */
	size_t name_len, value_len;
	struct place at;
};

/* An element as a form brings it; valid during builder_open. */
struct tag {
	const char *name;
	size_t name_len;
	const struct attr *attr;
	size_t nattr;
	struct place at;
};

enum element {
	EL_NONE,
#define ELEMENT(id, ...) id,
#define ATTRIBUTE(...)
#include "model/customers.def"
	ELEMENTS
};

struct orphan {
	struct place at;
	const char *text;
};

struct customers {
	_Atomic unsigned refs; /* holds beyond the first */
	struct arena arena;
	struct customer *at;
	struct own_port *port; /* of all customers, in their order; likewise mac, cidr */
	struct own_mac *mac;
	struct own_cidr *cidr;
	size_t n, nport, nmac, ncidr;
	struct privacy privacy; /* of whom nothing is said */
	struct orphan *orphan;  /* the first MAX_ERRORS of */
	size_t norphans;
	struct map by_id;
	char digest[65];
};

/* Dates repeat in a file, and the zone database is slow to ask. */
struct date_memo {
	char text[40];
	usec_t t;
};

struct builder {
	struct customers *c;
	const char *name; /* of the file, for messages */
	const struct zone *zone;
	const struct customers_options *options; /* may be NULL */
	customers_say *say;
	void *say_arg;
	struct problem *why;

	size_t errors, elements;
	enum err failed; /* out of memory, a ceiling: not the file's fault */
	enum element open[MAX_DEPTH];
	size_t depth;
	size_t cap, cap_port, cap_mac, cap_cidr; /* of the vectors in c */
	struct date_memo memo[64];
	struct map orphans; /* by text */
};

void builder_open(struct builder *b, const struct tag *tag);
void builder_close(struct builder *b);
bool builder_knows_here(const struct builder *b); /* not inside something unknown */
void builder_error(struct builder *b, struct place at, const char *fmt, ...) _printf_(3, 4);
/* Something has no agent: once for each text, and an error only where the options are strict. */
void builder_orphan(struct builder *b, struct place at, const char *fmt, ...) _printf_(3, 4);
void builder_fail(struct builder *b, enum err e);
bool builder_full(const struct builder *b); /* no use to go on */

/* ISO dates and times: "2026-01-01", "2026-01-01T06:30", with a blank for the T, seconds, and an
 * offset "Z", "+01:00" when it is not local time.  NULL, or what is wrong with it. */
const char *date_parse(struct builder *b, const char *s, size_t len, usec_t *ret);

void owners_check(struct builder *b); /* ids, parents, cycles; then who owns what twice */
enum err digest_make(struct customers *c) _must_check_;

void xml_read(struct builder *b, const void *text, size_t len);
