/* Trees to text, by ECMA-357 10.1 (ToString) and 10.2 (ToXMLString).
 *
 * Which namespace declarations a start tag carries is decided while writing: those the element
 * declares, those its own name and attributes need and no ancestor has written, and for the
 * outermost element those it inherits from above.  A name whose namespace has no usable prefix
 * gets one made up. */
#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "script/xml.h"

enum { MAX_STEP = 1000, MAX_MADE = 120 };

struct made { /* a prefix made up; kept until the text is done, because others inside may use it */
	struct made *next;
	char text[MAX_MADE + 16];
};

struct writer {
	const struct xml_world *w;
	struct buf *out;
	struct buf bound; /* struct xml_ns[]: what the start tags so far declare, innermost last */
	size_t tag;       /* how many of them others than the tag being written */
	struct made *made;
	unsigned serial;  /* of made up prefixes that were taken */
	unsigned step;    /* spaces an element's inside is indented by */
	bool too_deep;
};

static void escape(struct buf *out, const char *s, size_t len, const char *const table[128])
{
	size_t from = 0;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)s[i];
		if (c >= 128 || !table[c])
			continue;
		buf_add(out, s + from, i - from);
		buf_text(out, table[c]);
		from = i + 1;
	}
	buf_add(out, s + from, len - from);
}

