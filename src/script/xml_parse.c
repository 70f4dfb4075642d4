/* XML text to trees, through libxml2's SAX2 events.
 *
 * A fragment may hold any number of nodes, so the text is fed between a start and an end tag of
 * our own, which also says what the default namespace is.  Refused: a document type (and so every
 * entity but XML's five), depth, nodes and bytes beyond the ceilings of xml.h.
 *
 * White space: text of nothing else is dropped; text beside other markup is trimmed (ECMA-357 13.4.3.3
 * leaves the second to the reader; it is what its first implementation did).  Comments and processing
 * instructions part the text around them, ignored or not (10.3.1). */
#include <assert.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "script/xml.h"

enum { NAME_CACHE = 256 };

struct reader {
	struct xml_world *w;
	xmlParserCtxtPtr xml;
	struct xml *top; /* our own element around the fragment */
	struct xml *now; /* the open element */
	unsigned depth;
	bool parted[XML_MAX_DEPTH + 2]; /* by depth: the open element's text is parted by what is ignored */
	struct buf text; /* characters since the last markup */
	enum err bad;
	struct problem *why;
	struct {
		const xmlChar *from;
		const char *atom;
	} cache[NAME_CACHE]; /* the parser's names are unique by address, too */
};

static void refuse(struct reader *r, enum err e, const char *what)
{
	if (r->bad == OK)
		r->bad = problem_set(r->why, e, "line %d: %s", xmlSAX2GetLineNumber(r->xml), what);
	xmlStopParser(r->xml);
}

static const char *atom(struct reader *r, const xmlChar *s)
{
	size_t slot = ((uintptr_t)s >> 3) % NAME_CACHE;
	if (!s)
		return r->w->empty;
	if (r->cache[slot].from != s) {
		const char *a = xml_atom(r->w, (const char *)s, strlen((const char *)s));
		if (!a) {
			refuse(r, r->w->bad, "too many names");
			return r->w->empty;
		}
		r->cache[slot].from = s;
		r->cache[slot].atom = a;
	}
	return r->cache[slot].atom;
}

/* The prefix a name asked for: that which a quoted namespace had. */
static const char *wish(struct reader *r, const xmlChar *prefix)
{
	const char *s = (const char *)prefix;
	size_t n = strlen(XML_QUOTED), i = 0, count = r->w->quoted.len / sizeof(struct xml_ns);
	if (!s || !count || strncmp(s, XML_QUOTED, n) != 0)
		return s ? atom(r, prefix) : NULL;
	for (s += n; *s >= '0' && *s <= '9' && i < count; s++)
		i = i * 10 + (size_t)(*s - '0');
	struct xml_ns ns = { 0 };
	if (i < count)
		memcpy(&ns, r->w->quoted.data + i * sizeof(ns), sizeof(ns));
	return ns.prefix;
}

static bool blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", s[i]) || !s[i])
			return false;
	return true;
}

static void put(struct reader *r, struct xml *n)
{
	if (n && xml_insert(r->w, r->now, r->now->kids, n))
		return;
	xml_discard(r->w, n);
	refuse(r, r->w->bad, r->w->bad == E_LIMIT ? "too many nodes" : err_text(r->w->bad));
}

static void flush_text(struct reader *r)
{
	const char *s = (const char *)r->text.data;
	if (r->text.bad)
		refuse(r, r->text.bad, err_text(r->text.bad));
	else if (r->text.len && !(r->w->set.ignore_whitespace && blank(s, r->text.len)))
		put(r, xml_new_text(r->w, XML_TEXT, NULL, s, r->text.len));
	buf_reset(&r->text);
}

/* Text beside elements loses its outer white space. */
static void trim_mixed(struct reader *r, struct xml *n)
{
	bool mixed = r->parted[r->depth];
	for (uint32_t i = 0; i < n->kids; i++)
		mixed |= n->kid[i]->kind != XML_TEXT;
	for (uint32_t i = 0; mixed && i < n->kids; i++) {
		struct xml *t = n->kid[i];
		if (t->kind != XML_TEXT)
			continue;
		size_t from = 0, to = t->len;
		while (from < to && strchr(" \t\r\n", t->text[from]))
			from++;
		while (to > from && strchr(" \t\r\n", t->text[to - 1]))
			to--;
		memmove(t->text, t->text + from, to - from);
		t->text[to - from] = '\0';
		t->len = to - from;
	}
}

/* A comment or processing instruction that is ignored. */
static void ignore(struct reader *r)
{
	if (r->depth <= 1)
		return;
	flush_text(r);
	r->parted[r->depth] = true;
}

/* -- events -------------------------------------------------------------------------------------- */

static void add_attributes(struct reader *r, struct xml *n, int count, const xmlChar **a)
{
	for (int i = 0; i < count && r->bad == OK;
	     i++, a += 5) { /* name, prefix, URI, value, its end */
		struct xml *attr = xml_new(r->w, XML_ATTRIBUTE, atom(r, a[0]), atom(r, a[2]),
					   wish(r, a[1]));
		if (!attr || !xml_set_text(r->w, attr, (const char *)a[3], (size_t)(a[4] - a[3])) ||
		    !xml_add_attr(r->w, n, attr)) {
			if (attr)
				xml_discard(r->w, attr);
			refuse(r, r->w->bad, err_text(r->w->bad));
		}
	}
}

