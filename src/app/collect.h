/* Inside `weir collect`: cmd_collect.c reads options and sets everything up, collect_loop.c stores
 * what workers hand over, collect_report.c tells what came of it. */
#pragma once
#include "app/config.h"
#include "app/event_watch.h"
#include "app/fetching.h"
#include "app/health.h"
#include "app/upkeep.h"
#include "collect/collect.h"
#include "model/model.h"
#include "store/store.h"

struct collect_args {
	const char *store, *config;
	const char *listen[MAX_LISTEN]; /* as given; none = the configuration's */
	size_t nlisten;
	uint64_t workers, buffer, queue; /* 0 = the configuration's */
	bool json, no_jail, check;
};

struct collecting {
	const char *store; /* its folder, for messages */
	const char *config_named; /* -c; NULL = the default's place */
	struct config *config;    /* as read last */
	const struct collect_args *args;
	struct door *door;        /* opens sockets */
	struct collector *collector;
	struct collector_totals before; /* of those whose place it took */
	struct store_writer *writer;
	struct upkeep *upkeep;
	struct model *model;
	struct marking *marking;  /* where flows are counted; NULL = rows are stored as they come */
	int signals;              /* a signalfd */
	struct mapping *mapping;  /* NULL = none is configured */
	struct fetching *fetching; /* keeps its copy, of a URL */
	struct customers *forwarded; /* of it, as rules that forward a customer's own have it; NULL = not yet */
	size_t unmapped, mapped_interfaces; /* rules without a customer; interfaces when it was handed over */
	struct customers *mapped;  /* of it, as changes_look saw it last */
	bool json, no_jail;

	/* The loop's own. */
	bool stopping, failing;   /* failing: the store refused something, and it has been said */
	struct parcel *held;      /* refused by the store; tried again */
	usec_t commit_at, seal_at, retry_at, tick_at;
	bool dirty;               /* rows put since the last commit: */
	uint64_t put[TABLES];     /* so many */
	uint64_t stored[TABLES];  /* durable */
	uint64_t lost, unlearnt;
	usec_t started;

	struct caps *caps;        /* estimates and line speeds, */
	usec_t caps_at, caps_since;
	struct health health;     /* exporters, as written last */
	usec_t health_at;
	bool health_failed;       /* and it has been said */
	struct events *events;
	struct event_watch *watch;
	bool told;                /* events, since their texts were written down */
	usec_t failed_at;         /* when the store began to refuse */

	/* collect_keep.c's. */
	uint64_t kept; /* told by exporters when templates were written last */
	usec_t keep_at; /* not before */
};

/* Rates of g->config become those of the workers; those of `before` (or NULL) that are gone are taken back. */
enum err set_sampling(struct collecting *g, const struct config *before) _must_check_;

/* Those of the configuration, and of the collector before (or NULL). */
enum err spread_exporters(struct collecting *g, struct collector *before) _must_check_;
void relieve(struct collecting *g);

/* Templates from the last run, before workers start; and for the next one, when there are new ones. */
void keep_load(struct collecting *g);
void keep_save(struct collecting *g);
/* How exporters fare, now, written down, and events made of it. */
void tell_health(struct collecting *g);

/* collect_forward.c: the rules of the configuration, in a's memory; and whose is what for those with
 * customers: once a second if the mapping is another or interfaces were learnt, and at least once a minute. */
enum err forward_rules(const struct config *c, struct arena *a, const struct forward_rule **ret,
		       struct problem *why) _must_check_;
void forward_tick(struct collecting *g, bool minute);

/* collect_changes.c: what the collector goes by is another than before, told as events: the mapping, looked at once a
 * second; zones, when a reload has compared them. */
void changes_begin(struct collecting *g);
void changes_look(struct collecting *g);
void changes_zones(struct collecting *g, const struct zones_changes *c);

/* A collector for what the options and g->config say.  False: it has been said. */
bool collect_open(struct collecting *g, struct collector **ret);
/* Another one, for a g->config that says something else, in place of g->collector. */
bool collect_replace(struct collecting *g);
void collect_totals(const struct collecting *g, struct collector_totals *ret); /* of all of them */
/* Take a parcel and store it.  False: none is left, or the store wants a pause. */
bool store_next(struct collecting *g);
/* What g->collector hands over until it has ended is counted as lost. */
void let_go(struct collecting *g);
#define LAST_TRIES (5 * USEC_PER_SEC) /* when stopping, how long a refusing store is asked again */

/* Until SIGTERM or SIGINT and everything is stored.  False: something was lost, and it has been said. */
bool collect_loop(struct collecting *g);

/* Says whether the configuration is right: a status (app.h). */
int collect_check(const struct config *c);

/* Totals on standard output: a text, or one line of JSON. */
void collect_report(const struct collecting *g);
