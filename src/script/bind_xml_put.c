/* Assignment and deletion: [[Put]], [[Replace]] and [[Delete]] of ECMA-357 9.1.1 and 9.2.1, in
 * their order of steps, which scripts can see. */
#include "script/bind_xml_in.h"

static const char *buf_strz(const struct buf *b)
{
	return b->data ? (const char *)b->data : "";
}

/* What is assigned: a string, a node, or the nodes of a list. */
struct content {
	bool text;
	struct buf string;
	struct operand xml;
};

static bool content_of(struct binding *b, const struct val *v, struct content *ret)
{
	*ret = (struct content){ .string = { .ceiling = XML_MAX_BYTES } };
	bool xml = operand_of(b, v, &ret->xml), one = xml && ret->xml.n == 1;
	bool attribute = one && operand_item(&ret->xml, 0)->kind == XML_ATTRIBUTE;
	ret->text = !xml || attribute || (ret->xml.node && ret->xml.node->kind == XML_TEXT);
	if (!ret->text || val_to_text(b->e, v, &ret->string))
		return true;
	buf_free(&ret->string);
	return false;
}

static void content_end(struct content *c)
{
	buf_free(&c->string);
}

static struct xml *content_item(const struct content *c, uint32_t i)
{
	return c->xml.node ? c->xml.node : c->xml.item[i];
}

/* -- children ------------------------------------------------------------------------------------- */

static bool inserted(struct binding *b, struct xml *x, uint32_t at, struct xml *n)
{
	if (n && xml_insert(&b->w, x, at, n))
		return true;
	if (n && !n->held)
		xml_discard(&b->w, n);
	fail_world(b);
	return false;
}

/* A node goes in as itself when it is free; one that stands elsewhere is copied. */
static bool insert_node(struct binding *b, struct xml *x, uint32_t at, struct xml *n, bool copy)
{
	if (n->kind == XML_ELEMENT && !copy && xml_is_ancestor(n, x)) {
		throw_error(b->e, "cyclic XML value");
		return false;
	}
	if (n->kind == XML_ATTRIBUTE)
		return inserted(b, x, at, xml_new_text(&b->w, XML_TEXT, NULL, n->text, n->len));
	return inserted(b, x, at, copy || n->parent ? xml_copy(&b->w, n) : n);
}

static bool put_content(struct binding *b, struct xml *x, uint32_t at, uint32_t count,
			const struct content *c, bool copy)
{
	uint32_t n = c->text ? 1 : c->xml.n;
	at = MIN(at, x->kids);
	count = MIN(count, x->kids - at); /* what goes stays until all is in, before what comes */
	for (uint32_t i = 0; i < n; i++) {
		bool ok = c->text ? inserted(b, x, at + count + i,
					     xml_new_text(&b->w, XML_TEXT, NULL,
							  buf_strz(&c->string), c->string.len))
				  : insert_node(b, x, at + count + i, content_item(c, i), copy);
		if (!ok)
			return false;
	}
	xml_detach_range(&b->w, x, at, count);
	return true;
}

bool replace_children(struct binding *b, struct xml *x, uint32_t at, uint32_t count,
		      const struct val *v, bool copy)
{
	struct content c;
	if (!content_of(b, v, &c))
		return false;
	bool ok = put_content(b, x, at, count, &c, copy);
	content_end(&c);
	return ok;
}

/* -- attributes -------------------------------------------------------------------------------------- */

/* The text an attribute gets: of a list, its values with spaces between. */
static bool attribute_text(struct binding *b, const struct val *v, struct buf *out)
{
	struct operand o;
	if (!operand_of(b, v, &o) || o.node)
		return val_to_text(b->e, v, out);
	for (uint32_t i = 0; i < o.n; i++) {
		if (i)
			buf_u8(out, ' ');
		xml_text(&b->w, o.item[i], out);
	}
	return !out->bad || fail_world(b);
}

