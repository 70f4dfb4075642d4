/* One word of a list to values: a reader for each form of rules.def.  s is the word without quotes
 * and escapes; a refusal points at the word in the text. */
#include "filter/parts.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

static enum err no_memory(struct reading *r)
{
	return problem_set(r->why, E_NOMEM, "out of memory");
}

/* "not an address: ..." for the word being read, with what would be right. */
static enum err refuse_word(struct reading *r, const char *s, size_t len)
{
	char buf[SHOWN_BYTES];
	return refuse(r, r->word.at, "\"%s\" does not fit %s, which takes %s", shown(s, len, buf),
		      r->field->name, r->rule->looks);
}

/* Byte i of the word being read as a place in the text; its beginning when escapes or a parameter
 * stand between the two. */
static size_t place(const struct reading *r, const char *s, size_t i)
{
	return s == r->word.raw ? r->word.at + (r->word.quote != 0) + i : r->word.at;
}

static enum err add_range(struct reading *r, uint64_t lo, uint64_t hi)
{
	struct filter_value *v = value_new(r);
	if (!v)
		return no_memory(r);
	v->lo = lo;
	v->hi = hi;
	return OK;
}

static enum err range_refused(struct reading *r)
{
	return op_is_order(r->op) ? refuse(r, r->word.at, "\"%s\" takes one value, not a range",
					   op_text[r->op])
				  : refuse(r, r->word.at, "the range ends before it begins");
}

/* -- numbers -- */

/* The largest value the field's column can hold. */
static uint64_t field_most(const struct reading *r)
{
	if (r->field->col < 0)
		return UINT64_MAX;
	enum storage st = r->view->table->cols[r->field->col].storage;
	return st == ST_u8    ? UINT8_MAX
	       : st == ST_u16 ? UINT16_MAX
	       : st == ST_u32 ? UINT32_MAX
			      : UINT64_MAX;
}

enum err read_number(struct reading *r, const char *s, size_t len)
{
	const char *dash = len ? memchr(s, '-', len) : NULL;
	size_t first = dash ? (size_t)(dash - s) : len;
	uint64_t lo, hi, most = field_most(r);
	if (!uint_parse_units(s, first, &lo))
		return refuse_word(r, s, len);
	hi = lo;
	if (dash && !uint_parse_units(dash + 1, len - first - 1, &hi))
		return refuse_word(r, s, len);
	if (hi < lo || (dash && op_is_order(r->op)))
		return range_refused(r);
	if (hi > most && !op_is_order(r->op))
		return refuse(r, r->word.at, "%s is at most %llu", r->field->name,
			      (unsigned long long)most);
	return add_range(r, lo, hi);
}

enum err read_real(struct reading *r, const char *s, size_t len)
{
	char number[64], *end;
	if (len && s[len - 1] == '%' && r->field->unit == U_PERCENT)
		len--;
	if (!len || len >= sizeof(number) || memchr(s, 0, len))
		return refuse_word(r, s, len);
	memcpy(number, s, len);
	number[len] = 0;
	double real = strtod(number, &end);
	if (*end || !isfinite(real) || strspn(number, "0123456789.eE+-") != len)
		return refuse_word(r, s, len);
	struct filter_value *v = value_new(r);
	if (!v)
		return no_memory(r);
	v->real = real;
	return OK;
}

/* -- times -- */

/* Exactly n digits at *i of the text; steps over them. */
static bool digits(const char *s, size_t len, size_t *i, size_t n, unsigned *ret)
{
	unsigned v = 0;
	if (len - *i < n)
		return false;
	for (size_t k = 0; k < n; k++) {
		char c = s[*i + k];
		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (unsigned)(c - '0');
	}
	*i += n;
	*ret = v;
	return true;
}

static bool sign(const char *s, size_t len, size_t *i, const char *any)
{
	if (*i == len || !s[*i] || !strchr(any, s[*i]))
		return false;
	++*i;
	return true;
}

/* Days from 1970-01-01 of the proleptic Gregorian calendar; years begin in March, so that the leap
 * day is the last. */
static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era_day = (int64_t)((153 * ((month + 9) % 12) + 2) / 5 + day - 1);
	return y * 365 + y / 4 - y / 100 + y / 400 + era_day - 719468;
}

