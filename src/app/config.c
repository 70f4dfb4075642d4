/* Reads the configuration with libyaml into a tree, and the tree by the rows of config.def.
 *
 * libcyaml reads into structs by a schema, but that schema would be a second table beside
 * config.def, and it tells the line of a failure only through its log, as text.  libyaml, on
 * which it is built, gives a place with every node, so that each message can name line, column
 * and what would be right. */
#include "app/config_parts.h"
#include "app/quantity.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/zone.h"
#include "flow/value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_FILE ((size_t)1 << 20)
enum { MOST_DEPTH = 8, MOST_HASHED = 1000000 };
static const char default_file[] = "/etc/weir/weir.yaml";

enum kind { KIND_TEXT, KIND_ZONE, KIND_UINT, KIND_LEVEL, KIND_BITS4, KIND_BITS6, KIND_WAIT, KIND_LIMIT, KIND_LIST, KIND_IFACES, KIND_AGENTS, KIND_KEEPS, KIND_FORWARDS, KIND_DEVICES, KIND_QUOTAS, KIND_SWITCHES };

struct row {
	const char *key;
	enum kind kind;
	size_t offset;
	const char *fallback;
};

static const struct row rows[] = {
#define CONFIG(key, kind, member, fallback, help)                                                  \
	{ key, KIND_##kind, offsetof(struct config, member), fallback },
#include "app/config.def"
};

const struct config_row config_rows[] = {
#define CONFIG(key, kind, member, fallback, help) { key, #kind, fallback, help },
#include "app/config.def"
};
const size_t nconfig_rows = COUNT_OF(config_rows);

const char *config_level_name(unsigned level)
{
	static const char *const names[STORE_LEVELS] = { [STORE_FRESH] = "fresh", [STORE_HOUR] = "hour", [STORE_ROLLUP_5MIN] = "rollup-5min",
						       [STORE_ROLLUP_HOUR] = "rollup-hour", [STORE_ROLLUP_DAY] = "rollup-day" };
	return level < STORE_LEVELS && names[level] ? names[level] : "";
}

/* -- messages --------------------------------------------------------------------------------- */

enum err config_wrong(const struct reader *r, const yaml_node_t *at, const char *fmt, ...)
{
	char text[300];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return problem_set(r->why, E_SYNTAX, "%s:%zu:%zu: %s", r->name, at->start_mark.line + 1,
			   at->start_mark.column + 1, text);
}

enum err config_no_memory(const struct reader *r)
{
	return problem_set(r->why, E_NOMEM, "%s: %s", r->name, err_text(E_NOMEM));
}

/* -- nodes ------------------------------------------------------------------------------------- */

static size_t items_of(const yaml_node_t *seq)
{
	return (size_t)(seq->data.sequence.items.top - seq->data.sequence.items.start);
}

/* "key:" with nothing behind it: left out. */
static bool is_nothing(const yaml_node_t *n)
{
	return n->type == YAML_SCALAR_NODE && n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (!n->data.scalar.length || STREQ(config_text(n), "~") || STREQ(config_text(n), "null"));
}

/* -- one reader per kind ----------------------------------------------------------------------- */

static enum err read_text(struct reader *r, const char *key, const yaml_node_t *n, const char **ret)
{
	if (!config_is_text(n))
		return config_wrong(r, n, "%s must be a text", key);
	*ret = arena_strndup(&r->c->arena, config_text(n), n->data.scalar.length);
	return *ret ? OK : config_no_memory(r);
}

static enum err read_zone(struct reader *r, const char *key, const yaml_node_t *n, const char **ret)
{
	const struct zone *zone;
	enum err err = read_text(r, key, n, ret);
	if (err != OK)
		return err;
	if (zone_find(*ret, &zone) != OK)
		return config_wrong(r, n,
			     "%s: no zone is named \"%.60s\": wanted one like Europe/Zurich or UTC",
			     key, *ret);
	return OK;
}

static enum err read_uint(struct reader *r, const char *key, const yaml_node_t *n, uint64_t *ret)
{
	if (!config_is_text(n) || !uint_parse_units(config_text(n), n->data.scalar.length, ret))
		return config_wrong(r, n, "%s must be a number: 2000 or 2M", key);
	return OK;
}

static enum err read_level(struct reader *r, const char *key, const yaml_node_t *n, enum privacy_level *ret)
{
	char all[60];
	privacy_names(all, sizeof(all));
	if (!config_is_text(n) || !privacy_find(config_text(n), n->data.scalar.length, ret))
		return config_wrong(r, n, "%s must be one of %s", key, all);
	return OK;
}

static enum err read_bits(struct reader *r, const char *key, const yaml_node_t *n, unsigned most, uint8_t *ret)
{
	uint64_t v;
	if (!config_is_text(n) || !uint_parse(config_text(n), n->data.scalar.length, &v) || v < 1 || v > most)
		return config_wrong(r, n, "%s must be a number 1..%u", key, most);
	*ret = (uint8_t)v;
	return OK;
}

static enum err read_wait(struct reader *r, const char *key, const yaml_node_t *n, usec_t *ret)
{
	if (!config_is_text(n) || !wait_parse(config_text(n), ret))
		return config_wrong(r, n, "%s: %s", key, WAIT_WANTED);
	return OK;
}

/* script.limits.customer.cpu: 5 */
static enum err read_limit(struct reader *r, const char *key, const yaml_node_t *n, struct script_limits *ret)
{
	char text[80];
	snprintf(text, sizeof(text), "%s=%.40s", strrchr(key, '.') + 1, config_is_text(n) ? config_text(n) : "");
	enum err err = script_limit_set(ret, text);
	if (err != OK)
		return config_wrong(r, n, "%s %s", key,
				    err == E_RANGE ? "is more than fits" : "must be a whole number from 1, in the unit of \"weir help limits\"");
	return OK;
}

static enum err read_list(struct reader *r, const char *key, const yaml_node_t *n,
			  struct config_list *ret)
{
	if (n->type != YAML_SEQUENCE_NODE || items_of(n) > MAX_LIST)
		return config_wrong(r, n, "%s must be a list of texts: [a, b]", key);
	size_t count = items_of(n);
	const char **at = arena_new0(&r->c->arena, count + 1, sizeof(char *));
	if (!at)
		return config_no_memory(r);
	for (size_t i = 0; i < count; i++) {
		enum err err =
			read_text(r, key, config_node(r, n->data.sequence.items.start[i]), &at[i]);
		if (err != OK)
			return err;
	}
	*ret = (struct config_list){ at, count };
	return OK;
}

/* -- the tree by its rows -------------------------------------------------------------------- */

/* Of what was given for a key, however it is laid out.  An alias may stand for what it is in, so it has an end. */
static uint64_t node_hash(struct reader *r, const yaml_node_t *n, unsigned depth, uint64_t h)
{
	if (depth == MOST_DEPTH || ++r->hashed > MOST_HASHED)
		return h;
	h = hash_mix(h, (uint64_t)n->type);
	if (n->type == YAML_SCALAR_NODE)
		return hash_bytes(n->data.scalar.value, n->data.scalar.length, h);
	if (n->type == YAML_SEQUENCE_NODE)
		for (const int *i = n->data.sequence.items.start; i < n->data.sequence.items.top; i++)
			h = node_hash(r, config_node(r, *i), depth + 1, h);
	if (n->type == YAML_MAPPING_NODE)
		for (const yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++)
			h = node_hash(r, config_node(r, p->value), depth + 1, node_hash(r, config_node(r, p->key), depth + 1, h));
	return h;
}

static enum err read_row(struct reader *r, const struct row *row, const yaml_node_t *n)
{
	void *member = (char *)r->c + row->offset;
	if (is_nothing(n))
		return OK;
	r->c->given[row - rows] = node_hash(r, n, 0, 1);
	switch (row->kind) {
	case KIND_TEXT:
		return read_text(r, row->key, n, member);
	case KIND_ZONE:
		return read_zone(r, row->key, n, member);
	case KIND_UINT:
		return read_uint(r, row->key, n, member);
	case KIND_LEVEL:
		return read_level(r, row->key, n, member);
	case KIND_BITS4:
		return read_bits(r, row->key, n, 32, member);
	case KIND_BITS6:
		return read_bits(r, row->key, n, 128, member);
	case KIND_LIMIT:
		return read_limit(r, row->key, n, member);
	case KIND_LIST:
		return read_list(r, row->key, n, member);
	case KIND_WAIT:
		return read_wait(r, row->key, n, member);
	case KIND_IFACES:
		return config_read_items(r, SHAPE_IFACES, row->key, n, member);
	case KIND_AGENTS:
		return config_read_items(r, SHAPE_AGENTS, row->key, n, member);
	case KIND_KEEPS:
		return config_read_items(r, SHAPE_KEEPS, row->key, n, member);
	case KIND_FORWARDS:
		return config_read_items(r, SHAPE_FORWARDS, row->key, n, member);
	case KIND_DEVICES:
		return config_read_items(r, SHAPE_DEVICES, row->key, n, member);
	case KIND_QUOTAS:
		return config_read_items(r, SHAPE_QUOTAS, row->key, n, member);
	case KIND_SWITCHES:
		return config_read_items(r, SHAPE_SWITCHES, row->key, n, member);
	}
	return OK;
}

/* Is lead + name a key, or the beginning of keys ("script")? */
static const struct row *row_find(const char *lead, const char *name, bool *ret_inner)
{
	char key[128];
	const struct row *found = NULL;
	size_t len = (size_t)snprintf(key, sizeof(key), "%s%s", lead, name);
	*ret_inner = false;
	for (size_t i = 0; len < sizeof(key) && i < COUNT_OF(rows); i++) {
		if (STREQ(rows[i].key, key))
			found = &rows[i];
		if (strncmp(rows[i].key, key, len) == 0 && rows[i].key[len] == '.')
			*ret_inner = true;
	}
	return found;
}

/* The first rows of one mapping give its name once. */
static bool named_before(size_t row, size_t skip, size_t len)
{
	for (size_t i = 0; i < row; i++)
		if (strncmp(rows[i].key, rows[row].key, skip + len) == 0 && strcspn(rows[i].key + skip, ".") == len)
			return true;
	return false;
}

static enum err unknown_key(struct reader *r, const yaml_node_t *n, const char *lead)
{
	char fits[200] = "";
	size_t skip = strlen(lead), used = 0;
	for (size_t i = 0; i < COUNT_OF(rows) && used < sizeof(fits); i++) {
		const char *name = rows[i].key + skip;
		size_t len = strncmp(rows[i].key, lead, skip) == 0 ? strcspn(name, ".") : 0;
		if (len && !named_before(i, skip, len))
			used += (size_t)snprintf(fits + used, sizeof(fits) - used, "%s%.*s", used ? ", " : "", (int)len, name);
	}
	return config_wrong(r, n, "unknown key \"%s%.60s\": wanted %s", lead, config_text(n), fits);
}

static enum err check_once(struct reader *r, const yaml_node_t *map, const yaml_node_pair_t *p)
{
	const yaml_node_t *key = config_node(r, p->key);
	if (!config_is_text(key))
		return config_wrong(r, key, "a key must be a text");
	for (const yaml_node_pair_t *q = map->data.mapping.pairs.start; q < p; q++)
		if (STREQ(config_text(config_node(r, q->key)), config_text(key)))
			return config_wrong(r, key, "key \"%.60s\" is here twice", config_text(key));
	return OK;
}

static enum err read_map(struct reader *r, const yaml_node_t *map, const char *lead)
{
	enum err err = OK;
	if (map->type != YAML_MAPPING_NODE)
		return config_wrong(r, map, "wanted lines of \"key: value\"");
	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     err == OK && p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *key = config_node(r, p->key), *value = config_node(r, p->value);
		bool inner;
		char below[80];

		if ((err = check_once(r, map, p)) != OK)
			return err;
		const struct row *row = row_find(lead, config_text(key), &inner);
		if (row && !(inner && value->type == YAML_MAPPING_NODE)) /* store: DIR, or store: {folder: DIR} */
			err = read_row(r, row, value);
		else if (!inner)
			err = unknown_key(r, key, lead);
		else if (!is_nothing(value)) {
			snprintf(below, sizeof(below), "%s%s.", lead, config_text(key));
			err = read_map(r, value, below);
		}
	}
	return err;
}

