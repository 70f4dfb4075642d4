/* Lists of mappings, read by the rows of config_items.def:
 *
 *	interfaces:
 *	  - { agent: 192.0.2.1, ifindex: 5, ifname: ethernet5, speed: 1G }
 *
 * A list is an array of structs; a row says where in the struct its member lies and of what kind it is. */
#include "app/config_parts.h"
#include "app/quantity.h"
#include "flow/value.h"

#include <stdio.h>

enum item_kind { ITEM_ADDR, ITEM_TEXT, ITEM_NUMBER, ITEM_BOUND, ITEM_UNITS, ITEM_AGE, ITEM_SIZE, ITEM_TABLE, ITEM_LEVEL, ITEM_TEXTS };

struct item_row {
	const char *name;
	enum item_kind kind;
	size_t offset;
	const char *wrong;
};

static const struct item_row iface_rows[] = {
#define IFACE_ITEM(name, kind, member, wrong) { #name, ITEM_##kind, offsetof(struct config_iface, member), wrong },
#include "app/config_items.def"
};

static const struct item_row agent_rows[] = {
#define AGENT_ITEM(name, kind, member, wrong) { #name, ITEM_##kind, offsetof(struct config_agent, member), wrong },
#include "app/config_items.def"
};

static const struct item_row device_rows[] = {
#define DEVICE_ITEM(name, kind, member, wrong) { #name, ITEM_##kind, offsetof(struct snmp_device, member), wrong },
#include "app/config_items.def"
};

static const struct item_row keep_rows[] = {
#define KEEP_ITEM(name, kind, member, wrong) { #name, ITEM_##kind, offsetof(struct config_keep, member), wrong },
#include "app/config_items.def"
};

static const struct item_row forward_rows[] = {
#define FORWARD_ITEM(name, kind, member, wrong) { #name, ITEM_##kind, offsetof(struct config_forward, member), wrong },
#include "app/config_items.def"
};

static const struct item_row quota_item_rows[] = {
#define QUOTA_ITEM(name, kind, member, wrong) { #name, ITEM_##kind, offsetof(struct config_quota, member), wrong },
#include "app/config_items.def"
};

static const struct item_row switch_rows[] = {
#define SWITCH_ITEM(name, kind, member, wrong) { #name, ITEM_##kind, offsetof(struct switch_agent, member), wrong },
#include "app/config_items.def"
};

/* -- what an element needs ----------------------------------------------------------------------------- */

static bool iface_whole(const void *item)
{
	const struct config_iface *i = item;
	return !addr_is_none(&i->agent) && i->ifindex && (*i->ifname || i->speed || i->sampling);
}

static bool agent_whole(const void *item)
{
	const struct config_agent *a = item;
	return !addr_is_none(&a->agent) && (*a->name || a->sampling);
}

static bool device_whole(const void *item)
{
	const struct snmp_device *d = item;
	return *d->address && (d->version == 3 ? *d->user : *d->community) && d->version <= 3 && d->port <= UINT16_MAX;
}

static bool keep_whole(const void *item)
{
	const struct config_keep *k = item;
	return k->keep || k->max_size;
}

static bool forward_whole(const void *item)
{
	const struct config_forward *f = item;
	return f->to.n && *f->what;
}

static bool quota_whole(const void *item)
{
	return *((const struct config_quota *)item)->customer;
}

static bool switch_whole(const void *item)
{
	const struct switch_agent *s = item;
	return *s->name && !addr_is_none(&s->agent);
}

