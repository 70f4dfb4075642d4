/* $e4x: what rewritten text calls.  The quick tests are in JavaScript, where a call is cheap; what
 * concerns XML is in C.  XML and XMLList values are the only ones of ours whose native typeof is
 * "function", so one typeof tells most operands apart. */
#include "base/mem.h"
#include "script/bind_xml_in.h"
#include "script/e4x.h"

static const char prelude[] =
	"(function (n) {\n"
	"	'use strict';\n"
	"	const eval_ = globalThis.eval, Function_ = Function;\n"
	"	let last;\n"
	"	const node = XML.prototype, list = XMLList.prototype;\n"
	"	function mine(v) { return typeof v === 'function' || (typeof v === 'object' && v "
	"!== null) }\n"
	"	const values = n.values;\n"
	"	/* what a loop's body deletes from the list is not visited (12.2) */\n"
	"	function* nodes(x, a) {\n"
	"		const before = n.deleted;\n"
	"		for (let i = 0; i < a.length; i++) if (n.deleted === before || n.listed(x, a[i])) yield a[i];\n"
	"	}\n"
	"	const scopes = {\n"
	"		has(t, k) { return typeof k === 'string' && (k === '$e4x_with' || "
	"n.has(t.x, k) || n.method(k)) },\n"
	"		get(t, k) {\n"
	"			if (k === '$e4x_with') return t.x;\n"
	"			if (typeof k !== 'string') return undefined;\n"
	"			return n.has(t.x, k) ? t.x[k] : (...a) => t.x[k](...a);\n"
	"		},\n"
	"		set(t, k, v) { t.x[k] = v; return true },\n"
	"		deleteProperty(t, k) { Reflect.deleteProperty(t.x, k); return true },\n"
	"	};\n"
	"	function e4xFunction(...a) {\n"
	"		const body = a.length ? a.pop() : '';\n"
	"		return eval_(n.tr(`(function anonymous(${a}\\n) {\\n${body}\\n})`));\n"
	"	}\n"
	"	function filter(x, f) {\n"
	"		const a = n.items(x), r = [];\n"
	"		if (!a) throw new TypeError('.( ) filters XML, and this is not XML');\n"
	"		for (let i = 0; i < a.length; i++) if (f(a[i])) r.push(a[i]);\n"
	"		return n.pick(x, r);\n"
	"	}\n"
	"	const $e4x = {\n"
	"		add(a, b) { return typeof a === 'function' && typeof b === 'function' && "
	"n.xml2(a, b) ? n.cat(a, b) : a + b },\n"
	"		addset(o, k, v) {\n"
	"			if (typeof k === 'object') k = String(k);\n"
	"			const a = o[k];\n"
	"			return o[k] = typeof a === 'function' && typeof v === 'function' "
	"&& n.xml2(a, v) ? n.cat(a, v) : a + v;\n"
	"		},\n"
	"		eq(a, b) {\n"
	"			if (typeof a !== 'function' && typeof b !== 'function' && "
	"!(mine(a) && mine(b))) return a == b;\n"
	"			const r = n.eq(a, b);\n"
	"			return r === undefined ? a == b : r;\n"
	"		},\n"
	"		in(k, o) {\n"
	"			const r = typeof o === 'function' ? n.in(k, o) : undefined;\n"
	"			return r === undefined ? k in o : r;\n"
	"		},\n"
	"		typeof(v) {\n"
	"			if (typeof v === 'function' ? n.xml1(v) : v === node || v === list) "
	"return 'xml';\n"
	"			return typeof v;\n"
	"		},\n"
	"		each(x) {\n"
	"			const a = typeof x === 'function' && n.items(x);\n"
	"			return a ? nodes(x, a) : values(x);\n"
	"		},\n"
	"		keys: n.keys, own: n.own, gen: n.gen, desc: n.desc,\n"
	"		filter,\n"
	"		where(x, f, at, name, value) { return n.where(x, at, name, value) || "
	"filter(x, f) },\n"
	"		has: n.has, qn: n.qn, xml: n.xml, list: n.list, attr: n.attr, text: "
	"n.text, tag: n.tag, dxn: n.dxn,\n"
	"		at(v) { return typeof v === 'string' ? '@' + v : n.at(v) },\n"
	"		nk(x, k) {\n"
	"			if (typeof x === 'function' && n.xml1(x)) n.at(k);\n"
	"			return k;\n"
	"		},\n"
	"		tr(s, ...more) {\n"
	"			const body = more.pop();\n"
	"			if (typeof s !== 'string') return s;\n"
	"			return more.length && mine(more[0]) ? n.under(more[0], n.tr(s, body)) : n.tr(s, body);\n"
	"		},\n"
	"		under: n.below, sharp: n.sharp, sh: n.sh, past: n.past, nsm: n.nsm, error: n.error,\n"
	"		getter(o, k, f) { o.__defineGetter__(k, f); return f },\n"
	"		setter(o, k, f) { o.__defineSetter__(k, f); return f },\n"
	"		of(x) { last = x; return x },\n"
	"		fk(k) { return typeof last === 'function' && n.xml1(last) ? 'function::' + "
	"k : k },\n"
	"		touch(x) { n.touch(); return x },\n"
	"		dxg: n.dxg,\n"
	"		lex(d, f) { const s = n.dxn(); n.dxn(d); try { return f() } finally { "
	"n.dxn(s) } },\n"
	"		del(x) { return n.del(x) },\n"
	"		cell(v) { return { v } },\n"
	"		scope(x) { return typeof x === 'function' && n.xml1(x) ? new Proxy({ x }, "
	"scopes) : x },\n"
	"		none() { throw new ReferenceError('a name of E4X with nothing before it "
	"stands in no filter or with statement') },\n"
	"		Function: e4xFunction,\n"
	"	};\n"
	"	e4xFunction.prototype = Function_.prototype;\n"
	"	return Object.freeze($e4x);\n"
	"})";

