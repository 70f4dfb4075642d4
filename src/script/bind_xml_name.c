/* QName, Namespace, isXMLName, and the strings that stand for names in x[...].
 *
 *	a             element a in the default namespace        *     anything
 *	@a            attribute a of no namespace               @*    any attribute
 *	uri::a        what QName turns into as a string; *::a in any namespace
 *	\1 prefix \1 uri::a     the same from $e4x.qn, which keeps the prefix; with @ in front an
 *	              attribute; \2 for a prefix that is undefined or a namespace that is any */
#include "base/mem.h"
#include "script/bind_xml_in.h"

bool index_of_key(const char *key, size_t len, uint32_t *ret)
{
	uint64_t v = 0;
	if (!len || len > 10 || (key[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (key[i] < '0' || key[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(key[i] - '0');
	}
	*ret = (uint32_t)v;
	return v < UINT32_MAX;
}

/* The last "::" of a key, which parts namespace from name; NULL when there is none. */
static const char *last_colons(const char *s, size_t len)
{
	for (size_t i = len; i >= 2; i--)
		if (s[i - 1] == ':' && s[i - 2] == ':')
			return s + i - 2;
	return NULL;
}

static bool marked(const char *s, size_t len)
{
	return len == 1 && s[0] == '\2';
}

static bool take_uri(struct binding *b, const char *s, size_t len, bool any, struct xml_name *ret)
{
	ret->uri = any ? NULL : xml_atom(&b->w, s, len);
	return any || ret->uri;
}

bool name_of_key(struct binding *b, const char *key, size_t len, struct xml_name *ret)
{
	const char *end = key + len;
	*ret = (struct xml_name){ 0 };
	if (len && key[0] == '@') {
		ret->attribute = true;
		key++;
	}
	const char *colons = last_colons(key, (size_t)(end - key));
	bool ok = true;
	if (!colons) {
		bool star = end - key == 1 && key[0] == '*';
		ret->uri = star ? NULL : ret->attribute ? b->w.empty : b->w.default_ns;
	} else if (key[0] == '\1') {
		const char *second = memchr(key + 1, '\1', (size_t)(end - key - 1));
		size_t n = second ? (size_t)(second - key - 1) : 0;
		if (second && !marked(key + 1, n))
			ret->prefix = xml_atom(&b->w, key + 1, n);
		const char *uri = second ? second + 1 : key;
		ok = take_uri(b, uri, (size_t)(colons - uri), marked(uri, (size_t)(colons - uri)),
			      ret);
		key = colons + 2;
	} else {
		ok = take_uri(b, key, (size_t)(colons - key), colons - key == 1 && key[0] == '*',
			      ret);
		key = colons + 2;
	}
	bool any = end - key == 1 && key[0] == '*';
	ret->local = any ? NULL : xml_atom(&b->w, key, (size_t)(end - key));
	if (ok && (any || ret->local))
		return true;
	fail_world(b);
	return false;
}

struct qname_value *qname_of(struct binding *b, const struct val *v)
{
	return exotic_data(b->e, v, &b->qname_class);
}

struct qname_value *namespace_of(struct binding *b, const struct val *v)
{
	return exotic_data(b->e, v, &b->namespace_class);
}

bool name_of_value(struct binding *b, const struct val *v, struct xml_name *ret)
{
	static const char *const never[] = { [VAL_UNDEFINED] = "undefined",
					     [VAL_NULL] = "null",
					     [VAL_BOOL] = "a boolean",
					     [VAL_NUMBER] = "a number" };
	enum val_kind kind = val_kind(b->e, v);
	if (kind < COUNT_OF(never) && never[kind]) { /* 10.5, 10.6 */
		throw_type(b->e, "%s cannot name an element or attribute", never[kind]);
		return false;
	}
	struct qname_value *q = qname_of(b, v);
	if (q) {
		*ret = (struct xml_name){ .local = q->local[0] == '*' && !q->local[1] ? NULL
										      : q->local,
					  .uri = q->uri,
					  .prefix = q->prefix };
		return true;
	}
	struct buf text = { .ceiling = 1u << 20 };
	bool ok = val_to_text(b->e, v, &text) && name_of_key(b, buf_str(&text), text.len, ret);
	buf_free(&text);
	return ok;
}

const char *value_atom(struct binding *b, const struct val *v)
{
	struct buf text = { .ceiling = 1u << 20 };
	const char *a = NULL;
	if (val_to_text(b->e, v, &text)) {
		a = xml_atom(&b->w, buf_str(&text), text.len);
		if (!a)
			fail_world(b);
	}
	buf_free(&text);
	return a;
}

/* -- the objects ---------------------------------------------------------------------------------- */

static const struct val *new_value(struct binding *b, const struct exotic_class *cls,
				   struct qname_value v)
{
	struct qname_value *q = mem_alloc(sizeof(*q));
	if (!q)
		return throw_range(b->e, "out of memory");
	*q = v;
	q->bound = cls;
	q->b = b;
	return exotic_new(b->e, cls, q);
}

const struct val *new_qname(struct binding *b, const char *local, const char *uri,
			    const char *prefix)
{
	return new_value(b, &b->qname_class,
			 (struct qname_value){ .local = local, .uri = uri, .prefix = prefix });
}

const struct val *new_namespace(struct binding *b, const char *prefix, const char *uri)
{
	return new_value(b, &b->namespace_class,
			 (struct qname_value){ .uri = uri, .prefix = prefix });
}

static const struct val *atom_value(struct binding *b, const char *a, bool undefined_when_null)
{
	return a                     ? val_string(b->e, a, strlen(a))
	       : undefined_when_null ? val_undefined(b->e)
				     : val_null(b->e);
}

static bool is_key(const char *key, size_t len, const char *want)
{
	return strlen(want) == len && memcmp(key, want, len) == 0;
}

static const struct val *qname_get(struct engine *e, const struct val *self _unused_, void *data,
				   const char *key, size_t len)
{
	struct qname_value *q = data;
	if (is_key(key, len, "localName"))
		return atom_value(binding_of(e), q->local, true);
	return is_key(key, len, "uri") ? atom_value(binding_of(e), q->uri, false) : NULL;
}

static const struct val *namespace_get(struct engine *e, const struct val *self _unused_,
				       void *data, const char *key, size_t len)
{
	struct qname_value *q = data;
	if (is_key(key, len, "prefix"))
		return atom_value(binding_of(e), q->prefix, true);
	return is_key(key, len, "uri") ? atom_value(binding_of(e), q->uri, false) : NULL;
}

static void qname_names(struct engine *e _unused_, void *data _unused_, struct exotic_names *names)
{
	exotic_name_add(names, "localName", 9);
	exotic_name_add(names, "uri", 3);
}

static void namespace_names(struct engine *e _unused_, void *data _unused_,
			    struct exotic_names *names)
{
	exotic_name_add(names, "prefix", 6);
	exotic_name_add(names, "uri", 3);
}

static const struct val *qname_text(struct engine *e, void *data)
{
	struct qname_value *q = data;
	struct buf out = { .ceiling = 4u << 20 };
	if (!q->uri)
		buf_text(&out, "*::");
	else if (q->uri[0])
		buf_printf(&out, "%s::", q->uri);
	buf_text(&out, q->local);
	const struct val *v = val_string(e, (const char *)out.data, out.len);
	buf_free(&out);
	return v;
}

static const struct val *namespace_text(struct engine *e, void *data)
{
	struct qname_value *q = data;
	return val_string(e, q->uri, strlen(q->uri));
}

static void end_value(void *data)
{
	mem_free(data);
}

/* -- constructors: 13.3.1, 13.3.2, 13.2.1, 13.2.2 ------------------------------------------------------ */

static bool given(const struct call *c, size_t i)
{
	return i < c->n && val_kind(c->e, c->arg[i]) != VAL_UNDEFINED;
}

static const struct val *qname_construct(struct call *c)
{
	struct binding *b = binding_of(c->e);
	size_t at = c->n > 1 ? 1 : 0;
	struct qname_value *from = c->n > at ? qname_of(b, c->arg[at]) : NULL;
	const char *local, *uri = NULL, *prefix = NULL;
	struct xml_ns ns;

	if (from && c->n < 2)
		return new_qname(b, from->local, from->uri, from->prefix);
	local = from ? from->local : given(c, at) ? value_atom(b, c->arg[at]) : b->w.empty;
	if (!local)
		return NULL;
	if (c->n < 2 || !given(c, 0)) {
		uri = STREQ(local, "*") ? NULL : b->w.default_ns;
	} else if (val_kind(c->e, c->arg[0]) != VAL_NULL) {
		if (!to_namespace(b, c->arg[0], &ns))
			return NULL;
		uri = ns.uri;
		prefix = ns.prefix;
	}
	return new_qname(b, local, uri, prefix);
}

static const struct val *qname_call(struct call *c)
{
	return c->n == 1 && qname_of(binding_of(c->e), c->arg[0]) ? c->arg[0] : qname_construct(c);
}

static bool uri_of(struct binding *b, const struct val *v, const char **ret)
{
	struct qname_value *q = qname_of(b, v);
	*ret = q && q->uri ? q->uri : value_atom(b, v);
	return *ret != NULL;
}

bool to_namespace(struct binding *b, const struct val *v, struct xml_ns *ret)
{
	struct qname_value *n = namespace_of(b, v);
	if (n) {
		*ret = (struct xml_ns){ n->prefix, n->uri };
		return true;
	}
	if (!uri_of(b, v, &ret->uri))
		return false;
	ret->prefix = ret->uri[0] ? NULL : b->w.empty;
	return true;
}

static const struct val *namespace_construct(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct xml_ns ns = { b->w.empty, b->w.empty };

	if (c->n == 1 && !to_namespace(b, c->arg[0], &ns))
		return NULL;
	if (c->n >= 2) {
		if (!uri_of(b, c->arg[1], &ns.uri))
			return NULL;
		const char *prefix = given(c, 0) ? value_atom(b, c->arg[0]) : NULL;
		if (given(c, 0) && !prefix)
			return NULL;
		if (!ns.uri[0] && prefix && prefix[0])
			return throw_type(c->e, "Namespace: a prefix (\"%s\") needs a URI", prefix);
		bool usable = prefix && xml_is_name(prefix, strlen(prefix));
		ns.prefix = !ns.uri[0] ? b->w.empty : usable ? prefix : NULL;
	}
	return new_namespace(b, ns.prefix, ns.uri);
}

static const struct val *namespace_call(struct call *c)
{
	return c->n == 1 && namespace_of(binding_of(c->e), c->arg[0]) ? c->arg[0]
								      : namespace_construct(c);
}

static bool qname_instance(struct engine *e, const struct val *v)
{
	return qname_of(binding_of(e), v) != NULL;
}

static bool namespace_instance(struct engine *e, const struct val *v)
{
	return namespace_of(binding_of(e), v) != NULL;
}

static const struct val *qname_to_string(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct qname_value *q = qname_of(b, c->self);
	if (c->self == exotic_prototype(c->e, &b->qname_class)) /* it is an empty QName */
		return val_string(c->e, "", 0);
	return q ? qname_text(c->e, q) : throw_type(c->e, "QName.toString: this is not a QName");
}

static const struct val *namespace_to_string(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct qname_value *q = namespace_of(b, c->self);
	if (c->self == exotic_prototype(c->e, &b->namespace_class))
		return val_string(c->e, "", 0);
	return q ? namespace_text(c->e, q)
		 : throw_type(c->e, "Namespace.toString: this is not a Namespace");
}

static const struct val *is_xml_name(struct call *c)
{
	struct binding *b = binding_of(c->e);
	struct qname_value *q = c->n ? qname_of(b, c->arg[0]) : NULL;
	const char *s = q ? q->local : given(c, 0) ? value_atom(b, c->arg[0]) : "";
	return s ? val_bool(c->e, xml_is_name(s, strlen(s))) : NULL;
}

/* 13.2.4, 13.3.4: the prototypes are a namespace and a name of empty texts. */
static bool empty_prototypes(struct binding *b)
{
	const struct val *ns = exotic_prototype(b->e, &b->namespace_class),
			 *name = exotic_prototype(b->e, &b->qname_class),
			 *none = val_string(b->e, "", 0);
	return engine_put(b->e, ns, "prefix", none, PUT_FIXED) &&
	       engine_put(b->e, ns, "uri", none, PUT_FIXED) &&
	       engine_put(b->e, name, "localName", none, PUT_FIXED) &&
	       engine_put(b->e, name, "uri", none, PUT_FIXED);
}

bool bind_names(struct binding *b)
{
	static const struct host_fn qname_methods[] = { { "toString", qname_to_string, "", "" },
							{ 0 } };
	static const struct host_fn namespace_methods[] = {
		{ "toString", namespace_to_string, "", "" }, { 0 }
	};
	static const struct host_fn is_name = { "isXMLName", is_xml_name, "name", "" };
	static const struct exotic_constructor qname = { .name = "QName",
							 .length = 2,
							 .call = qname_call,
							 .construct = qname_construct,
							 .has_instance = qname_instance,
							 .methods = qname_methods };
	static const struct exotic_constructor ns = { .name = "Namespace",
						      .length = 2,
						      .call = namespace_call,
						      .construct = namespace_construct,
						      .has_instance = namespace_instance,
						      .methods = namespace_methods };
	b->qname_class = (struct exotic_class){ .name = "QName",
						.get = qname_get,
						.names = qname_names,
						.primitive = qname_text,
						.finalize = end_value };
	b->namespace_class = (struct exotic_class){ .name = "Namespace",
						    .get = namespace_get,
						    .names = namespace_names,
						    .primitive = namespace_text,
						    .finalize = end_value };
	const struct val *function = engine_plain_function(b->e, &is_name);
	return exotic_class(b->e, &b->qname_class) && exotic_class(b->e, &b->namespace_class) &&
	       exotic_constructor(b->e, &qname, &b->qname_class) &&
	       exotic_constructor(b->e, &ns, &b->namespace_class) &&
	       empty_prototypes(b) &&
	       function && engine_set_length(b->e, function, is_name.args) &&
	       engine_put(b->e, val_global(b->e), is_name.name, function, PUT_HIDDEN);
}
