/* What an import came to: for people as tables, for machines as JSON (docs/import.md). */
#include "app/import.h"

#include "base/mem.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

/* The counts of struct wire_totals that both forms show, in this order. */
#define COUNTS(X)                                                                                  \
	X(datagrams)                                                                               \
	X(flow_records) X(option_records) X(templates) X(flow_samples) X(counter_samples)          \
		X(drop_samples) X(bytes) X(frames) X(estimated_bytes) X(estimated_frames)

/* What sequence numbers tell. */
#define LOSSES(X) X(datagrams_lost) X(records_lost) X(samples_dropped) X(resets) X(duplicates)

void import_sum(const struct import *im, struct wire_totals *ret)
{
	*ret = (struct wire_totals){ 0 };
	for (size_t i = 0; i < im->nfiles; i++)
		counts_add(ret, &im->file[i].totals);
}

static uint64_t refused(const struct wire_totals *t)
{
	uint64_t n = 0;
	for (size_t r = REJECT_NONE + 1; r < REJECTS; r++)
		n += t->rejects[r];
	return n;
}

/* -- JSON ------------------------------------------------------------------------------------- */

/* File names are bytes; JSON wants UTF-8. */
static json_t *text_json(const char *s)
{
	json_t *j = json_string(s);
	if (j)
		return j;
	char *plain = mem_strdup(s);
	for (char *p = plain; p && *p; p++)
		if ((uint8_t)*p >= 0x80)
			*p = '?';
	j = plain ? json_string(plain) : NULL;
	mem_free(plain);
	return j;
}

