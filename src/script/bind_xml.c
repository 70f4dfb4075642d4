/* XML and XMLList as scripts see them: reading, calling, converting. */
#include <stdio.h>

#include "base/mem.h"
#include "script/bind_xml_in.h"

struct binding *binding_of(struct engine *e)
{
	return engine_binding(e);
}

const struct val *fail_world(struct binding *b)
{
	return b->w.bad == E_LIMIT ? throw_range(b->e, "XML: too deep, or too many nodes or names")
				   : throw_range(b->e, "out of memory");
}

/* -- values ---------------------------------------------------------------------------------- */

/* A list that is looked at, not called: see struct list_value. */
static struct list_value *read_list(struct list_value *l)
{
	const struct list_value *from = l ? l->base_list : NULL;
	if (!l || !l->unread)
		return l;
	l->unread = false;
	for (uint32_t i = 0; i < (from ? from->l.n : 1); i++)
		if (!list_add_children(&l->b->w, &l->l, from ? from->l.item[i] : l->base_node,
				       &l->name))
			break;
	return l;
}

bool operand_of(struct binding *b, const struct val *v, struct operand *ret)
{
	struct xml *n = exotic_data(b->e, v, &b->node_class);
	if (n) {
		*ret = (struct operand){ .node = n, .n = 1 };
		return true;
	}
	struct list_value *l = read_list(exotic_data(b->e, v, &b->list_class));
	if (!l && v && v == b->node_prototype) {
		*ret = (struct operand){ .node = b->empty_text, .n = 1 };
		return true;
	}
	if (!l && v && v == b->list_prototype)
		l = b->empty_list;
	if (l)
		*ret = (struct operand){ .list = l, .item = l->l.item, .n = l->l.n };
	return l != NULL;
}

bool bind_xml_is(struct engine *e, const struct val *v)
{
	struct binding *b = binding_of(e);
	struct operand o;
	return b && operand_of(b, v, &o);
}

const struct val *wrap_node(struct binding *b, struct xml *n)
{
	const struct val *v = exotic_find(b->e, n);
	if (v)
		return v;
	enum { BYTES_A_NODE = 150, STEP = 1000 };
	if (b->w.nodes >
	    b->reported + STEP) { /* the collector should know what hangs on wrappers */
		engine_extra_memory(b->e, (b->w.nodes - b->reported) * BYTES_A_NODE);
		b->reported = b->w.nodes;
	}
	n->bound = &b->node_class;
	xml_hold(n);
	v = exotic_new(b->e, &b->node_class, n);
	exotic_remember(b->e, n, v);
	return v;
}

static struct binding *of_node_class(const void *cls)
{
	return (struct binding *)((uintptr_t)cls - offsetof(struct binding, node_class));
}

static void end_node(void *data)
{
	struct xml *n = data;
	struct binding *b = of_node_class(n->bound);
	xml_release(&b->w, n);
	b->reported = MIN(b->reported, b->w.nodes);
}

struct list_value *list_value_new(struct binding *b)
{
	struct list_value *l = mem_new0(1, sizeof(*l));
	if (l) {
		l->bound = &b->list_class;
		l->b = b;
		l->refs = 1;
		list_init(&l->l);
	} else {
		b->w.bad = E_NOMEM;
	}
	return l;
}

/* Iterative: x.a.b.c. ... of a script is a chain of lists as long as the script likes. */
void list_value_drop(struct list_value *l)
{
	while (l && --l->refs == 0) {
		struct list_value *base = l->base_list;
		list_free(&l->b->w, &l->l);
		if (l->base_node)
			xml_release(&l->b->w, l->base_node);
		mem_free(l);
		l = base;
	}
}

void list_value_origin(struct list_value *l, const struct operand *base,
		       const struct xml_name *name)
{
	l->has_name = true;
	l->name = *name;
	if (base->node) {
		l->base_node = base->node;
		xml_hold(base->node);
	} else {
		l->base_list = base->list;
		base->list->refs++;
	}
}

const struct val *wrap_list(struct binding *b, struct list_value *l)
{
	return exotic_new(b->e, &b->list_class, l);
}

static void end_list(void *data)
{
	list_value_drop(data);
}

/* -- reading ------------------------------------------------------------------------------------- */