static const struct shape {
	const char *one;   /* of them, in a message */
	const char *needs;
	size_t size;
	const struct item_row *row;
	size_t nrows;
	bool (*whole)(const void *item);
} shapes[SHAPES] = {
	[SHAPE_IFACES] = { "an interface", "agent, ifindex, and ifname, speed or sampling", sizeof(struct config_iface),
			   iface_rows, COUNT_OF(iface_rows), iface_whole },
	[SHAPE_AGENTS] = { "an agent", "agent, and name or sampling", sizeof(struct config_agent), agent_rows,
			   COUNT_OF(agent_rows), agent_whole },
	[SHAPE_DEVICES] = { "a device", "address, and community (version 1 or 2) or user (version 3)", sizeof(struct snmp_device),
			    device_rows, COUNT_OF(device_rows), device_whole },
	[SHAPE_FORWARDS] = { "a rule", "to and what", sizeof(struct config_forward), forward_rows, COUNT_OF(forward_rows),
			     forward_whole },
	[SHAPE_KEEPS] = { "a limit", "keep or max_size", sizeof(struct config_keep), keep_rows, COUNT_OF(keep_rows),
			  keep_whole },
	[SHAPE_QUOTAS] = { "a customer's quota", "customer", sizeof(struct config_quota), quota_item_rows, COUNT_OF(quota_item_rows),
			   quota_whole },
	[SHAPE_SWITCHES] = { "a switch", "name and agent", sizeof(struct switch_agent), switch_rows, COUNT_OF(switch_rows), switch_whole },
};

/* -- one value ------------------------------------------------------------------------------------------- */

