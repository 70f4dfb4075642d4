/* JSON (RFC 8259) with places.  Strict: no comments, no trailing commas, one value; names of a map
 * once each; text is UTF-8 without zero bytes. */
#include "model/doc.h"

#include "base/cursor.h"
#include "base/utf8.h"

struct json {
	struct builder *b;
	struct arena *a;
	struct cur in;
	const uint8_t *counted; /* up to here line and column are counted */
	struct place at;
	unsigned depth;
	size_t values;
};

static struct place place(struct json *j)
{
	for (; j->counted < j->in.pos; j->counted++) {
		if (*j->counted == '\n')
			j->at = (struct place){ j->at.line + 1, 1 };
		else if ((*j->counted & 0xc0) != 0x80)
			j->at.column++;
	}
	return j->at;
}

static bool wrong(struct json *j, const char *what)
{
	builder_error(j->b, place(j), "%s", what);
	return false;
}

static int peek(const struct json *j)
{
	return cur_left(&j->in) ? *j->in.pos : -1;
}

static void blanks(struct json *j)
{
	for (int c; (c = peek(j)) == ' ' || c == '\t' || c == '\n' || c == '\r';)
		cur_skip(&j->in, 1);
}

static bool sign(struct json *j, char c)
{
	blanks(j);
	if (peek(j) != c)
		return false;
	cur_skip(&j->in, 1);
	return true;
}

/* -- strings ---------------------------------------------------------------------------------------- */

static bool hex4(struct json *j, uint32_t *ret)
{
	const uint8_t *p = cur_need(&j->in, 4);
	*ret = 0;
	for (size_t i = 0; p && i < 4; i++) {
		uint8_t c = p[i] | 0x20;
		bool digit = p[i] >= '0' && p[i] <= '9';
		if (!digit && (c < 'a' || c > 'f'))
			return false;
		*ret = *ret << 4 | (uint32_t)(digit ? p[i] - '0' : c - 'a' + 10);
	}
	return p;
}