static bool put_attribute(struct binding *b, struct xml *x, const struct xml_name *name,
			  const struct val *v)
{
	struct buf text = { .ceiling = XML_MAX_BYTES };
	struct xml *found = NULL;

	if (!name->local || !xml_is_name(name->local, strlen(name->local)))
		return true;
	if (!attribute_text(b, v, &text)) {
		buf_free(&text);
		return false;
	}
	for (uint32_t i = 0; i < x->attrs; i++) {
		if (!xml_matches(x->attr[i], name))
			continue;
		if (!found)
			found = x->attr[i];
		else
			xml_detach(&b->w, x->attr[i--]);
	}
	bool ok = true, is_new = !found;
	if (is_new)
		found = xml_new(&b->w, XML_ATTRIBUTE, name->local,
				name->uri ? name->uri : b->w.empty, name->prefix);
	ok = found && xml_set_text(&b->w, found, buf_strz(&text), text.len);
	if (ok && is_new)
		ok = xml_add_attr(&b->w, x, found);
	if (!ok)
		fail_world(b);
	buf_free(&text);
	return ok;
}

/* -- elements ------------------------------------------------------------------------------------------ */

static struct xml *new_child(struct binding *b, struct xml *x, uint32_t at,
			     const struct xml_name *name)
{
	struct xml *n = xml_new(&b->w, XML_ELEMENT, name->local,
				name->uri ? name->uri : b->w.default_ns, name->prefix);
	return inserted(b, x, at, n) ? n : NULL;
}

static bool put_text_inside(struct binding *b, struct xml *n, const struct buf *text)
{
	xml_detach_range(&b->w, n, 0, UINT32_MAX);
	return !text->len ||
	       inserted(b, n, 0, xml_new_text(&b->w, XML_TEXT, NULL, buf_strz(text), text->len));
}

/* x.a += <a/>: the list begins with the very children it replaces, which stand together, so only
 * what is new has to be copied in.  Without this a loop of += takes cubic time.  True: done. */
static bool put_behind(struct binding *b, struct xml *x, const struct xml_name *name,
		       const struct content *c, bool *ret_ok)
{
	uint32_t first = 0, n = 0;
	if (c->text || c->xml.node || !c->xml.n)
		return false;
	while (first < x->kids && x->kid[first] != c->xml.item[0])
		first++;
	while (n < c->xml.n && first + n < x->kids && x->kid[first + n] == c->xml.item[n])
		n++;
	for (uint32_t k = 0; n && k < x->kids; k++)
		if (xml_matches(x->kid[k], name) != (k >= first && k < first + n))
			return false;
	*ret_ok = n != 0;
	for (uint32_t i = n; n && *ret_ok && i < c->xml.n; i++)
		*ret_ok = insert_node(b, x, first + i, c->xml.item[i], true);
	return n != 0;
}

/* 9.1.1.2: the first child of that name gets the value, further ones go; without one it is made. */
bool node_put(struct binding *b, struct xml *x, const struct xml_name *name, const struct val *v)
{
	struct content c;
	uint32_t at;

	if (x->kind != XML_ELEMENT)
		return true;
	if (name->attribute)
		return put_attribute(b, x, name, v);
	if (name->local && !xml_is_name(name->local, strlen(name->local)))
		return true;
	if (!content_of(b, v, &c))
		return false;
	bool ok = true, primitive = c.text && name->local;
	struct xml_name any = *name;
	if (!name->local && !name->uri)
		any = (struct xml_name){ 0 };
	if (put_behind(b, x, &any, &c, &ok)) {
		content_end(&c);
		return ok;
	}
	xml_hold(x);
	for (at = 0; at < x->kids && !xml_matches(x->kid[at], &any);)
		at++;
	bool found = at < x->kids;
	xml_detach_named(&b->w, x, &any, at);
	if (primitive) {
		struct xml *n = found ? x->kid[at] : new_child(b, x, at, name);
		ok = n && put_text_inside(b, n, &c.string);
	} else {
		ok = put_content(b, x, at, found, &c, true);
	}
	xml_release(&b->w, x);
	content_end(&c);
	return ok;
}

