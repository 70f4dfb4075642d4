/* The tree: nodes, names, namespaces. */
#include "base/mem.h"
#include "script/xml.h"

const struct xml_settings XML_DEFAULTS = { .ignore_comments = true,
					   .ignore_pis = true,
					   .ignore_whitespace = true,
					   .pretty = true,
					   .indent = 2 };

/* -- names --------------------------------------------------------------------------------- */

void xml_world_init(struct xml_world *w)
{
	*w = (struct xml_world){ .atoms = { .ceiling = XML_MAX_ATOMS },
				 .quoted = { .ceiling = XML_MAX_QUOTED * sizeof(struct xml_ns) },
				 .set = XML_DEFAULTS };
	w->empty = w->default_ns = xml_atom(w, "", 0);
}

void xml_world_free(struct xml_world *w)
{
	for (size_t i = 0; i < w->atoms.n; i++)
		mem_free(w->atoms.at[i].ptr);
	map_free(&w->atoms);
	buf_free(&w->quoted);
}

bool xml_quote_ns(struct xml_world *w, struct xml_ns ns, unsigned *ret)
{
	size_t n = w->quoted.len / sizeof(ns);
	for (*ret = 0; *ret < n; ++*ret) {
		struct xml_ns at;
		memcpy(&at, w->quoted.data + *ret * sizeof(at), sizeof(at));
		if (at.prefix == ns.prefix && at.uri == ns.uri)
			return true;
	}
	if (n == XML_MAX_QUOTED)
		return false;
	buf_add(&w->quoted, &ns, sizeof(ns));
	return !w->quoted.bad;
}

/* The map's own copies of its keys would do, but must not move while it grows; ours do not. */
const char *xml_atom(struct xml_world *w, const char *s, size_t len)
{
	struct map_entry *e;
	bool is_new;
	enum err bad = map_put(&w->atoms, s, len, &e, &is_new);
	if (bad == OK && is_new && !(e->ptr = mem_strndup(s, len))) {
		map_remove(&w->atoms, s, len);
		bad = E_NOMEM;
	}
	if (bad != OK) {
		w->bad = bad;
		return NULL;
	}
	return e->ptr;
}

const char *xml_atom_find(const struct xml_world *w, const char *s, size_t len)
{
	const struct map_entry *e = map_get(&w->atoms, s, len);
	return e ? e->ptr : NULL;
}

/* -- making and ending ------------------------------------------------------------------------- */

struct xml *xml_new(struct xml_world *w, enum xml_kind kind, const char *local, const char *uri,
		    const char *prefix)
{
	struct xml *n = w->nodes < XML_MAX_NODES ? mem_new0(1, sizeof(*n)) : NULL;
	if (!n) {
		w->bad = w->nodes < XML_MAX_NODES ? E_NOMEM : E_LIMIT;
		return NULL;
	}
	w->nodes++;
	n->kind = (uint8_t)kind;
	n->local = local;
	n->uri = uri;
	n->prefix = prefix;
	return n;
}

struct xml *xml_new_text(struct xml_world *w, enum xml_kind kind, const char *local,
			 const char *text, size_t len)
{
	struct xml *n = xml_new(w, kind, local, local ? w->empty : NULL, NULL);
	if (n && !xml_set_text(w, n, text, len)) {
		xml_discard(w, n);
		return NULL;
	}
	return n;
}

bool xml_set_text(struct xml_world *w, struct xml *n, const char *text, size_t len)
{
	char *copy = mem_strndup(text, len);
	if (!copy) {
		w->bad = E_NOMEM;
		return false;
	}
	mem_free(n->text);
	n->text = copy;
	n->len = len;
	return true;
}

static void free_one(struct xml_world *w, struct xml *n)
{
	if (n->kind == XML_ELEMENT) {
		mem_free(n->kid);
		mem_free(n->attr);
		mem_free(n->ns);
	} else {
		mem_free(n->text);
	}
	mem_free(n);
	w->nodes--;
}

/* A whole tree, without recursion: down to a leaf, free it, go on at its parent. */
void xml_discard(struct xml_world *w, struct xml *n)
{
	struct xml *end = n ? n->parent : NULL;
	while (n && n != end) {
		struct xml *next = n->parent;
		if (n->kind == XML_ELEMENT && n->kids) {
			n = n->kid[--n->kids];
			continue;
		}
		for (uint32_t i = 0; n->kind == XML_ELEMENT && i < n->attrs; i++)
			free_one(w, n->attr[i]);
		free_one(w, n);
		n = next;
	}
}

void xml_hold(struct xml *n)
{
	while (n && n->held++ == 0)
		n = n->parent;
}

void xml_release(struct xml_world *w, struct xml *n)
{
	while (n && --n->held == 0) {
		if (!n->parent) {
			xml_discard(w, n);
			return;
		}
		n = n->parent;
	}
}

/* -- shape -------------------------------------------------------------------------------------- */