static size_t put_utf8(uint32_t c, char *to)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 63));
		to[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 63));
	to[2] = (char)(0x80 | (c >> 6 & 63));
	to[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* The second half of a surrogate pair, "\\udc00" to "\\udfff". */
static bool low_half(struct json *j, uint32_t *ret)
{
	const uint8_t *p = cur_need(&j->in, 2);
	return p && memcmp(p, "\\u", 2) == 0 && hex4(j, ret) && *ret >= 0xdc00 && *ret <= 0xdfff;
}

/* Behind the backslash.  What it stands for is never longer than it is. */
static bool escape(struct json *j, char *to, size_t *n)
{
	static const char from[] = "\"\\/bfnrt", is[] = "\"\\/\b\f\n\r\t";
	uint8_t c = cur_u8(&j->in);
	const char *at = c ? strchr(from, c) : NULL;
	if (at) {
		to[(*n)++] = is[at - from];
		return true;
	}
	uint32_t u, low;
	if (c != 'u' || !hex4(j, &u))
		return wrong(j, "unknown escape in a text");
	if (u >= 0xd800 && u < 0xdc00) {
		if (!low_half(j, &low))
			return wrong(j, "half of a surrogate pair in a text");
		u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
	} else if (!u || (u >= 0xdc00 && u < 0xe000)) {
		return wrong(j, u ? "half of a surrogate pair in a text" : "a zero character in a text");
	}
	*n += put_utf8(u, to + *n);
	return true;
}

/* Behind the opening quote. */
static bool string(struct json *j, const char **ret, size_t *ret_len)
{
	struct cur ahead = j->in;
	size_t most = 0, n = 0;
	for (uint8_t c; (c = cur_u8(&ahead)) != '"' && !ahead.bad; most++)
		if (c == '\\') {
			cur_skip(&ahead, 1);
			most++;
		}
	char *to = ahead.bad ? NULL : arena_alloc(j->a, most + 1);
	if (ahead.bad)
		return wrong(j, "this text has no end");
	if (!to) {
		builder_fail(j->b, E_NOMEM);
		return false;
	}
	while (peek(j) != '"') {
		size_t len = utf8_char((const char *)j->in.pos, cur_left(&j->in));
		if (!len || *j->in.pos < 0x20)
			return wrong(j, len ? "a control character in a text" : "this is no UTF-8");
		const uint8_t *p = cur_need(&j->in, len);
		if (*p == '\\') {
			if (!escape(j, to, &n))
				return false;
			continue;
		}
		memcpy(to + n, p, len);
		n += len;
	}
	cur_skip(&j->in, 1);
	to[n] = 0;
	*ret = to;
	*ret_len = n;
	return true;
}

/* -- values ------------------------------------------------------------------------------------------- */

static bool value(struct json *j, struct doc **ret);

static bool word(struct json *j, struct doc *d)
{
	const char *s = (const char *)j->in.pos;
	size_t n = 0, digits = 0; /* of what numbers are made of */
	for (; n < cur_left(&j->in) && s[n] && strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", s[n]); n++)
		digits += strchr("+-.0123456789eE", s[n]) != NULL;
	bool number = n && digits == n && (s[0] == '-' || (s[0] >= '0' && s[0] <= '9'));
	bool truth = (n == 4 && memcmp(s, "true", 4) == 0) || (n == 5 && memcmp(s, "false", 5) == 0);
	bool none = n == 4 && memcmp(s, "null", 4) == 0;
	if (!number && !truth && !none)
		return wrong(j, "a value is wanted here");
	cur_skip(&j->in, n);
	d->kind = none ? DOC_NONE : DOC_TEXT;
	d->text = arena_strndup(j->a, s, n);
	d->len = n;
	if (!d->text)
		builder_fail(j->b, E_NOMEM);
	return d->text;
}

static bool member_key(struct json *j, const struct doc *map, const char **ret, size_t *ret_len, struct place *ret_at)
{
	blanks(j);
	*ret_at = place(j);
	if (!sign(j, '"'))
		return wrong(j, "a name in quotes is wanted here");
	if (!string(j, ret, ret_len))
		return false;
	if (doc_get(map, *ret)) {
		builder_error(j->b, *ret_at, "\"%.60s\" is in this object already", *ret);
		return false;
	}
	return sign(j, ':') || wrong(j, "a colon is wanted here");
}

static bool members(struct json *j, struct doc *d, char end)
{
	struct doc **last = &d->first;
	if (sign(j, end))
		return true;
	for (size_t n = 0;; n++) {
		const char *key = "";
		size_t len = 0;
		struct place at = { 0 };
		if (d->kind == DOC_MAP && n == 1000)
			return wrong(j, "more than 1000 members of one object");
		if (d->kind == DOC_MAP && !member_key(j, d, &key, &len, &at))
			return false;
		if (!value(j, last))
			return false;
		(*last)->key = key;
		(*last)->key_len = len;
		(*last)->key_at = at;
		last = &(*last)->next;
		if (sign(j, end))
			return true;
		if (!sign(j, ','))
			return wrong(j, d->kind == DOC_MAP ? "a comma or } is wanted here" : "a comma or ] is wanted here");
	}
}

static bool value(struct json *j, struct doc **ret)
{
	blanks(j);
	struct doc *d = arena_new0(j->a, 1, sizeof(*d));
	if (!d || j->values++ == MAX_ELEMENTS) {
		builder_fail(j->b, d ? E_LIMIT : E_NOMEM);
		return false;
	}
	d->at = place(j);
	d->key = "";
	*ret = d;
	if (sign(j, '"')) {
		d->kind = DOC_TEXT;
		return string(j, &d->text, &d->len);
	}
	bool map = peek(j) == '{';
	if (!map && peek(j) != '[')
		return word(j, d);
	if (j->depth == DOC_DEPTH)
		return wrong(j, "nested too deep");
	cur_skip(&j->in, 1);
	d->kind = map ? DOC_MAP : DOC_LIST;
	j->depth++;
	bool ok = members(j, d, map ? '}' : ']');
	j->depth--;
	return ok;
}

struct doc *doc_json(struct builder *b, struct arena *a, const void *text, size_t len)
{
	struct json j = { .b = b, .a = a, .in = cur_of(text, len), .at = { 1, 1 } };
	struct doc *d = NULL;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		cur_skip(&j.in, 3);
	j.counted = j.in.pos;
	if (!value(&j, &d))
		return NULL;
	blanks(&j);
	if (cur_left(&j.in)) {
		wrong(&j, "something follows the end");
		return NULL;
	}
	return d;
}
