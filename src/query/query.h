/* The door of query/: request + scope -> plan -> table.
 *
 *	plan_make(arena, env, scope, request, &plan, &why);     the only way to make a plan
 *	plan_run(plan, &table, &why);
 *
 * The scope's predicate is ANDed to the request's filter before anything else is planned. */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/zone.h"
#include "filter/filter.h"
#include "model/model.h"
#include "query/scope.h"
#include "query/table.h"
#include "store/store.h"

enum query_kind { QUERY_TOPN, QUERY_TREND, QUERY_ROWS };

/* What is asked, as text, the way scripts and command lines say it.  NULL = left out. */
struct request {
	enum query_kind kind;
	const char *view, *select, *where, *interval;
	const char *bucket; /* trend: "3600", "hour", "5 minutes" */
	const char *sort;
	int64_t n;          /* 0 = left out */
	const char *tz;     /* zone of this query; NULL = env's */
	/* $name parameters of the filter */
	const struct request_param { const char *name, *value; } *param;
	size_t nparam;
};

/* What it is asked of.  All borrowed until the plan is done. */
struct query_env {
	struct store *store;
	const struct model *model;
	const struct customers *customers; /* NULL: no mapping */
	const struct zones *zones;         /* of this and those below: NULL = nothing is known */
	const struct hosts *hosts;
	const struct lookup *countries, *asnames;
	/* The DNS name of an address, or NULL; the text lives until the answer is there. */
	const char *(*name_of)(void *arg, const struct addr *a);
	void *name_arg;
	/* map(): what the table has beside the key, or NULL; a NULL key asks whether there is such a table. */
	const char *(*table_text)(void *arg, const char *table, const char *key, size_t len);
	void *table_arg;
	const struct zone *zone;
	usec_t now;
	uint64_t max_rows;  /* rows an answer may have; 0 = no bound */
	size_t max_bytes;   /* memory a run may use; 0 = 512 MB */
	const volatile bool *cancel; /* may be NULL */
	bool no_rollups;    /* rows are read where there are rows; answers are the same */
	bool plain;         /* the plain way: one thread, by value, nothing skipped; answers are the same */
};

/* Whose rows are, for store_attribute() and roll-ups: owners are customers by their place in the mapping,
 * side 0 is the source's.  Keeps nothing of mapping and model.  One thread at a time. */
struct customers_owning;
enum err customers_owning_new(const struct customers *c, const struct model *m, struct customers_owning **ret) _must_check_;
void customers_owning_free(struct customers_owning *o);
DEFINE_FREEP(struct customers_owning *, customers_owning_free)
const struct owning *customers_owning(const struct customers_owning *o);

struct plan;

/* E_SYNTAX: *why is "WHERE: error at POS: TEXT" style, ready for people: it names the argument
 * ("select", "filter", "interval", "sort", "n", "bucket", "view").  E_DENIED never: a hidden field
 * is an unknown one. */
enum err plan_make(struct arena *a, const struct query_env *env, const struct scope *scope,
		   const struct request *rq, struct plan **ret, struct problem *why) _must_check_;
enum err plan_run(struct plan *p, struct result *ret, struct problem *why) _must_check_;
/* Several plans at once: each result is what plan_run would have made of that plan alone, ret has
 * room for n.  Plans of the same store, view and span share one pass over its rows.  On failure no
 * result is there, and *why is of the first plan that failed. */
enum err plan_run_many(struct plan *const *p, size_t n, struct result *ret, struct problem *why) _must_check_;
/* How the plan will be answered, a line for each thing, for operators: of a customer's plan nothing is
 * said of what the store holds.  Segments' heads, indexes and the filter's columns are read.  E_CORRUPT
 * never: a damaged segment is not counted. */
enum err plan_explain(const struct plan *p, struct buf *out) _must_check_;
void plan_free(struct plan *p); /* what lives outside the arena */

/* Counters and flows reconciled: a row per interface and way: interface, ifname, way (in, out), counted and
 * estimated in bit/s, the estimate's error in bit/s, their ratio, state (ok, low, high, no flows, no
 * counters), reason.  Rows that need looking at come first.  Only what the scope shows. */
enum err reconcile(const struct query_env *env, const struct scope *scope, const char *interval, struct result *ret,
		   struct problem *why) _must_check_;

/* Intervals: "today", "last24hours", "yesterday,today", "20121130 00:00:00, 20121201 00:00:00", ISO
 * 8601, epoch, at(1) style.  Half-open.  Error positions count characters of text. */
enum err interval_parse(const char *text, usec_t now, const struct zone *z, struct span *ret,
			struct problem *why) _must_check_;

/* One instant, the same grammar: for --now and --rebase. */
enum err instant_parse(const char *text, usec_t now, const struct zone *z, usec_t *ret,
		       struct problem *why) _must_check_;

/* The names of intervals, a line each: for help and the manual. */
void interval_help(struct buf *out);
/* The functions of a select list, likewise. */
void function_help(struct buf *out);

/* A trend's bucket; NULL or "" is the one that suits the span's length.  Calendar buckets (day,
 * week, month) follow the zone. */
struct bucket {
	enum bucket_kind { BUCKET_SECONDS, BUCKET_DAY, BUCKET_WEEK, BUCKET_MONTH } kind;
	usec_t length; /* BUCKET_SECONDS */
};
enum err bucket_parse(const char *text, struct span span, struct bucket *ret, struct problem *why) _must_check_;
/* Edges of the buckets that touch the span, aligned to local time: edge[0] <= span.start,
 * edge[n] >= span.end; n+1 edges, the caller's to mem_free.  An empty span has n = 0.  A bucket of
 * seconds has the same length everywhere.  E_LIMIT beyond 1 million. */
enum err bucket_edges(const struct bucket *b, struct span span, const struct zone *z, usec_t **ret_edge,
		      size_t *ret_n) _must_check_;
