/* The E4X front end: today's JavaScript plus ECMA-357 in, today's JavaScript out.
 *
 * The text is parsed and edited, never re-printed: every line stays on its line, and what is
 * not E4X stays byte for byte.  Untrusted text: no recursion without a ceiling, linear time. */
#pragma once
#include "base/buf.h"
#include "base/err.h"

#define E4X_PREFIX "$e4x" /* the one global name (an object of helpers) that rewritten text uses */

struct e4x_error {
	char message[240];
	unsigned line, column; /* 1-based; column counts characters */
	bool e4x;              /* E4X had been seen by then; else the engine may be asked as well */
};

struct e4x;

/* OK, E_SYNTAX (why says what and where), E_LIMIT (nested too deep, too long; why says), E_NOMEM. */
enum err e4x_rewrite(const char *source, size_t len, struct e4x **ret,
		     struct e4x_error *why) _must_check_;
/* The same for a text that runs beside others with E4X, so that XML may come to its operators
 * although nothing in it says so.  body: of a text for eval, the number of the function body it is evaluated in. */
enum err e4x_rewrite_beside(const char *source, size_t len, unsigned body, struct e4x **ret,
			    struct e4x_error *why) _must_check_;
void e4x_free(struct e4x *x);
bool e4x_changed(const struct e4x *x);
const char *e4x_text(const struct e4x *x, size_t *ret_len); /* valid until e4x_free */

/* An offset in the rewritten text -> the offset in the source it stands for. */
size_t e4x_origin(const struct e4x *x, size_t pos);

/* The same for a stretch: from its first byte to behind its last. */
void e4x_span(const struct e4x *x, size_t from, size_t to, size_t *ret_from, size_t *ret_to);

/* A script that runs on and on is seen at the start of a loop's turn, which the engine calls by the last place before
 * the loop where something could fail: the loop that is meant, or pos itself when it is in none's front. */
size_t e4x_loop(const char *source, size_t len, size_t pos);

/* Places in a text.  Lines end as JavaScript has it: LF, CR, CRLF, U+2028, U+2029. */
size_t e4x_offset_utf16(const char *text, size_t len, unsigned line, unsigned column_utf16);
unsigned e4x_column(const char *text, size_t len, size_t pos); /* 1-based, in characters */
unsigned e4x_line(const char *text, size_t len, size_t pos);
void e4x_line_text(const char *text, size_t len, unsigned line, char *out, size_t size);
