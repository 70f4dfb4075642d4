/* The YAML form of zones:
 *
 *	boundary: [10.0.0.1>24, 10.0.0.2>Te1/1]
 *	zones:
 *	  - name: Zurich
 *	    cidrs: [10.1.0.0/16, "2001:db8:1::/48"]
 *	    agents: [10.0.0.1, 10.0.1.0/24]
 *	    groups:
 *	      - {name: servers, cidrs: [10.1.1.0/24]} */
#include "model/zoning.h"

#include <yaml.h>

struct yaml {
	struct zoning *b;
	yaml_document_t doc;
};

typedef void item_fn(struct yaml *y, const yaml_node_t *n);

struct key {
	const char *name;
	item_fn *read;
};

static struct zoning_place place_of(const yaml_mark_t *m)
{
	return (struct zoning_place){ (unsigned)m->line + 1, (unsigned)m->column + 1 };
}

static struct zoning_place at(const yaml_node_t *n)
{
	return place_of(&n->start_mark);
}

static const yaml_node_t *node_of(struct yaml *y, int index)
{
	return yaml_document_get_node(&y->doc, index);
}

static const char *text_of(const yaml_node_t *n)
{
	const char *s = (const char *)n->data.scalar.value;
	return n->type == YAML_SCALAR_NODE && strlen(s) == n->data.scalar.length ? s : NULL;
}

static bool is_nothing(const yaml_node_t *n)
{
	return n->type == YAML_SCALAR_NODE && n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !n->data.scalar.length;
}

/* Each text of a list, or a text alone. */
static void each_text(struct yaml *y, const yaml_node_t *n, void (*take)(struct zoning *, struct zoning_place, const char *))
{
	const char *text = text_of(n);
	if (is_nothing(n))
		return;
	if (text) {
		take(y->b, at(n), text);
		return;
	}
	if (n->type != YAML_SEQUENCE_NODE) {
		zoning_error(y->b, at(n), "a list is wanted: [a, b]");
		return;
	}
	for (const int *i = n->data.sequence.items.start; i < n->data.sequence.items.top && !zoning_full(y->b); i++) {
		const yaml_node_t *item = node_of(y, *i);
		if (text_of(item))
			take(y->b, at(item), text_of(item));
		else
			zoning_error(y->b, at(item), "a text is wanted here");
	}
}

static void each_item(struct yaml *y, const yaml_node_t *n, item_fn *read)
{
	if (n->type != YAML_SEQUENCE_NODE && !is_nothing(n))
		zoning_error(y->b, at(n), "a list is wanted, each item with a name");
	if (n->type != YAML_SEQUENCE_NODE)
		return;
	for (const int *i = n->data.sequence.items.start; i < n->data.sequence.items.top && !zoning_full(y->b); i++)
		read(y, node_of(y, *i));
}

static const struct key *key_find(const struct key *keys, size_t n, const char *name)
{
	for (size_t i = 0; name && i < n; i++)
		if (STREQ(keys[i].name, name))
			return &keys[i];
	return NULL;
}

/* Every key of a mapping by its row; unknown ones are refused with those there are. */
static void read_keys(struct yaml *y, const yaml_node_t *n, const struct key *keys, size_t nkeys, const char *wanted)
{
	if (n->type != YAML_MAPPING_NODE) {
		zoning_error(y->b, at(n), "wanted are %s", wanted);
		return;
	}
	const yaml_node_pair_t *first = n->data.mapping.pairs.start;
	for (const yaml_node_pair_t *p = first; p < n->data.mapping.pairs.top && !zoning_full(y->b); p++) {
		const yaml_node_t *key = node_of(y, p->key);
		const struct key *k = key_find(keys, nkeys, text_of(key));
		for (const yaml_node_pair_t *q = first; k && q < p; q++)
			if (key_find(keys, nkeys, text_of(node_of(y, q->key))) == k) {
				zoning_error(y->b, at(key), "\"%s\" is here twice", k->name);
				k = NULL;
			}
		if (!k && !key_find(keys, nkeys, text_of(key)))
			zoning_error(y->b, at(key), "unknown key \"%.60s\": wanted are %s", text_of(key) ? text_of(key) : "", wanted);
		if (k && k->read)
			k->read(y, node_of(y, p->value));
	}
}