/* -- equality, 11.5.1 ------------------------------------------------------------------------ */

/* The text of XML without making a string of the engine's; everything else as JavaScript has it. */
static bool text_of(struct binding *b, const struct val *v, struct buf *out)
{
	struct operand o;
	if (!operand_of(b, v, &o))
		return val_to_text(b->e, v, out);
	bool ok = o.node ? xml_text(&b->w, o.node, out) : list_text(&b->w, &o.list->l, out);
	return ok || throw_range(b->e, "XML: the text is too long or too deep");
}

static int texts_equal(struct binding *b, const struct val *x, const struct val *y)
{
	struct buf a = { .ceiling = XML_MAX_BYTES }, c = { .ceiling = XML_MAX_BYTES };
	int r = -1;
	if (text_of(b, x, &a) && text_of(b, y, &c))
		r = a.len == c.len && memcmp(buf_str(&a), buf_str(&c), a.len) == 0;
	buf_free(&a);
	buf_free(&c);
	return r;
}

static bool is_leaf(const struct xml *n)
{
	return n->kind == XML_TEXT || n->kind == XML_ATTRIBUTE;
}

static int nodes_equal(struct binding *b, struct xml *x, struct xml *y)
{
	if ((is_leaf(x) && xml_simple(y)) || (is_leaf(y) && xml_simple(x)))
		return texts_equal(b, wrap_node(b, x), wrap_node(b, y));
	return xml_equal(x, y, 0);
}

/* x is an XMLList. */
static int list_equal(struct binding *b, const struct operand *x, const struct val *v)
{
	struct operand y;
	if (val_kind(b->e, v) == VAL_UNDEFINED && x->n == 0)
		return 1;
	if (operand_of(b, v, &y) && y.list) {
		int r = x->n == y.n;
		for (uint32_t i = 0; r == 1 && i < x->n; i++)
			r = nodes_equal(b, x->item[i], y.item[i]);
		return r;
	}
	return x->n == 1 ? values_equal(b, wrap_node(b, x->item[0]), v) : 0;
}

