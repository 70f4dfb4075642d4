/* Elements and their values: rows of customers.def become struct customer and what it owns.
 * The file's shape is checked here, one element at a time; what elements say about each other
 * is owners.c's business. */
#include "model/builder.h"
#include "model/privacy.h"

#include "base/mem.h"
#include "flow/value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One element's values, whatever it is; have: bit of each attribute row that was given. */
struct item {
	struct place at, when_at;
	const char *id, *name, *parent;
	unsigned privacy;
	uint64_t below;
	struct own_port port;
	bool has_agent, has_index;
	struct addr address;
	struct place bits_at;
	unsigned bits;
	uint64_t mac;
	struct span when;
	bool bad; /* an error was said about it */
};

/* -- saying what is wrong ------------------------------------------------------------------ */

bool builder_full(const struct builder *b)
{
	return b->failed || b->errors >= MAX_ERRORS;
}

void builder_orphan(struct builder *b, struct place at, const char *fmt, ...)
{
	struct customers *c = b->c;
	char text[200];
	struct map_entry *e;
	bool fresh;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	enum err err = map_put_str(&b->orphans, text, &e, &fresh);
	if (err == OK && fresh && b->options && b->options->strict)
		builder_error(b, at, "%s", text);
	if (err == OK && fresh && !c->orphan && !(c->orphan = arena_new0(&c->arena, MAX_ERRORS, sizeof(*c->orphan))))
		err = E_NOMEM;
	if (err == OK && fresh && c->norphans < MAX_ERRORS) {
		struct orphan *o = &c->orphan[c->norphans];
		*o = (struct orphan){ at, arena_strndup(&c->arena, text, strlen(text)) };
		err = o->text ? OK : E_NOMEM;
	}
	if (err != OK)
		builder_fail(b, err);
	else
		c->norphans += fresh;
}

void builder_fail(struct builder *b, enum err e)
{
	if (!b->failed)
		problem_set(b->errors ? NULL : b->why, e, "%s: %s", b->name, err_text(e));
	b->failed = e;
}

void builder_error(struct builder *b, struct place at, const char *fmt, ...)
{
	char text[480];
	va_list ap;

	if (builder_full(b))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *s = text; *s;
	     s++) /* values stand in messages: one line, no control characters */
		if ((uint8_t)*s < 0x20 || *s == 0x7f)
			*s = '?';
	if (!b->errors++)
		problem_set(b->why, E_SYNTAX, "%s:%u:%u: %s", b->name, at.line, at.column, text);
	if (b->say)
		b->say(b->say_arg, at.line, at.column, text);
	if (b->errors == MAX_ERRORS && b->say)
		b->say(b->say_arg, at.line, at.column, "too many errors, the rest is not shown");
}

/* A value in a message: its beginning is enough to find it. */
#define SHOWN(a) (int)MIN((a)->value_len, (size_t)60), (a)->value

/* -- readers: one per kind of value, false when an error was said ---------------------------- */

static char *keep(struct builder *b, const struct attr *a)
{
	char *s = arena_strndup(&b->c->arena, a->value, a->value_len);
	if (!s)
		builder_fail(b, E_NOMEM);
	return s;
}

static bool has_control(const struct attr *a)
{
	for (size_t i = 0; i < a->value_len; i++)
		if ((uint8_t)a->value[i] < 0x20 || a->value[i] == 0x7f)
			return true;
	return false;
}

static bool read_id(struct builder *b, const struct attr *a, struct item *it)
{
	const char *bad = NULL;
	if (!a->value_len)
		bad = "must not be empty";
	else if (memchr(a->value, '/', a->value_len) || has_control(a))
		bad = "must not have \"/\" or control characters: it names a folder";
	else if (a->value[0] == '.' &&
		 (a->value_len == 1 || (a->value_len == 2 && a->value[1] == '.')))
		bad = "must not be \".\" or \"..\": it names a folder";
	else if (a->value_len > MAX_ID)
		bad = "must not be longer than 200 bytes: it names a folder";
	if (bad) {
		builder_error(b, a->at, "id \"%.*s\" %s", SHOWN(a), bad);
		return false;
	}
	return (it->id = keep(b, a));
}

