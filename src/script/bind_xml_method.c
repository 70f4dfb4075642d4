/* The methods of XML and XMLList that read (ECMA-357 13.4.4 and 13.5.4), and the settings.
 *
 * One function serves both: a list of one is its element, and a method that makes sense for many
 * works over all of them. */
#include "script/bind_xml_in.h"

bool this_operand(struct call *c, struct operand *ret, struct binding **b)
{
	*b = binding_of(c->e);
	if (operand_of(*b, c->self, ret))
		return true;
	throw_type(c->e, "%s: this is not XML", c->fn ? c->fn->name : "XML");
	return false;
}

/* The one node a method is about. */
static struct xml *this_node(struct call *c, struct binding **b)
{
	struct operand o;
	if (!this_operand(c, &o, b))
		return NULL;
	if (o.n != 1) {
		throw_type(c->e, "%s: the list has %u elements, one is needed",
			   c->fn ? c->fn->name : "XML", o.n);
		return NULL;
	}
	return operand_item(&o, 0);
}

static bool given(const struct call *c, size_t i)
{
	return i < c->n && val_kind(c->e, c->arg[i]) != VAL_UNDEFINED;
}

/* -- lists of what is inside -------------------------------------------------------------------- */

static const struct val *attribute(struct call *c)
{
	struct binding *b;
	struct operand o;
	struct xml_name name;
	if (!this_operand(c, &o, &b))
		return NULL;
	if (!c->n)
		return throw_type(c->e, "attribute: a name is needed");
	if (!name_of_value(b, c->arg[0], &name))
		return NULL;
	if (!name.attribute && !qname_of(b, c->arg[0]) && name.local)
		name.uri = b->w.empty; /* an unqualified attribute is in no namespace */
	name.attribute = true;
	return get_named(b, &o, &name);
}

static const struct val *attributes(struct call *c)
{
	struct binding *b;
	struct operand o;
	return this_operand(c, &o, &b) ? get_named(b, &o, &(struct xml_name){ .attribute = true })
				       : NULL;
}

/* A number or its text: 0, "1". */
static bool index_of_value(struct binding *b, const struct val *v, uint32_t *ret)
{
	enum val_kind kind = val_kind(b->e, v);
	struct buf key = { .ceiling = 1u << 20 };
	bool is = (kind == VAL_NUMBER || kind == VAL_STRING) && val_to_text(b->e, v, &key) &&
		  index_of_key(buf_str(&key), key.len, ret);
	buf_free(&key);
	return is;
}

static const struct val *child(struct call *c)
{
	struct binding *b;
	struct operand o;
	struct xml_name name;
	uint32_t at;
	if (!this_operand(c, &o, &b))
		return NULL;
	const struct val *v = c->n ? c->arg[0] : val_undefined(c->e);
	if (!index_of_value(b, v, &at))
		return name_of_value(b, v, &name) ? get_named(b, &o, &name) : NULL;
	if (o.node && o.node->kind == XML_ELEMENT && at < o.node->kids)
		return wrap_node(b, o.node->kid[at]);
	struct list_value *l = list_value_new(b);
	bool ok = l != NULL;
	for (uint32_t i = 0; ok && i < o.n; i++) {
		struct xml *n = operand_item(&o, i);
		if (n->kind == XML_ELEMENT && at < n->kids)
			ok = list_add(&b->w, &l->l, n->kid[at]);
	}
	if (ok)
		return wrap_list(b, l);
	list_value_drop(l);
	return fail_world(b);
}

static const struct val *children(struct call *c)
{
	struct binding *b;
	struct operand o;
	return this_operand(c, &o, &b) ? get_named(b, &o, &(struct xml_name){ 0 }) : NULL;
}

