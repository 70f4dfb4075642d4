/* The methods of XML that change a tree (ECMA-357 13.4.4).  On a list of one they are its element's. */
#include "script/bind_xml_in.h"

#include <assert.h>

static struct xml *this_node(struct call *c, struct binding **b)
{
	struct operand o;
	if (!this_operand(c, &o, b))
		return NULL;
	if (o.n == 1)
		return o.node ? o.node : o.item[0];
	throw_type(c->e, "%s: the list has %u elements, one is needed", c->fn ? c->fn->name : "XML",
		   o.n);
	return NULL;
}

static const struct val *argument(const struct call *c, size_t i)
{
	return i < c->n ? c->arg[i] : val_undefined(c->e);
}

/* Put v in at a place; returns the element itself.  What replaces is copied (9.1.1.2, 13.4.4.32). */
static const struct val *insert_at(struct call *c, uint32_t at, uint32_t count, const struct val *v)
{
	struct binding *b;
	struct xml *x = this_node(c, &b);
	if (!x)
		return NULL;
	if (x->kind != XML_ELEMENT)
		return c->self;
	xml_hold(x);
	bool ok = replace_children(b, x, MIN(at, x->kids), count, v, count != 0);
	xml_release(&b->w, x);
	return ok ? c->self : NULL;
}

const struct val *xml_append_child(struct call *c)
{
	return insert_at(c, UINT32_MAX, 0, argument(c, 0));
}

const struct val *xml_prepend_child(struct call *c)
{
	return insert_at(c, 0, 0, argument(c, 0));
}

const struct val *xml_set_children(struct call *c)
{
	return insert_at(c, 0, UINT32_MAX, argument(c, 0));
}

/* Where the child stands that a new one goes beside; false: it is none of x's. */
static bool place_of(struct binding *b, const struct xml *x, const struct val *v, uint32_t *ret)
{
	struct operand o;
	if (!operand_of(b, v, &o) || o.n != 1)
		return false;
	const struct xml *n = o.node ? o.node : o.item[0];
	if (n->parent != x || n->kind == XML_ATTRIBUTE)
		return false;
	*ret = xml_index(n);
	return true;
}

static const struct val *insert_beside(struct call *c, bool after)
{
	struct binding *b;
	uint32_t at;
	struct xml *x = this_node(c, &b);
	if (!x)
		return NULL;
	if (x->kind != XML_ELEMENT)
		return val_undefined(c->e);
	if (val_kind(c->e, argument(c, 0)) == VAL_NULL)
		return insert_at(c, after ? 0 : UINT32_MAX, 0, argument(c, 1));
	if (!place_of(b, x, argument(c, 0), &at))
		return val_undefined(c->e);
	return insert_at(c, at + after, 0, argument(c, 1));
}

const struct val *xml_insert_child_after(struct call *c)
{
	return insert_beside(c, true);
}

const struct val *xml_insert_child_before(struct call *c)
{
	return insert_beside(c, false);
}

/* replace(name or index, value): the first of that name becomes value, the others go. */
const struct val *xml_replace(struct call *c)
{
	struct binding *b;
	struct xml_name name;
	struct buf key = { .ceiling = 1u << 20 };
	struct xml *x = this_node(c, &b);
	uint32_t at = 0, i;

	if (!x || !val_to_text(c->e, argument(c, 0), &key)) {
		buf_free(&key);
		return NULL;
	}
	bool index = index_of_key(buf_str(&key), key.len, &i);
	bool named = qname_of(b, argument(c, 0))
			     ? name_of_value(b, argument(c, 0), &name)
			     : name_of_key(b, buf_str(&key), key.len, &name);
	buf_free(&key);
	if (!named)
		return NULL;
	if (x->kind != XML_ELEMENT || name.attribute)
		return c->self;
	if (index)
		return insert_at(c, i, 1, argument(c, 1));
	xml_hold(x);
	while (at < x->kids && !xml_matches(x->kid[at], &name))
		at++;
	xml_detach_named(&b->w, x, &name, at);
	const struct val *v = at == x->kids ? c->self : insert_at(c, at, 1, argument(c, 1));
	xml_release(&b->w, x);
	return v;
}

