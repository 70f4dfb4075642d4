/* The XML form of the mapping, through libxml2's SAX2 interface: elements and attributes go to the
 * builder with their places.  Nothing is fetched, no tree is made, no entity but the five
 * built-in ones is known, and a document with a DOCTYPE is refused: it is the only place where
 * entities and external parts can be declared.
 *
 * libxml2 says where it is (a byte offset) but not where a tag or an attribute began.  The text
 * lies in memory, so that is found by looking: "<" cannot stand inside a tag, so the last one
 * before the offset begins it.  Lines and columns are counted forward once over the text.
 *
 * A text that is not UTF-8 says so in its declaration (or by UTF-16's byte order mark) and is
 * converted first; the declaration is then blanked, since it no longer tells the truth. */
#include "base/cursor.h"
#include "base/mem.h"
#include "model/builder.h"

#include <errno.h>
#include <iconv.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>

enum { CHUNK = 32768, MAX_ATTRS = 64 };

struct xml {
	struct builder *b;
	xmlParserCtxtPtr parser;
	const uint8_t *text;
	size_t len;
	size_t at;          /* counted up to here: */
	struct place place; /* where `at` is */
	bool stopped;
	bool text_said; /* about text in this element */
};

/* -- places --------------------------------------------------------------------------------- */

/* Offsets only grow: each byte is counted once. */
static struct place locate(struct xml *x, size_t offset)
{
	for (offset = MIN(offset, x->len); x->at < offset; x->at++) {
		uint8_t c = x->text[x->at];
		if (c == '\n') {
			x->place.line++;
			x->place.column = 1;
		} else if ((c & 0xc0) != 0x80) { /* not the rest of a character */
			x->place.column++;
		}
	}
	return x->place;
}

static size_t offset_now(const struct xml *x)
{
	long n = xmlByteConsumed(x->parser);
	return n < 0 ? x->at : MIN((size_t)n, x->len);
}

static size_t tag_begin(const struct xml *x, size_t end)
{
	while (end > x->at && x->text[end - 1] != '<')
		end--;
	return end > x->at ? end - 1 : x->at;
}

static void stop(struct xml *x)
{
	if (!x->stopped)
		xmlStopParser(x->parser);
	x->stopped = true;
}

/* -- attributes ----------------------------------------------------------------------------- */

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Where the next attribute's name begins; libxml2 has accepted the tag, so its shape is known. */
static bool next_attr(struct cur *c, struct cur *ret_name)
{
	while (cur_left(c) && is_blank(*c->pos))
		cur_skip(c, 1);
	*ret_name = *c;
	while (cur_left(c) && *c->pos != '=' && !is_blank(*c->pos))
		cur_skip(c, 1);
	ret_name->end = c->pos;
	while (cur_left(c) && *c->pos != '"' && *c->pos != '\'')
		cur_skip(c, 1);
	uint8_t quote = cur_u8(c);
	while (cur_left(c) && *c->pos != quote)
		cur_skip(c, 1);
	cur_skip(c, 1);
	return !c->bad;
}

static bool is_namespace(const struct cur *name)
{
	size_t len = cur_left(name);
	return len >= 5 && memcmp(name->pos, "xmlns", 5) == 0 && (len == 5 || name->pos[5] == ':');
}

/* Places and names of the tag's attributes, in the order libxml2 gives their values: five pointers
 * each, the last two are where the value begins and ends. */
static size_t read_attrs(struct xml *x, struct cur c, const xmlChar **value, size_t most,
			 struct attr attr[static MAX_ATTRS])
{
	struct cur name;
	size_t n = 0;

	while (cur_left(&c) && !is_blank(*c.pos)) /* "<" and the element's name */
		cur_skip(&c, 1);
	while (next_attr(&c, &name)) {
		struct place at = locate(x, (size_t)(name.pos - x->text));
		if (is_namespace(&name)) {
			builder_error(x->b, at,
				      "unknown attribute \"%.*s\": names here have no namespace",
				      (int)MIN(cur_left(&name), (size_t)60),
				      (const char *)name.pos);
			continue;
		}
		if (n == most)
			break;
		attr[n] = (struct attr){ .name = (const char *)name.pos,
					 .name_len = cur_left(&name),
					 .value = (const char *)value[n * 5 + 3],
					 .value_len = (size_t)(value[n * 5 + 4] - value[n * 5 + 3]),
					 .at = at };
		n++;
	}
	return n;
}

