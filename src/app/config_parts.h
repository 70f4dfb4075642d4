/* Inside of the configuration's reader: config.c walks the tree by its rows, config_items.c reads the lists
 * whose elements are mappings. */
#pragma once
#include "app/config.h"

#include <yaml.h>

enum { MAX_LIST = 65536 };

struct reader {
	yaml_document_t doc;
	const char *name;
	struct config *c;
	struct problem *why;
	size_t hashed; /* nodes, for config_changed() */
};

/* "FILE:LINE:COLUMN: ..." of that node; E_SYNTAX. */
enum err config_wrong(const struct reader *r, const yaml_node_t *at, const char *fmt, ...) _printf_(3, 4);
enum err config_no_memory(const struct reader *r);

static inline const yaml_node_t *config_node(struct reader *r, int index)
{
	return yaml_document_get_node(&r->doc, index);
}

static inline const char *config_text(const yaml_node_t *n)
{
	return (const char *)n->data.scalar.value;
}

/* A scalar without a zero byte inside. */
static inline bool config_is_text(const yaml_node_t *n)
{
	return n->type == YAML_SCALAR_NODE && strlen(config_text(n)) == n->data.scalar.length;
}

/* ret: the list's struct, config_ifaces and so on. */
enum config_shape { SHAPE_IFACES, SHAPE_AGENTS, SHAPE_KEEPS, SHAPE_FORWARDS, SHAPE_DEVICES, SHAPE_QUOTAS, SHAPE_SWITCHES, SHAPES };
enum err config_read_items(struct reader *r, enum config_shape shape, const char *key, const yaml_node_t *n,
			   void *ret) _must_check_;