static bool read_name(struct builder *b, const struct attr *a, struct item *it)
{
	if (has_control(a)) {
		builder_error(b, a->at, "name has control characters");
		return false;
	}
	return (it->name = keep(b, a));
}

static bool read_parent(struct builder *b, const struct attr *a, struct item *it)
{
	if (!a->value_len) {
		builder_error(b, a->at,
			      "parent must be the id of another customer, or be left out");
		return false;
	}
	return (it->parent = keep(b, a));
}

static bool read_privacy(struct builder *b, const struct attr *a, struct item *it)
{
	enum privacy_level level;
	char all[60];
	if (privacy_find(a->value, a->value_len, &level)) {
		it->privacy = level + 1u;
		return true;
	}
	privacy_names(all, sizeof(all));
	builder_error(b, a->at, "privacy \"%.*s\" is none of %s", SHOWN(a), all);
	return false;
}

static bool read_below(struct builder *b, const struct attr *a, struct item *it)
{
	uint64_t v;
	if (uint_parse_units(a->value, a->value_len, &v) && v < UINT64_MAX) {
		it->below = v + 1;
		return true;
	}
	builder_error(b, a->at, "privacyBelow \"%.*s\" must be a number of bytes: 1000000 or 1M", SHOWN(a));
	return false;
}

static bool read_agent(struct builder *b, const struct attr *a, struct item *it)
{
	if (!addr_parse(a->value, a->value_len, &it->port.agent) || addr_is_none(&it->port.agent)) {
		builder_error(
			b, a->at,
			"agent \"%.*s\" is not an address: wanted the switch's, like 10.0.0.1",
			SHOWN(a));
		return false;
	}
	return it->has_agent = true;
}

static bool read_ifname(struct builder *b, const struct attr *a, struct item *it)
{
	if (!a->value_len || has_control(a)) {
		builder_error(b, a->at, "ifName must not be empty or have control characters");
		return false;
	}
	return (it->port.ifname = keep(b, a));
}

static bool read_ifindex(struct builder *b, const struct attr *a, struct item *it)
{
	uint64_t v;
	if (!uint_parse(a->value, a->value_len, &v) || v < 1 || v > UINT32_MAX) {
		builder_error(b, a->at, "ifIndex \"%.*s\" must be 1..4294967295", SHOWN(a));
		return false;
	}
	it->port.ifindex = (uint32_t)v;
	return it->has_index = true;
}

static bool read_mac(struct builder *b, const struct attr *a, struct item *it)
{
	if (mac_parse(a->value, a->value_len, &it->mac) && it->mac)
		return true;
	builder_error(b, a->at, "\"%.*s\" is not a MAC address: wanted 02:00:5e:10:00:01",
		      SHOWN(a));
	return false;
}

static bool read_address(struct builder *b, const struct attr *a, struct item *it)
{
	if (addr_parse(a->value, a->value_len, &it->address))
		return true;
	builder_error(b, a->at, "\"%.*s\" is not an address: wanted 192.0.2.0 or 2001:db8::%s",
		      SHOWN(a),
		      memchr(a->value, '/', a->value_len) ? ", its length in bits=\"24\"" : "");
	return false;
}

static bool read_bits(struct builder *b, const struct attr *a, struct item *it)
{
	uint64_t v;
	if (!uint_parse(a->value, a->value_len, &v) || v > 128) {
		builder_error(b, a->at, "bits \"%.*s\" must be 0..32, or 0..128 for IPv6",
			      SHOWN(a));
		return false;
	}
	it->bits = (unsigned)v;
	it->bits_at = a->at;
	return true;
}