bool node_delete(struct binding *b, struct xml *x, const struct xml_name *name)
{
	if (x->kind != XML_ELEMENT)
		return true;
	xml_detach_named(&b->w, x, name, UINT32_MAX);
	return true;
}

/* -- lists ------------------------------------------------------------------------------------------------- */

/* 9.2.1.10: the one element a list stands for as a place to write; an empty list is made in its
 * base.  Held; NULL without an exception: there is none. */
static struct xml *resolve(struct binding *b, struct list_value *l, unsigned depth)
{
	if (l->l.n) {
		if (l->l.n > 1)
			return NULL;
		xml_hold(l->l.item[0]);
		return l->l.item[0];
	}
	if (!l->has_name || l->name.attribute || !l->name.local || depth > XML_MAX_DEPTH)
		return NULL;
	struct xml *base = l->base_node;
	if (base)
		xml_hold(base);
	else
		base = resolve(b, l->base_list, depth + 1);
	if (!base)
		return NULL;
	struct xml *ret = NULL;
	if (base->kind == XML_ELEMENT && xml_is_name(l->name.local, strlen(l->name.local))) {
		for (uint32_t i = 0; i < base->kids && !ret; i++)
			if (xml_matches(base->kid[i], &l->name))
				ret = base->kid[i];
		ret = ret ? ret : new_child(b, base, base->kids, &l->name);
	}
	if (ret)
		xml_hold(ret);
	xml_release(&b->w, base);
	return ret;
}

/* The element whose children (or attributes) a list shows; held.  NULL: none. */
static struct xml *owner(struct binding *b, struct list_value *l)
{
	if (l->base_node) {
		xml_hold(l->base_node);
		return l->base_node;
	}
	return l->base_list ? resolve(b, l->base_list, 0) : NULL;
}

/* Step 2.b of 9.2.1.2: a new last item, in the tree when the list shows one. */
static bool append_item(struct binding *b, struct list_value *l, const struct val *v)
{
	struct xml *r = owner(b, l), *y = NULL;
	struct operand o;
	bool attribute = l->has_name && l->name.attribute, ok = true;

	if ((l->base_node || l->base_list) && (!r || r->kind != XML_ELEMENT)) {
		if (r)
			xml_release(&b->w, r);
		return true;
	}
	if (attribute) {
		if (r && l->name.local && !l->l.n) {
			ok = put_attribute(b, r, &l->name, v);
			for (uint32_t i = 0; ok && i < r->attrs; i++)
				if (xml_matches(r->attr[i], &l->name))
					ok = list_add(&b->w, &l->l, r->attr[i]);
		}
		if (r)
			xml_release(&b->w, r);
		return ok;
	}
	bool text = !l->has_name || !l->name.local;
	struct xml_name name = l->name;
	if (operand_of(b, v, &o) && o.node && o.node->kind == XML_ELEMENT)
		text = false, name = (struct xml_name){ .local = o.node->local,
							.uri = o.node->uri,
							.prefix = o.node->prefix };
	y = text ? xml_new_text(&b->w, XML_TEXT, NULL, "", 0)
		 : xml_new(&b->w, XML_ELEMENT, name.local, name.uri ? name.uri : b->w.default_ns,
			   name.prefix);
	if (y && r) {
		uint32_t at = r->kids;
		if (l->l.n && l->l.item[l->l.n - 1]->parent == r)
			at = xml_index(l->l.item[l->l.n - 1]) + 1;
		ok = inserted(b, r, at, y);
	}
	ok = ok && y && list_add(&b->w, &l->l, y);
	if (r)
		xml_release(&b->w, r);
	return ok || fail_world(b);
}