static const struct val *descendants(struct call *c)
{
	struct binding *b;
	struct operand o;
	struct xml_name name = { 0 };
	if (!this_operand(c, &o, &b) || (c->n && !name_of_value(b, c->arg[0], &name)))
		return NULL;
	struct list_value *l = list_value_new(b);
	bool ok = l != NULL;
	for (uint32_t i = 0; ok && i < o.n; i++)
		ok = list_add_descendants(&b->w, &l->l, operand_item(&o, i), &name);
	if (ok)
		return wrap_list(b, l);
	list_value_drop(l);
	return fail_world(b);
}

/* Children of one kind; target NULL: of any name. */
static const struct val *of_kind(struct call *c, enum xml_kind kind, const struct xml_name *name)
{
	struct binding *b;
	struct operand o;
	if (!this_operand(c, &o, &b))
		return NULL;
	struct list_value *l = list_value_new(b);
	bool ok = l != NULL;
	for (uint32_t i = 0; ok && i < o.n; i++) {
		struct xml *n = operand_item(&o, i);
		for (uint32_t k = 0; ok && n->kind == XML_ELEMENT && k < n->kids; k++) {
			struct xml *kid = n->kid[k];
			bool fits = kid->kind == kind &&
				    (kind == XML_PI ? !name->local || name->local == kid->local
						    : !name || xml_matches(kid, name));
			if (fits)
				ok = list_add(&b->w, &l->l, kid);
		}
	}
	if (!ok) {
		list_value_drop(l);
		return fail_world(b);
	}
	list_value_origin(l, &o, kind == XML_ELEMENT ? name : &(struct xml_name){ 0 });
	return wrap_list(b, l);
}

static const struct val *comments(struct call *c)
{
	return of_kind(c, XML_COMMENT, NULL);
}

static const struct val *text(struct call *c)
{
	return of_kind(c, XML_TEXT, NULL);
}

static const struct val *elements(struct call *c)
{
	struct xml_name name = { 0 };
	return c->n && !name_of_value(binding_of(c->e), c->arg[0], &name)
		       ? NULL
		       : of_kind(c, XML_ELEMENT, &name);
}

static const struct val *processing_instructions(struct call *c)
{
	struct xml_name name = { 0 };
	return c->n && !name_of_value(binding_of(c->e), c->arg[0], &name)
		       ? NULL
		       : of_kind(c, XML_PI, &name);
}

/* -- questions --------------------------------------------------------------------------------------- */

static const struct val *length(struct call *c)
{
	struct binding *b;
	struct operand o;
	return this_operand(c, &o, &b) ? val_number(c->e, o.n) : NULL;
}

static const struct val *contains(struct call *c)
{
	struct binding *b;
	struct operand o;
	if (!this_operand(c, &o, &b))
		return NULL;
	const struct val *v = c->n ? c->arg[0] : val_undefined(c->e);
	for (uint32_t i = 0; i < o.n; i++) {
		int equal = values_equal(b, wrap_node(b, operand_item(&o, i)), v);
		if (equal < 0)
			return NULL;
		if (equal)
			return val_bool(c->e, true);
	}
	return val_bool(c->e, false);
}

static bool is_simple(const struct operand *o)
{
	return o->node ? xml_simple(o->node) : list_simple(&o->list->l);
}

static const struct val *has_simple_content(struct call *c)
{
	struct binding *b;
	struct operand o;
	return this_operand(c, &o, &b) ? val_bool(c->e, is_simple(&o)) : NULL;
}

static const struct val *has_complex_content(struct call *c)
{
	struct binding *b;
	struct operand o;
	if (!this_operand(c, &o, &b))
		return NULL;
	bool other = o.n == 1 && (operand_item(&o, 0)->kind == XML_COMMENT ||
				  operand_item(&o, 0)->kind == XML_PI);
	return val_bool(c->e, !is_simple(&o) && !other);
}

/* Of a prototype: it has what can be called on its values. */
static const struct val *own_method(struct call *c, const struct val *v)
{
	struct buf key = { .ceiling = 1u << 20 };
	const struct val *found =
		val_to_text(c->e, v, &key) ? val_get(c->e, c->self, buf_str(&key)) : NULL;
	buf_free(&key);
	return found ? val_bool(c->e, val_kind(c->e, found) != VAL_UNDEFINED) : NULL;
}