/* [[Get]] of 9.1.1.1 and 9.2.1.1 for a name. */
struct list_value *named_list(struct binding *b, const struct operand *o,
			      const struct xml_name *name)
{
	struct list_value *l = list_value_new(b);
	bool ok = l != NULL;
	for (uint32_t i = 0; ok && i < o->n; i++)
		ok = list_add_children(&b->w, &l->l, operand_item(o, i), name);
	if (!ok) {
		list_value_drop(l);
		fail_world(b);
		return NULL;
	}
	list_value_origin(l, o, name);
	return l;
}

const struct val *get_named(struct binding *b, const struct operand *o, const struct xml_name *name)
{
	struct list_value *l = named_list(b, o, name);
	return l ? wrap_list(b, l) : NULL;
}

bool has_named(const struct operand *o, const struct xml_name *name)
{
	for (uint32_t i = 0; i < o->n; i++) {
		const struct xml *n = operand_item(o, i);
		uint32_t count = n->kind != XML_ELEMENT ? 0 : name->attribute ? n->attrs : n->kids;
		for (uint32_t k = 0; k < count; k++)
			if (xml_matches(name->attribute ? n->attr[k] : n->kid[k], name))
				return true;
	}
	return false;
}

/* Names the language itself asks for, of values of any kind. */
static const struct val *special(struct binding *b, const struct operand *o, const char *key,
				 size_t len)
{
	struct xml_name name;
	if (len == 6 && memcmp(key, "toJSON", 6) == 0)
		return b->to_json;
	if (len == 4 && memcmp(key, "then", 4) == 0 && name_of_key(b, key, len, &name) &&
	    !has_named(o, &name))
		return val_undefined(b->e);
	return NULL;
}

/* -- functions of values: x.function::name ------------------------------------------------------ */

enum { FUNCTION_KEY = 10 };

static const char functions_of_values[] =
	"(function () {\n"
	"	const all = new WeakMap;\n"
	"	return function (x, name, what, f) {\n"
	"		let own = all.get(x);\n"
	"		if (what === 'get') return own && own[name];\n"
	"		if (!own) all.set(x, own = Object.create(null));\n"
	"		if (what === 'set') own[name] = f; else delete own[name];\n"
	"	};\n"
	"})()";

static bool is_function_key(const char *key, size_t len)
{
	return len > FUNCTION_KEY && memcmp(key, "function::", FUNCTION_KEY) == 0;
}

static const struct val *own_function(struct binding *b, const struct val *self, const char *name,
				      const char *what, const struct val *f)
{
	const struct val *arg[4] = { self, val_string(b->e, name, strlen(name)),
				     val_string(b->e, what, strlen(what)), f };
	return val_call(b->e, b->functions, NULL, arg, 4);
}

static bool set_function(struct binding *b, const struct val *self, const char *name,
			 const struct val *f)
{
	b->has_functions = true;
	return own_function(b, self, name, f ? "set" : "delete",
			    f ? f : val_undefined(b->e)) != NULL;
}

static bool is_simple(const struct operand *o)
{
	return o->node ? xml_simple(o->node) : list_simple(&o->list->l);
}

/* What a script put on this very value, else what its prototype has. */
static const struct val *get_function(struct binding *b, const struct val *self,
				      const struct operand *o, const char *name)
{
	if (b->has_functions) {
		const struct val *f = own_function(b, self, name, "get", val_undefined(b->e));
		if (!f || val_kind(b->e, f) != VAL_UNDEFINED)
			return f;
	}
	return val_get(b->e, o->node ? b->node_prototype : b->list_prototype, name);
}

/* x.function::name: of a list of one its element's, of simple content String's, too (11.2.2.1). */
static const struct val *find_function(struct binding *b, const struct val *self,
				       const struct operand *o, const char *name)
{
	const struct val *f = get_function(b, self, o, name);
	if (!f || val_kind(b->e, f) != VAL_UNDEFINED)
		return f;
	if (o->list && o->n == 1)
		f = val_get(b->e, b->node_prototype, name);
	return f && val_kind(b->e, f) == VAL_UNDEFINED && is_simple(o) ? val_get(b->e, b->string_prototype, name) : f;
}

enum { MANY_KIDS = 32 }; /* fewer are searched sooner than the methods' names */

