/* See list.h. */
#include "state/list.h"

#include "base/mem.h"

void id_list_free(struct id_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		mem_free(l->at[i]);
	mem_free(l->at);
	*l = (struct id_list){ 0 };
}

static enum err append(struct id_list *l, const char *id)
{
	if (l->n == MAX_CUSTOMERS_EACH)
		return E_LIMIT;
	if (!(l->n & (l->n - 1))) { /* room doubles at each power of two */
		char **at = mem_array(l->at, l->n ? 2 * l->n : 1, sizeof(*at));
		if (!at)
			return E_NOMEM;
		l->at = at;
	}
	if (!(l->at[l->n] = mem_strdup(id)))
		return E_NOMEM;
	l->n++;
	return OK;
}

enum err id_list_read(struct sql *q, struct id_list *ret)
{
	struct id_list l = { 0 };
	enum err err = OK;
	while (err == OK && sql_row(q))
		err = append(&l, sql_text_at(q, 0));
	enum err end = sql_end(q);
	err = err != OK ? err : end;
	if (err == OK)
		*ret = l;
	else
		id_list_free(&l);
	return err;
}