/* Children and attributes, and indices; methods of the prototype are not the value's own. */
static const struct val *has_own_property(struct call *c)
{
	struct binding *b;
	struct xml_name name;
	uint32_t i;
	struct operand o;
	if (!operand_of(binding_of(c->e), c->self, &o))
		return val_bool(c->e, false);
	b = binding_of(c->e);
	const struct val *v = c->n ? c->arg[0] : val_undefined(c->e);
	if (index_of_value(b, v, &i))
		return val_bool(c->e, i < o.n);
	if (c->self == b->node_prototype || c->self == b->list_prototype)
		return own_method(c, v);
	return name_of_value(b, v, &name) ? val_bool(c->e, has_named(&o, &name)) : NULL;
}

static const struct val *property_is_enumerable(struct call *c)
{
	struct binding *b;
	struct operand o;
	uint32_t i;
	if (!this_operand(c, &o, &b))
		return NULL;
	struct buf key = { .ceiling = 1u << 20 };
	bool ok = !c->n || val_to_text(c->e, c->arg[0], &key);
	bool is = ok && index_of_key(buf_str(&key), key.len, &i) && i < o.n;
	buf_free(&key);
	return ok ? val_bool(c->e, is) : NULL;
}

static const struct val *child_index(struct call *c)
{
	struct binding *b;
	struct xml *n = this_node(c, &b);
	return n ? val_number(c->e,
			      n->parent && n->kind != XML_ATTRIBUTE ? (double)xml_index(n) : -1)
		 : NULL;
}

static const struct val *parent(struct call *c)
{
	struct binding *b;
	struct operand o;
	if (!this_operand(c, &o, &b))
		return NULL;
	struct xml *p = o.n ? operand_item(&o, 0)->parent : NULL;
	for (uint32_t i = 1; i < o.n; i++)
		if (operand_item(&o, i)->parent != p)
			return val_undefined(c->e);
	if (!p)
		return o.n ? val_null(c->e) : val_undefined(c->e);
	return wrap_node(b, p);
}

static const struct val *node_kind(struct call *c)
{
	static const char *const words[] = { "element", "attribute", "text", "comment",
					     "processing-instruction" };
	struct binding *b;
	struct xml *n = this_node(c, &b);
	return n ? val_string(c->e, words[n->kind], strlen(words[n->kind])) : NULL;
}

/* -- names -------------------------------------------------------------------------------------------- */

static const struct val *local_name(struct call *c)
{
	struct binding *b;
	struct xml *n = this_node(c, &b);
	return !n ? NULL : n->local ? val_string(c->e, n->local, strlen(n->local)) : val_null(c->e);
}

static const struct val *name(struct call *c)
{
	struct binding *b;
	struct xml *n = this_node(c, &b);
	return !n ? NULL : n->local ? new_qname(b, n->local, n->uri, n->prefix) : val_null(c->e);
}

static const struct val *namespace(struct call *c)
{
	struct binding *b;
	struct xml *n = this_node(c, &b);
	if (!n)
		return NULL;
	if (c->n) {
		const char *prefix = value_atom(b, c->arg[0]);
		const char *uri = prefix ? xml_ns_uri(n, prefix) : NULL;
		if (prefix && !uri && !prefix[0])
			uri = b->w.empty;
		return !prefix ? NULL : uri ? new_namespace(b, prefix, uri) : val_undefined(c->e);
	}
	if (n->kind != XML_ELEMENT && n->kind != XML_ATTRIBUTE)
		return val_null(c->e);
	if (!n->uri[0])
		return new_namespace(b, b->w.empty, b->w.empty);
	const struct xml_ns *ns = xml_ns_of_uri(n, n->uri);
	bool own = n->prefix && xml_ns_uri(n, n->prefix) == n->uri;
	return new_namespace(b, own || !ns ? n->prefix : ns->prefix, n->uri);
}