static unsigned days_in(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return month == 2 && leap ? 29 : days[month - 1];
}

/* "Z", "+01:00", "+0100", "+01" */
static bool iso_offset(const char *s, size_t len, size_t *i, int64_t *ret_sec)
{
	unsigned hour, minute = 0;
	*ret_sec = 0;
	if (sign(s, len, i, "Zz"))
		return true;
	bool west = *i < len && s[*i] == '-';
	if (!sign(s, len, i, "+-") || !digits(s, len, i, 2, &hour) || hour > 14)
		return false;
	bool colon = sign(s, len, i, ":");
	if ((colon || *i < len) && (!digits(s, len, i, 2, &minute) || minute > 59))
		return false;
	*ret_sec = (int64_t)(hour * 3600 + minute * 60) * (west ? -1 : 1);
	return true;
}

static bool iso_time(const char *s, size_t len, int64_t *ret_sec)
{
	unsigned year, month, day, hour, minute, second = 0;
	int64_t offset;
	size_t i = 0;
	if (!digits(s, len, &i, 4, &year) || !sign(s, len, &i, "-") ||
	    !digits(s, len, &i, 2, &month) || !sign(s, len, &i, "-") ||
	    !digits(s, len, &i, 2, &day) || !sign(s, len, &i, "Tt ") ||
	    !digits(s, len, &i, 2, &hour) || !sign(s, len, &i, ":") ||
	    !digits(s, len, &i, 2, &minute))
		return false;
	if (sign(s, len, &i, ":") && !digits(s, len, &i, 2, &second))
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) ||
	    hour > 23 || minute > 59 || second > 59)
		return false;
	if (!iso_offset(s, len, &i, &offset) || i != len)
		return false;
	*ret_sec = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
	return *ret_sec >= 0;
}

/* A whole second: "=" passes all of it, and so do "<=" and ">="; "<" and ">" pass none of it. */
enum err read_time(struct reading *r, const char *s, size_t len)
{
	uint64_t epoch;
	int64_t sec;
	if (len && uint_parse(s, len, &epoch) && epoch <= (uint64_t)INT64_MAX / USEC_PER_SEC - 1)
		sec = (int64_t)epoch;
	else if (!iso_time(s, len, &sec))
		return refuse_word(r, s, len);
	uint64_t lo = (uint64_t)(sec * USEC_PER_SEC), last = lo + USEC_PER_SEC - 1;
	if (op_is_order(r->op)) /* they compare with lo */
		lo = last = r->op == FOP_LE || r->op == FOP_GT ? last : lo;
	return add_range(r, lo, last);
}

/* -- text -- */

enum err read_text(struct reading *r, const char *s, size_t len)
{
	struct filter_value *v = value_new(r);
	char *copy = v ? arena_strndup(r->arena, s, len) : NULL;
	if (!copy)
		return no_memory(r);
	v->text = copy;
	v->len = len;
	return OK;
}

static bool ends_in_escape(const char *s, size_t len)
{
	size_t n = 0;
	while (n < len && s[len - 1 - n] == '\\')
		n++;
	return n % 2;
}

enum err read_pattern(struct reading *r, const char *s, size_t len)
{
	struct regex *re;
	size_t at = 0;
	char why[128];
	if (!len)
		return refuse(r, r->word.at,
			      "an empty pattern matches everything: leave the test out");
	if (len > MAX_PATTERN_BYTES)
		return refuse(r, r->word.at, "a pattern has at most %d bytes", MAX_PATTERN_BYTES);
	if (r->npatterns == MAX_PATTERNS)
		return refuse(r, r->word.at, "a filter has at most %d patterns", MAX_PATTERNS);
	if (ends_in_escape(s, len))
		return refuse(r, r->word.at,
			      "pattern: a character is missing after its last \"\\\"");
	enum err e = regex_new(r->arena, s, len, r->regex, &re, &at, why);
	if (e == E_NOMEM)
		return no_memory(r);
	if (e != OK) {
		struct scan pattern = { .text = s, .len = len };
		at = MIN(at, len);
		bool cut = !r->word.quote && r->scan.at < r->scan.len;
		return refuse(r, place(r, s, at), "pattern, character %zu: %s%s",
			      scan_pos(&pattern, at), why,
			      cut ? " (a pattern with , | & ) or a blank is quoted)" : "");
	}
	r->regex = re;
	r->npatterns++;
	if ((e = read_text(r, s, len)) == OK)
		r->value[r->nvalue - 1].re = re;
	return e;
}

