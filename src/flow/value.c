#include "flow/value.h"

#include "base/hash.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct word {
	uint8_t num;
	const char *name;
};

static const struct word protocols[] = {
#define PROTOCOL(num, name) { num, name },
#include "flow/protocols.def"
};

static const struct word exports[] = {
	{ EXPORT_SFLOW, "sflow" }, { EXPORT_NETFLOW1, "netflow1" }, { EXPORT_NETFLOW5, "netflow5" },
	{ EXPORT_NETFLOW7, "netflow7" }, { EXPORT_NETFLOW8, "netflow8" }, { EXPORT_NETFLOW9, "netflow9" }, { EXPORT_IPFIX, "ipfix" },
};
static const struct word directions[] = { { DIR_INGRESS, "ingress" }, { DIR_EGRESS, "egress" } };
static const struct word duplexes[] = { { 1, "full-duplex" }, { 2, "half-duplex" }, { 3, "in" }, { 4, "out" } };

static const char flag_letters[] = "FSRPAUEC"; /* bit 0 = FIN ... bit 7 = CWR, RFC 9293 3.1 */

static const char *word_name(const struct word *w, size_t n, uint64_t num)
{
	for (size_t i = 0; i < n; i++)
		if (w[i].num == num)
			return w[i].name;
	return NULL;
}

static bool word_num(const struct word *w, size_t n, const char *s, size_t len, uint8_t *ret)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(w[i].name) == len && strncasecmp(w[i].name, s, len) == 0) {
			*ret = w[i].num;
			return true;
		}
	return false;
}

const char *protocol_name(uint8_t p)
{
	return word_name(protocols, COUNT_OF(protocols), p);
}

bool protocol_parse(const char *s, size_t len, uint8_t *ret)
{
	uint64_t v;
	if (word_num(protocols, COUNT_OF(protocols), s, len, ret))
		return true;
	if (!uint_parse(s, len, &v) || v > 255)
		return false;
	*ret = (uint8_t)v;
	return true;
}

bool export_parse(const char *s, size_t len, uint8_t *ret)
{
	return word_num(exports, COUNT_OF(exports), s, len, ret);
}

bool direction_parse(const char *s, size_t len, uint8_t *ret)
{
	return word_num(directions, COUNT_OF(directions), s, len, ret);
}

bool duplex_parse(const char *s, size_t len, uint8_t *ret)
{
	return word_num(duplexes, COUNT_OF(duplexes), s, len, ret);
}

bool uint_parse(const char *s, size_t len, uint64_t *ret)
{
	unsigned base = 10;
	uint64_t v = 0;
	size_t i = 0;
	if (len > 2 && s[0] == '0' && (s[1] | 0x20) == 'x') {
		base = 16;
		i = 2;
	}
	if (i == len)
		return false;
	for (; i < len; i++) {
		unsigned d;
		if (s[i] >= '0' && s[i] <= '9')
			d = (unsigned)(s[i] - '0');
		else if (base == 16 && isxdigit((unsigned char)s[i]))
			d = (unsigned)(tolower((unsigned char)s[i]) - 'a' + 10);
		else
			return false;
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
			return false;
	}
	*ret = v;
	return true;
}

