/* Our own mapping as JSON or YAML: the names of the XML form.
 *
 *	customers:
 *	  - id: "1001"
 *	    name: InMon Corp.
 *	    port:
 *	      - { agent: 10.0.0.1, ifName: ethernet5, to: 2026-07-01 }
 *	    mac:  [ { address: "02:00:5e:10:00:01" } ]
 *	    cidr: [ { address: 192.0.2.0, bits: 24 } ]
 *
 * A member that is a text is an attribute; one that is a list (or a map: a list of one) is so many
 * elements.  What is not known is refused by the builder, as it is in XML. */
#include "model/form.h"

enum { MEMBERS = 64 };

static void element(struct builder *b, const char *name, const struct doc *d)
{
	struct attr attr[MEMBERS];
	struct tag tag = { .name = name, .name_len = strlen(name), .attr = attr, .at = d->at };
	if (d->kind != DOC_MAP) {
		builder_error(b, d->at, "%.60s is written { name: value, ... }", name);
		return;
	}
	for (const struct doc *m = d->first; m; m = m->next) {
		if (m->kind != DOC_TEXT)
			continue;
		if (tag.nattr == MEMBERS) {
			builder_error(b, m->key_at, "more than %d values in one %.60s", MEMBERS, name);
			return;
		}
		attr[tag.nattr++] = (struct attr){ m->key, m->text, m->key_len, m->len, m->at };
	}
	builder_open(b, &tag);
	for (const struct doc *m = d->first; m && !builder_full(b) && builder_knows_here(b); m = m->next) {
		if (m->kind == DOC_MAP)
			element(b, m->key, m);
		for (const struct doc *i = m->kind == DOC_LIST ? m->first : NULL; i && !builder_full(b); i = i->next)
			element(b, m->key, i);
	}
	builder_close(b);
}

void own_read(struct builder *b, const struct doc *d)
{
	const struct tag all = { .name = "customers", .name_len = 9, .at = d->at };
	if (d->kind != DOC_MAP) {
		builder_error(b, d->at, "wanted customers: and a list of them");
		return;
	}
	builder_open(b, &all);
	for (const struct doc *m = d->first; m && !builder_full(b); m = m->next) {
		if (!STREQ(m->key, "customers"))
			builder_error(b, m->key_at, "unknown name \"%.60s\": wanted customers", m->key);
		else if (m->kind != DOC_LIST && m->kind != DOC_NONE)
			builder_error(b, m->at, "customers is a list");
		else
			for (const struct doc *c = m->first; c && !builder_full(b); c = c->next)
				element(b, "customer", c);
	}
	if (!d->first)
		builder_error(b, d->at, "wanted customers: and a list of them");
	builder_close(b);
}
