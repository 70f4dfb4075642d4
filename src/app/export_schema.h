/* The CREATE TABLE that rows of `weir export` fit into, from the rows of fields.def. */
#pragma once
#include "base/buf.h"
#include "flow/flow.h"
#include "query/query.h"

struct dialect;

const struct dialect *dialect_find(const char *name); /* NULL: there is none */
const char *dialect_names(void);                      /* "sqlite, duckdb or clickhouse" */

/* t: an answer of the view, of which the columns count. */
void schema_put(const struct dialect *d, const struct view *v, const struct result *t, struct buf *out);