bool uint_parse_units(const char *s, size_t len, uint64_t *ret)
{
	static const char letters[] = "kMGT";
	char number[32];
	double factor = 1, step = 1000;
	if (uint_parse(s, len, ret))
		return true;
	if (len > 1 && s[len - 1] == 'i') {
		step = 1024;
		len--;
	}
	const char *unit = len ? strchr(letters, s[len - 1] == 'K' ? 'k' : s[len - 1]) : NULL;
	if (unit && *unit) {
		for (const char *u = letters; u <= unit; u++)
			factor *= step;
		len--;
	} else if (step > 1000) {
		return false;
	}
	if (!len || len >= sizeof(number) || !isdigit((unsigned char)s[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isdigit((unsigned char)s[i]) && s[i] != '.')
			return false;
	memcpy(number, s, len);
	number[len] = 0;
	char *end;
	double v = strtod(number, &end) * factor;
	if (*end || !(v >= 0) || v >= 18446744073709549568.0)
		return false;
	*ret = (uint64_t)llround(v);
	return true;
}

bool tcpflags_parse(const char *s, size_t len, uint16_t *ret)
{
	uint64_t v = 0;
	if (uint_parse(s, len, &v) && v <= 0x1ff) {
		*ret = (uint16_t)v;
		return true;
	}
	if (!len)
		return false;
	for (size_t i = 0; i < len; i++) {
		const char *at = strchr(flag_letters, toupper((unsigned char)s[i]));
		if (!at || !*at)
			return false;
		v |= (uint64_t)1 << (at - flag_letters);
	}
	*ret = (uint16_t)v;
	return true;
}

bool iface_split(const char *s, size_t len, struct addr *ret_agent, const char **ret_name, size_t *ret_len)
{
	const char *sep = memchr(s, '>', len);
	if (!sep || !addr_parse(s, (size_t)(sep - s), ret_agent))
		return false;
	*ret_name = sep + 1;
	*ret_len = len - (size_t)(sep + 1 - s);
	return *ret_len > 0;
}

bool iface_parse(const char *s, size_t len, struct addr *ret_agent, uint32_t *ret_index)
{
	const char *name;
	size_t n;
	uint64_t v;
	struct addr agent;
	if (!iface_split(s, len, &agent, &name, &n))
		return false;
	if (n > 2 && name[0] == '0' && name[1] == ':') { /* data source notation: class 0 = interface */
		name += 2;
		n -= 2;
	}
	if (n == 0 || !isdigit((unsigned char)name[0]) || !uint_parse(name, n, &v) || v > UINT32_MAX)
		return false;
	*ret_agent = agent;
	*ret_index = (uint32_t)v;
	return true;
}

static const char *flags_format(uint64_t v, char buf[static VALUE_TEXT])
{
	size_t n = 0;
	for (size_t i = 0; i < 8; i++)
		if (v >> i & 1)
			buf[n++] = flag_letters[i];
	if (!n)
		buf[n++] = '0';
	buf[n] = 0;
	return buf;
}

static const char *port_format(const struct value *v, char buf[static VALUE_TEXT])
{
	const char *proto = protocol_name(v->proto);
	if (!v->proto && !v->num)
		buf[0] = 0;
	else if (proto)
		snprintf(buf, VALUE_TEXT, "%s:%u", proto, (unsigned)v->num);
	else
		snprintf(buf, VALUE_TEXT, "%u:%u", v->proto, (unsigned)v->num);
	return buf;
}

static const char *name_or_number(const char *name, uint64_t num, char buf[static VALUE_TEXT])
{
	if (name)
		snprintf(buf, VALUE_TEXT, "%s", name);
	else
		snprintf(buf, VALUE_TEXT, "%llu", (unsigned long long)num);
	return buf;
}

const char *value_format(const struct value *v, char buf[static VALUE_TEXT])
{
	char text[ADDR_TEXT];
	buf[0] = 0;
	if (v->null)
		return buf;
	switch (v->type) {
	case T_TEXT:
		return v->text ? v->text : "";
	case T_ADDR:
		return addr_format(&v->addr, buf);
	case T_MAC:
		return v->num ? mac_format(v->num, buf) : buf;
	case T_IFACE:
		snprintf(buf, VALUE_TEXT, "%s>%u", addr_format(&v->addr, text), (unsigned)v->num);
		return buf;
	case T_PORT:
		return port_format(v, buf);
	case T_PROTOCOL:
		return name_or_number(protocol_name((uint8_t)v->num), v->num, buf);
	case T_EXPORT:
		return name_or_number(word_name(exports, COUNT_OF(exports), v->num), v->num, buf);
	case T_DIRECTION:
		return name_or_number(v->num ? word_name(directions, COUNT_OF(directions), v->num) : "unknown", v->num, buf);
	case T_DUPLEX:
		return name_or_number(v->num ? word_name(duplexes, COUNT_OF(duplexes), v->num) : "unknown", v->num, buf);
	case T_TCPFLAGS:
		return flags_format(v->num, buf);
	case T_ICMP:
		snprintf(buf, VALUE_TEXT, "%u.%u", (unsigned)(v->num >> 8), (unsigned)(v->num & 255));
		return buf;
	case T_HEX16:
		snprintf(buf, VALUE_TEXT, "0x%04x", (unsigned)v->num);
		return buf;
	case T_REAL:
		snprintf(buf, VALUE_TEXT, "%.15g", v->real);
		return buf;
	case T_TIME:
		snprintf(buf, VALUE_TEXT, "%lld", (long long)((usec_t)v->num / USEC_PER_SEC));
		return buf;
	case T_UINT:
	case T_TYPES:
		break;
	}
	return name_or_number(NULL, v->num, buf);
}

/* No secret can be in it, for it is stored: who makes two texts meet on purpose makes one of his own
 * texts show as the other. */
uint64_t text_hash(const char *s, size_t len)
{
	uint64_t h = hash_bytes(s, len, 0x77656972u);
	return h ? h : 1;
}