/* -- addresses -- */

static enum err add_block(struct reading *r, const struct addr *lo, const struct addr *hi)
{
	struct filter_value *v = value_new(r);
	if (!v)
		return no_memory(r);
	v->addr_lo = *lo;
	v->addr_hi = *hi;
	return OK;
}

/* One more or one less, by `step`; the caller knows that it does not wrap. */
static struct addr neighbour(struct addr a, int step)
{
	for (size_t i = sizeof(a.b); i-- > 0;) {
		a.b[i] = (uint8_t)(a.b[i] + step);
		if (a.b[i] != (step > 0 ? 0 : 0xff))
			break;
	}
	return a;
}

/* IPv4 addresses lie inside the IPv6 space (::ffff:0:0/96) and "::" means "no address": an IPv6
 * block such as ::/0 leaves both out, for whoever writes it means IPv6 hosts. */
static enum err add_range_of(struct reading *r, struct addr lo, struct addr hi)
{
	const struct addr v4_first = addr_v4(0), v4_last = addr_v4(UINT32_MAX);
	if (!addr_equal(&lo, &hi) && addr_is_none(&lo))
		lo = neighbour(lo, 1);
	if (addr_is_v4(&lo) || addr_compare(&lo, &v4_first) > 0 || addr_compare(&hi, &v4_first) < 0)
		return add_block(r, &lo, &hi);
	struct addr below = neighbour(v4_first, -1), above = neighbour(v4_last, 1);
	enum err e = add_block(r, &lo, &below);
	return e == OK && addr_compare(&hi, &v4_last) > 0 ? add_block(r, &above, &hi) : e;
}

/* Host bits may be set: 10.1.2.3/24 means its network, as engineers write it. */
static bool block_parse(const char *s, size_t len, struct prefix *ret, const char **why)
{
	const char *slash = memchr(s, '/', len);
	struct addr a;
	if (prefix_parse(s, len, ret, why))
		return true;
	if (!slash || !STREQ(*why, "host bits set") || !addr_parse(s, (size_t)(slash - s), &a))
		return false;
	unsigned bits =
		(unsigned)strtoul(slash + 1, NULL, 10); /* digits: prefix_parse() has seen them */
	*ret = (struct prefix){ .addr = a, .bits = (uint8_t)(addr_is_v4(&a) ? bits + 96 : bits) };
	prefix_range(ret, &ret->addr, &a);
	return true;
}

static enum err block_refused(struct reading *r, const char *s, size_t len, const char *why)
{
	const char *slash = len ? memchr(s, '/', len) : NULL;
	if (!why || !slash || STREQ(why, "not an address"))
		return refuse_word(r, s, len);
	return refuse(r, place(r, s, (size_t)(slash + 1 - s)), "%s", why);
}

enum err read_block(struct reading *r, const char *s, size_t len)
{
	const char *dash = len ? memchr(s, '-', len) : NULL, *why = NULL;
	size_t first = dash ? (size_t)(dash - s) : len;
	struct prefix p;
	struct addr lo, hi;
	if (dash) {
		if (!addr_parse(s, first, &lo) || !addr_parse(dash + 1, len - first - 1, &hi))
			return refuse_word(r, s, len);
		if (addr_is_v4(&lo) != addr_is_v4(&hi))
			return refuse(r, r->word.at,
				      "a range goes from IPv4 to IPv4 or from IPv6 to IPv6");
		if (addr_compare(&lo, &hi) > 0)
			return range_refused(r);
	} else {
		if (!len || !block_parse(s, len, &p, &why))
			return block_refused(r, s, len, why);
		prefix_range(&p, &lo, &hi);
	}
	return add_range_of(r, lo, hi);
}