static void adopt(struct xml *parent, struct xml *n)
{
	n->parent = parent;
	if (n->held)
		xml_hold(parent);
}

bool xml_insert(struct xml_world *w, struct xml *parent, uint32_t at, struct xml *kid)
{
	if (parent->kids == parent->kid_cap) {
		uint32_t cap = parent->kid_cap ? parent->kid_cap * 2 : 2;
		struct xml **more = mem_array(parent->kid, cap, sizeof(*more));
		if (!more) {
			w->bad = E_NOMEM;
			return false;
		}
		parent->kid = more;
		parent->kid_cap = cap;
	}
	at = MIN(at, parent->kids);
	memmove(parent->kid + at + 1, parent->kid + at, (parent->kids - at) * sizeof(*parent->kid));
	parent->kid[at] = kid;
	parent->kids++;
	adopt(parent, kid);
	return true;
}

bool xml_add_attr(struct xml_world *w, struct xml *parent, struct xml *attr)
{
	struct xml **more = mem_array(parent->attr, parent->attrs + 1u, sizeof(*more));
	if (!more) {
		w->bad = E_NOMEM;
		return false;
	}
	parent->attr = more;
	parent->attr[parent->attrs++] = attr;
	adopt(parent, attr);
	return true;
}

uint32_t xml_index(const struct xml *n)
{
	const struct xml *p = n->parent;
	bool attr = n->kind == XML_ATTRIBUTE;
	uint32_t count = attr ? p->attrs : p->kids, i = 0;
	while (i < count && (attr ? p->attr : p->kid)[i] != n)
		i++;
	return i;
}

bool xml_is_ancestor(const struct xml *maybe, const struct xml *n)
{
	while (n && n != maybe)
		n = n->parent;
	return n != NULL;
}

/* A node taken out keeps the namespaces that were in scope where it stood. */
static bool keep_scope(struct xml_world *w, struct xml *to, const struct xml *from)
{
	struct buf scope = { .ceiling = 1u << 20 };
	bool ok = xml_in_scope(from, &scope);
	for (size_t i = 0; ok && i < scope.len; i += sizeof(struct xml_ns)) {
		struct xml_ns ns;
		memcpy(&ns, scope.data + i, sizeof(ns));
		ok = xml_add_ns(w, to, ns);
	}
	buf_free(&scope);
	return ok;
}

/* n leaves p, whose row the caller puts in order. */
static void unlink_kid(struct xml_world *w, struct xml *p, struct xml *n)
{
	if (n->kind == XML_ELEMENT && n->held && !keep_scope(w, n, n))
		w->bad = E_NOMEM;
	n->parent = NULL;
	if (n->held)
		xml_release(w, p);
	else
		xml_discard(w, n);
}

void xml_detach(struct xml_world *w, struct xml *n)
{
	struct xml *p = n->parent;
	if (!p)
		return;
	uint32_t i = xml_index(n);
	struct xml **row = n->kind == XML_ATTRIBUTE ? p->attr : p->kid;
	uint32_t *count = n->kind == XML_ATTRIBUTE ? &p->attrs : &p->kids;
	xml_hold(p);
	memmove(row + i, row + i + 1, (*count - i - 1) * sizeof(*row));
	--*count;
	unlink_kid(w, p, n);
	xml_release(w, p);
}

void xml_detach_range(struct xml_world *w, struct xml *p, uint32_t from, uint32_t count)
{
	from = MIN(from, p->kids);
	count = MIN(count, p->kids - from);
	xml_hold(p);
	for (uint32_t i = 0; i < count; i++)
		unlink_kid(w, p, p->kid[from + i]);
	if (count)
		memmove(p->kid + from, p->kid + from + count,
			(p->kids - from - count) * sizeof(*p->kid));
	p->kids -= count;
	xml_release(w, p);
}

void xml_detach_named(struct xml_world *w, struct xml *p, const struct xml_name *name,
		      uint32_t keep)
{
	struct xml **row = name->attribute ? p->attr : p->kid;
	uint32_t *count = name->attribute ? &p->attrs : &p->kids, left = 0;
	xml_hold(p);
	for (uint32_t i = 0; i < *count; i++) {
		if (i == keep || !xml_matches(row[i], name))
			row[left++] = row[i];
		else
			unlink_kid(w, p, row[i]);
	}
	*count = left;
	xml_release(w, p);
}

static struct xml *copy_below(struct xml_world *w, const struct xml *n, unsigned depth);

static bool copy_inside(struct xml_world *w, struct xml *to, const struct xml *n, unsigned depth)
{
	for (uint32_t i = 0; i < n->nss; i++)
		if (!xml_add_ns(w, to, n->ns[i]))
			return false;
	for (uint32_t i = 0; i < n->attrs + n->kids; i++) {
		bool attr = i < n->attrs;
		struct xml *c = copy_below(w, attr ? n->attr[i] : n->kid[i - n->attrs], depth + 1);
		if (!c)
			return false;
		if (!(attr ? xml_add_attr(w, to, c) : xml_insert(w, to, to->kids, c))) {
			xml_discard(w, c);
			return false;
		}
	}
	return true;
}

