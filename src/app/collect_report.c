/* What was received, stored, refused and lost: in all, by place and by name, and of each exporter. */
#include "app/collect.h"

#include "base/clock.h"
#include "base/zone.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* The counts that `weir import` and `weir generate` print too, in their words. */
#define COUNTS(X)                                                                                      \
	X(datagrams) X(flow_records) X(option_records) X(templates) X(flow_samples) X(counter_samples) \
	X(drop_samples) X(bytes) X(frames) X(estimated_bytes) X(estimated_frames)

static void get_totals(const struct collecting *g, struct collector_totals *t)
{
	collector_totals(g->collector, t);
	t->drops[DROP_STORE] += g->lost;
}

static double seconds_of(const struct collecting *g)
{
	return (double)(clock_monotonic() - g->started) / 1e6;
}

static const char *instant_text(usec_t t, char buf[static 40])
{
	const struct zone *utc;
	if (!t || zone_find("UTC", &utc) != OK)
		return "";
	return zone_iso(utc, t, buf);
}

/* -- JSON ------------------------------------------------------------------------------------------ */

static void put(json_t *o, const char *name, uint64_t n)
{
	json_object_set_new(o, name, json_integer((json_int_t)MIN(n, (uint64_t)INT64_MAX)));
}

struct json_list {
	json_t *exporters; /* by address, in the order heard */
};

static void json_exporter(void *arg, const struct heard_exporter *x)
{
	struct json_list *l = arg;
	char text[ADDR_TEXT], when[40];
	json_t *o = json_object();
	json_object_set_new(o, "exporter", json_string(addr_format(&x->from, text)));
	put(o, "datagrams", x->datagrams);
	put(o, "records", x->records);
	put(o, "refused", x->refused);
	json_object_set_new(o, "first_seen", json_string(instant_text(x->first_seen, when)));
	json_object_set_new(o, "last_seen", json_string(instant_text(x->last_seen, when)));
	json_object_set_new(o, "sources", json_array());
	json_object_set_new(l->exporters, text, o);
}

static void json_source(void *arg, const struct addr *from, const struct heard_source *s)
{
	struct json_list *l = arg;
	char text[ADDR_TEXT];
	json_t *x = json_object_get(l->exporters, addr_format(from, text));
	json_t *o = json_object();
	json_object_set_new(o, "protocol", json_string(s->protocol));
	json_object_set_new(o, "agent", json_string(addr_format(&s->agent, text)));
	put(o, "id", s->id);
	put(o, "datagrams", s->datagrams);
	put(o, "lost", s->lost);
	json_object_set_new(o, "unit", json_string(s->unit));
	put(o, "gaps", s->gaps);
	put(o, "late", s->late);
	put(o, "resets", s->resets);
	json_array_append_new(json_object_get(x, "sources"), o); /* of an exporter there was no room for: goes */
}

static json_t *list_of(json_t *by_name)
{
	json_t *list = json_array(), *value;
	const char *key;
	json_object_foreach(by_name, key, value) {
		(void)key;
		json_array_append(list, value);
	}
	return list;
}

static void report_json(const struct collecting *g)
{
	struct collector_totals t;
	json_t *o = json_object(), *drops = json_object(), *rejects = json_object(), *stored = json_object();
	struct json_list list = { .exporters = json_object() };

	get_totals(g, &t);
	json_object_set_new(o, "seconds", json_real(seconds_of(g)));
	put(o, "workers", collector_workers(g->collector));
	put(o, "received", t.received);
	put(o, "received_bytes", t.received_bytes);
#define X(name) put(o, #name, t.wire.name);
	COUNTS(X)
#undef X
	for (size_t i = 0; i < TABLES; i++)
		put(stored, tables[i].name, g->stored[i]);
	json_object_set_new(o, "stored", stored);
	for (size_t i = 0; i < DROPS; i++)
		put(drops, drop_name((enum drop)i), t.drops[i]);
	json_object_set_new(o, "drops", drops);
	for (size_t i = REJECT_NONE + 1; i < REJECTS; i++)
		if (t.wire.rejects[i])
			put(rejects, reject_name((enum reject)i), t.wire.rejects[i]);
	json_object_set_new(o, "rejects", rejects);
	put(o, "late_sets", t.wire.late_sets);
	put(o, "interfaces", model_size(g->model));
	put(o, "interfaces_unlearnt", g->unlearnt);
	const struct heard_sink sink = { .arg = &list, .exporter = json_exporter, .source = json_source };
	collector_heard(g->collector, &sink);
	json_object_set_new(o, "exporters", list_of(list.exporters));
	json_decref(list.exporters);
	json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	fputc('\n', stdout);
	json_decref(o);
}

/* -- text ------------------------------------------------------------------------------------------- */

static void text_exporter(void *arg, const struct heard_exporter *x)
{
	char text[ADDR_TEXT], when[40];
	(void)arg;
	printf("exporter   %-15s %12" PRIu64 " datagrams %12" PRIu64 " rows  last %s\n", addr_format(&x->from, text),
	       x->datagrams, x->records, instant_text(x->last_seen, when));
}

/* Only what is worth a line. */
static void text_source(void *arg, const struct addr *from, const struct heard_source *s)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];
	(void)arg;
	if (!s->lost && !s->gaps && !s->resets && !s->late)
		return;
	printf("lost       %s %s %s id %" PRIu32 ": %" PRIu64 " %s in %" PRIu64 " gaps, %" PRIu64 " late, %" PRIu64 " restarts\n",
	       s->protocol, addr_format(from, a), addr_format(&s->agent, b), s->id, s->lost, s->unit, s->gaps, s->late, s->resets);
}

static void report_text(const struct collecting *g)
{
	struct collector_totals t;
	get_totals(g, &t);
	printf("seconds    %.1f\nreceived   %" PRIu64 " datagrams, %" PRIu64 " bytes\n", seconds_of(g), t.received, t.received_bytes);
	printf("decoded    %" PRIu64 " flow samples, %" PRIu64 " flow records, %" PRIu64 " counter samples\n",
	       t.wire.flow_samples, t.wire.flow_records, t.wire.counter_samples);
	printf("stored     %" PRIu64 " flow rows, %" PRIu64 " counter rows in %s\n", g->stored[TABLE_TRAFFIC],
	       g->stored[TABLE_IFCOUNTERS], g->store);
	for (size_t i = 0; i < DROPS; i++)
		if (t.drops[i])
			printf("dropped    %" PRIu64 " %s: %s\n", t.drops[i], drop_name((enum drop)i), drop_help((enum drop)i));
	for (size_t i = REJECT_NONE + 1; i < REJECTS; i++)
		if (t.wire.rejects[i])
			printf("refused    %" PRIu64 " %s: %s\n", t.wire.rejects[i], reject_name((enum reject)i),
			       reject_help((enum reject)i));
	const struct heard_sink sink = { .exporter = text_exporter, .source = text_source };
	collector_heard(g->collector, &sink);
}

void collect_report(const struct collecting *g)
{
	if (g->json)
		report_json(g);
	else
		report_text(g);
	fflush(stdout);
}