/* -- what libxml2 calls ---------------------------------------------------------------------- */

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int nnamespace, const xmlChar **namespace, int nattr, int ndefault,
		     const xmlChar **value)
{
	struct xml *x = arg;
	struct attr attr[MAX_ATTRS];
	(void)prefix, (void)uri, (void)nnamespace, (void)namespace, (void)ndefault;

	if (x->stopped)
		return;
	size_t end = offset_now(x), begin = tag_begin(x, end);
	struct place at = locate(x, begin);
	if (nattr > MAX_ATTRS) {
		builder_error(x->b, at, "more than %d attributes", MAX_ATTRS);
		stop(x);
		return;
	}
	struct cur text = cur_of(x->text + begin, end - begin);
	const struct tag tag = { .name = (const char *)name,
				 .name_len = strlen((const char *)name),
				 .attr = attr,
				 .at = at,
				 .nattr = read_attrs(x, text, value, (size_t)nattr, attr) };
	builder_open(x->b, &tag);
	x->text_said = false;
	if (builder_full(x->b))
		stop(x);
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml *x = arg;
	(void)name, (void)prefix, (void)uri;
	if (!x->stopped)
		builder_close(x->b);
	x->text_said = false;
}

static void on_text(void *arg, const xmlChar *text, int len)
{
	struct xml *x = arg;
	size_t blank = 0, offset;

	while (blank < (size_t)len && is_blank(text[blank]))
		blank++;
	if (blank == (size_t)len || x->stopped || x->text_said || !builder_knows_here(x->b))
		return;
	x->text_said = true;
	/* libxml2 stands before or behind the text; its first word is what people look for */
	for (offset = offset_now(x); offset > x->at && x->text[offset - 1] != '>'; offset--)
		;
	while (offset < x->len && is_blank(x->text[offset]))
		offset++;
	builder_error(x->b, locate(x, offset),
		      "text is not wanted here: values stand in attributes");
	if (builder_full(x->b))
		stop(x);
}

static void on_doctype(void *arg, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	struct xml *x = arg;
	(void)external, (void)system;
	if (x->stopped)
		return;
	builder_error(x->b, locate(x, tag_begin(x, offset_now(x))),
		      "DOCTYPE \"%.60s\" is not allowed: remove it; only the entities &amp; &lt; "
		      "&gt; &apos; "
		      "&quot; are known",
		      name ? (const char *)name : "");
	stop(x);
}

static void on_error(void *arg, xmlErrorPtr e)
{
	struct xml *x = arg;
	char text[200];
	if (x->stopped || e->level < XML_ERR_ERROR)
		return;
	const char *said = e->message ? e->message : "unreadable";
	if (e->code == XML_ERR_DOCUMENT_EMPTY)
		said = "wanted <customers> ... </customers>";
	else if (e->code == XML_ERR_DOCUMENT_END && x->b->depth)
		said = "the file ends before its elements do";
	snprintf(text, sizeof(text), "%s", said);
	text[strcspn(text, "\n")] = 0;
	builder_error(x->b, locate(x, offset_now(x)), "not well-formed XML: %s", text);
	if (builder_full(x->b))
		stop(x);
}

/* -- before the parser sees it ---------------------------------------------------------------- */

static const uint8_t *find(struct cur c, const char *what)
{
	return cur_left(&c) ? memmem(c.pos, cur_left(&c), what, strlen(what)) : NULL;
}

/* libxml2 compares each attribute of a tag with each other: a tag as long as the file would
 * take for ever, so length is bounded before. */
static bool check_tags(struct xml *x)
{
	static const struct {
		const char *begin, *end;
	} spans[] = {
		{ "<!--", "-->" },
		{ "<![CDATA[", "]]>" },
		{ "<?", "?>" },
	};
	struct cur c = cur_of(x->text, x->len);

	for (const uint8_t *p; (p = find(c, "<"));) {
		cur_skip(&c, (size_t)(p - c.pos));
		const char *end = NULL;
		for (size_t i = 0; i < COUNT_OF(spans); i++)
			if (cur_left(&c) >= strlen(spans[i].begin) &&
			    memcmp(c.pos, spans[i].begin, strlen(spans[i].begin)) == 0)
				end = spans[i].end;
		if (end) {
			cur_skip(&c, 2);
			if (!(p = find(c, end)))
				return true; /* never ends: libxml2 says so */
			cur_skip(&c, (size_t)(p - c.pos) + strlen(end));
			continue;
		}
		uint8_t quote = 0;
		const uint8_t *begin = c.pos;
		for (; cur_left(&c) && (quote || *c.pos != '>'); cur_skip(&c, 1))
			if (quote ? *c.pos == quote : *c.pos == '"' || *c.pos == '\'')
				quote = quote ? 0 : *c.pos;
		if (c.pos - begin > MAX_TAG) {
			builder_error(x->b, locate(x, (size_t)(begin - x->text)),
				      "a tag of more than %d bytes: is a quote or a \">\" missing?",
				      MAX_TAG);
			return false;
		}
	}
	return true;
}

