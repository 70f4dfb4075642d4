/* XML as E4X has it: a tree of our own, because libxml2's merges adjacent text, ties namespaces
 * to ancestors and belongs to one document; E4X needs the opposite.  libxml2 only parses.
 *
 * Lifetime: a node is held by whoever uses it (a script's value, a list).  Holding a node holds
 * its parent, so a tree lives while any node of it is held, and is freed as a whole:
 *
 *	held(n) = holders of n itself + children and attributes c of n with held(c) > 0
 *
 * Names are atoms: the same text is the same pointer.  Not for threads. */
#pragma once
#include "base/buf.h"
#include "base/map.h"

enum { /* what a document from outside, or a script's own building, can grow */
       XML_MAX_BYTES = 256 << 20,
       XML_MAX_DEPTH = 512,
       XML_MAX_NODES = 16 << 20, /* alive at once */
       XML_MAX_ATOMS = 4 << 20,
       XML_MAX_QUOTED = 1024,
};

#define XML_QUOTED "_e4xq" /* and a number: see xml_quote_ns */

enum xml_kind { XML_ELEMENT, XML_ATTRIBUTE, XML_TEXT, XML_COMMENT, XML_PI };

struct xml_ns {
	const char *prefix; /* atom; "" = the default namespace; NULL = any will do */
	const char *uri;    /* atom */
};

struct xml {
	const void *bound; /* the binding's; first, see engine_exotic.h */
	struct xml *parent;
	const char *local, *uri; /* atoms; NULL for text and comments; a PI's target is local */
	const char *prefix;      /* atom or NULL: as wished, not as written */
	uint32_t held;
	uint8_t kind;
	union {
		struct { /* element */
			struct xml **kid, **attr;
			struct xml_ns *ns; /* declared here */
			uint32_t kids, kid_cap, attrs, nss;
		};
		struct { /* the others: their value, UTF-8, a zero behind */
			char *text;
			size_t len;
		};
	};
};

/* A name that is asked for.  NULL local: "*"; NULL uri: in any namespace. */
struct xml_name {
	const char *local, *uri, *prefix;
	bool attribute;
};

struct xml_settings {
	bool ignore_comments, ignore_pis, ignore_whitespace, pretty;
	double indent; /* as the script set it: any number */
};

struct xml_world { /* what all trees of an engine share */
	struct map atoms;
	struct buf quoted; /* struct xml_ns[]: namespaces of QNames that literals were given as tags */
	struct xml_settings set;
	const char *empty;      /* the atom "" */
	const char *default_ns; /* atom: namespace of unqualified names */
	size_t nodes;
	enum err bad; /* the last refusal: E_NOMEM or E_LIMIT */
};

struct xml_list {
	struct xml **item; /* held */
	uint32_t n, cap;
	struct xml *inline_item[2];
};

void xml_world_init(struct xml_world *w);
void xml_world_free(struct xml_world *w);
extern const struct xml_settings XML_DEFAULTS;
/* The number under which a namespace is quoted as prefix _e4xqN in text to be parsed; false: no room. */
bool xml_quote_ns(struct xml_world *w, struct xml_ns ns, unsigned *ret);
const char *xml_atom(struct xml_world *w, const char *s, size_t len); /* NULL: w->bad */
const char *xml_atom_find(const struct xml_world *w, const char *s,
			  size_t len); /* NULL: no such name anywhere */

/* -- nodes -- */
struct xml *xml_new(struct xml_world *w, enum xml_kind kind, const char *local, const char *uri,
		    const char *prefix);
struct xml *xml_new_text(struct xml_world *w, enum xml_kind kind, const char *local,
			 const char *text, size_t len);
bool xml_set_text(struct xml_world *w, struct xml *n, const char *text, size_t len);
void xml_hold(struct xml *n);
void xml_release(struct xml_world *w, struct xml *n);
void xml_discard(struct xml_world *w, struct xml *n); /* a tree nobody holds yet */

bool xml_insert(struct xml_world *w, struct xml *parent, uint32_t at,
		struct xml *kid); /* kid has no parent */
bool xml_add_attr(struct xml_world *w, struct xml *parent, struct xml *attr);
void xml_detach(struct xml_world *w,
		struct xml *n);          /* out of its parent; freed when nobody holds it */
/* Many at once, in linear time: `count` children from `from` on; the children (or attributes) of a
 * name but the one at keep (UINT32_MAX: none stays). */
void xml_detach_range(struct xml_world *w, struct xml *p, uint32_t from, uint32_t count);
void xml_detach_named(struct xml_world *w, struct xml *p, const struct xml_name *name,
		      uint32_t keep);
uint32_t xml_index(const struct xml *n); /* among its parent's children or attributes */
bool xml_is_ancestor(const struct xml *maybe, const struct xml *n); /* or n itself */
struct xml *xml_copy(struct xml_world *w,
		     const struct xml *n); /* deep, without parent; NULL: w->bad */

bool xml_add_ns(struct xml_world *w, struct xml *n, struct xml_ns ns);
void xml_remove_ns(struct xml *n, struct xml_ns ns);
const char *xml_ns_uri(const struct xml *n, const char *prefix); /* in scope; NULL = not bound */
const struct xml_ns *xml_ns_of_uri(const struct xml *n,
				   const char *uri); /* in scope; NULL = none */
/* Every namespace in scope, nearest first, no prefix twice; returns false when out of memory. */
bool xml_in_scope(const struct xml *n, struct buf *ret /* of struct xml_ns */);

bool xml_matches(const struct xml *n, const struct xml_name *name);
bool xml_simple(const struct xml *n); /* has simple content */
bool xml_equal(const struct xml *a, const struct xml *b, unsigned depth);

/* -- lists -- */
void list_init(struct xml_list *l);
void list_free(struct xml_world *w, struct xml_list *l);
bool list_add(struct xml_world *w, struct xml_list *l, struct xml *n);
void list_remove(struct xml_world *w, struct xml_list *l, uint32_t at);
bool list_insert(struct xml_world *w, struct xml_list *l, uint32_t at, struct xml *n);
bool list_add_children(struct xml_world *w, struct xml_list *l, const struct xml *n,
		       const struct xml_name *name);
bool list_add_descendants(struct xml_world *w, struct xml_list *l, const struct xml *n,
			  const struct xml_name *name);
bool list_simple(const struct xml_list *l);

/* -- text -- */
bool xml_text(const struct xml_world *w, const struct xml *n, struct buf *out);   /* ToString */
bool xml_markup(const struct xml_world *w, const struct xml *n, struct buf *out); /* ToXMLString */
bool list_text(const struct xml_world *w, const struct xml_list *l, struct buf *out);
bool list_markup(const struct xml_world *w, const struct xml_list *l, struct buf *out);
void xml_escape_text(struct buf *out, const char *s, size_t len);
void xml_escape_attr(struct buf *out, const char *s, size_t len);

/* Parse a fragment: any number of nodes.  No DTD, no entities but XML's own, no network.
 * OK, E_SYNTAX, E_LIMIT, E_NOMEM; why says what, "line L: ..." */
enum err xml_parse(struct xml_world *w, const char *text, size_t len, struct xml_list *ret,
		   struct problem *why) _must_check_;

/* An XML name without colon (NCName of XML 1.0, 4th edition and before). */
bool xml_is_name(const char *s, size_t len);