/* -- quotas ------------------------------------------------------------------------------------ */

struct quota config_quota_of(const struct config *c, const char *customer)
{
	struct quota q = c->quota;
	for (size_t i = 0; i < c->quotas.n; i++)
		for (size_t k = 0; k < nquota_rows && STREQ(c->quotas.at[i].customer, customer); k++) {
			const uint64_t *own = (const void *)((const char *)&c->quotas.at[i].quota + quota_rows[k].offset);
			if (*own)
				*(uint64_t *)(void *)((char *)&q + quota_rows[k].offset) = *own - 1;
		}
	return q;
}

size_t config_changed(const struct config *a, const struct config *b, char names[static CONFIG_CHANGED])
{
	size_t n = 0, len = 0;
	names[0] = '\0';
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (a->given[i] == b->given[i])
			continue;
		if (len < CONFIG_CHANGED)
			len += (size_t)snprintf(names + len, CONFIG_CHANGED - len, "%s%s", n ? ", " : "", rows[i].key);
		n++;
	}
	return n;
}

struct customers_options config_customers(const struct config *c)
{
	return (struct customers_options){ .switches = c->switches.at, .nswitches = c->switches.n, .privacy = c->privacy,
					    .strict = STREQ(c->customers_strict, "yes") };
}

/* -- the door ---------------------------------------------------------------------------------- */