static json_t *totals_json(const char *file, const char *error, const struct wire_totals *t)
{
	json_t *o = json_object(), *rejects = json_object(), *skipped = json_object();
	json_object_set_new(o, "file", file ? text_json(file) : json_null());
#define X(name)                                                                                    \
	json_object_set_new(o, #name, json_integer((json_int_t)MIN(t->name, (uint64_t)INT64_MAX)));
	COUNTS(X)
	LOSSES(X)
#undef X
	for (size_t r = REJECT_NONE + 1; r < REJECTS; r++)
		if (t->rejects[r])
			json_object_set_new(rejects, reject_name((enum reject)r),
					    json_integer((json_int_t)t->rejects[r]));
	json_object_set_new(o, "rejects", rejects);
	for (size_t s = 0; s < SKIPS; s++)
		if (t->skipped[s])
			json_object_set_new(skipped, skipped_name((enum skipped)s), json_integer((json_int_t)t->skipped[s]));
	json_object_set_new(o, "skipped", skipped);
	if (error && *error)
		json_object_set_new(o, "error", text_json(error));
	return o;
}

bool import_print_json(const struct import *im)
{
	struct wire_totals total;
	json_t *o = json_object(), *files = json_array();

	import_sum(im, &total);
	for (size_t i = 0; i < im->nfiles; i++)
		json_array_append_new(files, totals_json(im->file[i].path, im->file[i].why.text,
							 &im->file[i].totals));
	json_object_set_new(o, "files", files);
	json_object_set_new(o, "total", totals_json(NULL, NULL, &total));
	bool ok = o && json_dumpf(o, stdout, JSON_INDENT(1)) == 0;
	json_decref(o);
	puts("");
	return ok;
}

/* -- tables ---------------------------------------------------------------------------------------
 */

/* 18684 -> "18.7 kB" */
static const char *bytes_text(uint64_t n, char buf[static 32])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	double v = (double)n;
	size_t u = 0;
	for (; v >= 999.95 && u + 1 < COUNT_OF(units); u++)
		v /= 1000;
	snprintf(buf, 32, u ? "%.1f %s" : "%.0f %s", v, units[u]);
	return buf;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

static void print_line(const char *name, const struct wire_totals *t)
{
	printf("%-32.32s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
	       name, t->datagrams, t->flow_records, t->flow_samples, t->counter_samples,
	       refused(t));
}

static void print_files(const struct import *im, const struct wire_totals *total)
{
	printf("%-32s %10s %10s %10s %10s %10s\n", "file", "datagrams", "records", "samples",
	       "counters", "refused");
	for (size_t i = 0; i < im->nfiles; i++)
		if (im->file[i].usable && !im->file[i].refused)
			print_line(base_name(im->file[i].path), &im->file[i].totals);
	if (im->nfiles > 1)
		print_line("total", total);
	if (total->templates || total->option_records || total->drop_samples)
		printf("\nalso: %" PRIu64 " templates, %" PRIu64 " option records, %" PRIu64
		       " drop samples\n",
		       total->templates, total->option_records, total->drop_samples);
}

static void print_protocols(const struct wire_totals *t)
{
	char text[32];
	printf("\n%-10s %12s %20s %16s\n", "protocol", "bytes", "exactly", "frames");
	for (size_t e = 0; e < COUNT_OF(t->bytes_by); e++) {
		const struct value v = { .type = T_EXPORT, .num = e };
		char name[VALUE_TEXT];
		if (t->bytes_by[e] || t->frames_by[e])
			printf("%-10s %12s %20" PRIu64 " %16" PRIu64 "\n", value_format(&v, name),
			       bytes_text(t->bytes_by[e], text), t->bytes_by[e], t->frames_by[e]);
	}
	printf("%-10s %12s %20" PRIu64 " %16" PRIu64 "\n", "estimated",
	       bytes_text(t->estimated_bytes, text), t->estimated_bytes, t->estimated_frames);
	puts("estimated: multiplied by the sampling rate; the lines above are as exported");
}

static void print_losses(const struct wire_totals *t)
{
	printf("\non the way: %" PRIu64 " datagrams and %" PRIu64 " records lost, %" PRIu64 " duplicates, %" PRIu64
	       " resets; %" PRIu64 " samples dropped by agents\n",
	       t->datagrams_lost, t->records_lost, t->duplicates, t->resets, t->samples_dropped);
}

static void print_rejects(const struct wire_totals *t)
{
	if (!refused(t))
		return;
	printf("\n%-28s %10s  %s\n", "refused", "count", "what it is");
	for (size_t r = REJECT_NONE + 1; r < REJECTS; r++)
		if (t->rejects[r])
			printf("%-28s %10" PRIu64 "  %s\n", reject_name((enum reject)r),
			       t->rejects[r], reject_help((enum reject)r));
}

static void print_skipped(const struct import *im)
{
	struct capture_stats sum = { 0 };
	for (size_t i = 0; i < im->nfiles; i++) {
		const struct capture_stats *s = &im->file[i].packets;
		sum.not_udp += s->not_udp;
		sum.fragments += s->fragments;
		sum.truncated += s->truncated;
	}
	if (sum.not_udp || sum.fragments || sum.truncated)
		printf("\npackets skipped: %" PRIu64 " not UDP, %" PRIu64
		       " fragments; cut by the capture: %" PRIu64 "\n",
		       sum.not_udp, sum.fragments, sum.truncated);
}

static bool anything(const struct import *im)
{
	for (size_t i = 0; i < im->nfiles; i++)
		if (im->file[i].usable && !im->file[i].refused)
			return true;
	return false;
}

void import_print(const struct import *im)
{
	struct wire_totals total;
	char from[40], to[40];

	import_sum(im, &total);
	if (!anything(im))
		return; /* why is on stderr */
	print_files(im, &total);
	print_protocols(&total);
	print_losses(&total);
	print_rejects(&total);
	print_skipped(im);
	puts("");
	if (im->stored.start <= im->stored.end)
		printf("time       %s to %s\n", zone_iso(im->zone, im->stored.start, from),
		       zone_iso(im->zone, im->stored.end, to));
	printf("stored     %" PRIu64 " flow rows and %" PRIu64 " counter rows in %s\n",
	       im->rows[TABLE_TRAFFIC], im->rows[TABLE_IFCOUNTERS], im->store);
	for (size_t t = TABLE_IFCOUNTERS + 1; t < TABLES; t++)
		if (im->rows[t])
			printf("also       %" PRIu64 " rows of %s\n", im->rows[t], tables[t].name);
	for (size_t i = 0; i < im->nfiles; i++)
		if (im->file[i].continued)
			printf("continued  %s behind its packet %" PRIu64 "\n",
			       base_name(im->file[i].path), im->file[i].continued);
	if (im->unlearnt)
		printf("the model is full: %" PRIu64 " notes of interfaces had no room\n",
		       im->unlearnt);
}