static struct xml *copy_below(struct xml_world *w, const struct xml *n, unsigned depth)
{
	if (depth > XML_MAX_DEPTH * 4) {
		w->bad = E_LIMIT;
		return NULL;
	}
	struct xml *to = xml_new(w, n->kind, n->local, n->uri, n->prefix);
	if (to && !(n->kind == XML_ELEMENT ? copy_inside(w, to, n, depth)
					   : xml_set_text(w, to, n->text, n->len))) {
		xml_discard(w, to);
		return NULL;
	}
	return to;
}

struct xml *xml_copy(struct xml_world *w, const struct xml *n)
{
	struct xml *to = copy_below(w, n, 0);
	if (to && n->kind == XML_ELEMENT && n->parent && !keep_scope(w, to, n)) {
		xml_discard(w, to);
		return NULL;
	}
	return to;
}

/* -- namespaces ------------------------------------------------------------------------------------ */

bool xml_add_ns(struct xml_world *w, struct xml *n, struct xml_ns ns)
{
	for (uint32_t i = 0; i < n->nss; i++)
		if (n->ns[i].prefix == ns.prefix) { /* the first stays: it is the nearer one */
			return true;
		}
	struct xml_ns *more = mem_array(n->ns, n->nss + 1u, sizeof(*more));
	if (!more) {
		w->bad = E_NOMEM;
		return false;
	}
	n->ns = more;
	n->ns[n->nss++] = ns;
	return true;
}

void xml_remove_ns(struct xml *n, struct xml_ns ns)
{
	for (uint32_t i = 0; i < n->nss; i++)
		if (n->ns[i].uri == ns.uri && (!ns.prefix || n->ns[i].prefix == ns.prefix)) {
			memmove(n->ns + i, n->ns + i + 1, (n->nss - i - 1) * sizeof(*n->ns));
			n->nss--;
			i--;
		}
}

const char *xml_ns_uri(const struct xml *n, const char *prefix)
{
	for (; n; n = n->parent)
		for (uint32_t i = 0; n->kind == XML_ELEMENT && i < n->nss; i++)
			if (n->ns[i].prefix == prefix)
				return n->ns[i].uri;
	return NULL;
}

const struct xml_ns *xml_ns_of_uri(const struct xml *n, const char *uri)
{
	for (const struct xml *at = n; at; at = at->parent)
		for (uint32_t i = 0; at->kind == XML_ELEMENT && i < at->nss; i++)
			if (at->ns[i].uri == uri && xml_ns_uri(n, at->ns[i].prefix) == uri)
				return &at->ns[i];
	return NULL;
}

static bool has_prefix(const struct buf *list, const char *prefix)
{
	for (size_t i = 0; i < list->len; i += sizeof(struct xml_ns)) {
		struct xml_ns ns;
		memcpy(&ns, list->data + i, sizeof(ns));
		if (ns.prefix == prefix)
			return true;
	}
	return false;
}

bool xml_in_scope(const struct xml *n, struct buf *ret)
{
	for (; n; n = n->parent)
		for (uint32_t i = 0; n->kind == XML_ELEMENT && i < n->nss; i++)
			if (!has_prefix(ret, n->ns[i].prefix))
				buf_add(ret, &n->ns[i], sizeof(n->ns[i]));
	return !ret->bad;
}

/* -- questions ------------------------------------------------------------------------------------------ */

bool xml_matches(const struct xml *n, const struct xml_name *name)
{
	if (!name->local && !name->uri)
		return true;
	if (n->kind != XML_ELEMENT && n->kind != XML_ATTRIBUTE)
		return false;
	return (!name->local || name->local == n->local) && (!name->uri || name->uri == n->uri);
}

bool xml_simple(const struct xml *n)
{
	if (n->kind == XML_COMMENT || n->kind == XML_PI)
		return false;
	for (uint32_t i = 0; n->kind == XML_ELEMENT && i < n->kids; i++)
		if (n->kid[i]->kind == XML_ELEMENT)
			return false;
	return true;
}

static bool attributes_equal(const struct xml *a, const struct xml *b)
{
	for (uint32_t i = 0; i < a->attrs; i++) {
		bool found = false;
		for (uint32_t j = 0; j < b->attrs && !found; j++)
			found = xml_equal(a->attr[i], b->attr[j], 0);
		if (!found)
			return false;
	}
	return true;
}

bool xml_equal(const struct xml *a, const struct xml *b, unsigned depth)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->local != b->local || a->uri != b->uri ||
	    depth > XML_MAX_DEPTH * 4)
		return false;
	if (a->kind != XML_ELEMENT)
		return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
	if (a->attrs != b->attrs || a->kids != b->kids || !attributes_equal(a, b))
		return false;
	for (uint32_t i = 0; i < a->kids; i++)
		if (!xml_equal(a->kid[i], b->kid[i], depth + 1))
			return false;
	return true;
}