static void on_start(void *arg, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri,
		     int nss, const xmlChar **ns, int attrs, int defaulted _unused_,
		     const xmlChar **attr)
{
	struct reader *r = arg;
	if (r->bad != OK)
		return;
	flush_text(r);
	if (++r->depth > XML_MAX_DEPTH + 1) {
		refuse(r, E_LIMIT, "elements are nested too deep");
		return;
	}
	struct xml *n = xml_new(r->w, XML_ELEMENT, atom(r, local), atom(r, uri),
				prefix ? wish(r, prefix) : r->w->empty);
	if (!n) {
		refuse(r, r->w->bad, "too many nodes");
		return;
	}
	r->parted[r->depth] = false;
	if (!r->top) {
		r->top = r->now = n;
		return;
	}
	put(r, n);
	if (r->bad != OK)
		return;
	for (int i = 0; i < nss; i++)
		if (!xml_add_ns(r->w, n,
				(struct xml_ns){ ns[2 * i] ? atom(r, ns[2 * i]) : r->w->empty,
						 atom(r, ns[2 * i + 1]) }))
			refuse(r, r->w->bad, err_text(r->w->bad));
	add_attributes(r, n, attrs, attr);
	r->now = n;
}

static void on_end(void *arg, const xmlChar *local _unused_, const xmlChar *prefix _unused_,
		   const xmlChar *uri _unused_)
{
	struct reader *r = arg;
	if (r->bad != OK || !r->now)
		return;
	flush_text(r);
	if (r->w->set.ignore_whitespace)
		trim_mixed(r, r->now);
	r->depth--;
	r->now = r->now->parent;
}

static void on_characters(void *arg, const xmlChar *s, int len)
{
	struct reader *r = arg;
	if (r->bad == OK && len > 0)
		buf_add(&r->text, s, (size_t)len);
}

static void on_comment(void *arg, const xmlChar *s)
{
	struct reader *r = arg;
	if (r->bad != OK || !r->now)
		return;
	if (r->w->set.ignore_comments) {
		ignore(r);
		return;
	}
	flush_text(r);
	put(r, xml_new_text(r->w, XML_COMMENT, NULL, (const char *)s, strlen((const char *)s)));
}

static void on_pi(void *arg, const xmlChar *target, const xmlChar *s)
{
	struct reader *r = arg;
	if (r->bad != OK || !r->now)
		return;
	if (r->w->set.ignore_pis) {
		ignore(r);
		return;
	}
	flush_text(r);
	put(r, xml_new_text(r->w, XML_PI, atom(r, target), s ? (const char *)s : "",
			    s ? strlen((const char *)s) : 0));
}

static void on_doctype(void *arg, const xmlChar *name _unused_, const xmlChar *id _unused_,
		       const xmlChar *system _unused_)
{
	refuse(arg, E_SYNTAX, "a document type is not accepted");
}

/* Called for warnings, too: those of level 1. */
static void on_error(void *arg, xmlErrorPtr error)
{
	struct reader *r = arg;
	char what[300];
	if (error->level < XML_ERR_ERROR || r->bad != OK)
		return;
	snprintf(what, sizeof(what), "%s", error->message ? error->message : "not well-formed");
	what[strcspn(what, "\n")] = '\0';
	refuse(r, error->code == XML_ERR_NO_MEMORY ? E_NOMEM : E_SYNTAX, what);
}

static xmlSAXHandler handler(void)
{
	xmlSAXHandler h;
	memset(&h, 0, sizeof(h));
	h.initialized = XML_SAX2_MAGIC;
	h.startElementNs = on_start;
	h.endElementNs = on_end;
	h.characters = on_characters;
	h.ignorableWhitespace = on_characters;
	h.cdataBlock = on_characters;
	h.comment = on_comment;
	h.processingInstruction = on_pi;
	h.internalSubset = on_doctype;
	h.serror = on_error;
	return h;
}

/* -- the door ---------------------------------------------------------------------------------------- */

/* "<?xml ...?>" stands at the start only, which is inside our own element here. */
static size_t skip_declaration(const char *s, size_t len)
{
	size_t i = 0;
	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	while (i < len && strchr(" \t\r\n", s[i]) && s[i])
		i++;
	if (len - i < 6 || memcmp(s + i, "<?xml", 5) != 0 || !strchr(" \t\r\n", s[i + 5]))
		return i >= 3 && s[0] == '\xef' ? 3 : 0;
	const char *end = memmem(s + i, len - i, "?>", 2);
	return end ? (size_t)(end - s) + 2 : 0;
}

static void feed(struct reader *r, const char *s, size_t len)
{
	enum { STEP = 1 << 20 };
	for (size_t i = 0; i < len && r->bad == OK; i += STEP)
		if (xmlParseChunk(r->xml, s + i, (int)MIN(len - i, (size_t)STEP), 0) != 0 &&
		    r->bad == OK)
			refuse(r, E_SYNTAX, "not well-formed");
}

