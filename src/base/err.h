/* Errors: one enum for the program's flow, one struct for the human who reads.
 *
 * A function that can fail returns enum err; its outputs are untouched unless it
 * returned OK.  Where the cause is something a person wrote (a filter, a file, an
 * option), it also fills a struct problem: what was wrong, where, what would be right. */
#pragma once
#include "base/util.h"

#define ERR_LIST(X)                                                                                \
	X(OK, "ok")                                                                                \
	X(E_NOMEM, "out of memory")                                                                \
	X(E_IO, "input/output error")                                                              \
	X(E_CORRUPT, "damaged data")                                                               \
	X(E_VERSION, "made by a newer version")                                                    \
	X(E_LIMIT, "limit reached")                                                                \
	X(E_SYNTAX, "syntax error")                                                                \
	X(E_UNKNOWN, "no such thing")                                                              \
	X(E_EXISTS, "exists already")                                                              \
	X(E_BUSY, "in use")                                                                        \
	X(E_DENIED, "not allowed")                                                                 \
	X(E_RANGE, "out of range")                                                                 \
	X(E_CANCELLED, "cancelled")

enum err {
#define X(id, text) id,
	ERR_LIST(X)
#undef X
};

/* The words above; never NULL. */
const char *err_text(enum err e);

struct problem {
	char text[480]; /* one line, no full stop, no newline; cut with "..." when longer */
	size_t pos;     /* 1-based character in the text it is about; 0 = not about a place */
};

/* Fill *p (which may be NULL) and return e, so that a refusal is one statement. */
enum err problem_set(struct problem *p, enum err e, const char *fmt, ...) _printf_(3, 4);
enum err problem_at(struct problem *p, enum err e, size_t pos, const char *fmt, ...) _printf_(4, 5);