static bool read_when(struct builder *b, const struct attr *a, struct item *it, usec_t *ret)
{
	const char *bad = date_parse(b, a->value, a->value_len, ret);
	if (bad)
		builder_error(b, a->at, "\"%.*s\" %s", SHOWN(a), bad);
	it->when_at = a->at;
	return !bad;
}

static bool read_from(struct builder *b, const struct attr *a, struct item *it)
{
	return read_when(b, a, it, &it->when.start);
}

static bool read_to(struct builder *b, const struct attr *a, struct item *it)
{
	return read_when(b, a, it, &it->when.end);
}

/* -- rows ------------------------------------------------------------------------------------ */

struct element_row {
	const char *name;
	enum element parent;
	const char *takes;
};

struct attr_row {
	const char *name;
	bool (*read)(struct builder *, const struct attr *, struct item *);
	enum element element;
	bool needed;
};

static const struct element_row element_rows[ELEMENTS] = {
#define ELEMENT(id, name, parent, takes) [id] = { name, parent, takes },
#define ATTRIBUTE(...)
#include "model/customers.def"
};

enum { NEED = true, MAY = false };
static const struct attr_row attr_rows[] = {
#define ELEMENT(...)
#define ATTRIBUTE(element, name, reader, needed) { name, read_##reader, element, needed },
#include "model/customers.def"
};

static bool same(const char *name, const char *s, size_t len, bool any_case)
{
	return strlen(name) == len &&
	       (any_case ? strncasecmp(name, s, len) : strncmp(name, s, len)) == 0;
}

static const struct attr_row *attr_row_find(enum element el, const struct attr *a, bool any_case)
{
	for (size_t i = 0; i < COUNT_OF(attr_rows); i++)
		if (attr_rows[i].element == el &&
		    same(attr_rows[i].name, a->name, a->name_len, any_case))
			return &attr_rows[i];
	return NULL;
}

static void unknown_attr(struct builder *b, enum element el, const struct attr *a)
{
	const struct attr_row *near = attr_row_find(el, a, true);
	int len = (int)MIN(a->name_len, (size_t)60);
	if (near)
		builder_error(b, a->at, "unknown attribute \"%.*s\" of %s: it is written %s", len,
			      a->name, element_rows[el].name, near->name);
	else
		builder_error(b, a->at, "unknown attribute \"%.*s\" of %s, which takes %s", len,
			      a->name, element_rows[el].name, element_rows[el].takes);
}

static void read_attrs(struct builder *b, enum element el, const struct tag *tag, struct item *it)
{
	const struct attr *attr = tag->attr;
	uint64_t have = 0;
	for (size_t i = 0; i < tag->nattr; i++) {
		const struct attr_row *row = attr_row_find(el, &attr[i], false);
		if (!row) {
			unknown_attr(b, el, &attr[i]);
			it->bad = true;
		} else if (attr[i].value_len > MAX_VALUE) {
			builder_error(b, attr[i].at, "%s is longer than %d bytes", row->name,
				      MAX_VALUE);
			it->bad = true;
		} else if (!row->read(b, &attr[i], it)) {
			it->bad = true;
		}
		if (row)
			have |= (uint64_t)1 << (row - attr_rows);
	}
	for (size_t i = 0; i < COUNT_OF(attr_rows); i++) {
		const struct attr_row *row = &attr_rows[i];
		if (row->element != el || !row->needed || have >> i & 1)
			continue;
		builder_error(b, it->at, "%s has no %s: it takes %s", element_rows[el].name,
			      row->name, element_rows[el].takes);
		it->bad = true;
	}
}

/* -- from items to what is owned --------------------------------------------------------------- */