static bool join_text(struct binding *b, struct xml *n, const struct xml *next)
{
	struct buf both = { .ceiling = XML_MAX_BYTES };
	buf_add(&both, n->text, n->len);
	buf_add(&both, next->text, next->len);
	bool ok = !both.bad && xml_set_text(&b->w, n, buf_str(&both), both.len);
	buf_free(&both);
	return ok;
}

static bool normalize(struct binding *b, struct xml *x, unsigned depth)
{
	for (uint32_t i = 0; x->kind == XML_ELEMENT && i < x->kids;) {
		struct xml *n = x->kid[i];
		assert(n); /* a place below kids is never empty */
		if (n->kind == XML_ELEMENT && depth < XML_MAX_DEPTH * 4 &&
		    !normalize(b, n, depth + 1))
			return false;
		struct xml *next = i + 1 < x->kids ? x->kid[i + 1] : NULL;
		if (n->kind == XML_TEXT && next && next->kind == XML_TEXT) {
			if (!join_text(b, n, next))
				return false;
			xml_detach(&b->w, next);
		} else if (n->kind == XML_TEXT && !n->len) {
			xml_detach(&b->w, n);
		} else {
			i++;
		}
	}
	return true;
}

/* 13.5.4.14: of the list's own elements, too, text beside text becomes one and empty text goes. */
static bool normalize_list(struct binding *b, struct xml_list *l)
{
	for (uint32_t i = 0; i < l->n;) {
		struct xml *n = l->item[i];
		bool text = n->kind == XML_TEXT;
		if (text && i + 1 < l->n && l->item[i + 1]->kind == XML_TEXT) {
			if (!join_text(b, n, l->item[i + 1]))
				return false;
			list_remove(&b->w, l, i + 1);
		} else if (text && !n->len) {
			list_remove(&b->w, l, i);
		} else {
			i++;
		}
	}
	return true;
}

const struct val *xml_normalize(struct call *c)
{
	struct binding *b;
	struct operand o;
	if (!this_operand(c, &o, &b))
		return NULL;
	for (uint32_t i = 0; i < o.n; i++)
		if (!normalize(b, o.node ? o.node : o.item[i], 0))
			return fail_world(b);
	return !o.list || normalize_list(b, &o.list->l) ? c->self : fail_world(b);
}

/* -- names and namespaces ----------------------------------------------------------------------- */

/* [[AddInScopeNamespace]]: the prefix means this here from now on. */
static bool set_ns(struct binding *b, struct xml *x, struct xml_ns ns)
{
	if (x->kind != XML_ELEMENT || !ns.prefix || (!ns.prefix[0] && !x->uri[0] && ns.uri[0]))
		return true;
	/* names that stood under the prefix and mean another namespace lose it */
	if (x->prefix == ns.prefix && x->uri != ns.uri)
		x->prefix = NULL;
	for (uint32_t i = 0; i < x->attrs; i++)
		if (x->attr[i]->prefix == ns.prefix && x->attr[i]->uri != ns.uri)
			x->attr[i]->prefix = NULL;
	for (uint32_t i = 0; i < x->nss; i++)
		if (x->ns[i].prefix == ns.prefix) {
			x->ns[i].uri = ns.uri;
			return true;
		}
	return xml_add_ns(&b->w, x, ns) || fail_world(b);
}

const struct val *xml_add_namespace(struct call *c)
{
	struct binding *b;
	struct xml_ns ns;
	struct xml *x = this_node(c, &b);
	if (!x || !to_namespace(b, argument(c, 0), &ns))
		return NULL;
	return set_ns(b, x, ns) ? c->self : NULL;
}