void xml_escape_text(struct buf *out, const char *s, size_t len)
{
	static const char *const table[128] = { ['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;" };
	escape(out, s, len, table);
}

void xml_escape_attr(struct buf *out, const char *s, size_t len)
{
	static const char *const table[128] = {
		['<'] = "&lt;",   ['&'] = "&amp;",  ['"'] = "&quot;",
		['\n'] = "&#xA;", ['\r'] = "&#xD;", ['\t'] = "&#x9;"
	};
	escape(out, s, len, table);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* -- namespaces --------------------------------------------------------------------------------- */

static struct xml_ns bound_at(const struct writer *wr, size_t i)
{
	struct xml_ns ns;
	memcpy(&ns, wr->bound.data + i * sizeof(ns), sizeof(ns));
	return ns;
}

static size_t bound_count(const struct writer *wr)
{
	return wr->bound.len / sizeof(struct xml_ns);
}

/* What prefix stands for here; NULL = nothing. */
static const char *lookup(const struct writer *wr, const char *prefix)
{
	for (size_t i = bound_count(wr); i-- > 0;)
		if (bound_at(wr, i).prefix == prefix)
			return bound_at(wr, i).uri;
	return NULL;
}

static void declare(struct writer *wr, struct xml_ns ns)
{
	const char *now = lookup(wr, ns.prefix);
	if (now ? now == ns.uri : ns.prefix == wr->w->empty && ns.uri == wr->w->empty)
		return;
	buf_add(&wr->bound, &ns, sizeof(ns));
	buf_text(wr->out, ns.prefix[0] ? " xmlns:" : " xmlns");
	buf_text(wr->out, ns.prefix);
	buf_text(wr->out, "=\"");
	xml_escape_attr(wr->out, ns.uri, strlen(ns.uri));
	buf_text(wr->out, "\"");
}

/* The prefix under which uri is known, "" for the default namespace where that may serve. */
static const char *prefix_of(const struct writer *wr, const char *uri, bool attribute)
{
	for (size_t i = bound_count(wr); i-- > 0;) {
		struct xml_ns ns = bound_at(wr, i);
		if (ns.uri == uri && (!attribute || ns.prefix[0]) && lookup(wr, ns.prefix) == uri)
			return ns.prefix;
	}
	return NULL;
}

/* The last part of a namespace that can be a prefix: "b" of "http://a.org/b/2005"; "a" where none can. */
static int tail_of(const char *uri, const char **ret)
{
	size_t end = strlen(uri), from = end;
	for (;;) {
		while (from && !strchr("./:", uri[from - 1]))
			from--;
		size_t len = end - from;
		bool reserved = len >= 3 && strncasecmp(uri + from, "xml", 3) == 0;
		*ret = uri + from;
		if (len && len <= MAX_MADE && !reserved && xml_is_name(uri + from, len))
			return (int)len;
		if (!from)
			break;
		end = --from;
	}
	*ret = "a";
	return 1;
}

static bool prefix_taken(const struct writer *wr, const char *prefix, const struct xml *declares)
{
	bool taken = false;
	for (size_t i = 0; i < bound_count(wr); i++)
		taken |= STREQ(bound_at(wr, i).prefix, prefix);
	for (uint32_t i = 0; i < declares->nss; i++)
		taken |= STREQ(declares->ns[i].prefix, prefix);
	return taken;
}

static const char *make_prefix(struct writer *wr, const char *uri, const struct xml *declares)
{
	struct made *m = mem_alloc(sizeof(*m));
	const char *tail = "a";
	int len = bound_count(wr) || declares->nss ? tail_of(uri, &tail) : 1;
	if (!m) {
		wr->out->bad = E_NOMEM;
		return wr->w->empty;
	}
	m->next = wr->made;
	wr->made = m;
	snprintf(m->text, sizeof(m->text), "%.*s", len, tail);
	while (prefix_taken(wr, m->text, declares))
		snprintf(m->text, sizeof(m->text), "%.*s-%u", len, tail, ++wr->serial);
	const char *atom = xml_atom_find(wr->w, m->text, strlen(m->text)); /* a name inside may have it, too */
	return atom ? atom : m->text;
}

/* The prefix for a name that the tag itself declares, best the wished one; NULL: none. */
static const char *declared_prefix(const struct xml *declares, const struct xml *n)
{
	const char *any = NULL;
	for (uint32_t i = 0; i < declares->nss; i++) {
		const struct xml_ns *ns = &declares->ns[i];
		if (ns->uri != n->uri || (n->kind == XML_ATTRIBUTE && !ns->prefix[0]))
			continue;
		if (ns->prefix == n->prefix)
			return ns->prefix;
		any = any ? any : ns->prefix;
	}
	return any;
}

/* A prefix for a name; *ret_new: it has to be declared here. */
static const char *choose_prefix(struct writer *wr, const struct xml *n, const struct xml *declares,
				 struct xml_ns *ret_new)
{
	const char *empty = wr->w->empty;
	bool attribute = n->kind == XML_ATTRIBUTE;

	ret_new->prefix = NULL;
	if (strcmp(n->uri, "http://www.w3.org/XML/1998/namespace") == 0)
		return "xml"; /* is never declared */
	if (!n->uri[0]) {
		if (!attribute && lookup(wr, empty) && lookup(wr, empty)[0])
			*ret_new = (struct xml_ns){ empty, empty };
		return empty;
	}
	if (n->prefix && (!attribute || n->prefix[0]) && lookup(wr, n->prefix) == n->uri)
		return n->prefix;
	const char *declared = declared_prefix(declares, n);
	if (declared)
		return declared;
	if (!attribute && !n->prefix && lookup(wr, empty) == n->uri)
		return empty;
	const char *known = prefix_of(wr, n->uri, attribute);
	if (known && !n->prefix)
		return known;
	if (n->prefix && (!attribute || n->prefix[0])) {
		bool taken = false; /* by this very tag, for another namespace */
		for (uint32_t i = 0; i < declares->nss; i++)
			taken |= declares->ns[i].prefix == n->prefix;
		for (size_t i = wr->tag; i < bound_count(wr); i++)
			taken |= bound_at(wr, i).prefix == n->prefix;
		if (!taken) {
			*ret_new = (struct xml_ns){ n->prefix, n->uri };
			return n->prefix;
		}
	}
	if (known)
		return known;
	if (!attribute && !n->prefix && !xml_ns_uri(declares, empty)) {
		*ret_new = (struct xml_ns){ empty, n->uri };
		return empty;
	}
	*ret_new = (struct xml_ns){ make_prefix(wr, n->uri, declares), n->uri };
	return ret_new->prefix;
}

static void write_name(struct writer *wr, const char *prefix, const char *local)
{
	assert(prefix); /* choose_prefix() gives one, if an empty one */
	if (prefix[0]) {
		buf_text(wr->out, prefix);
		buf_u8(wr->out, ':');
	}
	buf_text(wr->out, local);
}

/* -- elements --------------------------------------------------------------------------------------- */

static void write_node(struct writer *wr, const struct xml *n, unsigned indent, unsigned depth);

static void write_indent(struct writer *wr, unsigned n)
{
	while (wr->w->set.pretty && n--)
		buf_u8(wr->out, ' ');
}

static void declare_inherited(struct writer *wr, const struct xml *n)
{
	struct buf scope = { .ceiling = 1u << 20 };
	xml_in_scope(n, &scope);
	for (size_t i = 0; i < scope.len; i += sizeof(struct xml_ns)) {
		struct xml_ns ns;
		memcpy(&ns, scope.data + i, sizeof(ns));
		if (ns.prefix[0] || n->uri[0]) /* an element of no namespace is not put into one */
			declare(wr, ns);
	}
	buf_free(&scope);
}

/* Attributes after the declarations, as ECMA-357 orders them; prefixes are chosen before either. */
static const char *write_start_tag(struct writer *wr, const struct xml *n, bool outermost)
{
	struct buf attrs = { .ceiling = wr->out->ceiling }, *out = wr->out;
	struct xml_ns extra;
	wr->tag = bound_count(wr);
	const char *prefix = choose_prefix(wr, n, n, &extra);

	buf_u8(out, '<');
	write_name(wr, prefix, n->local);
	if (outermost)
		declare_inherited(wr, n);
	for (uint32_t i = 0; i < n->nss; i++)
		if (n->ns[i].prefix[0] || n->uri[0])
			declare(wr, n->ns[i]);
	if (extra.prefix)
		declare(wr, extra);
	for (uint32_t i = 0; i < n->attrs; i++) {
		const struct xml *a = n->attr[i];
		const char *p = choose_prefix(wr, a, n, &extra);
		if (extra.prefix)
			declare(wr, extra);
		wr->out = &attrs;
		buf_u8(&attrs, ' ');
		write_name(wr, p, a->local);
		buf_text(&attrs, "=\"");
		xml_escape_attr(&attrs, a->text, a->len);
		buf_u8(&attrs, '"');
		wr->out = out;
	}
	buf_add(out, attrs.data, attrs.len);
	if (attrs.bad && !out->bad)
		out->bad = attrs.bad;
	buf_free(&attrs);
	return prefix;
}

static void write_element(struct writer *wr, const struct xml *n, unsigned indent, unsigned depth)
{
	size_t declared = wr->bound.len;
	bool pretty = wr->w->set.pretty;

	write_indent(wr, indent);
	const char *prefix = write_start_tag(wr, n, depth == 0);
	if (!n->kids) {
		buf_text(wr->out, "/>");
		wr->bound.len = declared;
		return;
	}
	buf_u8(wr->out, '>');
	bool inside = n->kids > 1 || n->kid[0]->kind != XML_TEXT;
	for (uint32_t i = 0; i < n->kids && !wr->out->bad; i++) {
		if (inside && pretty)
			buf_u8(wr->out, '\n');
		write_node(wr, n->kid[i], inside ? indent + wr->step : 0, depth + 1);
	}
	if (inside && pretty) {
		buf_u8(wr->out, '\n');
		write_indent(wr, indent);
	}
	buf_text(wr->out, "</");
	write_name(wr, prefix, n->local);
	buf_u8(wr->out, '>');
	wr->bound.len = declared;
}

static void write_text(struct writer *wr, const struct xml *n, unsigned indent)
{
	const char *s = n->text;
	size_t len = n->len;
	if (wr->w->set.pretty) {
		write_indent(wr, indent);
		while (len && is_space(s[0]))
			s++, len--;
		while (len && is_space(s[len - 1]))
			len--;
	}
	xml_escape_text(wr->out, s, len);
}

static void write_node(struct writer *wr, const struct xml *n, unsigned indent, unsigned depth)
{
	if (depth > XML_MAX_DEPTH * 4 && !wr->out->bad)
		wr->out->bad = E_LIMIT;
	if (wr->out->bad)
		return;
	switch (n->kind) {
	case XML_ELEMENT:
		write_element(wr, n, indent, depth);
		break;
	case XML_TEXT:
		write_text(wr, n, indent);
		break;
	case XML_ATTRIBUTE:
		xml_escape_attr(wr->out, n->text, n->len);
		break;
	case XML_COMMENT:
		write_indent(wr, indent);
		buf_text(wr->out, "<!--");
		buf_add(wr->out, n->text, n->len);
		buf_text(wr->out, "-->");
		break;
	default:
		write_indent(wr, indent);
		buf_text(wr->out, "<?");
		buf_text(wr->out, n->local);
		if (n->len)
			buf_u8(wr->out, ' ');
		buf_add(wr->out, n->text, n->len);
		buf_text(wr->out, "?>");
	}
}

/* -- the doors -------------------------------------------------------------------------------------------- */

bool xml_markup(const struct xml_world *w, const struct xml *n, struct buf *out)
{
	double step = w->set.indent;
	struct writer wr = { .w = w, .out = out, .bound = { .ceiling = 16u << 20 },
			     .step = step >= 1 ? (unsigned)MIN(step, MAX_STEP) : 0 };
	write_node(&wr, n, 0, 0);
	if (wr.bound.bad && !out->bad)
		out->bad = wr.bound.bad;
	buf_free(&wr.bound);
	for (struct made *m = wr.made, *next; m; m = next) {
		next = m->next;
		mem_free(m);
	}
	return !out->bad;
}

bool list_markup(const struct xml_world *w, const struct xml_list *l, struct buf *out)
{
	for (uint32_t i = 0; i < l->n && !out->bad; i++) {
		if (i && w->set.pretty)
			buf_u8(out, '\n');
		xml_markup(w, l->item[i], out);
	}
	return !out->bad;
}

bool xml_text(const struct xml_world *w, const struct xml *n, struct buf *out)
{
	if (n->kind == XML_TEXT || n->kind == XML_ATTRIBUTE) {
		buf_add(out, n->text, n->len);
		return !out->bad;
	}
	if (!xml_simple(n))
		return xml_markup(w, n, out);
	for (uint32_t i = 0; i < n->kids; i++)
		if (n->kid[i]->kind == XML_TEXT)
			buf_add(out, n->kid[i]->text, n->kid[i]->len);
	return !out->bad;
}

bool list_text(const struct xml_world *w, const struct xml_list *l, struct buf *out)
{
	if (l->n != 1 && !list_simple(l))
		return list_markup(w, l, out);
	for (uint32_t i = 0; i < l->n; i++)
		if (l->n == 1 || (l->item[i]->kind != XML_COMMENT && l->item[i]->kind != XML_PI))
			xml_text(w, l->item[i], out);
	return !out->bad;
}