/* Room for one more; NULL and failed when there is none. */
static void *vector_room(struct builder *b, void **at, size_t n, size_t *cap, size_t each)
{
	if (n == *cap) {
		size_t more = *cap ? *cap * 2 : 256;
		void *p = mem_array(*at, more, each);
		if (!p) {
			builder_fail(b, E_NOMEM);
			return NULL;
		}
		*at = p;
		*cap = more;
	}
	return (uint8_t *)*at + n * each;
}

#define PUSH(b, what, kind, ...)                                                                   \
	do {                                                                                       \
		void *at_ = (b)->c->what;                                                          \
		struct kind *new_ =                                                                \
			vector_room((b), &at_, (b)->c->n##what, &(b)->cap_##what, sizeof(*new_));  \
		(b)->c->what = at_;                                                                \
		if (new_) {                                                                        \
			*new_ = (struct kind)__VA_ARGS__;                                          \
			(b)->c->n##what++;                                                         \
		}                                                                                  \
	} while (0)

static void add_customer(struct builder *b, const struct item *it)
{
	struct customers *c = b->c;
	void *at = c->at;
	struct customer *cust = vector_room(b, &at, c->n, &b->cap, sizeof(*cust));
	c->at = at;
	if (!cust)
		return;
	*cust = (struct customer){ .id = it->id ? it->id : "",
				   .name = it->name ? it->name : "",
				   .parent = it->parent,
				   .privacy = it->privacy,
				   .privacy_below = it->below,
				   .line = it->at.line,
				   .column = it->at.column };
	c->n++;
	if (it->id) {
		struct map_entry *e;
		bool fresh;
		enum err err = map_put_str(&c->by_id, it->id, &e, &fresh);
		if (err != OK)
			builder_fail(b, err);
		else if (!fresh)
			builder_error(b, it->at, "id \"%.60s\" is taken by the customer in line %u",
				      it->id, c->at[e->num].line);
		else
			e->num = c->n - 1;
	}
}

/* A port is an agent and one of ifName and ifIndex: of an element <port> always, of a block
 * when it is tied to one. */
static void check_port(struct builder *b, struct item *it)
{
	if (it->port.ifname && it->has_index)
		builder_error(b, it->at,
			      "ifName and ifIndex: only one of them, the other could disagree");
	else if (!it->has_agent)
		builder_error(b, it->at, "a port is named without its agent: agent=\"10.0.0.1\"");
	else if (!it->port.ifname && !it->has_index)
		builder_error(b, it->at,
			      "an agent is named without ifName or ifIndex: which port of it?");
	else
		return;
	it->bad = true;
}

static bool holds_all_ipv4(const struct prefix *p)
{
	const struct addr mapped = addr_v4(0);
	return p->bits < 96 && prefix_holds(p, &mapped);
}

static void check_cidr(struct builder *b, struct item *it, struct prefix *ret)
{
	char text[ADDR_TEXT], right[ADDR_TEXT + 4];
	struct addr first, last;
	bool v4 = addr_is_v4(&it->address);
	unsigned most = v4 ? 32 : 128;

	if (it->bits > most) {
		builder_error(b, it->bits_at, "bits %u must be 0..%u", it->bits, most);
		it->bad = true;
		return;
	}
	*ret = (struct prefix){ .addr = it->address, .bits = (uint8_t)(it->bits + 128 - most) };
	prefix_range(ret, &first, &last);
	if (!addr_equal(&first, &it->address)) {
		struct prefix fixed = { .addr = first, .bits = ret->bits };
		builder_error(b, it->at, "host bits set: %s/%u should be %s",
			      addr_format(&it->address, text), it->bits,
			      prefix_format(&fixed, right));
		it->bad = true;
	} else if (!v4 && holds_all_ipv4(ret)) {
		builder_error(b, it->at,
			      "%s would hold every IPv4 address too: use 2000::/3 for all of IPv6",
			      prefix_format(ret, right));
		it->bad = true;
	}
}

static void item_add(struct builder *b, enum element el, struct item *it)
{
	struct prefix prefix;

	if (!it->bad && it->when.start >= it->when.end) {
		builder_error(b, it->when_at,
			      "from must be before to (to itself is no longer inside)");
		it->bad = true;
	}
	if (!it->bad && (el == EL_PORT || it->has_agent || it->port.ifname || it->has_index))
		check_port(b, it);
	if (el == EL_CIDR && !it->bad)
		check_cidr(b, it, &prefix);
	if (it->bad || !b->c->n)
		return;
	it->port.when = it->when;
	it->port.line = it->at.line;
	it->port.column = it->at.column;
	struct customer *owner = &b->c->at[b->c->n - 1];
	switch (el) {
	case EL_PORT:
		PUSH(b, port, own_port, it->port);
		owner->nport++;
		break;
	case EL_MAC:
		PUSH(b, mac, own_mac,
		     { .mac = it->mac,
		       .when = it->when,
		       .line = it->at.line,
		       .column = it->at.column });
		owner->nmac++;
		break;
	case EL_CIDR:
		PUSH(b, cidr, own_cidr,
		     { .prefix = prefix,
		       .tied = it->has_agent,
		       .port = it->port,
		       .when = it->when,
		       .line = it->at.line,
		       .column = it->at.column });
		owner->ncidr++;
		break;
	case EL_NONE:
	case EL_CUSTOMERS:
	case EL_CUSTOMER:
	case ELEMENTS:
		break;
	}
}

/* -- elements as they come ------------------------------------------------------------------- */

static enum element element_find(struct builder *b, const struct tag *tag)
{
	enum element parent = b->depth ? b->open[b->depth - 1] : EL_NONE;
	int shown = (int)MIN(tag->name_len, (size_t)60);
	const char *name = tag->name;
	char fits[80] = "";

	if (b->depth && parent == EL_NONE)
		return EL_NONE; /* inside something unknown: said once already */
	for (size_t i = EL_NONE + 1; i < ELEMENTS; i++) {
		const struct element_row *row = &element_rows[i];
		if (row->parent != parent)
			continue;
		if (same(row->name, name, tag->name_len, false))
			return (enum element)i;
		snprintf(fits + strlen(fits), sizeof(fits) - strlen(fits), "%s%s",
			 *fits ? ", " : "", row->name);
	}
	if (parent == EL_NONE)
		builder_error(b, tag->at, "the outermost element is \"%.*s\": it must be customers",
			      shown, name);
	else if (!*fits)
		builder_error(b, tag->at, "unknown element \"%.*s\": nothing may stand inside %s",
			      shown, name, element_rows[parent].name);
	else
		builder_error(b, tag->at, "unknown element \"%.*s\" in %s: wanted %s", shown, name,
			      element_rows[parent].name, fits);
	return EL_NONE;
}

void builder_open(struct builder *b, const struct tag *tag)
{
	struct item it = { .at = tag->at, .when_at = tag->at, .when = { INT64_MIN, INT64_MAX } };

	if (b->depth == MAX_DEPTH || b->elements == MAX_ELEMENTS) {
		builder_error(b, tag->at,
			      b->depth == MAX_DEPTH ? "elements are nested deeper than %d"
						    : "more than %d elements",
			      b->depth == MAX_DEPTH ? MAX_DEPTH : MAX_ELEMENTS);
		b->failed = E_LIMIT;
		return;
	}
	b->elements++;
	enum element el = element_find(b, tag);
	b->open[b->depth++] = el;
	if (el == EL_NONE)
		return;
	read_attrs(b, el, tag, &it);
	if (el == EL_CUSTOMER)
		add_customer(b, &it);
	else if (el != EL_CUSTOMERS)
		item_add(b, el, &it);
}

void builder_close(struct builder *b)
{
	if (b->depth)
		b->depth--;
}

bool builder_knows_here(const struct builder *b)
{
	return b->depth && b->open[b->depth - 1] != EL_NONE;
}
