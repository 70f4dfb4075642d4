/* The XML form of zones, through libxml2's SAX2 interface.  Nothing is fetched and no tree is made; a
 * document with a DOCTYPE is refused, for only there could entities and external parts be declared.
 *
 *	<network>
 *	  <boundary agent="10.0.0.1" ifName="Te1/1"/>
 *	  <zone name="Zurich">
 *	    <cidr address="10.1.0.0" bits="16"/> <agent address="10.0.0.1"/>
 *	    <group name="servers"> <cidr address="10.1.1.0" bits="24"/> </group>
 *	  </zone>
 *	</network> */
#include "model/zoning.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>

enum { XML_DEPTH = 8, XML_VALUE = 256 };

enum tag { TAG_NONE, TAG_NETWORK, TAG_BOUNDARY, TAG_ZONE, TAG_GROUP, TAG_CIDR, TAG_AGENT };

static const struct {
	const char *name, *attributes; /* the attributes, blank-separated */
	unsigned below;                /* bit per enum tag: where it may stand */
} tags[] = {
	[TAG_NONE]     = { "", "", 0 },
	[TAG_NETWORK]  = { "network", "", 1u << TAG_NONE },
	[TAG_BOUNDARY] = { "boundary", "agent ifName ifIndex", 1u << TAG_NETWORK },
	[TAG_ZONE]     = { "zone", "name", 1u << TAG_NETWORK },
	[TAG_GROUP]    = { "group", "name", 1u << TAG_ZONE },
	[TAG_CIDR]     = { "cidr", "address bits", 1u << TAG_ZONE | 1u << TAG_GROUP },
	[TAG_AGENT]    = { "agent", "address", 1u << TAG_ZONE | 1u << TAG_GROUP },
};

struct xml {
	struct zoning *b;
	xmlParserCtxtPtr parser;
	const uint8_t *text;
	size_t len, counted;
	struct zoning_place place; /* of the byte `counted` */
	enum tag open[XML_DEPTH];
	size_t depth, unknown;     /* unknown: elements open inside one that is not known */
};

struct values {
	char name[XML_VALUE], agent[XML_VALUE], ifname[XML_VALUE], ifindex[XML_VALUE], address[XML_VALUE], bits[XML_VALUE];
};

/* Where the tag begins that ends at the parser's place: "<" cannot stand inside one. */
static struct zoning_place here(struct xml *x)
{
	long n = xmlByteConsumed(x->parser);
	size_t end = n < 0 ? x->counted : MIN((size_t)n, x->len);
	while (end > x->counted && x->text[end - 1] != '<')
		end--;
	end = end > x->counted ? end - 1 : x->counted;
	for (; x->counted < end; x->counted++) {
		uint8_t c = x->text[x->counted];
		x->place.column += (c & 0xc0) != 0x80;
		if (c == '\n')
			x->place = (struct zoning_place){ x->place.line + 1, 1 };
	}
	return x->place;
}

static bool is_one_of(const char *words, const char *name)
{
	size_t len = strlen(name);
	for (const char *w = words; *w; w += strcspn(w, " "), w += *w == ' ')
		if (strcspn(w, " ") == len && memcmp(w, name, len) == 0)
			return true;
	return false;
}

static char *slot_of(struct values *v, const char *name)
{
	return STREQ(name, "name")      ? v->name
	       : STREQ(name, "agent")   ? v->agent
	       : STREQ(name, "ifName")  ? v->ifname
	       : STREQ(name, "ifIndex") ? v->ifindex
	       : STREQ(name, "address") ? v->address
					: v->bits;
}

/* Five pointers an attribute: name, prefix, namespace, where its value begins and ends. */
static bool take_attributes(struct xml *x, enum tag t, struct zoning_place at, int n, const xmlChar **attr, struct values *v)
{
	bool good = true;
	for (int i = 0; i < n; i++, attr += 5) {
		const char *name = (const char *)attr[0];
		size_t len = (size_t)(attr[4] - attr[3]);
		if (attr[1] || !is_one_of(tags[t].attributes, name)) {
			zoning_error(x->b, at, "unknown attribute \"%.60s\" of <%s>: wanted %s", name, tags[t].name,
				     *tags[t].attributes ? tags[t].attributes : "none");
			good = false;
		} else if (len >= XML_VALUE || memchr(attr[3], 0, len)) {
			zoning_error(x->b, at, "%s is too long", name);
			good = false;
		} else {
			memcpy(slot_of(v, name), attr[3], len);
			slot_of(v, name)[len] = 0;
		}
	}
	return good;
}

