/* XML and XMLList made of other values: ToXML and ToXMLList (ECMA-357 10.3, 10.4), the constructors
 * (13.4.1, 13.4.2, 13.5.1, 13.5.2). */
#include "script/bind_xml_in.h"

static bool parse_value(struct binding *b, const struct val *v, struct xml_list *ret)
{
	struct buf text = { .ceiling = XML_MAX_BYTES };
	struct problem why = { 0 };
	bool ok = val_to_text(b->e, v, &text);
	if (ok) {
		enum err e = xml_parse(&b->w, buf_str(&text), text.len, ret, &why);
		ok = e == OK;
		if (e == E_SYNTAX || e == E_LIMIT)
			engine_throw(b->e, "SyntaxError", "XML: %s",
				     why.text[0] ? why.text : err_text(e));
		else if (!ok)
			fail_world(b);
	}
	buf_free(&text);
	return ok;
}

/* What has no XML (10.3, 10.4): undefined, null, and objects but those around a primitive. */
static bool convertible(struct binding *b, const struct val *v, const char *to)
{
	enum val_kind kind = val_kind(b->e, v);
	if (kind == VAL_UNDEFINED || kind == VAL_NULL) {
		throw_type(b->e, "%s is not %s", kind == VAL_NULL ? "null" : "undefined", to);
		return false;
	}
	if (kind == VAL_STRING || kind == VAL_NUMBER || kind == VAL_BOOL)
		return true;
	const struct val *boxed =
		kind == VAL_OBJECT ? val_call(b->e, b->is_boxed, NULL, &v, 1) : val_bool(b->e, false);
	if (boxed && !val_to_bool(b->e, boxed))
		throw_type(b->e, "an object is not %s (its text may be: String(object))", to);
	return boxed && val_to_bool(b->e, boxed);
}

static struct xml *only_of_list(struct binding *b, struct xml_list *l)
{
	struct xml *n = NULL;
	if (l->n == 0)
		n = xml_new_text(&b->w, XML_TEXT, NULL, "", 0);
	else if (l->n == 1)
		n = l->item[0];
	else
		engine_throw(b->e, "SyntaxError",
			     "XML: more than one element at the top (an XMLList takes several)");
	if (n)
		xml_hold(n);
	else if (!l->n)
		fail_world(b);
	return n;
}

/* ToXML, 10.3 */
struct xml *to_xml(struct binding *b, const struct val *v)
{
	struct operand o;
	if (operand_of(b, v, &o)) {
		if (o.n != 1) {
			throw_type(b->e, "an XMLList of %u elements is not one XML value", o.n);
			return NULL;
		}
		xml_hold(operand_item(&o, 0));
		return operand_item(&o, 0);
	}
	if (!convertible(b, v, "XML"))
		return NULL;
	struct xml_list l;
	list_init(&l);
	struct xml *n = parse_value(b, v, &l) ? only_of_list(b, &l) : NULL;
	list_free(&b->w, &l);
	return n;
}

/* ToXMLList, 10.4 */
struct list_value *to_list(struct binding *b, const struct val *v)
{
	struct operand o;
	if (operand_of(b, v, &o) && o.list) {
		o.list->refs++;
		return o.list;
	}
	struct list_value *l = list_value_new(b);
	bool ok = l != NULL;
	if (!ok)
		fail_world(b);
	else if (operand_of(b, v, &o))
		ok = list_add(&b->w, &l->l, o.node) || fail_world(b);
	else
		ok = convertible(b, v, "an XMLList") && parse_value(b, v, &l->l);
	if (!ok) {
		list_value_drop(l);
		return NULL;
	}
	return l;
}

/* -- constructors ------------------------------------------------------------------------------------------ */

static const struct val *first_or_empty(struct call *c)
{
	if (!c->n)
		return val_string(c->e, "", 0);
	enum val_kind kind = val_kind(c->e, c->arg[0]);
	return kind == VAL_UNDEFINED || kind == VAL_NULL ? val_string(c->e, "", 0) : c->arg[0];
}

static const struct val *make_xml(struct call *c, bool copy)
{
	struct binding *b = binding_of(c->e);
	const struct val *v = first_or_empty(c);
	struct operand o;
	struct xml *n = to_xml(b, v);
	if (n && copy && operand_of(b, v, &o)) {
		struct xml *fresh = xml_copy(&b->w, n);
		xml_release(&b->w, n);
		n = fresh;
		if (n)
			xml_hold(n);
		else
			fail_world(b);
	}
	if (!n)
		return NULL;
	const struct val *ret = wrap_node(b, n);
	xml_release(&b->w, n);
	return ret;
}

static const struct val *xml_call(struct call *c)
{
	return make_xml(c, false);
}

static const struct val *xml_construct(struct call *c)
{
	return make_xml(c, true);
}

static bool xml_instance(struct engine *e, const struct val *v)
{
	return bind_xml_is(e, v);
}

static const struct val *make_list(struct call *c, bool copy)
{
	struct binding *b = binding_of(c->e);
	const struct val *v = first_or_empty(c);
	struct operand o;
	if (operand_of(b, v, &o) && o.list) {
		if (!copy)
			return v;
		struct list_value *l = list_value_new(b);
		bool ok = l != NULL;
		for (uint32_t i = 0; ok && i < o.n; i++)
			ok = list_add(&b->w, &l->l, o.item[i]);
		if (ok)
			return wrap_list(b, l);
		list_value_drop(l);
		return fail_world(b);
	}
	struct list_value *l = to_list(b, v);
	return l ? wrap_list(b, l) : NULL;
}

static const struct val *list_call_constructor(struct call *c)
{
	return make_list(c, false);
}

static const struct val *list_construct(struct call *c)
{
	return make_list(c, true);
}

static bool list_instance(struct engine *e, const struct val *v)
{
	struct operand o;
	return operand_of(binding_of(e), v, &o) && o.list;
}

const struct exotic_constructor xml_constructor = {
	.name = "XML",
	.length = 1,
	.call = xml_call,
	.construct = xml_construct,
	.has_instance = xml_instance,
	.methods = xml_methods,
	.statics = xml_statics,
	.functions = xml_functions,
};

const struct exotic_constructor xml_list_constructor = {
	.name = "XMLList",
	.length = 1,
	.call = list_call_constructor,
	.construct = list_construct,
	.has_instance = list_instance,
	.methods = xml_list_methods,
};