/* x.appendChild of a large x: its children are not searched for one of that name. */
static const struct val *get_method(struct binding *b, const struct operand *o,
				    const struct xml_name *name)
{
	struct list_value *l = list_value_new(b);
	if (!l)
		return fail_world(b);
	list_value_origin(l, o, name);
	l->unread = true;
	return wrap_list(b, l);
}

static const struct val *get(struct binding *b, const struct val *self, const struct operand *o,
			     const char *key, size_t len)
{
	struct xml_name name;
	uint32_t i;

	if (index_of_key(key, len, &i))
		return i < o->n ? wrap_node(b, operand_item(o, i)) : NULL;
	if (is_function_key(key, len))
		return find_function(b, self, o, key + FUNCTION_KEY);
	const struct val *v = len == 4 || len == 6 ? special(b, o, key, len) : NULL;
	if (v)
		return v;
	if (!name_of_key(b, key, len, &name))
		return NULL;
	return o->node && o->node->kind == XML_ELEMENT && o->node->kids > MANY_KIDS &&
			       method_find(key, len, false)
		       ? get_method(b, o, &name)
		       : get_named(b, o, &name);
}

static const struct val *node_get(struct engine *e, const struct val *self, void *data,
				  const char *key, size_t len)
{
	return get(binding_of(e), self, &(struct operand){ .node = data, .n = 1 }, key, len);
}

static const struct val *list_get(struct engine *e, const struct val *self, void *data,
				  const char *key, size_t len)
{
	struct list_value *l = read_list(data);
	return get(binding_of(e), self,
		   &(struct operand){ .list = l, .item = l->l.item, .n = l->l.n }, key, len);
}

static bool node_set(struct engine *e, const struct val *self, void *data, const char *key,
		     size_t len, const struct val *v)
{
	struct binding *b = binding_of(e);
	struct xml_name name;
	uint32_t i;
	if (is_function_key(key, len))
		return set_function(b, self, key + FUNCTION_KEY, v);
	if (index_of_key(key, len, &i)) {
		throw_type(e, "an XML value has no element %u to assign to", i);
		return false;
	}
	return name_of_key(b, key, len, &name) && node_put(b, data, &name, v);
}

static bool list_set(struct engine *e, const struct val *self, void *data, const char *key,
		     size_t len, const struct val *v)
{
	struct binding *b = binding_of(e);
	struct xml_name name;
	uint32_t i;
	if (is_function_key(key, len))
		return set_function(b, self, key + FUNCTION_KEY, v);
	if (index_of_key(key, len, &i))
		return list_put_index(b, read_list(data), i, v);
	return name_of_key(b, key, len, &name) && list_put_name(b, read_list(data), &name, v);
}

static bool node_remove(struct engine *e, const struct val *self, void *data,
			const char *key, size_t len)
{
	struct binding *b = binding_of(e);
	struct xml_name name;
	uint32_t i;
	if (is_function_key(key, len))
		return set_function(b, self, key + FUNCTION_KEY, NULL);
	if (index_of_key(key, len, &i)) {
		throw_type(e, "an XML value has no element %u to delete", i);
		return false;
	}
	return name_of_key(b, key, len, &name) && node_delete(b, data, &name);
}

static bool list_remove_key(struct engine *e, const struct val *self, void *data,
			    const char *key, size_t len)
{
	struct binding *b = binding_of(e);
	struct list_value *l = read_list(data);
	struct xml_name name;
	uint32_t i;
	if (is_function_key(key, len))
		return set_function(b, self, key + FUNCTION_KEY, NULL);
	if (index_of_key(key, len, &i))
		return list_delete_index(b, l, i);
	if (!name_of_key(b, key, len, &name))
		return false;
	for (i = 0; i < l->l.n; i++)
		if (l->l.item[i]->kind == XML_ELEMENT && !node_delete(b, l->l.item[i], &name))
			return false;
	return true;
}

static void add_indices(struct exotic_names *names, uint32_t n)
{
	char text[16];
	for (uint32_t i = 0; i < n; i++)
		exotic_name_add(names, text, (size_t)snprintf(text, sizeof(text), "%u", i));
}

static void node_names(struct engine *e _unused_, void *data _unused_, struct exotic_names *names)
{
	add_indices(names, 1);
}