int values_equal(struct binding *b, const struct val *x, const struct val *y)
{
	struct operand ox, oy;
	bool xx = operand_of(b, x, &ox), xy = operand_of(b, y, &oy);

	if (xx && ox.list)
		return list_equal(b, &ox, y);
	if (xy && oy.list)
		return list_equal(b, &oy, x);
	if (xx && xy)
		return nodes_equal(b, ox.node, oy.node);
	const struct operand *o = xx ? &ox : &oy;
	const struct val *other = xx ? y : x;
	if (xml_simple(o->node))
		return texts_equal(b, x, y);
	return val_kind(b->e, other) == VAL_STRING ? texts_equal(b, x, y) : 0;
}

static int names_equal(const struct qname_value *a, const struct qname_value *b)
{
	return a && b ? a->local == b->local && a->uri == b->uri : -1;
}

static const struct val *n_eq(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct operand o;
	if (c->n < 2)
		return val_undefined(c->e);
	if (operand_of(b, c->arg[0], &o) || operand_of(b, c->arg[1], &o)) {
		int r = values_equal(b, c->arg[0], c->arg[1]);
		return r < 0 ? NULL : val_bool(c->e, r);
	}
	int r = names_equal(qname_of(b, c->arg[0]), qname_of(b, c->arg[1]));
	if (r < 0)
		r = names_equal(namespace_of(b, c->arg[0]), namespace_of(b, c->arg[1]));
	return r < 0 ? val_undefined(c->e) : val_bool(c->e, r);
}

/* -- questions -------------------------------------------------------------------------------------- */

static const struct val *n_xml1(struct call *c)
{
	struct operand o;
	return val_bool(c->e, c->n && operand_of(binding_of(c->e), c->arg[0], &o));
}

static const struct val *n_xml2(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct operand o;
	return val_bool(c->e,
			c->n > 1 && operand_of(b, c->arg[0], &o) && operand_of(b, c->arg[1], &o));
}

/* has(xml, name): a child or attribute of that name. */
static const struct val *n_has(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct operand o;
	struct xml_name name;
	if (c->n < 2 || !operand_of(b, c->arg[0], &o))
		return val_bool(c->e, false);
	return name_of_value(b, c->arg[1], &name) ? val_bool(c->e, has_named(&o, &name)) : NULL;
}

/* in(key, xml); undefined: not XML. */
static const struct val *n_in(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct operand o;
	if (c->n < 2 || !operand_of(b, c->arg[1], &o))
		return val_undefined(c->e);
	struct call own = { .e = c->e, .self = c->arg[1], .arg = c->arg, .n = 1 };
	return method_find("hasOwnProperty", 14, o.list != NULL)->call(&own);
}

static const struct val *n_method(struct call *c)
{
	struct buf name = { .ceiling = 1u << 20 };
	bool is = c->n && val_to_text(c->e, c->arg[0], &name) &&
		  method_find(buf_str(&name), name.len, false);
	buf_free(&name);
	return val_bool(c->e, is);
}

/* -- lists --------------------------------------------------------------------------------------------- */

static const struct val *n_items(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct operand o;
	if (!c->n || !operand_of(b, c->arg[0], &o))
		return val_undefined(c->e);
	const struct val *array = val_array(c->e, NULL, 0);
	for (uint32_t i = 0; array && i < o.n; i++)
		if (!val_set_at(c->e, array, i, wrap_node(b, operand_item(&o, i))))
			return NULL;
	return array;
}

/* listed(x, node): still among x's. */
static const struct val *n_listed(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct operand o, node;
	bool is = c->n > 1 && operand_of(b, c->arg[0], &o) && operand_of(b, c->arg[1], &node);
	for (uint32_t i = 0; is && i < o.n; i++)
		if (operand_item(&o, i) == node.node)
			return val_bool(c->e, true);
	return val_bool(c->e, false);
}