void config_free(struct config *c)
{
	if (!c)
		return;
	struct arena a = c->arena; /* c lies in it */
	arena_free(&a);
}

static struct config *config_new(const char *path)
{
	struct arena a = { 0 };
	struct config *c = arena_new0(&a, 1, sizeof(*c));
	char *copy = c ? arena_strndup(&a, path, strlen(path)) : NULL;
	if (copy)
		c->given = arena_new0(&a, COUNT_OF(rows), sizeof(*c->given));
	if (!copy || !c->given) {
		arena_free(&a);
		return NULL;
	}
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		void *member = (char *)c + rows[i].offset;
		if (rows[i].kind == KIND_TEXT || rows[i].kind == KIND_ZONE)
			*(const char **)member = rows[i].fallback;
		else if (rows[i].kind == KIND_UINT)
			(void)uint_parse_units(rows[i].fallback, strlen(rows[i].fallback),
					       member); /* it is ours */
		else if (rows[i].kind == KIND_WAIT)
			(void)wait_parse(rows[i].fallback, member);
	}
	static const char *const nothing[] = { NULL };
	c->spread.at = c->read_roots.at = c->write_roots.at = c->listen.at = nothing;
	c->path = copy;
	c->arena = a;
	return c;
}

static enum err say_yaml(const struct reader *r, const yaml_parser_t *p)
{
	if (p->error == YAML_MEMORY_ERROR)
		return config_no_memory(r);
	return problem_set(r->why, E_SYNTAX, "%s:%zu:%zu: %s", r->name, p->problem_mark.line + 1,
			   p->problem_mark.column + 1, p->problem ? p->problem : "no YAML");
}

