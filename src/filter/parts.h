/* What the files of this room share; nobody else includes it.
 *
 *	tokens.c   text -> names, operators, words      struct scan
 *	parse.c    words -> tree                        struct reading
 *	values.c   one word -> a value of a field       read_FORM
 *	rules.c    which form a field and an operator have
 *	regex.c    the only file that knows PCRE2
 *	match.c    does a record pass                   test_FORM
 *	print.c    tree -> text                         print_FORM */
#pragma once
#include "filter/filter.h"

enum {
	DEFAULT_MAX_DEPTH = 64,   /* brackets and "not" */
	MAX_PATTERNS = 256,       /* of one filter */
	MAX_PATTERN_BYTES = 4096, /* of one pattern */
	SHOWN_BYTES = 64,         /* of the asker's text in a message */
};
#define DEFAULT_MAX_TEXT ((size_t)4 << 20)

/* -- tokens.c -- */

/* A place in the text.  Positions for people count characters, so the count so far is kept. */
struct scan {
	const char *text;
	size_t len, at;              /* bytes */
	size_t counted_at, counted;  /* up to this byte there are so many characters */
};

/* A value as it is written: without its quotes, escapes still in. */
struct word {
	size_t at; /* where it begins, its quote included */
	const char *raw;
	size_t len;
	char quote; /* 0 = bare */
};

enum word_fault { WORD_OK, WORD_NONE, WORD_NO_END, WORD_TAIL, WORD_LONE_BACKSLASH };

size_t scan_pos(struct scan *s, size_t at); /* 1-based character of byte `at` */
void scan_blanks(struct scan *s);
bool scan_sign(struct scan *s, char sign);           /* blanks, then this sign: step over both */
bool scan_keyword(struct scan *s, const char *word); /* likewise; any case, a whole word */
size_t scan_name(struct scan *s);                    /* length of the name here, not stepped over */
bool scan_op(struct scan *s, enum filter_op *ret);
enum word_fault scan_word(struct scan *s, struct word *ret); /* on a fault `ret->at` is its place */

bool is_keyword(const char *s, size_t len); /* and, or, not, in */
/* The text of a word with its escapes resolved, in the arena or borrowed from the scanned text.
 * A pattern keeps its backslashes, but those before quotes.  False when out of memory. */
bool word_text(const struct word *w, bool pattern, struct arena *a, const char **ret,
	       size_t *ret_len);
/* Foreign text for a message: cut, on one line; returns buf. */
const char *shown(const char *s, size_t len, char buf[static SHOWN_BYTES]);

/* -- parse.c, values.c -- */

/* One call of filter_parse. */
struct reading {
	struct scan scan;
	const struct view *view;
	const struct filter_names *names;
	struct arena *arena;
	struct problem *why;
	unsigned depth, max_depth;
	struct regex *regex; /* the newest; freed when the parse fails */
	unsigned npatterns;
	/* the test being read */
	const struct field *field;
	const struct rule *rule;
	enum filter_op op;
	struct word word;
	struct filter_value *value;
	size_t nvalue, cap_value;
};

enum err refuse(struct reading *r, size_t at, const char *fmt, ...) _printf_(3, 4);
/* A zeroed value at the end of the list being read; NULL when out of memory. */
struct filter_value *value_new(struct reading *r);

static inline bool op_is_order(enum filter_op op)
{
	return op >= FOP_LT;
}

static inline bool op_is_negative(enum filter_op op)
{
	return op == FOP_NE || op == FOP_NRE;
}

static inline bool op_is_pattern(enum filter_op op)
{
	return op == FOP_RE || op == FOP_NRE;
}

enum { FILTER_OPS = FOP_GE + 1 };
extern const char *const op_text[FILTER_OPS];

/* -- rules.c -- */

/* read: append one or more values from the text s of r->word.  E_SYNTAX with the refusal made.
 * print: the value as a bare or quoted word.  test: is it passed, for the positive operator. */
struct rule {
	const char *name;     /* of the one field it is for; NULL: by type */
	enum derived derived; /* likewise; D_NONE */
	enum field_type type;
	unsigned ops; /* bit per enum filter_op */
	enum err (*read)(struct reading *r, const char *s, size_t len);
	void (*print)(const struct field *f, const struct filter_value *v, struct buf *out);
	bool (*test)(enum filter_op op, const struct filter_value *want, const struct value *v);
	const char *looks;
};

const struct rule *rule_find(const struct field *f, enum filter_op op); /* NULL: not possible */
unsigned rule_ops(const struct field *f);                               /* all that are possible */

#define FORMS(X)                                                                                   \
	X(number) X(real) X(time) X(text) X(pattern) X(block) X(host) X(mac) X(iface) X(port)      \
	X(protocol) X(flags) X(icmp) X(word)
#define X(form)                                                                                    \
	enum err read_##form(struct reading *r, const char *s, size_t len);                        \
	void print_##form(const struct field *f, const struct filter_value *v, struct buf *out);   \
	bool test_##form(enum filter_op op, const struct filter_value *want, const struct value *v);
FORMS(X)
#undef X

/* -- regex.c -- */
struct regex;
enum err regex_new(struct arena *a, const char *pattern, size_t len, struct regex *older,
		   struct regex **ret, size_t *ret_error_at, char ret_error[static 128]);
void regex_done(struct regex *re);     /* twice is fine */
void regex_done_all(struct regex *re); /* and all older ones */
bool regex_match(struct regex *re, const char *s, size_t len);
uint64_t regex_gave_up(const struct regex *re);
