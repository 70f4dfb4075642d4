/* A process that keeps the copy of a mapping which is a URL, for a collector that may open no connections.
 *
 *	collector, in its jail -- read again --> fetcher          made before the jail, by fork
 *	      reads model/mapping-....copy <------ writes it      (mapping.h, model/keeper.c)
 *
 * Each minute it asks the server, by the validators of the copy, and writes a copy only of what has no error.
 * It ends with its parent. */
#pragma once
#include "base/err.h"

struct fetching;

/* config: as for config_read; store: its folder, which need not be there yet.  Makes the process, also while the
 * configuration names no URL: another one may. */
enum err fetching_new(const char *config, const char *store, struct fetching **ret) _must_check_;
void fetching_again(struct fetching *f); /* the configuration changed */
void fetching_free(struct fetching *f);
