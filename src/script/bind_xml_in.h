/* Inside the XML binding.
 *
 *	bind_xml.c         classes XML and XMLList: what scripts read, write, call
 *	bind_xml_make.c    XML of other values, the constructors
 *	bind_xml_put.c     assignment and deletion, ECMA-357 9.1.1 and 9.2.1
 *	bind_xml_method.c  the methods of 13.4.4 and 13.5.4
 *	bind_xml_change.c  those of them that change a tree
 *	bind_xml_name.c    QName, Namespace, isXMLName, property keys
 *	bind_xml_help.c    $e4x, which rewritten text calls
 *	bind_xml_iterate.c generators of JavaScript 1.7, Iterator, uneval
 *	bind_xml_old.c     what else old scripts expect
 *	bind_xml_past.c    what every object of JavaScript 1.x had
 *
 * A script's XML value is the node itself behind a wrapper (one per node, so === works); an XMLList
 * is a struct list_value.  A list that was got by name remembers of what and by which name: that
 * makes x.name() a method call and x.a.b = 1 a path that is created. */
#pragma once
#include "script/bind_xml.h"
#include "script/engine_exotic.h"
#include "script/xml.h"

#include <assert.h>

struct binding {
	struct engine *e;
	struct xml_world w;
	struct exotic_class node_class, list_class, qname_class, namespace_class;
	const struct val *to_json;
	const struct val *string_prototype;
	const struct val *is_boxed; /* function: a String, Number or Boolean object? */
	/* XML.prototype and XMLList.prototype are values, too: an empty text and an empty list */
	const struct val *node_prototype, *list_prototype;
	struct xml *empty_text;
	struct list_value *empty_list;
	const struct val *functions; /* function: those a script put on values, see bind_xml.c */
	const char *script_ns;       /* default namespace outside of functions; NULL: none yet */
	const struct val *natives;   /* what $e4x's text calls; its "deleted" counts, see $e4x.each */
	double deleted;              /* items that were deleted from lists by index */
	bool touched;                /* XML.prototype may have been changed */
	bool has_functions;
	size_t reported; /* nodes the collector knows of */
};

struct list_value {
	const void *bound; /* &binding.list_class */
	struct binding *b;
	uint32_t refs; /* its wrapper and the lists got from it */
	bool unread;   /* got by a method's name, to be called most likely: l is filled when looked at */
	bool has_name; /* name is what it was got by, from base_* */
	struct xml_name name;
	struct xml *base_node; /* held */
	struct list_value *base_list;
	struct xml_list l;
};

struct qname_value { /* QName; also Namespace, without local */
	const void *bound;
	struct binding *b;
	const char *local, *uri, *prefix; /* atoms; NULL = undefined (prefix) or null (uri) */
};

/* An XML or XMLList value seen as its nodes. */
struct operand {
	struct xml *node; /* NULL for a list */
	struct list_value *list;
	struct xml *const *item;
	uint32_t n;
};

static inline struct xml *operand_item(const struct operand *o, uint32_t i)
{
	assert(o->node || (o->item && i < o->n));
	return o->node ? o->node : o->item[i];
}

struct binding *binding_of(struct engine *e);
bool operand_of(struct binding *b, const struct val *v, struct operand *ret); /* false: not XML */
const struct val *fail_world(struct binding *b); /* throws for b->w.bad */

/* bind_xml.c */
const struct val *wrap_node(struct binding *b, struct xml *n);
struct list_value *list_value_new(struct binding *b);
void list_value_drop(struct list_value *l);
void list_value_origin(struct list_value *l, const struct operand *base,
		       const struct xml_name *name);
const struct val *wrap_list(struct binding *b, struct list_value *l); /* takes the reference */
const struct val *get_named(struct binding *b, const struct operand *o,
			    const struct xml_name *name);
const struct val *text_value(struct binding *b, const struct operand *o);
bool operand_markup(struct binding *b, const struct operand *o, struct buf *out);
bool has_named(const struct operand *o, const struct xml_name *name);
struct list_value *named_list(struct binding *b, const struct operand *o,
			      const struct xml_name *name);

/* bind_xml_make.c */
struct xml *to_xml(struct binding *b, const struct val *v);         /* held; NULL: thrown */
struct list_value *to_list(struct binding *b, const struct val *v); /* a reference; NULL: thrown */
extern const struct exotic_constructor xml_constructor, xml_list_constructor;

/* bind_xml_name.c */
bool name_of_key(struct binding *b, const char *key, size_t len, struct xml_name *ret);
bool name_of_value(struct binding *b, const struct val *v,
		   struct xml_name *ret); /* QName or what turns into a string */
bool index_of_key(const char *key, size_t len, uint32_t *ret);
struct qname_value *qname_of(struct binding *b, const struct val *v);
struct qname_value *namespace_of(struct binding *b, const struct val *v);
const struct val *new_qname(struct binding *b, const char *local, const char *uri,
			    const char *prefix);
const struct val *new_namespace(struct binding *b, const char *prefix, const char *uri);
bool to_namespace(struct binding *b, const struct val *v, struct xml_ns *ret);
const char *value_atom(struct binding *b, const struct val *v); /* its string; NULL: thrown */
bool bind_names(struct binding *b);

/* bind_xml_put.c */
bool node_put(struct binding *b, struct xml *x, const struct xml_name *name, const struct val *v);
bool list_put_index(struct binding *b, struct list_value *l, uint32_t i, const struct val *v);
bool list_put_name(struct binding *b, struct list_value *l, const struct xml_name *name,
		   const struct val *v);
bool node_delete(struct binding *b, struct xml *x, const struct xml_name *name);
bool list_delete_index(struct binding *b, struct list_value *l, uint32_t i);
/* Replace `count` children at `at` by what v stands for; nodes that have a parent are copied. */
bool replace_children(struct binding *b, struct xml *x, uint32_t at, uint32_t count,
		      const struct val *v, bool copy);

/* bind_xml_method.c, bind_xml_change.c */
extern const struct host_fn xml_methods[], xml_list_methods[], xml_functions[];
const struct val *xml_append_child(struct call *c), *xml_prepend_child(struct call *c),
	*xml_set_children(struct call *c), *xml_insert_child_after(struct call *c),
	*xml_insert_child_before(struct call *c), *xml_replace(struct call *c),
	*xml_normalize(struct call *c), *xml_add_namespace(struct call *c),
	*xml_remove_namespace(struct call *c), *xml_set_local_name(struct call *c),
	*xml_set_name(struct call *c), *xml_set_namespace(struct call *c);
extern const struct host_prop xml_statics[];
const struct host_fn *method_find(const char *name, size_t len, bool on_list);
bool this_operand(struct call *c, struct operand *ret, struct binding **b);

/* bind_xml_help.c */
int values_equal(struct binding *b, const struct val *x,
		 const struct val *y); /* 11.5.1: 0, 1, -1 = thrown */
bool bind_helpers(struct binding *b);

/* bind_xml_iterate.c */
bool bind_iterate(struct binding *b, const struct val *natives);

/* bind_xml_past.c */
bool bind_past(struct binding *b, const struct val *natives);

/* bind_xml_old.c */
bool bind_old_forms(struct binding *b, const struct val *natives); /* what $e4x takes from there */
bool bind_old(struct binding *b, const struct val *natives);
