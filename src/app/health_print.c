/* Rows of exporters.def for people and programs. */
#include "app/health.h"
#include "base/zone.h"

#include <inttypes.h>
#include <stdio.h>

static const char *time_text(usec_t t, char buf[static HEALTH_VALUE])
{
	const struct zone *utc;
	if (!t || zone_find("UTC", &utc) != OK)
		return "";
	return zone_iso(utc, t, buf);
}

static const char *const rate_from[] = {
	[RATE_UNKNOWN] = "", [RATE_HEADER] = "header", [RATE_OPTIONS] = "options", [RATE_CONFIGURED] = "configured",
};

const char *health_value(const struct health_column *c, const void *row, char buf[static HEALTH_VALUE])
{
	const void *at = (const char *)row + c->offset;
	bool whole = c->kind == HK_PROTOCOL || c->kind == HK_NUMBER || c->kind == HK_RATE || c->kind == HK_FROM;
	uint64_t n = whole ? *(const uint64_t *)at : 0;
	switch (c->kind) {
	case HK_ADDR:
		return addr_format(at, buf);
	case HK_TEXT:
		return at;
	case HK_PROTOCOL:
		if (n == 10)
			return "ipfix";
		snprintf(buf, HEALTH_VALUE, "%s%" PRIu64, n >= WIRE_SFLOW ? "sflow" : "netflow", n >= WIRE_SFLOW ? n - WIRE_SFLOW : n);
		return buf;
	case HK_FROM:
		return n < COUNT_OF(rate_from) ? rate_from[n] : "";
	case HK_RATE:
		if (!n)
			return "unknown";
		/* fall through */
	case HK_NUMBER:
		snprintf(buf, HEALTH_VALUE, "%" PRIu64, n);
		return buf;
	case HK_REAL:
		snprintf(buf, HEALTH_VALUE, "%.1f", *(const double *)at);
		return buf;
	case HK_SKEW:
		if (*(const int64_t *)at == SKEW_NONE)
			return "";
		snprintf(buf, HEALTH_VALUE, "%.1f", (double)*(const int64_t *)at / 1e6);
		return buf;
	case HK_TIME:
		return time_text(*(const usec_t *)at, buf);
	}
	return "";
}

bool health_is_number(const struct health_column *c, const void *row)
{
	char buf[HEALTH_VALUE];
	const char *text = health_value(c, row, buf);
	return c->kind != HK_ADDR && c->kind != HK_TEXT && c->kind != HK_PROTOCOL && c->kind != HK_TIME && c->kind != HK_FROM && *text &&
	       !STREQ(text, "unknown");
}

/* -- JSON ----------------------------------------------------------------------------------------------------- */

/* Names are the operator's or an exporter's, cleaned: no control characters. */
static void json_text(const char *s, FILE *to)
{
	putc('"', to);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putc('\\', to);
		putc(*s, to);
	}
	putc('"', to);
}

static void json_row(const struct health_column *c, size_t ncols, const void *row, FILE *to)
{
	char buf[HEALTH_VALUE];
	for (size_t i = 0; i < ncols; i++) {
		const char *text = health_value(&c[i], row, buf);
		fprintf(to, "%s\"%s\":", i ? "," : "{", c[i].name);
		if (health_is_number(&c[i], row))
			fputs(text, to);
		else if (!*text && c[i].kind != HK_TEXT)
			fputs("null", to);
		else
			json_text(text, to);
	}
	putc('}', to);
}

void health_json(const struct health *h, bool alive, FILE *to)
{
	char when[HEALTH_VALUE];
	fprintf(to, "{\"time\":\"%s\",\"collecting\":%s,\"exporters\":[", time_text(h->when, when), alive ? "true" : "false");
	for (size_t i = 0; i < h->n; i++) {
		fputs(i ? ",\n" : "\n", to);
		json_row(exporter_columns, nexporter_columns, &h->row[i], to);
	}
	fputs("],\"over_speed\":[", to);
	for (size_t i = 0; i < h->nover; i++) {
		fputs(i ? ",\n" : "\n", to);
		json_row(over_columns, nover_columns, &h->over[i], to);
	}
	fputs("]}", to);
}

/* -- CSV ------------------------------------------------------------------------------------------------------ */

static void csv_text(const char *s, FILE *to)
{
	if (!s[strcspn(s, ",\"\r\n")]) {
		fputs(s, to);
		return;
	}
	putc('"', to);
	for (; *s; s++) {
		if (*s == '"')
			putc('"', to);
		putc(*s, to);
	}
	putc('"', to);
}

void health_csv(const struct health *h, FILE *to)
{
	char buf[HEALTH_VALUE];
	for (size_t k = 0; k < nexporter_columns; k++)
		fprintf(to, "%s%s", k ? "," : "", exporter_columns[k].name);
	putc('\n', to);
	for (size_t i = 0; i < h->n; i++) {
		for (size_t k = 0; k < nexporter_columns; k++) {
			if (k)
				putc(',', to);
			csv_text(health_value(&exporter_columns[k], &h->row[i], buf), to);
		}
		putc('\n', to);
	}
}

/* -- tables --------------------------------------------------------------------------------------------------- */

static bool left_aligned(const struct health_column *c)
{
	return c->kind == HK_ADDR || c->kind == HK_TEXT || c->kind == HK_PROTOCOL || c->kind == HK_TIME || c->kind == HK_FROM;
}

static bool said_anywhere(const struct health_column *c, const void *rows, size_t size, size_t n)
{
	char buf[HEALTH_VALUE];
	for (size_t i = 0; i < n; i++)
		if (*health_value(c, (const char *)rows + i * size, buf))
			return true;
	return false;
}

/* Columns in which no row has anything are left out. */
static void table(const struct health_column *c, size_t ncols, const void *rows, size_t size, size_t n, FILE *to)
{
	char buf[HEALTH_VALUE];
	size_t width[32] = { 0 };
	for (size_t k = 0; k < ncols && k < COUNT_OF(width); k++) {
		if (!*c[k].head || !said_anywhere(&c[k], rows, size, n))
			continue;
		width[k] = strlen(c[k].head);
		for (size_t i = 0; i < n; i++)
			width[k] = MAX(width[k], strlen(health_value(&c[k], (const char *)rows + i * size, buf)));
	}
	for (size_t i = 0; i <= n; i++) {
		const char *gap = "";
		for (size_t k = 0; k < ncols && k < COUNT_OF(width); k++) {
			const char *text = i ? health_value(&c[k], (const char *)rows + (i - 1) * size, buf) : c[k].head;
			if (!width[k])
				continue;
			fprintf(to, "%s%*s", gap, left_aligned(&c[k]) ? -(int)width[k] : (int)width[k], text);
			gap = "  ";
		}
		putc('\n', to);
	}
}

void health_table(const struct health *h, FILE *to)
{
	if (h->n)
		table(exporter_columns, nexporter_columns, h->row, sizeof(*h->row), h->n, to);
	if (!h->nover)
		return;
	fputs("\ninterfaces whose estimate passed their speed: the sampling rate is wrong, or the speed\n", to);
	table(over_columns, nover_columns, h->over, sizeof(*h->over), h->nover, to);
}
