/* Inside of model/: a JSON or YAML document as a tree in which everything knows its place.  The two
 * readers say what is wrong through the builder and return NULL then; the forms (form_*.c) walk
 * what came out.  Texts are the arena's; a number or a truth value is its text as written. */
#pragma once
#include "model/builder.h"

enum doc_kind { DOC_NONE, DOC_TEXT, DOC_MAP, DOC_LIST }; /* DOC_NONE: null, or nothing written */

struct doc {
	enum doc_kind kind;
	struct place at;
	const char *key; /* of a map's member; "" in a list */
	size_t key_len;
	struct place key_at;
	const char *text; /* DOC_TEXT; a zero byte follows, none is inside */
	size_t len;
	struct doc *first, *next;
};

enum { DOC_DEPTH = 32 };

struct doc *doc_json(struct builder *b, struct arena *a, const void *text, size_t len);
struct doc *doc_yaml(struct builder *b, struct arena *a, const void *text, size_t len);

/* The member of a map; NULL when d is no map or has none. */
const struct doc *doc_get(const struct doc *d, const char *key);
/* Text of a member; NULL when it is no text. */
const struct doc *doc_text(const struct doc *d, const char *key);
bool doc_is(const struct doc *d, const char *text);
