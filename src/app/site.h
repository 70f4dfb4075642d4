/* What the commands that ask the traffic stand on: configuration, zone and "now", the store with its
 * model, the customers mapping, and the scope.  Opened in that order, released together.
 * Each step says on stderr what is wrong and returns an exit status (app.h). */
#pragma once
#include "app/config.h"
#include "query/query.h"

/* The options these commands share, as written; NULL = left out. */
struct site_options {
	const char *command; /* for messages */
	const char *store, *config, *customers, *now, *tz;
};

struct site {
	struct config *config;
	struct store *store; /* NULL: why_no_store says why */
	struct model *model;
	struct customers *mapping; /* NULL: none is named */
	struct zones *zones;       /* likewise, and so are these */
	struct hosts *hosts;
	struct lookup *countries, *asnames;
	struct dns *dns;
	struct tables_set *tables; /* of map() */
	const struct zone *zone;
	const struct scope *scope;
	usec_t now;
	struct problem why_no_store;
};

int site_config(struct site *s, const struct site_options *o); /* the configuration, and the zone */
int site_now(struct site *s, const struct site_options *o);
/* Store, model and names of places.  A store that cannot be opened is the queries' trouble: why_no_store. */
int site_store(struct site *s, const struct site_options *o);
int site_mapping(struct site *s, const struct site_options *o);
/* This customer's scope (--customer without a mapping is a usage error), or everything when id is NULL. */
int site_scope(struct site *s, const struct site_options *o, const char *id);
/* What queries are asked of; borrowed from the site. */
struct query_env site_env(const struct site *s);
void site_release(struct site *s);

/* "WHAT: WHY" on stderr; STATUS_FAILED. */
int site_failed(const char *what, enum err e, const struct problem *why);