/* The encoding named by the declaration or a byte order mark; "" for UTF-8. */
static void find_encoding(struct cur c, char ret[static 40])
{
	ret[0] = 0;
	if (cur_left(&c) >= 2 &&
	    (memcmp(c.pos, "\xff\xfe", 2) == 0 || memcmp(c.pos, "\xfe\xff", 2) == 0)) {
		memcpy(ret, "UTF-16", 7);
		return;
	}
	const uint8_t *end = find(c, "?>");
	if (cur_left(&c) < 6 || memcmp(c.pos, "<?xml", 5) != 0 || !end)
		return;
	c.end = end;
	const uint8_t *p = find(c, "encoding");
	if (!p)
		return;
	cur_skip(&c, (size_t)(p - c.pos) + strlen("encoding"));
	while (cur_left(&c) && (is_blank(*c.pos) || *c.pos == '='))
		cur_skip(&c, 1);
	uint8_t quote = cur_u8(&c);
	size_t n = 0;
	while (cur_left(&c) && *c.pos != quote && n < 39)
		ret[n++] = (char)cur_u8(&c);
	ret[n] = 0;
	if (strcasecmp(ret, "UTF-8") == 0 || strcasecmp(ret, "UTF8") == 0)
		ret[0] = 0;
}

static bool convert(struct builder *b, iconv_t cd, struct cur in, struct buf *out)
{
	char piece[4096];
	char *from = (char *)(uintptr_t)in.pos; /* iconv does not write there */
	size_t left = cur_left(&in);

	while (left) {
		char *to = piece;
		size_t room = sizeof(piece);
		size_t n = iconv(cd, &from, &left, &to, &room);
		buf_add(out, piece, sizeof(piece) - room);
		if (out->bad) {
			builder_fail(b, out->bad);
			return false;
		}
		if (n == (size_t)-1 && errno != E2BIG) {
			builder_error(b, (struct place){ 1, 1 },
				      "byte %zu does not fit the encoding that the file names",
				      cur_left(&in) - left + 1);
			return false;
		}
	}
	/* what the declaration says is no longer so */
	struct cur all = cur_of(out->data, out->len);
	const uint8_t *end = find(all, "?>");
	size_t skip = out->len >= 3 && memcmp(out->data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	if (end && out->len - skip > 5 && memcmp(out->data + skip, "<?xml", 5) == 0)
		for (size_t i = skip; i < (size_t)(end - out->data) + 2; i++)
			if (out->data[i] != '\n')
				out->data[i] = ' ';
	return true;
}

static bool to_utf8(struct xml *x, struct buf *out)
{
	char encoding[40];
	struct cur in = cur_of(x->text, x->len);

	find_encoding(in, encoding);
	if (encoding[0]) {
		iconv_t cd = iconv_open("UTF-8", encoding);
		if (cd == (iconv_t)-1) {
			builder_error(x->b, (struct place){ 1, 1 },
				      "unknown encoding \"%s\": save the file as UTF-8", encoding);
			return false;
		}
		bool ok = convert(x->b, cd, in, out);
		iconv_close(cd);
		if (!ok)
			return false;
		x->text = out->data;
		x->len = out->len;
	}
	if (x->len >= 3 && memcmp(x->text, "\xef\xbb\xbf", 3) == 0) {
		x->text += 3; /* a byte order mark is no character of the file */
		x->len -= 3;
	}
	return true;
}

/* -- the reader ------------------------------------------------------------------------------- */

static void start_library(void)
{
	xmlInitParser();
}

static void parse(struct xml *x)
{
	static const xmlSAXHandler calls = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.cdataBlock = on_text,
		.internalSubset = on_doctype,
		.serror = on_error,
	};
	xmlSAXHandler sax = calls; /* libxml2 copies it */

	x->parser = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
	if (!x->parser) {
		builder_fail(x->b, E_NOMEM);
		return;
	}
	/* NOENT so that &amp; in a value becomes "&"; there are no other entities to substitute. */
	xmlCtxtUseOptions(x->parser, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_COMPACT);
	for (size_t at = 0; at < x->len && !x->stopped; at += CHUNK) {
		size_t n = MIN(x->len - at, (size_t)CHUNK);
		xmlParseChunk(x->parser, (const char *)x->text + at, (int)n, 0);
	}
	if (!x->stopped)
		xmlParseChunk(x->parser, NULL, 0, 1);
	if (x->parser->myDoc)
		xmlFreeDoc(x->parser->myDoc);
	xmlFreeParserCtxt(x->parser);
}

void xml_read(struct builder *b, const void *text, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	_cleanup_(buf_free) struct buf converted = { .ceiling = MAX_DOCUMENT * 3 };
	struct xml x = { .b = b, .text = text, .len = len, .place = { 1, 1 } };

	pthread_once(&once, start_library);
	if (!to_utf8(&x, &converted))
		return;
	if (!x.len)
		builder_error(b, x.place, "the file is empty: wanted <customers> ... </customers>");
	else if (check_tags(&x))
		parse(&x);
}