static bool add_all(struct binding *b, struct list_value *l, const struct val *v)
{
	struct operand o;
	bool ok = operand_of(b, v, &o);
	for (uint32_t i = 0; ok && i < o.n; i++)
		ok = list_add(&b->w, &l->l, operand_item(&o, i)) || fail_world(b);
	return ok;
}

/* The wrapped list, or its end when something failed. */
static const struct val *finish(struct binding *b, struct list_value *l, bool ok)
{
	if (ok)
		return wrap_list(b, l);
	list_value_drop(l);
	return NULL;
}

/* pick(x, [elements]): a list of these, which comes from where x came from. */
static const struct val *n_pick(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct list_value *l = list_value_new(b);
	size_t n;
	bool ok = (l || fail_world(b)) && c->n > 1 && val_length(c->e, c->arg[1], &n);
	for (size_t i = 0; ok && i < n; i++) {
		const struct val *v = val_at(c->e, c->arg[1], i);
		ok = v && add_all(b, l, v);
	}
	return finish(b, l, ok);
}

/* The elements of o whose attribute has this text: the list compares equal when it is one. */
static bool add_where(struct binding *b, struct list_value *l, const struct operand *o,
		      const struct xml_name *at, const struct buf *text)
{
	for (uint32_t i = 0; i < o->n; i++) {
		struct xml *n = operand_item(o, i), *found = NULL;
		uint32_t count = 0;
		for (uint32_t k = 0; n->kind == XML_ELEMENT && k < n->attrs; k++)
			if (xml_matches(n->attr[k], at)) {
				found = n->attr[k];
				count++;
			}
		bool equal = count == 1 && found->len == text->len &&
			     (!text->len || memcmp(found->text, text->data, text->len) == 0);
		if (equal && !list_add(&b->w, &l->l, n))
			return fail_world(b);
	}
	return true;
}

/* where(x, "@id", "v", () => v): x.(@id == v) at once.  Undefined when it is not that simple: x is not
 * XML, v names a child of an element, or is neither string nor number. */
static const struct val *n_where(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct operand o;
	struct xml_name at, name;
	if (c->n < 4 || !operand_of(b, c->arg[0], &o) || !o.n)
		return val_undefined(c->e);
	if (!name_of_value(b, c->arg[1], &at))
		return NULL;
	if (val_kind(c->e, c->arg[2]) == VAL_STRING) {
		if (!name_of_value(b, c->arg[2], &name))
			return NULL;
		if (has_named(&o, &name))
			return val_undefined(c->e);
	}
	const struct val *v = val_call(c->e, c->arg[3], NULL, NULL, 0);
	if (!v)
		return NULL;
	enum val_kind kind = val_kind(c->e, v);
	if (kind != VAL_STRING && kind != VAL_NUMBER)
		return val_undefined(c->e);
	struct buf text = { .ceiling = XML_MAX_BYTES };
	struct list_value *l = list_value_new(b);
	bool ok = (l || fail_world(b)) && val_to_text(c->e, v, &text) &&
		  add_where(b, l, &o, &at, &text);
	buf_free(&text);
	return finish(b, l, ok);
}

static const struct val *n_cat(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct list_value *l = list_value_new(b);
	bool ok = l || fail_world(b);
	for (size_t i = 0; ok && i < c->n; i++)
		ok = add_all(b, l, c->arg[i]);
	return finish(b, l, ok);
}

static const struct val *n_desc(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct operand o;
	if (!c->n || !operand_of(b, c->arg[0], &o))
		return throw_type(c->e, ".. asks for descendants, and this is not XML");
	struct call own = { .e = c->e, .self = c->arg[0], .arg = c->arg + 1, .n = c->n - 1 };
	return method_find("descendants", 11, o.list != NULL)->call(&own);
}

/* -- literals ------------------------------------------------------------------------------------------- */

static const struct val *n_xml(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct xml_settings keep = b->w.set;
	struct xml *n = to_xml(b, c->arg[0]);
	b->w.set = keep;
	if (!n)
		return NULL;
	const struct val *v = wrap_node(b, n);
	xml_release(&b->w, n);
	return v;
}