/* Address fields of the highest layer known: an IP block or a MAC. */
enum err read_host(struct reading *r, const char *s, size_t len)
{
	uint64_t mac;
	char text[MAC_TEXT];
	if (!mac_parse(s, len, &mac))
		return read_block(r, s, len);
	enum err e = read_text(r, mac_format(mac, text), MAC_TEXT - 1);
	if (e == OK)
		r->value[r->nvalue - 1].lo = r->value[r->nvalue - 1].hi = mac;
	return e;
}

enum err read_mac(struct reading *r, const char *s, size_t len)
{
	uint64_t mac;
	return mac_parse(s, len, &mac) ? add_range(r, mac, mac) : refuse_word(r, s, len);
}

/* -- interfaces and ports -- */

enum err read_iface(struct reading *r, const char *s, size_t len)
{
	const struct filter_names *names = r->names;
	struct addr agent;
	uint32_t index;
	const char *name;
	size_t n;
	char buf[SHOWN_BYTES];
	if (!len || !iface_split(s, len, &agent, &name, &n))
		return refuse_word(r, s, len);
	if (!iface_parse(s, len, &agent, &index) &&
	    !(names && names->iface && names->iface(names->arg, &agent, name, n, &index)))
		return refuse(r, r->word.at, "no interface \"%s\" is known", shown(s, len, buf));
	enum err e = add_range(r, index, index);
	if (e == OK)
		r->value[r->nvalue - 1].addr_lo = r->value[r->nvalue - 1].addr_hi = agent;
	return e;
}

enum err read_port(struct reading *r, const char *s, size_t len)
{
	const char *colon = len ? memchr(s, ':', len) : NULL;
	const char *ports = colon ? colon + 1 : s;
	size_t n = len - (size_t)(ports - s);
	const char *dash = n ? memchr(ports, '-', n) : NULL;
	size_t first = dash ? (size_t)(dash - ports) : n;
	uint8_t proto = 0;
	uint64_t lo, hi;
	if (colon && !protocol_parse(s, (size_t)(colon - s), &proto))
		return refuse_word(r, s, len);
	if (!uint_parse(ports, first, &lo))
		return refuse_word(r, s, len);
	hi = lo;
	if (dash && !uint_parse(dash + 1, n - first - 1, &hi))
		return refuse_word(r, s, len);
	if (lo > UINT16_MAX || hi > UINT16_MAX)
		return refuse(r, r->word.at, "a port is 0..65535");
	if (hi < lo || (dash && op_is_order(r->op)))
		return range_refused(r);
	enum err e = add_range(r, lo, hi);
	if (e == OK) {
		r->value[r->nvalue - 1].proto = proto;
		r->value[r->nvalue - 1].of_proto = colon;
	}
	return e;
}

/* -- small sets -- */

enum err read_protocol(struct reading *r, const char *s, size_t len)
{
	uint8_t proto;
	return len && protocol_parse(s, len, &proto) ? add_range(r, proto, proto)
						     : refuse_word(r, s, len);
}

enum err read_flags(struct reading *r, const char *s, size_t len)
{
	uint16_t flags;
	return tcpflags_parse(s, len, &flags) ? add_range(r, flags, flags) : refuse_word(r, s, len);
}

enum err read_icmp(struct reading *r, const char *s, size_t len)
{
	const char *dot = len ? memchr(s, '.', len) : NULL;
	size_t first = dot ? (size_t)(dot - s) : len;
	uint64_t type, code = 0;
	if (!uint_parse(s, first, &type) || type > 255)
		return refuse_word(r, s, len);
	if (dot && (!uint_parse(dot + 1, len - first - 1, &code) || code > 255))
		return refuse_word(r, s, len);
	return add_range(r, type << 8 | code, type << 8 | (dot ? code : 255));
}

static bool is_unknown(const char *s, size_t len)
{
	return len == 7 && memcmp(s, "unknown", 7) == 0;
}

enum err read_word(struct reading *r, const char *s, size_t len)
{
	enum field_type type = r->field->type;
	uint8_t num = 0;
	bool good =
		(type == T_EXPORT && export_parse(s, len, &num)) ||
		(type == T_DIRECTION && (direction_parse(s, len, &num) || is_unknown(s, len))) ||
		(type == T_DUPLEX && (duplex_parse(s, len, &num) || is_unknown(s, len)));
	return good ? add_range(r, num, num) : refuse_word(r, s, len);
}
