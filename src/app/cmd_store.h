/* weir store: what its files share. */
#pragma once
#include "app/app.h"
#include "base/zone.h"
#include "store/store.h"

struct store_cmd {
	const char *verb, *store, *config, *keep, *max_size, *table, *level;
	char **args; /* behind the verb */
	int nargs;
	bool json, help, open_hours, no_grace, dry_run, repair;
	const struct zone *zone;
};

/* The failure is said; STATUS_FAILED. */
int store_failed(const char *what, enum err err, const struct problem *why);
/* The store as its writer.  A folder without a store is left alone. */
int store_open_writer(const struct store_cmd *s, struct store_writer **ret);

int store_attribute_cmd(const struct store_cmd *s); /* cmd_store_own.c */
int store_rollup_cmd(const struct store_cmd *s);