static bool read_number(const char *text, uint32_t *ret)
{
	uint64_t v;
	if (!uint_parse(text, strlen(text), &v) || v < 1 || v > UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool read_bound(const char *text, uint64_t *ret)
{
	uint64_t v;
	if (!uint_parse_units(text, strlen(text), &v) || v == UINT64_MAX)
		return false;
	*ret = v + 1;
	return true;
}

/* 1 and up; 0 stands for all. */
static bool read_table(const char *text, unsigned *ret)
{
	for (unsigned t = 0; t < TABLES; t++)
		if (STREQ(tables[t].name, text)) {
			*ret = t + 1;
			return true;
		}
	return false;
}

static bool read_level(const char *text, unsigned *ret)
{
	for (unsigned l = 0; l < STORE_LEVELS; l++)
		if (STREQ(config_level_name(l), text)) {
			*ret = l + 1;
			return true;
		}
	return false;
}

static bool read_copy(struct reader *r, const char *text, const char **ret, enum err *ret_err)
{
	const char *copy = *text ? arena_strndup(&r->c->arena, text, strlen(text)) : NULL;
	if (!copy) {
		*ret_err = *text ? config_no_memory(r) : OK;
		return false;
	}
	*ret = copy;
	return true;
}

/* *ret_err is set when it is not the value that is wrong. */
static bool read_value(struct reader *r, enum item_kind kind, const char *text, void *ret, enum err *ret_err)
{
	struct addr *addr = ret;
	switch (kind) {
	case ITEM_ADDR:
		return addr_parse(text, strlen(text), addr) && !addr_is_none(addr);
	case ITEM_TEXT:
		return read_copy(r, text, ret, ret_err);
	case ITEM_NUMBER:
		return read_number(text, ret);
	case ITEM_BOUND:
		return read_bound(text, ret);
	case ITEM_UNITS:
		return uint_parse_units(text, strlen(text), ret);
	case ITEM_AGE:
		return age_parse(text, ret);
	case ITEM_SIZE:
		return size_parse(text, ret);
	case ITEM_TABLE:
		return read_table(text, ret);
	case ITEM_LEVEL:
		return read_level(text, ret);
	case ITEM_TEXTS:
		break; /* read_texts */
	}
	return false;
}

/* -- one element ------------------------------------------------------------------------------------------- */

/* "agent, ifindex, ifname" */
static const char *names_of(const struct shape *s, char buf[static 200])
{
	size_t len = 0;
	for (size_t i = 0; i < s->nrows && len < 200; i++)
		len += (size_t)snprintf(buf + len, 200 - len, "%s%s", i ? ", " : "", s->row[i].name);
	return buf;
}

static enum err say_shape(const struct reader *r, const struct shape *s, const yaml_node_t *n)
{
	char text[200] = "";
	size_t len = 0;
	for (size_t i = 0; i < s->nrows && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s: ...", i ? ", " : "", s->row[i].name);
	return config_wrong(r, n, "%s is {%s}", s->one, text);
}

/* One text, or a list of them. */
static enum err read_texts(struct reader *r, const struct item_row *row, const yaml_node_t *n, struct config_list *ret)
{
	bool one = config_is_text(n);
	size_t count = one ? 1 : n->type == YAML_SEQUENCE_NODE ?
			       (size_t)(n->data.sequence.items.top - n->data.sequence.items.start) : SIZE_MAX;
	if (count > MAX_LIST)
		return config_wrong(r, n, "%s must be a text or a list of texts", row->name);
	const char **at = arena_new0(&r->c->arena, count + 1, sizeof(char *));
	if (!at)
		return config_no_memory(r);
	for (size_t i = 0; i < count; i++) {
		const yaml_node_t *item = one ? n : config_node(r, n->data.sequence.items.start[i]);
		if (!config_is_text(item) || !*config_text(item))
			return config_wrong(r, item, "%s must be a text or a list of texts", row->name);
		at[i] = arena_strndup(&r->c->arena, config_text(item), strlen(config_text(item)));
		if (!at[i])
			return config_no_memory(r);
	}
	*ret = (struct config_list){ at, count };
	return OK;
}

static enum err read_member(struct reader *r, const struct shape *s, const yaml_node_pair_t *p, void *item)
{
	const yaml_node_t *key = config_node(r, p->key), *value = config_node(r, p->value);
	enum err err = OK;
	char names[200];
	if (!config_is_text(key))
		return say_shape(r, s, key);
	for (size_t i = 0; i < s->nrows; i++) {
		const struct item_row *row = &s->row[i];
		if (!STREQ(row->name, config_text(key)))
			continue;
		if (row->kind == ITEM_TEXTS)
			return read_texts(r, row, value, (void *)((char *)item + row->offset));
		if (!config_is_text(value))
			return say_shape(r, s, key);
		const char *text = config_text(value);
		if (read_value(r, row->kind, text, (char *)item + row->offset, &err))
			return OK;
		if (err != OK)
			return err;
		return *text ? config_wrong(r, value, "%s \"%.60s\" %s", row->name, text, row->wrong)
			     : config_wrong(r, value, "%s must not be empty", row->name);
	}
	return config_wrong(r, key, "unknown key \"%.60s\" of %s: wanted %s", config_text(key), s->one, names_of(s, names));
}

static void set_texts(const struct shape *s, void *item)
{
	for (size_t i = 0; i < s->nrows; i++)
		if (s->row[i].kind == ITEM_TEXT)
			*(const char **)(void *)((char *)item + s->row[i].offset) = "";
}

static enum err read_item(struct reader *r, const struct shape *s, const yaml_node_t *n, void *item)
{
	set_texts(s, item);
	if (n->type != YAML_MAPPING_NODE)
		return say_shape(r, s, n);
	for (const yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		enum err err = read_member(r, s, p, item);
		if (err != OK)
			return err;
	}
	return s->whole(item) ? OK : config_wrong(r, n, "%s needs %s", s->one, s->needs);
}

enum err config_read_items(struct reader *r, enum config_shape shape, const char *key, const yaml_node_t *n, void *ret)
{
	const struct shape *s = &shapes[shape];
	char names[200];
	size_t count = n->type == YAML_SEQUENCE_NODE ?
			       (size_t)(n->data.sequence.items.top - n->data.sequence.items.start) : SIZE_MAX;
	if (count > MAX_LIST)
		return config_wrong(r, n, "%s must be a list of {%s}", key, names_of(s, names));
	char *at = arena_new0(&r->c->arena, count + 1, s->size);
	if (!at)
		return config_no_memory(r);
	for (size_t i = 0; i < count; i++) {
		enum err err = read_item(r, s, config_node(r, n->data.sequence.items.start[i]), at + i * s->size);
		if (err != OK)
			return err;
	}
	const struct {
		const void *at;
		size_t n;
	} list = { at, count };
	_Static_assert(sizeof(list) == sizeof(struct config_ifaces) && sizeof(list) == sizeof(struct config_agents) &&
			       sizeof(list) == sizeof(struct config_keeps) && sizeof(list) == sizeof(struct config_forwards) && sizeof(list) == sizeof(struct config_devices), "each list is a pointer and a count");
	memcpy(ret, &list, sizeof(list));
	return OK;
}
