/* A mapping of one customer, put together by hand: the test owns what the customer has. */
#pragma once
#include "model/builder.h"

struct mapping {
	struct customers all;
	struct customer c;
};

static void mapping_make(struct mapping *m)
{
	struct map_entry *e;
	m->all = (struct customers){ .at = &m->c, .n = 1 };
	if (map_put_str(&m->all.by_id, m->c.id, &e, NULL) != OK)
		abort();
	e->num = 0;
}

static void mapping_free(struct mapping *m)
{
	map_free(&m->all.by_id);
}
