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

/* What sequence numbers tell. */
#define LOSSES(X) X(datagrams_lost) X(records_lost) X(samples_dropped) X(resets) X(duplicates)

static void get_totals(const struct collecting *g, struct collector_totals *t)
{
	collect_totals(g, t);
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

static const char *protocol_text(uint16_t version, char buf[static 16])
{
	if (version == 10)
		return "ipfix";
	if (version >= WIRE_SFLOW)
		snprintf(buf, 16, "sflow%d", version - WIRE_SFLOW);
	else
		snprintf(buf, 16, "netflow%d", version);
	return buf;
}

/* Written one by one: a flood of strangers can make tens of thousands of them. */
static void json_exporter(void *arg, const struct wire_exporter *x)
{
	bool *begun = arg;
	json_t *o = json_object();
	char text[ADDR_TEXT], when[40], protocol[16];
	json_object_set_new(o, "exporter", json_string(addr_format(&x->address, text)));
	json_object_set_new(o, "agent", json_string(addr_format(&x->agent, text)));
	json_object_set_new(o, "protocol", json_string(protocol_text(x->version, protocol)));
	put(o, "domain", x->domain);
#define X(name) put(o, #name, x->name);
	X(samplingrate) X(datagrams) X(records) X(samples) X(templates)
	LOSSES(X)
#undef X
	if (x->clock_told)
		json_object_set_new(o, "clock_skew", json_real((double)x->skew / 1e6));
	json_object_set_new(o, "first_seen", json_string(instant_text(x->first_seen, when)));
	json_object_set_new(o, "last_seen", json_string(instant_text(x->last_seen, when)));
	if (*begun)
		putchar(',');
	*begun = true;
	json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(o);
}

/* What housekeeping did. */
#define UPKEEP(X)                                                                                      \
	X(merges) X(segments_in) X(segments_out) X(rows) X(bytes_in) X(bytes_out) X(unreadable)        \
	X(pruned) X(pruned_rows) X(pruned_bytes) X(removed) X(rollups) X(rollup_rows) X(failures)

static json_t *json_upkeep(const struct collecting *g)
{
	struct upkeep_report r;
	char when[40];
	json_t *o = json_object();
	upkeep_report(g->upkeep, &r);
#define X(name) put(o, #name, r.name);
	UPKEEP(X)
#undef X
	json_object_set_new(o, "seconds", json_real((double)r.busy / 1e6));
	json_object_set_new(o, "running", json_boolean(r.running));
	json_object_set_new(o, "last", json_string(instant_text(r.last, when)));
	if (*r.problem)
		json_object_set_new(o, "problem", json_string(r.problem));
	return o;
}

static void report_json(const struct collecting *g)
{
	struct collector_totals t;
	json_t *o = json_object(), *drops = json_object(), *rejects = json_object(), *skipped = json_object(), *stored = json_object();
	bool begun = false;

	get_totals(g, &t);
	json_object_set_new(o, "seconds", json_real(seconds_of(g)));
	put(o, "workers", collector_workers(g->collector));
	put(o, "received", t.received);
	put(o, "received_bytes", t.received_bytes);
	put(o, "forwarded", t.forwarded);
	put(o, "forwarded_bytes", t.forwarded_bytes);
#define X(name) put(o, #name, t.wire.name);
	COUNTS(X)
	LOSSES(X)
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
	for (size_t i = 0; i < SKIPS; i++)
		if (t.wire.skipped[i])
			put(skipped, skipped_name((enum skipped)i), t.wire.skipped[i]);
	json_object_set_new(o, "skipped", skipped);
	put(o, "late_sets", t.wire.late_sets);
	json_object_set_new(o, "housekeeping", json_upkeep(g));
	put(o, "interfaces", model_size(g->model));
	put(o, "interfaces_unlearnt", g->unlearnt);
	putchar('{');
	json_dumpf(o, stdout, JSON_COMPACT | JSON_EMBED | JSON_REAL_PRECISION(6));
	json_decref(o);
	fputs(",\"exporters\":[", stdout);
	collector_exporters(g->collector, json_exporter, &begun);
	puts("]}");
}

/* -- text ------------------------------------------------------------------------------------------- */

static void text_upkeep(const struct collecting *g)
{
	struct upkeep_report r;
	upkeep_report(g->upkeep, &r);
	if (r.merges)
		printf("compacted  %" PRIu64 " segments into %" PRIu64 ": %" PRIu64 " rows, %" PRIu64 " bytes became %" PRIu64 "\n",
		       r.segments_in, r.segments_out, r.rows, r.bytes_in, r.bytes_out);
	if (r.rollups)
		printf("rolled up  %" PRIu64 " segments into %" PRIu64 " rows\n", r.rollups, r.rollup_rows);
	if (r.unreadable)
		printf("damaged    %" PRIu64 " segments cannot be read: see weir store check\n", r.unreadable);
	if (r.pruned)
		printf("retention  %" PRIu64 " segments, %" PRIu64 " rows, %" PRIu64 " bytes went\n", r.pruned, r.pruned_rows, r.pruned_bytes);
	if (*r.problem)
		printf("trouble    housekeeping failed %" PRIu64 " times, the last time: %s\n", r.failures, r.problem);
}

static void report_text(const struct collecting *g)
{
	struct collector_totals t;
	get_totals(g, &t);
	printf("seconds    %.1f\nreceived   %" PRIu64 " datagrams, %" PRIu64 " bytes\n", seconds_of(g), t.received, t.received_bytes);
	if (t.forwarded)
		printf("forwarded  %" PRIu64 " datagrams, %" PRIu64 " bytes\n", t.forwarded, t.forwarded_bytes);
	printf("decoded    %" PRIu64 " flow samples, %" PRIu64 " flow records, %" PRIu64 " counter samples\n",
	       t.wire.flow_samples, t.wire.flow_records, t.wire.counter_samples);
	printf("stored     in %s:", g->store);
	for (size_t i = 0, n = 0; i < TABLES; i++)
		if (g->stored[i] || i == TABLE_TRAFFIC)
			printf("%s %" PRIu64 " rows of %s", n++ ? "," : "", g->stored[i], tables[i].name);
	printf("\nlost       %" PRIu64 " datagrams, %" PRIu64 " records on the way; %" PRIu64 " samples in agents; %" PRIu64
	       " resets, %" PRIu64 " duplicates\n",
	       t.wire.datagrams_lost, t.wire.records_lost, t.wire.samples_dropped, t.wire.resets, t.wire.duplicates);
	text_upkeep(g);
	for (size_t i = 0; i < DROPS; i++)
		if (t.drops[i])
			printf("dropped    %" PRIu64 " %s: %s\n", t.drops[i], drop_name((enum drop)i), drop_help((enum drop)i));
	for (size_t i = REJECT_NONE + 1; i < REJECTS; i++)
		if (t.wire.rejects[i])
			printf("refused    %" PRIu64 " %s: %s\n", t.wire.rejects[i], reject_name((enum reject)i),
			       reject_help((enum reject)i));
	putchar('\n');
	health_table(&g->health, stdout);
}

void collect_report(const struct collecting *g)
{
	if (g->json)
		report_json(g);
	else
		report_text(g);
	fflush(stdout);
}
