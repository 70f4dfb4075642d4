/* Inside the front end.
 *
 *	e4x_lex.c     bytes -> tokens; a regular expression or an XML literal only when asked
 *	e4x_stmt.c    statements       e4x_expr.c     operators
 *	e4x_value.c   values, calls    e4x_member.c   E4X's accessors, names, literals of objects
 *	e4x_xml.c     XML literals     e4x_function.c functions, what they bind; classes
 *	e4x_comp.c    generators and comprehensions of JavaScript 1.7
 *	e4x_old.c     sharp variables, getters as words
 *	e4x_const.c   what is assigned to a const
 *	e4x_past.c    what objects of JavaScript 1.x had
 *	e4x_edit.c    the list of edits, the rewritten text, the way back
 *
 * One token is looked at ahead.  Everything that fails calls parse_fail(), after which every
 * token is the end of the text, so every loop ends. */
#pragma once
#include "base/map.h"
#include "script/e4x.h"

enum {
	MAX_DEPTH = 1200,      /* brackets, functions, literals inside one another */
	MAX_XML_DEPTH = 512,   /* open tags of one literal */
	MAX_SOURCE = 64 << 20, /* bytes of a script */
	MAX_EDITS = 4 << 20,
};

enum token_type { T_END, T_NAME, T_PRIVATE, T_NUMBER, T_STRING, T_TEMPLATE, T_PUNCT };

enum word {
	W_NONE,
#define WORD(id, text, reserved) W_##id,
#include "script/e4x_words.def"
#undef WORD
	W_COUNT,
};

/* A punctuator's code is its bytes: P1('+') is "+", P2('+', '=') is "+=". */
#define P1(a)          ((uint32_t)(a))
#define P2(a, b)       ((uint32_t)(a) | (uint32_t)(b) << 8)
#define P3(a, b, c)    (P2(a, b) | (uint32_t)(c) << 16)
#define P4(a, b, c, d) (P3(a, b, c) | (uint32_t)(d) << 24)

struct token {
	enum token_type type;
	enum word word; /* of a T_NAME without escapes */
	uint32_t punct; /* of a T_PUNCT */
	bool newline;   /* a line ended before it */
	size_t start, end;
};

/* -- edits -- */
enum edit_kind { EDIT_CLOSE, EDIT_OPEN, EDIT_REPLACE }; /* the order of those at one place */

struct edit {
	size_t start, end; /* what of the source goes; empty for insertions */
	size_t text, len;  /* what comes, in parser.text */
	uint32_t seq;
	uint8_t kind;
	bool soft; /* wanted only in a text that uses E4X somewhere */
	bool ns;   /* wanted only in a text with a "default xml namespace" somewhere */
	bool old;  /* wanted only in a text with generators and the like of JavaScript 1.7 */
	bool dead;
	bool constant;  /* an assignment to a const; see e4x_const.c */
	bool name;      /* rewrites a free name inside a filter; dies when it turns out bound */
	uint32_t level; /* of a name: see parser.level */
	size_t origin;  /* the place in the source that errors within it mean */
};

/* What is known of an expression that was just parsed. */
enum {
	EX_PLAIN = 1,   /* its value cannot be XML */
	EX_NAME = 2,    /* nothing but a name */
	EX_ARROW = 4,   /* could be the parameters of an arrow function */
	EX_DEAD = 8,    /* a complete arrow function: no operator may follow */
	EX_TARGET = 16, /* x.name, x[e]: obj and key can be taken apart (see below) */
	EX_SUPER = 32,
	EX_PATTERN = 64,   /* an object or array literal */
	EX_OPTIONAL = 128, /* a ?. chain */
	EX_LIST = 256,     /* x..a, x.(e): what delete deletes item by item */
};

