/* The customers mapping as the collector and the importer hold it: the configured one, the last good of it.
 *
 * Nothing is fetched here.  Of a URL it is the copy in the store's folder model/, which every command that reads
 * the mapping keeps there, and the collector's own fetcher (fetching.h).
 * Any thread, all of them; held by as many as take it. */
#pragma once
#include "app/config.h"

struct mapping;

/* folder: the store's, the caller's for as long as it is held.  before (or NULL): what it has stays in force until
 * there is something else.  *ret NULL: no mapping is configured.  The configuration is not kept. */
enum err mapping_new(const struct config *c, int folder, struct mapping *before, struct mapping **ret) _must_check_;
struct mapping *mapping_take(struct mapping *m); /* NULL: NULL */
void mapping_drop(struct mapping *m);
DEFINE_FREEP(struct mapping *, mapping_drop)

/* Reads it again when it changed.  False: it cannot be read or has an error, which is said once, and what was in
 * force stays. */
bool mapping_look(struct mapping *m);
/* To be given back by customers_free; NULL: there is none yet, or m is NULL. */
struct customers *mapping_now(struct mapping *m);
