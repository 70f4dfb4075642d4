/* What the commands that ask the traffic stand on: configuration, zone and "now", the store with its
 * model, the customers mapping, and the scope.  Opened in that order, released together.
 * Each step says on stderr what is wrong and returns an exit status (app.h). */
#pragma once
#include "app/config.h"
#include "query/query.h"

/* The options these commands share (site_options.def), as written; NULL = left out. */
struct site_options {
	const char *command; /* for messages */
#define SITE_OPTION(member, arg, help) const char *member;
#include "app/site_options.def"
#undef SITE_OPTION
	bool help;
};

/* A command's own options, beside the shared ones and --help; what getopt gives for them is below 0x10000. */
enum { MAX_OWN_OPTIONS = 16 };
struct option;
struct own_options {
	const struct option *at; /* up to MAX_OWN_OPTIONS, then one without a name; may be NULL */
	const char *letters;     /* of short ones, as getopt has them; may be NULL */
	bool one_dash;           /* long ones may be written with one dash */
	bool (*take)(void *cmd, int opt); /* false: wrong, which it has said */
};
/* optind is then the first argument.  False: it was said what is wrong. */
bool site_take_options(struct site_options *o, const struct own_options *own, void *cmd, int argc, char **argv);
void site_options_help(void); /* their lines, on stdout */

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
/* All of it, for a command that is nothing without a store: --customer's scope. */
int site_open(struct site *s, const struct site_options *o);
/* What queries are asked of; borrowed from the site. */
struct query_env site_env(const struct site *s);
void site_release(struct site *s);

/* "WHAT: WHY" on stderr; STATUS_FAILED. */
int site_failed(const char *what, enum err e, const struct problem *why);