static enum err load(struct reader *r, yaml_parser_t *p)
{
	yaml_document_t more;
	enum err err = OK;
	if (!yaml_parser_load(p, &r->doc))
		return say_yaml(r, p);
	const yaml_node_t *root = yaml_document_get_root_node(&r->doc);
	if (root && !is_nothing(root))
		err = read_map(r, root, "");
	if (err == OK && root) {
		if (!yaml_parser_load(p, &more)) {
			err = say_yaml(r, p);
		} else {
			const yaml_node_t *second = yaml_document_get_root_node(&more);
			if (second)
				err = config_wrong(r, second, "a second document: only one is read");
			yaml_document_delete(&more);
		}
	}
	yaml_document_delete(&r->doc);
	return err;
}

enum err config_parse(const void *text, size_t len, const char *name, struct config **ret,
		      struct problem *why)
{
	_cleanup_(config_freep) struct config *c = config_new(name);
	struct reader r = { .name = name, .c = c, .why = why };
	yaml_parser_t parser;

	if (!c || !yaml_parser_initialize(&parser))
		return config_no_memory(&r);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, text ? text : (const uint8_t *)"", len);
	enum err err = load(&r, &parser);
	yaml_parser_delete(&parser);
	if (err != OK)
		return err;
	*ret = c;
	c = NULL;
	return OK;
}

enum err config_read(const char *named, struct config **ret, struct problem *why)
{
	_cleanup_(buf_free) struct buf text = { .ceiling = MAX_FILE };
	const char *env = getenv("WEIR_CONFIG");
	const char *path = named ? named : env && *env ? env : default_file;
	enum err err = file_read(path, &text);

	if (err == E_IO && errno == ENOENT && path == default_file)
		return config_parse(NULL, 0, "", ret, why);
	if (err != OK)
		return problem_set(why, err, "%s: %s", path,
				   err == E_IO ? strerror(errno) : err_text(err));
	return config_parse(text.data, text.len, path, ret, why);
}

enum err config_name_interfaces(const struct config *c, struct model *m)
{
	for (size_t i = 0; i < c->interfaces.n; i++) {
		const struct config_iface *is = &c->interfaces.at[i];
		const struct iface_note note = { .agent = is->agent,
						 .ifindex = is->ifindex,
						 .name = is->ifname,
						 .speed = is->speed,
						 .configured = true };
		enum err err = model_note(m, &note);
		if (err != OK)
			return err;
	}
	return OK;
}
