/* How each exporter fares, as the collector sees it and as others read it.
 *
 *	collector_exporters -> health_update -> STORE/status/exporters -> weir exporters
 *	flow rows -> caps.c -> interfaces over their speed ------^
 *
 * The file is text, replaced by rename every few seconds: a head, a line of values between tabs for each
 * row (exporters.def), and a last line with the CRC-32C of everything before. */
#pragma once
#include "app/caps.h"
#include "app/config.h"
#include "base/map.h"
#include "collect/collect.h"

#include <stdio.h>

enum { HEALTH_TEXT = 64 };

struct health_row {
	struct addr address, agent;
	char name[HEALTH_TEXT];
	uint64_t version, domain, samplingrate, rate_from;
	double datagrams_rate, records_rate;
	uint64_t datagrams, records, datagrams_lost, records_lost, samples_dropped, resets, duplicates, templates, over;
	int64_t skew; /* usec; SKEW_NONE */
	usec_t first_seen, last_seen, silent;

	/* Not written: trouble with templates; what workers heard together of one who is spread; what rates are counted from. */
	uint64_t templates_changed, templates_withdrawn, unread_sets;
	uint64_t base_datagrams, base_records;
	usec_t base;
	struct wire_exporter shared;
};

struct over_row {
	struct addr agent;
	uint64_t ifindex, speed, estimate, minutes;
	char ifname[HEALTH_TEXT];
	usec_t first, last;
};

#define SKEW_NONE INT64_MIN

struct health {
	usec_t when; /* of the last update */
	struct health_row *row;
	size_t n, cap;
	struct over_row *over;
	size_t nover;
	struct map index; /* of row, by whom it is about */
};

void health_free(struct health *h); /* empties it */

/* Take what the collector knows now; rates are those of the last ten seconds or so.  E_NOMEM: as it was. */
enum err health_update(struct health *h, struct collector *c, const struct config *config, const struct caps *caps,
		       const struct model *m) _must_check_;

/* folder: the store's.  E_UNKNOWN: no collector has written it yet; E_CORRUPT, E_VERSION. */
enum err health_write(const struct health *h, int folder) _must_check_;
enum err health_read(int folder, struct health *ret) _must_check_;
/* The same of a file of another name beside it. */
enum err health_write_as(const struct health *h, int folder, const char *name) _must_check_;
enum err health_read_as(int folder, const char *name, struct health *ret) _must_check_;

/* -- rows as text ------------------------------------------------------------------------------------ */

enum health_kind { HK_ADDR, HK_TEXT, HK_PROTOCOL, HK_NUMBER, HK_RATE, HK_FROM, HK_REAL, HK_SKEW, HK_TIME };

struct health_column {
	const char *name, *head;
	enum health_kind kind;
	size_t offset;
	const char *help;
};

extern const struct health_column exporter_columns[], over_columns[];
extern const size_t nexporter_columns, nover_columns;

enum { HEALTH_VALUE = 96 };
/* For people and CSV: "unknown", "-0.3", times by ISO 8601.  "" = none. */
const char *health_value(const struct health_column *c, const void *row, char buf[static HEALTH_VALUE]);
bool health_is_number(const struct health_column *c, const void *row); /* in JSON */

void health_json(const struct health *h, bool alive, FILE *to); /* an object, without a line's end */
void health_csv(const struct health *h, FILE *to);
void health_table(const struct health *h, FILE *to);