static const struct val *ns_array(struct binding *b, const struct buf *list)
{
	const struct val *array = val_array(b->e, NULL, 0);
	for (size_t i = 0; array && i < list->len / sizeof(struct xml_ns); i++) {
		struct xml_ns ns;
		memcpy(&ns, list->data + i * sizeof(ns), sizeof(ns));
		if (!val_set_at(b->e, array, i, new_namespace(b, ns.prefix, ns.uri)))
			return NULL;
	}
	return array;
}

static const struct val *in_scope_namespaces(struct call *c)
{
	struct binding *b;
	struct xml *n = this_node(c, &b);
	struct buf list = { .ceiling = 4u << 20 };
	if (!n)
		return NULL;
	xml_in_scope(n, &list);
	if (!list.len) {
		struct xml_ns none = { b->w.empty, b->w.empty };
		buf_add(&list, &none, sizeof(none));
	}
	const struct val *v = ns_array(b, &list);
	buf_free(&list);
	return v;
}

static const struct val *namespace_declarations(struct call *c)
{
	struct binding *b;
	struct xml *n = this_node(c, &b);
	struct buf list = { .ceiling = 4u << 20 };
	if (!n)
		return NULL;
	for (uint32_t i = 0; n->kind == XML_ELEMENT && i < n->nss; i++) {
		const char *above = n->parent ? xml_ns_uri(n->parent, n->ns[i].prefix) : NULL;
		if (above != n->ns[i].uri && (above || n->ns[i].uri[0]))
			buf_add(&list, &n->ns[i], sizeof(n->ns[i]));
	}
	const struct val *v = ns_array(b, &list);
	buf_free(&list);
	return v;
}

/* -- whole values ------------------------------------------------------------------------------------------ */

static const struct val *copy(struct call *c)
{
	struct binding *b;
	struct operand o;
	if (!this_operand(c, &o, &b))
		return NULL;
	if (o.node) {
		struct xml *n = xml_copy(&b->w, o.node);
		return n ? wrap_node(b, n) : fail_world(b);
	}
	struct list_value *l = list_value_new(b);
	bool ok = l != NULL;
	for (uint32_t i = 0; ok && i < o.n; i++) {
		struct xml *n = xml_copy(&b->w, operand_item(&o, i));
		ok = n && list_add(&b->w, &l->l, n);
	}
	if (ok)
		return wrap_list(b, l);
	list_value_drop(l);
	return fail_world(b);
}

static const struct val *to_string(struct call *c)
{
	struct binding *b;
	struct operand o;
	return this_operand(c, &o, &b) ? text_value(b, &o) : NULL;
}

static const struct val *to_xml_string(struct call *c)
{
	struct binding *b;
	struct operand o;
	struct buf out = { .ceiling = XML_MAX_BYTES };
	if (!this_operand(c, &o, &b))
		return NULL;
	const struct val *v = operand_markup(b, &o, &out)
				      ? val_string(c->e, (const char *)out.data, out.len)
				      : throw_range(c->e, "XML: the text is too long or too deep");
	buf_free(&out);
	return v;
}

static const struct val *value_of(struct call *c)
{
	return c->self;
}

/* -- settings of the constructor, 13.4.3 --------------------------------------------------------------------- */

#define FLAG(field)                                                                                \
	static const struct val *get_##field(struct call *c)                                       \
	{                                                                                          \
		return val_bool(c->e, binding_of(c->e)->w.set.field);                              \
	}                                                                                          \
	static const struct val *set_##field(struct call *c)                                       \
	{                                                                                          \
		binding_of(c->e)->w.set.field = val_to_bool(c->e, c->arg[0]);                      \
		return val_undefined(c->e);                                                        \
	}
FLAG(ignore_comments)
FLAG(ignore_pis)
FLAG(ignore_whitespace)
FLAG(pretty)

