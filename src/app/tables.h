/* Tables for map(): files of two columns of CSV, named by `tables` of the configuration. */
#pragma once
#include "base/err.h"

struct tables_set;

/* spec: n texts "NAME=FILE".  E_SYNTAX, E_IO; *why names the file and line.  At most 64 tables of a million rows. */
enum err tables_load(const char *const *spec, size_t n, struct tables_set **ret, struct problem *why) _must_check_;
void tables_free(struct tables_set *t);
/* As struct query_env wants it; arg: a struct tables_set. */
const char *tables_text(void *arg, const char *table, const char *key, size_t len);