static const struct val *n_list(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct list_value *l = to_list(b, c->arg[0]);
	return l ? wrap_list(b, l) : NULL;
}

/* ="{e}" of a literal: quoted and escaped. */
static const struct val *n_attr(struct call *c)
{
	struct buf text = { .ceiling = XML_MAX_BYTES }, out = { .ceiling = XML_MAX_BYTES };
	const struct val *v = NULL;
	if (val_to_text(c->e, c->arg[0], &text)) {
		buf_u8(&out, '"');
		xml_escape_attr(&out, buf_str(&text), text.len);
		buf_u8(&out, '"');
		v = out.bad ? throw_range(c->e, "XML: the text is too long")
			    : val_string(c->e, (const char *)out.data, out.len);
	}
	buf_free(&text);
	buf_free(&out);
	return v;
}

/* {e} of a literal: XML as markup, anything else as escaped text. */
static const struct val *n_text(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct buf text = { .ceiling = XML_MAX_BYTES }, out = { .ceiling = XML_MAX_BYTES };
	struct operand o;
	bool ok = true;
	if (operand_of(b, c->arg[0], &o)) {
		for (uint32_t i = 0; ok && i < o.n; i++) {
			struct xml *n = operand_item(&o, i);
			if (n->kind == XML_ATTRIBUTE)
				xml_escape_text(&out, n->text, n->len);
			else
				ok = xml_markup(&b->w, n, &out);
		}
	} else if ((ok = val_to_text(c->e, c->arg[0], &text))) {
		xml_escape_text(&out, buf_str(&text), text.len);
	}
	const struct val *v = out.bad ? throw_range(c->e, "XML: the text is too long or too deep")
			      : ok    ? val_string(c->e, (const char *)out.data, out.len)
				      : NULL;
	buf_free(&text);
	buf_free(&out);
	return v;
}

/* <{e}>: a name.  A QName's namespace, which no text can say, goes to the parser by number. */
static const struct val *n_tag(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct qname_value *q = qname_of(b, c->arg[0]);
	struct buf text = { .ceiling = 1u << 20 };
	unsigned number;
	if (q) {
		if (q->uri && q->uri[0] &&
		    xml_quote_ns(&b->w, (struct xml_ns){ q->prefix, q->uri }, &number))
			buf_printf(&text, XML_QUOTED "%u:", number);
		buf_text(&text, q->local);
		const struct val *name = val_string(c->e, buf_str(&text), text.len);
		buf_free(&text);
		return name;
	}
	const struct val *v = val_to_text(c->e, c->arg[0], &text)
				      ? val_string(c->e, buf_str(&text), text.len)
				      : NULL;
	buf_free(&text);
	return v;
}

/* -- names ------------------------------------------------------------------------------------------------ */

static const struct val *key_of(struct binding *b, const struct xml_ns *ns, const char *local,
				bool attribute)
{
	struct buf key = { .ceiling = 4u << 20 };
	buf_printf(&key, "%s\1%s\1%s::%s", attribute ? "@" : "", ns->prefix ? ns->prefix : "\2",
		   ns->uri ? ns->uri : "\2", local);
	const struct val *v = val_string(b->e, (const char *)key.data, key.len);
	buf_free(&key);
	return v;
}

/* qn(namespace or null, name, attribute): the key of ns::name. */
static const struct val *n_qn(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct xml_ns ns = { NULL, NULL };
	double attribute;
	if (c->n < 3 || !val_to_number(c->e, c->arg[2], &attribute))
		return NULL;
	if (val_kind(c->e, c->arg[0]) != VAL_NULL && !to_namespace(b, c->arg[0], &ns))
		return NULL;
	struct qname_value *q = qname_of(b, c->arg[1]);
	const char *local = q ? q->local : value_atom(b, c->arg[1]);
	return local ? key_of(b, &ns, local, attribute != 0) : NULL;
}

