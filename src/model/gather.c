/* Customers and their things, in whatever order a form brings them; the builder gets each customer once,
 * with all that is theirs, in the order they were first met. */
#include "model/form.h"

struct group *gather_customer(struct gather *g, const char *id, size_t len, struct place at)
{
	struct map_entry *e;
	bool fresh;
	enum err err = map_put(&g->by_id, id, len, &e, &fresh);
	struct group *c = err != OK ? NULL : fresh ? arena_new0(g->a, 1, sizeof(*c)) : e->ptr;
	if (!c) {
		builder_fail(g->b, err != OK ? err : E_NOMEM);
		return NULL;
	}
	if (!fresh)
		return c;
	e->ptr = c;
	c->at = at;
	group_attr(c, "id", id, len, at);
	if (g->last)
		g->last->next = c;
	else
		g->first = c;
	g->last = c;
	return c;
}

/* The first value stays. */
void group_attr(struct group *c, const char *name, const char *value, size_t len, struct place at)
{
	for (size_t i = 0; i < c->nattr; i++)
		if (STREQ(c->attr[i].name, name))
			return;
	if (c->nattr < COUNT_OF(c->attr))
		c->attr[c->nattr++] = (struct attr){ name, value, strlen(name), len, at };
}

struct thing *gather_thing(struct gather *g, struct group *c, const char *name, struct place at)
{
	struct thing *t = arena_new0(g->a, 1, sizeof(*t));
	if (!t) {
		builder_fail(g->b, E_NOMEM);
		return NULL;
	}
	t->name = name;
	t->at = at;
	if (c->last)
		c->last->next = t;
	else
		c->first = t;
	c->last = t;
	return t;
}

void thing_attr(struct thing *t, const char *name, const char *value, size_t len, struct place at)
{
	if (t->nattr < THING_ATTRS)
		t->attr[t->nattr++] = (struct attr){ name, value, strlen(name), len, at };
}

bool gather_met(struct gather *g, const struct group *c, const char *what)
{
	struct map_entry *e;
	bool fresh = true;
	const char *key = arena_printf(g->a, "%.*s\n%s", (int)c->attr[0].value_len, c->attr[0].value, what);
	enum err err = key ? map_put_str(&g->seen, key, &e, &fresh) : E_NOMEM;
	if (err != OK)
		builder_fail(g->b, err);
	return !fresh;
}

static void open_tag(struct builder *b, const char *name, const struct attr *attr, size_t nattr, struct place at)
{
	const struct tag tag = { .name = name, .name_len = strlen(name), .attr = attr, .nattr = nattr, .at = at };
	builder_open(b, &tag);
}

void gather_emit(struct gather *g)
{
	struct builder *b = g->b;
	open_tag(b, "customers", NULL, 0, (struct place){ 1, 1 });
	for (const struct group *c = g->first; c && !builder_full(b); c = c->next) {
		open_tag(b, "customer", c->attr, c->nattr, c->at);
		for (const struct thing *t = c->first; t && !builder_full(b); t = t->next) {
			open_tag(b, t->name, t->attr, t->nattr, t->at);
			builder_close(b);
		}
		builder_close(b);
	}
	builder_close(b);
}

void gather_free(struct gather *g)
{
	map_free(&g->by_id);
	map_free(&g->seen);
}
