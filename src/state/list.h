/* Ids of customers that hang on an account or token: a table of (owner, customer) rows. */
#pragma once
#include "state/sql.h"

struct id_list {
	char **at;
	size_t n;
};

void id_list_free(struct id_list *l);
/* Column 0 of every row.  E_LIMIT past MAX_CUSTOMERS_EACH. */
enum err id_list_read(struct sql *q, struct id_list *ret);
