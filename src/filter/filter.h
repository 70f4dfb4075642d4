/* The door of filter/: the text of a where-clause to a tree of tests (grammar: docs/filters.md).
 *
 * A filter is parsed against one view: unknown fields, wrong operators and impossible values are
 * refused here with a position and what would be right.  A tree is immutable; it lives in the
 * caller's arena.  filter_match() is the slow, plain evaluator over one record; query/ compiles
 * the tree to run over codes. */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "flow/flow.h"

enum filter_op { FOP_EQ, FOP_NE, FOP_RE, FOP_NRE, FOP_LT, FOP_LE, FOP_GT, FOP_GE };
enum filter_kind { FILTER_ALL, FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_TEST };

/* One value of a list.  lo..hi is a range over the field's own order: a single value has both
 * equal; a CIDR or a-b range of addresses uses addr_lo..addr_hi; TCP:8080-8088 has the protocol
 * in proto if `of_proto` (else any protocol) and ports in lo..hi; an interface has the agent in addr_lo; an ICMP type
 * without code is all its codes; a time is a whole second.  The order operators have one value and
 * compare with lo.  Of the text fields sourceaddress and destinationaddress a value is a block of
 * addresses (text NULL) or a MAC (its number in lo, its text in text). */
struct filter_value {
	uint64_t lo, hi;
	double real;
	struct addr addr_lo, addr_hi;
	uint8_t proto;
	bool of_proto;
	const char *text; /* T_TEXT, and the pattern of ~ */
	size_t len;
	void *re;         /* compiled PCRE2 pattern of ~ and !~ */
};

struct filter {
	enum filter_kind kind;
	size_t pos;               /* 1-based character where it begins in the text */
	struct filter **sub;      /* AND, OR: nsub >= 2; NOT: 1 */
	size_t nsub;
	const struct field *field;
	enum filter_op op;
	struct filter_value *value;
	size_t nvalue;
};

/* Names that only the caller can resolve.  Any may be NULL: such a name is then an error. */
struct filter_names {
	void *arg;
	/* "agent>ifName" to an ifIndex. */
	bool (*iface)(void *arg, const struct addr *agent, const char *name, size_t len,
		      uint32_t *ret);
	/* The value of $name, or NULL. */
	const char *(*param)(void *arg, const char *name, size_t len);
	bool staff; /* false: fields with SHOW_STAFF do not exist, and nothing is suggested */
	/* Which fields there are for the asker; NULL: as `staff` says. */
	bool (*shows)(void *arg, const struct field *f);
};

struct filter_limits {
	size_t max_text; /* 0 = 4 MB */
	unsigned max_depth; /* 0 = 64 */
};

/* "" and NULL text mean everything (FILTER_ALL).  E_SYNTAX with *why->pos set, E_LIMIT, E_NOMEM. */
enum err filter_parse(const char *text, size_t len, const struct view *view,
		      const struct filter_names *names, const struct filter_limits *limits,
		      struct arena *a, const struct filter **ret, struct problem *why) _must_check_;

/* The tree as text again, with the brackets it needs; parsing it gives an equal tree. */
void filter_print(const struct filter *f, struct buf *out);

/* Any text as one quoted value, so that it cannot be anything else in a filter. */
void filter_quote(const char *s, size_t len, struct buf *out);

/* What a field of each type is compared with, a line each: for help and the manual. */
void filter_help(struct buf *out);

/* Regular expressions own memory outside the arena: give it back before the arena goes. */
void filter_done(const struct filter *f);

/* How often a regular expression of this tree was given up because it took too long; each time it
 * counted as not matching.  An answer with a number above 0 here is not to be trusted. */
uint64_t filter_gave_up(const struct filter *f);

/* A regular expression by itself, under the same limits.  It owns memory outside the arena. */
struct regex;
enum err filter_regex(struct arena *a, const char *pattern, size_t len, struct regex **ret, struct problem *why) _must_check_;
void filter_regex_done(struct regex *re); /* NULL is fine */
/* What it finds: the first group, or all of it where there is none. */
bool filter_regex_find(struct regex *re, const char *s, size_t len, size_t *ret_from, size_t *ret_to);

/* The same tests on values: `get` gives the field's values of the record (two for an either-key).
 * A test is true when any value passes (for != and !~: when all do).  A null passes no positive test;
 * but "=" of the empty text passes a null text, and "=" of :: a null address; an empty text passes no pattern; a record without any value of the field is as a null.
 * Any thread; a tree never changes, but for the counts behind filter_gave_up(). */
typedef size_t filter_get(void *arg, const struct field *f, struct value ret[static 2]);
bool filter_match(const struct filter *f, filter_get *get, void *arg);
bool filter_test(const struct filter *test, const struct value *v); /* one FILTER_TEST, one value */