/* The declaration's lines are counted although it is not fed. */
static void feed_lines(struct reader *r, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] == '\n')
			feed(r, "\n", 1);
}

static bool has_doctype(const char *s, size_t len)
{
	while (len && s[0] && strchr(" \t\r\n", s[0]))
		s++, len--;
	return len >= 9 && memcmp(s, "<!DOCTYPE", 9) == 0;
}

static void declare_quoted(struct reader *r, struct buf *out)
{
	for (size_t i = 0; i < r->w->quoted.len / sizeof(struct xml_ns); i++) {
		struct xml_ns ns;
		memcpy(&ns, r->w->quoted.data + i * sizeof(ns), sizeof(ns));
		buf_printf(out, " xmlns:" XML_QUOTED "%zu=\"", i);
		xml_escape_attr(out, ns.uri, strlen(ns.uri));
		buf_u8(out, '"');
	}
}

static void read_all(struct reader *r, const char *s, size_t len)
{
	struct buf start = { .ceiling = 1u << 20 };
	size_t skip = skip_declaration(s, len);

	buf_text(&start, "<x xmlns=\"");
	xml_escape_attr(&start, r->w->default_ns, strlen(r->w->default_ns));
	buf_u8(&start, '"');
	if (r->w->quoted.len && memmem(s, len, XML_QUOTED, strlen(XML_QUOTED)))
		declare_quoted(r, &start);
	buf_u8(&start, '>');
	if (start.bad)
		refuse(r, start.bad, err_text(start.bad));
	feed(r, (const char *)start.data, start.len);
	buf_free(&start);
	feed_lines(r, s, skip);
	if (has_doctype(s + skip, len - skip))
		on_doctype(r, NULL, NULL, NULL);
	feed(r, s + skip, len - skip);
	if (r->bad == OK && r->depth != 1)
		refuse(r, E_SYNTAX,
		       r->depth ? "an element has no end tag" : "an end tag has no start");
	feed(r, "</x>", 4);
	if (r->bad == OK)
		xmlParseChunk(r->xml, "", 0, 1);
}

/* What was read becomes the list's: nodes without a parent. */
static enum err hand_over(struct reader *r, struct xml_list *ret)
{
	struct xml_ns ns = { r->w->empty, r->w->default_ns };
	assert(r->top && ns.uri);
	for (uint32_t i = 0; i < r->top->kids && ns.uri[0]; i++) /* it is in scope in each of them */
		if (r->top->kid[i]->kind == XML_ELEMENT && !xml_add_ns(r->w, r->top->kid[i], ns))
			return r->w->bad;
	for (uint32_t i = 0; i < r->top->kids; i++) {
		if (!list_add(r->w, ret, r->top->kid[i])) {
			list_free(r->w, ret);
			return r->w->bad;
		}
	}
	while (r->top->kids) {
		struct xml *n = r->top->kid[--r->top->kids];
		n->parent = NULL; /* its holder held the parent, which ends here */
		r->top->held--;
	}
	xml_discard(r->w, r->top);
	return OK;
}

enum err xml_parse(struct xml_world *w, const char *text, size_t len, struct xml_list *ret,
		   struct problem *why)
{
	struct reader *r = len <= XML_MAX_BYTES ? mem_new0(1, sizeof(*r)) : NULL;
	xmlSAXHandler h = handler();
	if (!r)
		return problem_set(why, len > XML_MAX_BYTES ? E_LIMIT : E_NOMEM,
				   "the document is larger than %d bytes", XML_MAX_BYTES);
	*r = (struct reader){ .w = w, .why = why, .text = { .ceiling = XML_MAX_BYTES } };
	r->xml = xmlCreatePushParserCtxt(&h, r, NULL, 0, NULL);
	enum err e = E_NOMEM;
	if (r->xml) {
		/* NOENT: "&amp;" comes as "&".  Without a document type there is no other entity. */
		xmlCtxtUseOptions(r->xml, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_HUGE |
						  XML_PARSE_COMPACT);
		xmlSwitchEncoding(r->xml, XML_CHAR_ENCODING_UTF8);
		read_all(r, text, len);
		e = r->bad;
		if (r->xml->myDoc)
			xmlFreeDoc(r->xml->myDoc);
		xmlFreeParserCtxt(r->xml);
	}
	buf_free(&r->text);
	if (e == OK && !r->top)
		e = problem_set(why, E_SYNTAX, "not well-formed");
	if (e == OK)
		e = hand_over(r, ret);
	else if (r->top)
		xml_discard(w, r->top);
	mem_free(r);
	return e;
}

bool xml_is_name(const char *s, size_t len)
{
	char small[256], *copy = len < sizeof(small) ? small : mem_alloc(len + 1);
	if (!len || !copy || memchr(s, '\0', len))
		return false;
	memcpy(copy, s, len);
	copy[len] = '\0';
	bool ok = xmlValidateNCName((const xmlChar *)copy, 0) == 0;
	if (copy != small)
		mem_free(copy);
	return ok;
}