/* An item that shows a list's content now: 2.e. */
static bool spread(struct binding *b, struct list_value *l, uint32_t i, const struct content *c)
{
	struct xml *old = l->l.item[i], *parent = old->parent;
	struct xml_list fresh;
	list_init(&fresh);
	bool ok = true;
	if (parent) {
		uint32_t q = xml_index(old), before = parent->kids;
		xml_hold(parent);
		ok = put_content(b, parent, q, 1, c, false);
		for (uint32_t k = 0; ok && k < parent->kids + 1 - before; k++)
			ok = list_add(&b->w, &fresh, parent->kid[q + k]);
		xml_release(&b->w, parent);
	} else {
		for (uint32_t k = 0; ok && k < c->xml.n; k++)
			ok = list_add(&b->w, &fresh, c->xml.item[k]);
	}
	if (ok)
		list_remove(&b->w, &l->l, i);
	for (uint32_t k = 0; ok && k < fresh.n; k++)
		ok = list_insert(&b->w, &l->l, i + k, fresh.item[k]);
	list_free(&b->w, &fresh);
	return ok;
}

/* The item itself is replaced: 2.f. */
static bool exchange(struct binding *b, struct list_value *l, uint32_t i, const struct content *c)
{
	struct xml *old = l->l.item[i], *parent = old->parent, *now = NULL;
	if (parent) {
		uint32_t q = xml_index(old);
		xml_hold(parent);
		bool ok = put_content(b, parent, q, 1, c, false);
		now = ok ? parent->kid[q] : NULL;
		if (now)
			xml_hold(now);
		xml_release(&b->w, parent);
		if (!ok)
			return false;
	} else {
		now = c->text ? xml_new_text(&b->w, XML_TEXT, NULL, buf_strz(&c->string),
					     c->string.len)
			      : c->xml.node;
		if (!now)
			return fail_world(b);
		xml_hold(now);
	}
	l->l.item[i] = now;
	xml_release(&b->w, old);
	return true;
}

bool list_put_index(struct binding *b, struct list_value *l, uint32_t i, const struct val *v)
{
	struct content c;
	if (i >= l->l.n) {
		uint32_t before = l->l.n;
		if (!append_item(b, l, v))
			return false;
		if (l->l.n == before)
			return true;
		i = before;
	}
	struct xml *n = l->l.item[i];
	if (n->kind == XML_ATTRIBUTE) {
		struct xml_name name = {
			.local = n->local, .uri = n->uri, .prefix = n->prefix, .attribute = true
		};
		return !n->parent || put_attribute(b, n->parent, &name, v);
	}
	if (!content_of(b, v, &c))
		return false;
	bool ok;
	if (!c.text && !c.xml.node)
		ok = spread(b, l, i, &c);
	else if (!c.text || n->kind != XML_ELEMENT)
		ok = exchange(b, l, i, &c);
	else
		ok = put_text_inside(b, n, &c.string);
	content_end(&c);
	return ok;
}

bool list_put_name(struct binding *b, struct list_value *l, const struct xml_name *name,
		   const struct val *v)
{
	if (l->l.n > 1) {
		throw_type(b->e, "a list of %u elements cannot be assigned to: say which", l->l.n);
		return false;
	}
	struct xml *n = resolve(b, l, 0);
	if (!n) {
		throw_type(b->e, "an empty list that stands for no element cannot be assigned to");
		return false;
	}
	bool ok = l->l.n || list_add(&b->w, &l->l, n) || fail_world(b);
	ok = ok && node_put(b, n, name, v);
	xml_release(&b->w, n);
	return ok;
}

bool list_delete_index(struct binding *b, struct list_value *l, uint32_t i)
{
	if (i >= l->l.n)
		return true;
	struct xml *n = l->l.item[i];
	xml_hold(n);
	list_remove(&b->w, &l->l, i);
	xml_detach(&b->w, n);
	xml_release(&b->w, n);
	return val_set(b->e, b->natives, "deleted", val_number(b->e, ++b->deleted));
}
