/* The files that go with a generated network: customers by port and by block, interface names. */
#include "generate/world.h"

static void xml_begin(struct buf *out)
{
	buf_text(out, "<customers>\n");
}

/* Names and ids are ours: no sign in them needs escaping. */
static void xml_customers(const struct world *w, bool ports, bool blocks, struct buf *out)
{
	char text[ADDR_TEXT];
	xml_begin(out);
	for (unsigned k = 0; k < w->ncustomers; k++) {
		const struct gcustomer *c = &w->customer[k];
		buf_printf(out, "  <customer name=\"%s\" id=\"%s\">\n", c->name, c->id);
		for (unsigned i = 0; ports && i < c->nports; i++) {
			const struct gagent *a = &w->agent[c->port[i].agent];
			struct addr addr = addr_v4(a->ip);
			buf_printf(out, "    <port agent=\"%s\" ifName=\"%s\" />\n", addr_format(&addr, text),
				   a->port[c->port[i].port].name);
		}
		for (unsigned i = 0; blocks && i < c->nblocks; i++) {
			struct addr addr = addr_v4(c->block[i].base);
			buf_printf(out, "    <cidr address=\"%s\" bits=\"%u\" />\n", addr_format(&addr, text),
				   c->block[i].bits);
		}
		if (blocks)
			buf_printf(out, "    <cidr address=\"2001:db8:%x::\" bits=\"48\" />\n", k + 1);
		buf_text(out, "  </customer>\n");
	}
	buf_text(out, "</customers>\n");
}

void generate_customers_ports(const struct generator *g, struct buf *out)
{
	xml_customers(generate_world(g), true, false, out);
}

void generate_customers_cidrs(const struct generator *g, struct buf *out)
{
	xml_customers(generate_world(g), false, true, out);
}

void generate_customers(const struct generator *g, struct buf *out)
{
	xml_customers(generate_world(g), true, true, out);
}

void generate_names(const struct generator *g, struct buf *out)
{
	const struct world *w = generate_world(g);
	char text[ADDR_TEXT];
	for (unsigned a = 0; a < w->nagents; a++) {
		struct addr addr = addr_v4(w->agent[a].ip);
		addr_format(&addr, text);
		for (unsigned p = 0; p < w->nports; p++) {
			const struct gport *port = &w->agent[a].port[p];
			buf_printf(out, "%s,%u,%s,%llu\n", text, port->ifindex, port->name,
				   (unsigned long long)port->speed);
		}
	}
}
