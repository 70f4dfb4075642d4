/* Inside of model/: the forms a mapping is written in.  A form brings elements to the builder, in the
 * shape of customers.def, with the places they stand at; it knows nothing of their meaning.
 *
 * Forms in which a customer's things lie apart (CSV, IX-F, NetBox) are gathered by customer first. */
#pragma once
#include "model/doc.h"

/* The form by the name's ending, else by how the text begins; XML when neither tells. */
void form_read(struct builder *b, const char *name, const void *text, size_t len);

void csv_read(struct builder *b, const void *text, size_t len);
void own_read(struct builder *b, const struct doc *d);    /* our JSON and YAML: form_own.c */
void ixf_read(struct builder *b, const struct doc *d);    /* form_ixf.c */
void netbox_read(struct builder *b, const struct doc *d); /* form_netbox.c */
bool ixf_looks(const struct doc *d);
bool netbox_looks(const struct doc *d);

/* -- gathering (gather.c) ----------------------------------------------------------------------------- */

enum { THING_ATTRS = 8 };

struct thing {
	const char *name; /* "port", "mac", "cidr" */
	struct place at;
	struct attr attr[THING_ATTRS];
	size_t nattr;
	struct thing *next;
};

struct group {
	struct attr attr[5]; /* id, name, parent, privacy, privacyBelow */
	size_t nattr;
	struct place at;
	struct thing *first, *last;
	struct group *next;
};

struct gather {
	struct builder *b;
	struct arena *a;
	struct map by_id;
	struct map seen; /* things, so that what a database says twice is said once */
	struct group *first, *last;
};

/* Everything borrowed must live until gather_emit.  All return NULL after saying builder_fail. */
struct group *gather_customer(struct gather *g, const char *id, size_t len, struct place at);
void group_attr(struct group *c, const char *name, const char *value, size_t len, struct place at);
struct thing *gather_thing(struct gather *g, struct group *c, const char *name, struct place at);
void thing_attr(struct thing *t, const char *name, const char *value, size_t len, struct place at);
/* Was this thing of the customer met before?  Remembers it. */
bool gather_met(struct gather *g, const struct group *c, const char *what);
void gather_emit(struct gather *g);
void gather_free(struct gather *g);