static const struct val *get_indent(struct call *c)
{
	return val_number(c->e, binding_of(c->e)->w.set.indent);
}

static const struct val *set_indent(struct call *c)
{
	double d;
	if (!val_to_number(c->e, c->arg[0], &d))
		return NULL;
	binding_of(c->e)->w.set.indent = d;
	return val_undefined(c->e);
}

const struct host_prop xml_statics[] = {
	{ "ignoreComments", get_ignore_comments, set_ignore_comments, "" },
	{ "ignoreProcessingInstructions", get_ignore_pis, set_ignore_pis, "" },
	{ "ignoreWhitespace", get_ignore_whitespace, set_ignore_whitespace, "" },
	{ "prettyPrinting", get_pretty, set_pretty, "" },
	{ "prettyIndent", get_indent, set_indent, "" },
	{ 0 },
};

static const struct val *settings_object(struct binding *b, const struct xml_settings *s)
{
	const struct val *o = val_object(b->e);
	bool ok = val_set(b->e, o, "ignoreComments", val_bool(b->e, s->ignore_comments)) &&
		  val_set(b->e, o, "ignoreProcessingInstructions", val_bool(b->e, s->ignore_pis)) &&
		  val_set(b->e, o, "ignoreWhitespace", val_bool(b->e, s->ignore_whitespace)) &&
		  val_set(b->e, o, "prettyPrinting", val_bool(b->e, s->pretty)) &&
		  val_set(b->e, o, "prettyIndent", val_number(b->e, s->indent));
	return ok ? o : NULL;
}

static const struct val *settings(struct call *c)
{
	struct binding *b = binding_of(c->e);
	return settings_object(b, &b->w.set);
}

static const struct val *default_settings(struct call *c)
{
	return settings_object(binding_of(c->e), &XML_DEFAULTS);
}

/* Only fields of the right type count; nothing at all means the defaults. */
static const struct val *set_settings(struct call *c)
{
	struct binding *b = binding_of(c->e);
	bool *flag[] = { &b->w.set.ignore_comments, &b->w.set.ignore_pis,
			 &b->w.set.ignore_whitespace, &b->w.set.pretty };
	if (!given(c, 0) || val_kind(c->e, c->arg[0]) == VAL_NULL) {
		b->w.set = XML_DEFAULTS;
		return val_undefined(c->e);
	}
	for (size_t i = 0; i < COUNT_OF(flag); i++) {
		const struct val *v = val_get(c->e, c->arg[0], xml_statics[i].name);
		if (!v)
			return NULL;
		if (val_kind(c->e, v) == VAL_BOOL)
			*flag[i] = val_to_bool(c->e, v);
	}
	const struct val *v = val_get(c->e, c->arg[0], "prettyIndent");
	double d;
	if (v && val_kind(c->e, v) == VAL_NUMBER && val_to_number(c->e, v, &d))
		b->w.set.indent = d;
	return v ? val_undefined(c->e) : NULL;
}

const struct host_fn xml_functions[] = {
	{ "settings", settings, "", "" },
	{ "setSettings", set_settings, "settings", "" },
	{ "defaultSettings", default_settings, "", "" },
	{ 0 },
};

/* -- the rows -------------------------------------------------------------------------------------------------- */

const struct host_fn xml_methods[] = {
#define BOTH(name, fn, args) { name, fn, args, "" },
#define NODE(name, fn, args) { name, fn, args, "" },
#include "script/xml_methods.def"
#undef NODE
	{ 0 },
};

const struct host_fn xml_list_methods[] = {
#define NODE(name, fn, args)
#include "script/xml_methods.def"
#undef NODE
#undef BOTH
	{ 0 },
};

const struct host_fn *method_find(const char *wanted, size_t len, bool on_list)
{
	for (const struct host_fn *row = on_list ? xml_list_methods : xml_methods; row->name; row++)
		if (strlen(row->name) == len && memcmp(row->name, wanted, len) == 0)
			return row;
	return NULL;
}
