#include "flow/fields.h"

#define ALIAS(...)

/* -- stored columns -- */
#define TRAFFIC_DERIVED(...)
#define IFCOUNTERS_DERIVED(...)

#define IFCOUNTERS(...)
static const struct column traffic_cols[] = {
#define TRAFFIC(name, type, storage, unit, role, codec, show, help)                                \
	{ #name, ST_##storage, C_##codec, offsetof(struct flow_rec, name) },
#include "flow/fields.def"
#undef TRAFFIC
};
#undef IFCOUNTERS

#define TRAFFIC(...)
static const struct column ifcounters_cols[] = {
#define IFCOUNTERS(name, type, storage, unit, role, codec, show, help)                             \
	{ #name, ST_##storage, C_##codec, offsetof(struct ifcounters_rec, name) },
#include "flow/fields.def"
#undef IFCOUNTERS
};
#undef TRAFFIC

const struct table tables[TABLES] = {
	[TABLE_TRAFFIC] = { "traffic", TABLE_TRAFFIC, TR_COLS, sizeof(struct flow_rec), TR_time, TR_agent,
			    traffic_cols },
	[TABLE_IFCOUNTERS] = { "ifcounters", TABLE_IFCOUNTERS, IF_COLS, sizeof(struct ifcounters_rec),
			       IF_time, IF_agent, ifcounters_cols },
};

_Static_assert((int)TR_COLS <= (int)TABLE_MAX_COLS && (int)IF_COLS <= (int)TABLE_MAX_COLS, "too many columns");

/* -- fields -- */
#undef TRAFFIC_DERIVED
#undef IFCOUNTERS_DERIVED
enum { WITH_UINT = -1, WITH_REAL = -1, WITH_TEXT = -1, WITH_TIME = -1, WITH_ADDR = -1, WITH_MAC = -1,
       WITH_PROTOCOL = -1, WITH_TCPFLAGS = -1, WITH_ICMP = -1, WITH_HEX16 = -1, WITH_EXPORT = -1,
       WITH_DIRECTION = -1, WITH_DUPLEX = -1 };

#define IFCOUNTERS(...)
#define IFCOUNTERS_DERIVED(...)
#define WITH_IFACE TR_agent
#define WITH_PORT  TR_protocol
static const struct field traffic_fields[] = {
#define TRAFFIC(name, type, storage, unit, role, codec, show, help)                                \
	{ #name, T_##type, U_##unit, R_##role, SHOW_##show, TR_##name, WITH_##type, D_NONE, help },
#define TRAFFIC_DERIVED(name, type, unit, role, show, help)                                        \
	{ #name, T_##type, U_##unit, R_##role, SHOW_##show, -1, -1, D_TR_##name, help },
#include "flow/fields.def"
#undef TRAFFIC
#undef TRAFFIC_DERIVED
};
#undef WITH_IFACE
#undef IFCOUNTERS
#undef IFCOUNTERS_DERIVED

#define TRAFFIC(...)
#define TRAFFIC_DERIVED(...)
#define WITH_IFACE IF_agent
static const struct field ifcounters_fields[] = {
#define IFCOUNTERS(name, type, storage, unit, role, codec, show, help)                             \
	{ #name, T_##type, U_##unit, R_##role, SHOW_##show, IF_##name, WITH_##type, D_NONE, help },
#define IFCOUNTERS_DERIVED(name, type, unit, role, show, help)                                     \
	{ #name, T_##type, U_##unit, R_##role, SHOW_##show, -1, -1, D_IF_##name, help },
#include "flow/fields.def"
#undef IFCOUNTERS
#undef IFCOUNTERS_DERIVED
};
#undef TRAFFIC
#undef TRAFFIC_DERIVED
#undef ALIAS

static const struct {
	const char *view, *alias, *field;
} field_aliases[] = {
#define TRAFFIC(...)
#define TRAFFIC_DERIVED(...)
#define IFCOUNTERS(...)
#define IFCOUNTERS_DERIVED(...)
#define ALIAS(view, alias, field) { #view, alias, #field },
#include "flow/fields.def"
};

#define VIEW(NAME, text, aliases, tab, help)                                                       \
	{ text, aliases, &tables[tab], NAME##_fields, COUNT_OF(NAME##_fields), help },
const struct view views[] = {
#include "flow/views.def"
};
const size_t nviews = COUNT_OF(views);

static bool is_word_of(const char *words, const char *name, size_t len)
{
	for (const char *w = words; *w;) {
		size_t n = strcspn(w, " ");
		if (n == len && memcmp(w, name, len) == 0)
			return true;
		w += n + (w[n] == ' ');
	}
	return false;
}

const struct view *view_find(const char *name, size_t len)
{
	for (size_t i = 0; i < nviews; i++)
		if (is_word_of(views[i].name, name, len) || is_word_of(views[i].aliases, name, len))
			return &views[i];
	return NULL;
}

static const struct field *by_name(const struct view *v, const char *name, size_t len)
{
	for (size_t i = 0; i < v->nfields; i++)
		if (strlen(v->fields[i].name) == len && memcmp(v->fields[i].name, name, len) == 0)
			return &v->fields[i];
	return NULL;
}

const struct field *field_find(const struct view *v, const char *name, size_t len)
{
	const struct field *f = by_name(v, name, len);
	for (size_t i = 0; !f && i < COUNT_OF(field_aliases); i++)
		if (strlen(field_aliases[i].alias) == len && memcmp(field_aliases[i].alias, name, len) == 0)
			f = by_name(v, field_aliases[i].field, strlen(field_aliases[i].field));
	return f;
}

/* Levenshtein distance of short names. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
	enum { LONGEST = 32 };
	unsigned row[LONGEST + 1];
	if (na > LONGEST || nb > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= nb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned swap = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = MIN(MIN(row[j] + 1, row[j - 1] + 1), swap);
		}
	}
	return row[nb];
}

const char *field_nearest(const struct view *v, const char *name, size_t len, bool staff)
{
	const char *best = NULL;
	unsigned best_distance = 4; /* further away is no help */
	for (size_t i = 0; i < v->nfields; i++) {
		const struct field *f = &v->fields[i];
		if (f->role == R_DETAIL || (f->show == SHOW_STAFF && !staff))
			continue;
		unsigned d = distance(name, len, f->name, strlen(f->name));
		if (d < best_distance) {
			best = f->name;
			best_distance = d;
		}
	}
	return best;
}

const char *type_name(enum field_type t)
{
	static const char *const names[T_TYPES] = {
		[T_UINT] = "number", [T_REAL] = "number", [T_TEXT] = "text", [T_TIME] = "time",
		[T_ADDR] = "address", [T_MAC] = "MAC", [T_IFACE] = "interface", [T_PORT] = "port",
		[T_PROTOCOL] = "protocol", [T_TCPFLAGS] = "TCP flags", [T_ICMP] = "ICMP type",
		[T_HEX16] = "hexadecimal", [T_EXPORT] = "export type", [T_DIRECTION] = "direction",
		[T_DUPLEX] = "duplex",
	};
	return names[t];
}

const char *unit_name(enum unit u)
{
	static const char *const names[U_UNITS] = {
		[U_NONE] = "", [U_BYTE] = "bytes", [U_BIT] = "bits", [U_FRAME] = "frames",
		[U_COUNT] = "count", [U_PERCENT] = "%", [U_BPS] = "bit/s", [U_MSEC] = "ms",
	};
	return names[u];
}