static void list_names(struct engine *e _unused_, void *data, struct exotic_names *names)
{
	add_indices(names, read_list(data)->l.n);
}

/* -- converting ------------------------------------------------------------------------------------ */

static const struct val *buf_value(struct binding *b, struct buf *out, bool ok)
{
	const struct val *v = ok ? val_string(b->e, (const char *)out->data, out->len)
				 : throw_range(b->e, "XML: the text is too long or too deep");
	buf_free(out);
	return v;
}

const struct val *text_value(struct binding *b, const struct operand *o)
{
	const struct xml *only = o->n == 1 ? operand_item(o, 0) : NULL;
	if (only && (only->kind == XML_ATTRIBUTE || only->kind == XML_TEXT))
		return val_string(b->e, only->text, only->len);
	if (only && only->kind == XML_ELEMENT && only->kids == 1 && only->kid[0]->kind == XML_TEXT)
		return val_string(b->e, only->kid[0]->text, only->kid[0]->len);
	struct buf out = { .ceiling = XML_MAX_BYTES };
	bool ok = o->node ? xml_text(&b->w, o->node, &out) : list_text(&b->w, &o->list->l, &out);
	return buf_value(b, &out, ok);
}

bool operand_markup(struct binding *b, const struct operand *o, struct buf *out)
{
	return o->node ? xml_markup(&b->w, o->node, out) : list_markup(&b->w, &o->list->l, out);
}

static const struct val *node_primitive(struct engine *e, void *data)
{
	return text_value(binding_of(e), &(struct operand){ .node = data, .n = 1 });
}

static const struct val *list_primitive(struct engine *e, void *data)
{
	struct list_value *l = read_list(data);
	return text_value(binding_of(e),
			  &(struct operand){ .list = l, .item = l->l.item, .n = l->l.n });
}

/* -- calling: x.name() is the call of the list x.name ------------------------------------------------- */

/* A method of String on the text of simple content: port.@ifName.indexOf("eth"). */
static const struct val *call_string_method(struct binding *b, const struct operand *o,
					    const char *name, struct call *c)
{
	const struct val *fn = val_get(b->e, b->string_prototype, name);
	if (!fn)
		return NULL;
	bool simple = is_simple(o);
	if (val_kind(b->e, fn) != VAL_FUNCTION || !simple)
		return throw_type(
			b->e, "%s is not a method of %s%s", name, o->node ? "XML" : "XMLList",
			val_kind(b->e, fn) == VAL_FUNCTION ? " with elements inside" : "");
	const struct val *text = text_value(b, o);
	return text ? engine_call_on(b->e, fn, text, c->arg, c->n) : NULL;
}

/* A script's __noSuchMethod__(name, arguments); what it gave, or undefined with *ret_found unset. */
static const struct val *call_missing(struct binding *b, const struct val *self, const struct operand *o,
				      const char *name, struct call *c, bool *ret_found)
{
	const struct val *fn = get_function(b, self, o, "__noSuchMethod__");
	*ret_found = !fn || val_kind(b->e, fn) == VAL_FUNCTION;
	if (!fn || !*ret_found)
		return fn;
	const struct val *args[] = { val_string(b->e, name, strlen(name)), val_array(b->e, c->arg, c->n) };
	return args[1] ? val_call(b->e, fn, self, args, 2) : NULL;
}

static const struct val *call_method(struct binding *b, const struct val *self,
				     const struct operand *o, const char *name, struct call *c)
{
	bool open = b->touched || b->has_functions; /* a script may have put one in its place */
	const struct host_fn *row =
		open ? NULL : method_find(name, strlen(name), o->list != NULL);
	if (row) {
		struct call inner = {
			.e = b->e, .self = self, .arg = c->arg, .n = c->n, .fn = row
		};
		/* cppcheck-suppress returnDanglingLifetime; a value does not hold on to its call */
		return row->call(&inner);
	}
	const struct val *fn = get_function(b, self, o, name);
	if (!fn)
		return NULL;
	if (val_kind(b->e, fn) == VAL_FUNCTION)
		return val_call(b->e, fn, self, c->arg, c->n);
	if (o->list && o->n == 1) { /* a list of one is its element */
		struct operand one = { .node = o->item[0], .n = 1 };
		return call_method(b, wrap_node(b, one.node), &one, name, c);
	}
	bool found = false;
	const struct val *v = open ? call_missing(b, self, o, name, c, &found) : NULL;
	return found ? v : call_string_method(b, o, name, c);
}