/* The name comes first, wherever it stands: the others belong to it. */
static const yaml_node_t *name_node(struct yaml *y, const yaml_node_t *n, const char *what)
{
	for (const yaml_node_pair_t *p = n->data.mapping.pairs.start; n->type == YAML_MAPPING_NODE && p < n->data.mapping.pairs.top; p++) {
		const char *key = text_of(node_of(y, p->key));
		const yaml_node_t *value = node_of(y, p->value);
		if (key && STREQ(key, "name") && text_of(value))
			return value;
	}
	zoning_error(y->b, at(n), "a %s needs a name", what);
	return NULL;
}

static void read_cidrs(struct yaml *y, const yaml_node_t *n)
{
	each_text(y, n, zoning_block);
}

static void read_agents(struct yaml *y, const yaml_node_t *n)
{
	each_text(y, n, zoning_agents);
}

static void read_boundary(struct yaml *y, const yaml_node_t *n)
{
	each_text(y, n, zoning_port);
}

static void read_group(struct yaml *y, const yaml_node_t *n)
{
	static const struct key keys[] = { { "name", NULL }, { "cidrs", read_cidrs }, { "agents", read_agents } };
	const yaml_node_t *name = name_node(y, n, "group");
	if (!name)
		return;
	zoning_group(y->b, at(name), text_of(name));
	read_keys(y, n, keys, COUNT_OF(keys), "name, cidrs, agents");
	zoning_group_end(y->b);
}

static void read_groups(struct yaml *y, const yaml_node_t *n)
{
	each_item(y, n, read_group);
}

static void read_zone(struct yaml *y, const yaml_node_t *n)
{
	static const struct key keys[] = { { "name", NULL }, { "cidrs", read_cidrs }, { "agents", read_agents }, { "groups", read_groups } };
	const yaml_node_t *name = name_node(y, n, "zone");
	if (!name)
		return;
	zoning_zone(y->b, at(name), text_of(name));
	read_keys(y, n, keys, COUNT_OF(keys), "name, cidrs, agents, groups");
	zoning_zone_end(y->b);
}

static void read_zones(struct yaml *y, const yaml_node_t *n)
{
	each_item(y, n, read_zone);
}

static void say_yaml(struct zoning *b, const yaml_parser_t *p)
{
	if (p->error == YAML_MEMORY_ERROR)
		b->failed = E_NOMEM;
	else
		zoning_error(b, place_of(&p->problem_mark), "%s", p->problem ? p->problem : "no YAML");
}

static void read_document(struct yaml *y, yaml_parser_t *parser)
{
	static const struct key keys[] = { { "boundary", read_boundary }, { "zones", read_zones } };
	yaml_document_t more;
	const yaml_node_t *root = yaml_document_get_root_node(&y->doc);
	if (!root)
		return;
	if (!is_nothing(root))
		read_keys(y, root, keys, COUNT_OF(keys), "zones, boundary");
	if (!yaml_parser_load(parser, &more)) {
		say_yaml(y->b, parser);
		return;
	}
	if (yaml_document_get_root_node(&more))
		zoning_error(y->b, at(yaml_document_get_root_node(&more)), "a second document: only one is read");
	yaml_document_delete(&more);
}

void zones_read_yaml(struct zoning *b, const void *text, size_t len)
{
	struct yaml y = { .b = b };
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser)) {
		b->failed = E_NOMEM;
		return;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, len ? text : (const uint8_t *)"", len);
	if (!yaml_parser_load(&parser, &y.doc)) {
		say_yaml(b, &parser);
	} else {
		read_document(&y, &parser);
		yaml_document_delete(&y.doc);
	}
	yaml_parser_delete(&parser);
}
