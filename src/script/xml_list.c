/* Lists of nodes.  A list holds its nodes; most have one. */
#include "base/mem.h"
#include "script/xml.h"

void list_init(struct xml_list *l)
{
	*l = (struct xml_list){ 0 };
}

static struct xml **items(struct xml_list *l)
{
	return l->item ? l->item : l->inline_item;
}

void list_free(struct xml_world *w, struct xml_list *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		xml_release(w, l->item[i]);
	if (l->item != l->inline_item)
		mem_free(l->item);
	list_init(l);
}

/* A list in place keeps its first two in itself, so it must not be copied as a struct. */
static bool room(struct xml_world *w, struct xml_list *l)
{
	if (!l->item) {
		l->item = items(l);
		l->cap = COUNT_OF(l->inline_item);
	}
	if (l->n < l->cap)
		return true;
	bool in_place = l->item == l->inline_item;
	struct xml **more = l->n < XML_MAX_NODES ? mem_array(in_place ? NULL : l->item, l->cap * 2u,
							     sizeof(*more))
						 : NULL;
	if (!more) {
		w->bad = l->n < XML_MAX_NODES ? E_NOMEM : E_LIMIT;
		return false;
	}
	if (in_place)
		memcpy(more, l->inline_item, sizeof(l->inline_item));
	l->item = more;
	l->cap *= 2;
	return true;
}

bool list_add(struct xml_world *w, struct xml_list *l, struct xml *n)
{
	if (!room(w, l))
		return false;
	xml_hold(n);
	l->item[l->n++] = n;
	return true;
}

bool list_insert(struct xml_world *w, struct xml_list *l, uint32_t at, struct xml *n)
{
	if (!room(w, l))
		return false;
	xml_hold(n);
	memmove(l->item + at + 1, l->item + at, (l->n - at) * sizeof(*l->item));
	l->item[at] = n;
	l->n++;
	return true;
}

void list_remove(struct xml_world *w, struct xml_list *l, uint32_t at)
{
	struct xml *n = l->item[at];
	memmove(l->item + at, l->item + at + 1, (l->n - at - 1) * sizeof(*l->item));
	l->n--;
	xml_release(w, n);
}

bool list_add_children(struct xml_world *w, struct xml_list *l, const struct xml *n,
		       const struct xml_name *name)
{
	if (n->kind != XML_ELEMENT)
		return true;
	struct xml **row = name->attribute ? n->attr : n->kid;
	uint32_t count = name->attribute ? n->attrs : n->kids;
	for (uint32_t i = 0; i < count; i++)
		if (xml_matches(row[i], name) && !list_add(w, l, row[i]))
			return false;
	return true;
}

static bool descend(struct xml_world *w, struct xml_list *l, const struct xml *n,
		    const struct xml_name *name, unsigned depth)
{
	if (depth > XML_MAX_DEPTH * 4) {
		w->bad = E_LIMIT;
		return false;
	}
	if (name->attribute && !list_add_children(w, l, n, name))
		return false;
	for (uint32_t i = 0; n->kind == XML_ELEMENT && i < n->kids; i++) {
		if (!name->attribute && xml_matches(n->kid[i], name) && !list_add(w, l, n->kid[i]))
			return false;
		if (n->kid[i]->kind == XML_ELEMENT && !descend(w, l, n->kid[i], name, depth + 1))
			return false;
	}
	return true;
}

bool list_add_descendants(struct xml_world *w, struct xml_list *l, const struct xml *n,
			  const struct xml_name *name)
{
	return descend(w, l, n, name, 0);
}

bool list_simple(const struct xml_list *l)
{
	if (l->n == 1)
		return xml_simple(l->item[0]);
	for (uint32_t i = 0; i < l->n; i++)
		if (l->item[i]->kind == XML_ELEMENT)
			return false;
	return true;
}
