#include "flow/fields.h"

/* -- stored columns -- */
#define COLUMN(rec, name, type, storage, unit, role, codec, show, help)                            \
	{ #name, ST_##storage, C_##codec, offsetof(struct rec, name) },

#define TRAFFIC(...) COLUMN(flow_rec, __VA_ARGS__)
static const struct column traffic_cols[] = {
#include "flow/fields.def"
};
#define IFCOUNTERS(...) COLUMN(ifcounters_rec, __VA_ARGS__)
static const struct column ifcounters_cols[] = {
#include "flow/fields.def"
};
#define IFEXTRA(...) COLUMN(ifextra_rec, __VA_ARGS__)
static const struct column ifextra_cols[] = {
#include "flow/fields.def"
};
#define HOST(...) COLUMN(host_rec, __VA_ARGS__)
static const struct column host_cols[] = {
#include "flow/fields.def"
};
#define VM(...) COLUMN(vm_rec, __VA_ARGS__)
static const struct column vm_cols[] = {
#include "flow/fields.def"
};
#define SERVICES(...) COLUMN(services_rec, __VA_ARGS__)
static const struct column services_cols[] = {
#include "flow/fields.def"
};
#define APPLICATION(...) COLUMN(application_rec, __VA_ARGS__)
static const struct column application_cols[] = {
#include "flow/fields.def"
};
#define DROPS(...) COLUMN(drops_rec, __VA_ARGS__)
static const struct column drops_cols[] = {
#include "flow/fields.def"
};
#define EVENTS(...) COLUMN(events_rec, __VA_ARGS__)
static const struct column events_cols[] = {
#include "flow/fields.def"
};
#define HOSTS(...) COLUMN(hosts_rec, __VA_ARGS__)
static const struct column hosts_cols[] = {
#include "flow/fields.def"
};

const struct table tables[ALL_TABLES] = {
#define TABLE(ID, name, PREFIX, record, place, rate, whose)                                        \
	[TABLE_##ID] = { #name, TABLE_##ID, PREFIX##_COLS, sizeof(struct record), PREFIX##_time, PREFIX##_agent, \
			 place, rate, WHOSE_##whose, name##_cols },
#define KNOWN(ID, name, PREFIX, record, place) TABLE(ID, name, PREFIX, record, place, -1, SHOWN)
#include "flow/tables.def"
};

#define KNOWN TABLE
#define TABLE(ID, name, PREFIX, ...)                                                               \
	_Static_assert(PREFIX##_time == 0, "time comes first: " #name);                            \
	_Static_assert((int)PREFIX##_COLS <= (int)TABLE_MAX_COLS, "too many columns: " #name);
#include "flow/tables.def"

/* -- fields -- */
enum { WITH_UINT = -1, WITH_REAL = -1, WITH_TEXT = -1, WITH_TIME = -1, WITH_ADDR = -1, WITH_MAC = -1,
       WITH_PROTOCOL = -1, WITH_TCPFLAGS = -1, WITH_ICMP = -1, WITH_HEX16 = -1, WITH_EXPORT = -1,
       WITH_DIRECTION = -1, WITH_DUPLEX = -1 };

#define FIELD(prefix, name, type, storage, unit, role, codec, show, help)                          \
	{ #name, T_##type, U_##unit, R_##role, SHOW_##show, prefix##name, WITH_##type, D_NONE, help },
#define DERIVED(prefix, name, type, unit, role, show, help)                                        \
	{ #name, T_##type, U_##unit, R_##role, SHOW_##show, -1, -1, prefix##name, help },

#define WITH_IFACE TR_agent
#define WITH_PORT  TR_protocol
#define TRAFFIC(...) FIELD(TR_, __VA_ARGS__)
#define TRAFFIC_DERIVED(...) DERIVED(D_TR_, __VA_ARGS__)
static const struct field traffic_fields[] = {
#include "flow/fields.def"
};
#undef WITH_IFACE
#undef WITH_PORT

#define WITH_IFACE IF_agent
#define IFCOUNTERS(...) FIELD(IF_, __VA_ARGS__)
#define IFCOUNTERS_DERIVED(...) DERIVED(D_IF_, __VA_ARGS__)
static const struct field ifcounters_fields[] = {
#include "flow/fields.def"
};
#undef WITH_IFACE

#define WITH_IFACE IX_agent
#define IFEXTRA(...) FIELD(IX_, __VA_ARGS__)
static const struct field ifextra_fields[] = {
#include "flow/fields.def"
};
#undef WITH_IFACE

#define HOST(...) FIELD(HO_, __VA_ARGS__)
static const struct field host_fields[] = {
#include "flow/fields.def"
};

#define VM(...) FIELD(VM_, __VA_ARGS__)
static const struct field vm_fields[] = {
#include "flow/fields.def"
};

#define SERVICES(...) FIELD(SV_, __VA_ARGS__)
static const struct field services_fields[] = {
#include "flow/fields.def"
};

#define WITH_PORT  AP_protocol
#define APPLICATION(...) FIELD(AP_, __VA_ARGS__)
static const struct field application_fields[] = {
#include "flow/fields.def"
};
#undef WITH_PORT

#define WITH_IFACE DR_agent
#define WITH_PORT  DR_protocol
#define DROPS(...) FIELD(DR_, __VA_ARGS__)
static const struct field drops_fields[] = {
#include "flow/fields.def"
};
#undef WITH_IFACE
#undef WITH_PORT

#define WITH_IFACE EV_agent
#define EVENTS(...) FIELD(EV_, __VA_ARGS__)
#define EVENTS_DERIVED(...) DERIVED(D_EV_, __VA_ARGS__)
static const struct field events_fields[] = {
#include "flow/fields.def"
};
#undef WITH_IFACE

#define WITH_IFACE HS_agent
#define HOSTS(...) FIELD(HS_, __VA_ARGS__)
#define HOSTS_DERIVED(...) DERIVED(D_HS_, __VA_ARGS__)
static const struct field hosts_fields[] = {
#include "flow/fields.def"
};
#undef WITH_IFACE

static const struct {
	enum table_id table;
	const char *alias, *field;
} field_aliases[] = {
#define ALIAS(table, alias, field) { TABLE_##table, alias, #field },
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
		if (field_aliases[i].table == v->table->id && strlen(field_aliases[i].alias) == len && memcmp(field_aliases[i].alias, name, len) == 0)
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