struct expr {
	size_t start, end;
	unsigned flags;
	enum word word;     /* of an EX_NAME */
	uint32_t name_edit; /* + 1: the edit of an EX_NAME inside a filter */
	/* Of EX_TARGET: where the last member is, to make  object, key  of it. */
	size_t open, open_end, close, close_end; /* ".", "[" ... and "]" in the source */
	uint32_t open_edit, close_edit;          /* + 1, when these were edited already */
	uint32_t first_edit;                     /* edits made for the parameters of an arrow */
};

struct filter { /* a predicate, or nothing */
	struct filter *outer;
	unsigned number;   /* $e4x1, $e4x2: the names of its element */
	unsigned function; /* parser.function_depth where it stands */
};

struct scope { /* a function or block inside a filter: names it binds are not children */
	struct scope *outer;
	uint32_t first_edit;
	size_t first_name;
};

struct parser {
	const uint8_t *s;
	size_t len, pos;
	struct token tok;
	size_t prev_end;
	unsigned depth, function_depth;
	bool failed, limit, uses_e4x, sets_namespace;
	bool no_in, in_generator, in_async, in_arrow;
	bool evals; /* has text evaluated, which may be E4X */
	bool asks_typeof, says_xml; /* typeof x == "xml": XML may come although nothing else says so */
	bool no_html_end;   /* no "-->" is left in the text: e4x_stmt.c */
	bool uses_old;      /* see e4x_comp.c */
	bool old_generator; /* the function being read has an old yield */
	bool yield_is_name; /* the text binds it */
	bool says_missing;  /* __noSuchMethod__ stands somewhere in the text */
	unsigned with_depth;
	unsigned body; /* function bodies that keep a default namespace: see e4x_function.c */
	uint32_t level; /* grows wherever a name cannot be a parameter of an arrow being read */
	struct filter *filter;
	struct scope *scope;
	struct buf bound; /* struct bound[]: names bound in the open scopes */
	struct edit *edit;
	uint32_t edits, edits_cap;
	struct buf text; /* what the edits bring */
	struct buf *names, *comprehension; /* "x,y,": names bound by a comprehension's head, heads; or NULL */
	struct e4x_error *why;
	struct map constants; /* names -> how the text binds them: e4x_const.c */
	bool in_const, constants_lost;
	uint8_t first_word[32];
	/* e4x_loop: where the engine says it was, the loop that is meant by it (+ 1) */
	bool seeks;
	size_t seek, loop, function_start, arrow_start;
};

/* e4x_lex.c */
void lex_init(struct parser *p);
void lex_next(struct parser *p);             /* p->tok becomes the next token */
void lex_from(struct parser *p, size_t pos); /* the same, from pos on */
void lex_regexp(struct parser *p); /* p->tok is "/" or "/=": becomes the whole literal (T_STRING) */
bool lex_is(const struct parser *p, uint32_t punct);
bool lex_take(struct parser *p, uint32_t punct);
void lex_expect(struct parser *p, uint32_t punct);
void lex_separator(struct parser *p, uint32_t close); /* "," unless the list ends here */
void parse_fail(struct parser *p, size_t at, const char *fmt, ...) _printf_(3, 4);
void parse_unexpected(struct parser *p);
bool word_reserved(enum word w);
bool lex_ident_at(const struct parser *p, size_t pos);
size_t lex_skip_line_end(const struct parser *p,
			 size_t pos); /* bytes of a line end at pos, 0 = none */

struct token lex_peek(struct parser *p); /* the token after p->tok */

/* e4x_edit.c */
uint32_t edit_add(struct parser *p, enum edit_kind kind, size_t start, size_t end, const char *fmt,
		  ...) _printf_(5, 6);
uint32_t edit_soft(struct parser *p, enum edit_kind kind, size_t start, size_t end, const char *fmt,
		   ...) _printf_(5, 6);
uint32_t edit_ns(struct parser *p, enum edit_kind kind, size_t at, const char *fmt, ...)
	_printf_(4, 5);
uint32_t edit_old(struct parser *p, enum edit_kind kind, size_t start, size_t end, const char *text);
void edit_unbracket(struct parser *p, uint32_t open,
		    uint32_t close); /* as edit_add numbered them; close may be 0 */