/* at(object): the key of @[object]. */
static const struct val *n_at(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct qname_value *q = qname_of(b, c->arg[0]);
	if (q)
		return key_of(b, &(struct xml_ns){ q->prefix, q->uri }, q->local, true);
	struct buf key = { .ceiling = 1u << 20 };
	struct xml_name name;
	enum val_kind kind = val_kind(c->e, c->arg[0]);
	if (kind <= VAL_NUMBER && !name_of_value(b, c->arg[0], &name)) /* undefined, null ... are refused there */
		return NULL;
	buf_u8(&key, '@');
	const struct val *v = val_to_text(c->e, c->arg[0], &key)
				      ? val_string(c->e, (const char *)key.data, key.len)
				      : NULL;
	buf_free(&key);
	return v;
}

/* dxn(): the default namespace; dxn(ns) sets it, dxn(ns, 1) for the script outside of functions. */
static const struct val *n_dxn(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct xml_ns ns;
	if (c->n) {
		if (!to_namespace(b, c->arg[0], &ns))
			return NULL;
		b->w.default_ns = ns.uri;
		if (c->n > 1)
			b->script_ns = ns.uri;
	}
	return val_string(c->e, b->w.default_ns, strlen(b->w.default_ns));
}

static const struct val *n_dxg(struct call *c)
{
	const char *uri = binding_of(c->e)->script_ns;
	return uri ? val_string(c->e, uri, strlen(uri)) : val_string(c->e, "", 0);
}

/* A script has XML.prototype in its hands. */
static const struct val *n_touch(struct call *c)
{
	binding_of(c->e)->touched = true;
	return val_undefined(c->e);
}

/* del(list): every item out of its parent. */
static const struct val *n_del(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct operand o;
	if (!c->n || !operand_of(b, c->arg[0], &o))
		return throw_type(c->e, "delete of .. or .( ) needs XML");
	for (uint32_t i = 0; i < o.n; i++)
		xml_detach(&b->w, operand_item(&o, i));
	return val_bool(c->e, true);
}

bool bind_helpers(struct binding *b)
{
	static const struct host_fn rows[] = {
		{ "eq", n_eq, "", "" },       { "xml1", n_xml1, "", "" },
		{ "xml2", n_xml2, "", "" },   { "has", n_has, "", "" },
		{ "in", n_in, "", "" },       { "method", n_method, "", "" },
		{ "items", n_items, "", "" }, { "listed", n_listed, "", "" },
		{ "cat", n_cat, "", "" },     { "desc", n_desc, "", "" },
		{ "xml", n_xml, "", "" },     { "list", n_list, "", "" },
		{ "attr", n_attr, "", "" },   { "text", n_text, "", "" },
		{ "tag", n_tag, "", "" },     { "qn", n_qn, "", "" },
		{ "at", n_at, "", "" },       { "where", n_where, "", "" },
		{ "dxn", n_dxn, "", "" },     { "dxg", n_dxg, "", "" },
		{ "touch", n_touch, "", "" }, { "del", n_del, "", "" },
		{ "pick", n_pick, "", "" },
	};
	const struct val *natives = val_object(b->e);
	b->natives = natives;
	val_keep(b->e, natives);
	if (!val_set(b->e, natives, "deleted", val_number(b->e, 0)))
		return false;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (!val_set(b->e, natives, rows[i].name, engine_plain_function(b->e, &rows[i])))
			return false;
	if (!bind_iterate(b, natives) || !bind_old_forms(b, natives) || !bind_past(b, natives))
		return false;
	const struct val *make = engine_prelude(b->e, prelude);
	const struct val *helpers = make ? val_call(b->e, make, NULL, &natives, 1) : NULL;
	return helpers && bind_old(b, natives) && engine_put(b->e, val_global(b->e), E4X_PREFIX, helpers, PUT_FIXED | PUT_HIDDEN) &&
	       engine_global(b->e, E4X_PREFIX, helpers, true);
}
