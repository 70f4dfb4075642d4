/* Inside a worker: the engine, the one socket, and what host classes share.
 *
 * The process runs one script and ends, so its state is the process's: worker_self() gives it to
 * host functions, which the engine calls without a context of ours. */
#pragma once
#include "script/channel.h"
#include "script/engine.h"

#include "base/zone.h"

struct worker {
	struct engine *e;
	struct channel ch;
	struct buf frame;            /* the message being made */
	const struct zone *zone;
	char zone_name[64];
	struct model *network;       /* what Network answers from; NULL until asked */
	struct map *owners;          /* interface -> customer */
	struct result customers;
	bool has_customers;
	struct result zones;
	bool has_zones;
	const struct val *report;    /* Report.current(); kept; NULL until asked */
	/* Taken before any script could replace them. */
	const struct val *object_keys, *json_parse, *make_dates;
	/* Values that objects held and finalizers may not touch: dropped at the next call. */
	const struct val **drop;
	size_t ndrop, drop_cap;
};

struct worker *worker_self(void);

/* One message out.  False: the broker is gone; the process is about to end. */
bool worker_tell(struct worker *w);

/* One message out (w->frame, begun with frame_begin), its answer in.  False: refused or of the wrong
 * kind; an exception is pending. */
bool worker_ask(struct worker *w, enum message_kind want, struct message *ret) _must_check_;

/* QUERIES and Network's questions: each table of the answer is handed to each() and then freed, unless it
 * was taken (zeroed).  False: an exception is pending. */
typedef bool table_sink(void *arg, struct result *t);
bool worker_ask_tables(struct worker *w, table_sink *each, void *arg) _must_check_;

/* Keep a value that an object of ours holds; finalizers give it back with worker_drop. */
void worker_drop(const struct val *v);
/* What worker_drop() collected is dropped; host functions that keep values call it first. */
void worker_drops(struct worker *w);

bool worker_remark(struct worker *w, const char *text, size_t len);
/* "FILE:LINE: warning: ..." on stderr, with the script's place. */
void worker_warn(struct worker *w, const char *fmt, ...) _printf_(2, 3);

/* The script is over: a current report that it filled and did not write is its output.  False: an
 * exception is pending. */
bool report_finish(struct worker *w);

/* All host classes and functions (api.c). */
bool api_install(struct engine *e);
bool stream_install(struct engine *e); /* bind_stream.c */