void edits_sort(struct parser *p);

/* e4x_expr.c */
struct expr parse_expression(struct parser *p); /* with commas */
void parse_argument(struct parser *p);
struct expr parse_assign(struct parser *p);
struct expr parse_unary(struct parser *p);
void edit_apart(struct parser *p, const struct expr *x, const char *before, size_t op, size_t op_end);
void name_unbound(struct parser *p, struct expr *x); /* it is written to: not a child */
bool deeper(struct parser *p);
void shallower(struct parser *p);

/* e4x_value.c */
struct expr parse_postfix(struct parser *p);
struct expr parse_primary(struct parser *p);
unsigned parse_arguments(struct parser *p, const struct expr *callee); /* how many */

/* e4x_member.c */
/* How an accessor is written: brackets for a member, arguments for a descendant. */
struct accessor_form {
	const char *open, *close;
};
extern const struct accessor_form E4X_MEMBER;
void parse_accessor(struct parser *p, struct expr *x, size_t from, const struct accessor_form *f);
void parse_qualified(struct parser *p, struct expr *x, size_t from, struct token ns, bool attribute,
		     const struct accessor_form *f); /* at "::" */
void edit_free_operand(struct parser *p, struct expr *x, bool deletes); /* of a name with an edit */
void edit_free_target(struct parser *p, struct expr *x);                /* the same */
void parse_descendants(struct parser *p, struct expr *x);
void parse_filter(struct parser *p, struct expr *x, size_t dot);
struct expr parse_name(struct parser *p);
struct expr parse_bare_accessor(struct parser *p);
struct expr parse_parenthesized(struct parser *p);
struct expr parse_array(struct parser *p);
struct expr parse_object(struct parser *p);
void parse_template(struct parser *p);
bool parse_property_name(
	struct parser *p); /* of an object or class member; true when it was computed */

/* e4x_stmt.c */
void parse_program(struct parser *p);
void parse_statement(struct parser *p);
void parse_let(struct parser *p, bool value); /* at "let" before "(" */
void parse_for_in(struct parser *p, bool each); /* at "in" or "of" */
void note_loop(struct parser *p, size_t keyword); /* at its body */

/* e4x_comp.c */
bool is_old_yield(struct parser *p);
void use_old(struct parser *p);
void edit_old_generator(struct parser *p, size_t open, size_t end);
void parse_comprehension(struct parser *p, size_t start, uint32_t first_edit, bool array);

/* e4x_old.c */
struct expr parse_sharp(struct parser *p);
struct expr parse_pattern_assign(struct parser *p, const struct expr *x, size_t close);
bool is_accessor_word(struct parser *p, uint32_t next);
void parse_accessor_member(struct parser *p, size_t name);
struct expr parse_accessor_assign(struct parser *p, const struct expr *x);

/* e4x_past.c */
void edit_past(struct parser *p, const struct expr *x, const struct token *name);
void edit_error(struct parser *p, size_t start, size_t end, unsigned args);

/* e4x_const.c */
void const_bound(struct parser *p, size_t start, size_t end);
void const_parameters(struct parser *p, const struct expr *x); /* of an arrow function */
bool const_written(struct parser *p, const struct expr *x); /* false: it is no const so far */
void const_settle(struct parser *p);

/* e4x_function.c */
void parse_function(struct parser *p, bool async); /* at "function" */
void parse_function_rest(struct parser *p, bool async, bool generator,
			 bool arrow); /* at "(" (or an arrow's body) */
void parse_binding(struct parser *p);
void parse_class(struct parser *p);
void bind_name(struct parser *p, size_t start, size_t end);
void scope_open(struct parser *p, struct scope *s, uint32_t first_edit);
void scope_close(struct parser *p);

/* e4x_xml.c */
void parse_xml_literal(struct parser *p); /* at "<" where a value is expected */