static const struct val *list_call(struct engine *e, const struct val *self _unused_, void *data,
				   const struct call *c)
{
	struct binding *b = binding_of(e);
	struct list_value *l = data;
	struct operand o;
	struct call inner = *c;

	if (!l->has_name || !l->name.local || l->name.attribute)
		return throw_type(e, "an XMLList is not a function");
	if (operand_of(b, c->self, &o))
		return call_method(b, c->self, &o, l->name.local, &inner);
	/* called without its object: that which it was got from */
	o = (struct operand){ .node = l->base_node, .n = 1 };
	if (l->base_list)
		o = (struct operand){ .list = l->base_list,
				      .item = l->base_list->l.item,
				      .n = l->base_list->l.n };
	if (l->base_list)
		l->base_list->refs++;
	const struct val *base =
		l->base_node ? wrap_node(b, l->base_node) : wrap_list(b, l->base_list);
	return call_method(b, base, &o, l->name.local, &inner);
}

static const struct val *node_call(struct engine *e, const struct val *self _unused_,
				   void *data _unused_, const struct call *c _unused_)
{
	return throw_type(e, "an XML value is not a function");
}

static const struct val *to_json(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct operand o;
	return operand_of(b, c->self, &o) ? text_value(b, &o) : val_undefined(c->e);
}

/* -- setting up --------------------------------------------------------------------------------------------- */

static void end_binding(void *data)
{
	struct binding *b = data;
	if (b->empty_text)
		xml_release(&b->w, b->empty_text);
	list_value_drop(b->empty_list);
	xml_world_free(&b->w);
	mem_free(b);
}

static void fill_classes(struct binding *b)
{
	b->node_class = (struct exotic_class){ .name = "XML",
					       .get = node_get,
					       .set = node_set,
					       .remove = node_remove,
					       .names = node_names,
					       .call = node_call,
					       .primitive = node_primitive,
					       .finalize = end_node };
	b->list_class = (struct exotic_class){ .name = "XMLList",
					       .get = list_get,
					       .set = list_set,
					       .remove = list_remove_key,
					       .names = list_names,
					       .call = list_call,
					       .primitive = list_primitive,
					       .finalize = end_list };
}

static bool make_prototypes(struct binding *b)
{
	b->node_prototype = exotic_prototype(b->e, &b->node_class);
	b->list_prototype = exotic_prototype(b->e, &b->list_class);
	b->empty_text = xml_new_text(&b->w, XML_TEXT, NULL, "", 0);
	b->empty_list = list_value_new(b);
	if (b->empty_text)
		xml_hold(b->empty_text);
	return b->empty_text && b->empty_list;
}

bool bind_xml(struct engine *e)
{
	static const struct host_fn json = { .name = "toJSON", .call = to_json };
	struct binding *b = mem_new0(1, sizeof(*b));
	if (!b)
		return false;
	b->e = e;
	xml_world_init(&b->w);
	fill_classes(b);
	engine_set_binding(e, b, end_binding);
	b->to_json = engine_plain_function(e, &json);
	b->string_prototype = engine_prelude(e, "String.prototype");
	b->is_boxed = engine_prelude(e, "(function () { const S = String, N = Number, B = Boolean;"
					"return v => v instanceof S || v instanceof N || "
					"v instanceof B })()");
	if (!b->w.empty || !b->to_json || !b->string_prototype || !b->is_boxed)
		return false;
	val_keep(e, b->is_boxed);
	b->functions = engine_prelude(e, functions_of_values);
	if (!b->functions)
		return false;
	val_keep(e, b->functions);
	val_keep(e, b->to_json);
	val_keep(e, b->string_prototype);
	if (!exotic_class(e, &b->node_class) || !exotic_class(e, &b->list_class) ||
	    !make_prototypes(b))
		return false;
	return exotic_constructor(e, &xml_constructor, &b->node_class) &&
	       exotic_constructor(e, &xml_list_constructor, &b->list_class) && bind_names(b) &&
	       bind_helpers(b);
}