static void element(struct xml *x, enum tag t, struct zoning_place at, const struct values *v)
{
	char text[2 * XML_VALUE + 2];
	switch (t) {
	case TAG_BOUNDARY:
		snprintf(text, sizeof(text), "%s>%s", v->agent, *v->ifname ? v->ifname : v->ifindex);
		zoning_port(x->b, at, text);
		return;
	case TAG_ZONE:
		zoning_zone(x->b, at, v->name);
		return;
	case TAG_GROUP:
		zoning_group(x->b, at, v->name);
		return;
	case TAG_CIDR:
		snprintf(text, sizeof(text), "%s%s%s", v->address, *v->bits ? "/" : "", v->bits);
		zoning_block(x->b, at, text);
		return;
	case TAG_AGENT:
		zoning_agents(x->b, at, v->address);
		return;
	case TAG_NETWORK: case TAG_NONE:
		return;
	}
}

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nnamespace,
		     const xmlChar **namespace, int nattr, int ndefault, const xmlChar **attr)
{
	struct xml *x = arg;
	(void)uri, (void)nnamespace, (void)namespace, (void)ndefault;
	struct zoning_place at = here(x);
	enum tag above = x->depth ? x->open[x->depth - 1] : TAG_NONE, t = TAG_NONE;
	struct values v = { 0 };
	if (zoning_full(x->b))
		xmlStopParser(x->parser);
	for (size_t i = 1; i < COUNT_OF(tags) && !x->unknown && !prefix; i++)
		if (STREQ(tags[i].name, (const char *)name) && tags[i].below >> above & 1)
			t = (enum tag)i;
	if (!t || x->depth == XML_DEPTH) {
		if (!x->unknown++)
			zoning_error(x->b, at, "<%.60s> is not known here", (const char *)name);
		return;
	}
	x->open[x->depth++] = t;
	if (take_attributes(x, t, at, nattr, attr, &v))
		element(x, t, at, &v);
}

static void on_end(void *arg, const xmlChar *name _unused_, const xmlChar *prefix _unused_, const xmlChar *uri _unused_)
{
	struct xml *x = arg;
	if (x->unknown) {
		x->unknown--;
		return;
	}
	enum tag t = x->depth ? x->open[--x->depth] : TAG_NONE;
	if (t == TAG_ZONE)
		zoning_zone_end(x->b);
	if (t == TAG_GROUP)
		zoning_group_end(x->b);
}

static void on_doctype(void *arg, const xmlChar *name _unused_, const xmlChar *public _unused_, const xmlChar *system _unused_)
{
	struct xml *x = arg;
	zoning_error(x->b, here(x), "a DOCTYPE is not read");
	xmlStopParser(x->parser);
}

static void on_text(void *arg, const xmlChar *s, int n)
{
	struct xml *x = arg;
	for (int i = 0; i < n && !x->unknown; i++)
		if (!strchr(" \t\r\n", s[i])) {
			zoning_error(x->b, here(x), "text has no meaning here");
			return;
		}
}

static void no_message(void *arg _unused_, const char *fmt _unused_, ...)
{
}

void zones_read_xml(struct zoning *b, const void *text, size_t len)
{
	xmlSAXHandler sax = { .initialized = XML_SAX2_MAGIC,
			      .startElementNs = on_start,
			      .endElementNs = on_end,
			      .internalSubset = on_doctype,
			      .characters = on_text,
			      .error = no_message,
			      .warning = no_message };
	struct xml x = { .b = b, .text = text, .len = len, .place = { 1, 1 } };
	x.parser = xmlCreatePushParserCtxt(&sax, &x, NULL, 0, NULL);
	if (!x.parser) {
		b->failed = E_NOMEM;
		return;
	}
	xmlCtxtUseOptions(x.parser, XML_PARSE_NONET);
	int bad = xmlParseChunk(x.parser, text, (int)len, 0);
	if (!bad)
		bad = xmlParseChunk(x.parser, NULL, 0, 1);
	const xmlError *e = xmlCtxtGetLastError(x.parser);
	if (bad && !b->errors) {
		char said[200];
		snprintf(said, sizeof(said), "%s", e && e->message ? e->message : "no XML");
		said[strcspn(said, "\r\n")] = 0;
		zoning_error(b, (struct zoning_place){ e && e->line > 0 ? (unsigned)e->line : 1, e && e->int2 > 0 ? (unsigned)e->int2 : 1 },
			     "%s", said);
	}
	xmlFreeParserCtxt(x.parser);
}