static bool uses_ns(const struct xml *x, const struct xml_ns *ns)
{
	bool used = x->uri == ns->uri;
	for (uint32_t i = 0; i < x->attrs; i++)
		used |= x->attr[i]->uri == ns->uri;
	return used;
}

static void remove_ns_below(struct xml *x, const struct xml_ns *ns, unsigned depth)
{
	if (x->kind != XML_ELEMENT || depth > XML_MAX_DEPTH * 4)
		return;
	if (!uses_ns(x, ns))
		xml_remove_ns(x, *ns);
	for (uint32_t i = 0; i < x->kids; i++)
		remove_ns_below(x->kid[i], ns, depth + 1);
}

/* A namespace that the element's own name or attributes need stays. */
const struct val *xml_remove_namespace(struct call *c)
{
	struct binding *b;
	struct xml_ns ns;
	struct xml *x = this_node(c, &b);
	if (!x || !to_namespace(b, argument(c, 0), &ns))
		return NULL;
	if (x->kind == XML_ELEMENT && !uses_ns(x, &ns))
		remove_ns_below(x, &ns, 0);
	return c->self;
}

static bool check_name(struct call *c, const char *local)
{
	if (xml_is_name(local, strlen(local)))
		return true;
	throw_type(c->e, "%s: \"%.60s\" is not an XML name", c->fn ? c->fn->name : "setName",
		   local);
	return false;
}

const struct val *xml_set_local_name(struct call *c)
{
	struct binding *b;
	struct xml *x = this_node(c, &b);
	if (!x)
		return NULL;
	if (x->kind == XML_TEXT || x->kind == XML_COMMENT)
		return val_undefined(c->e);
	struct qname_value *q = qname_of(b, argument(c, 0));
	const char *local = q ? q->local : value_atom(b, argument(c, 0));
	if (!local || !check_name(c, local))
		return NULL;
	x->local = local;
	return val_undefined(c->e);
}

/* The namespace of a name that was just given must be in scope where it stands. */
static bool take_ns(struct binding *b, struct xml *x, const char *uri, const char *prefix)
{
	struct xml *at = x->kind == XML_ATTRIBUTE ? x->parent : x;
	x->uri = uri;
	x->prefix = prefix;
	if (!at || at->kind != XML_ELEMENT || !uri[0] || !prefix || xml_ns_uri(at, prefix) == uri)
		return true;
	return set_ns(b, at, (struct xml_ns){ prefix, uri });
}

const struct val *xml_set_name(struct call *c)
{
	struct binding *b;
	struct xml *x = this_node(c, &b);
	if (!x)
		return NULL;
	if (x->kind == XML_TEXT || x->kind == XML_COMMENT)
		return val_undefined(c->e);
	struct qname_value *q = qname_of(b, argument(c, 0));
	const char *local = q ? q->local : value_atom(b, argument(c, 0));
	if (!local || !check_name(c, local))
		return NULL;
	const char *uri = q && q->uri                ? q->uri
			  : q                        ? b->w.empty
			  : x->kind == XML_ATTRIBUTE ? b->w.empty
						     : b->w.default_ns;
	x->local = local;
	if (x->kind == XML_PI)
		return val_undefined(c->e);
	return take_ns(b, x, uri, q ? q->prefix : NULL) ? val_undefined(c->e) : NULL;
}

const struct val *xml_set_namespace(struct call *c)
{
	struct binding *b;
	struct xml *x = this_node(c, &b);
	struct xml_ns ns = { b->w.empty, b->w.empty };
	if (!x || (c->n && !to_namespace(b, c->arg[0], &ns)))
		return NULL;
	if (x->kind != XML_ELEMENT && x->kind != XML_ATTRIBUTE)
		return val_undefined(c->e);
	return take_ns(b, x, ns.uri, ns.prefix) ? val_undefined(c->e) : NULL;
}
