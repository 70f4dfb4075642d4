/* What a record is.  The rows of fields.def become here: one enum of columns and one record
 * struct per table, and tables of struct field and struct view that everybody else reads.
 *
 * A table is what is stored (traffic, ifcounters); a view is what can be asked. */
#pragma once
#include "flow/addr.h"

enum field_type {
	T_UINT, T_REAL, T_TEXT, T_TIME, T_ADDR, T_MAC,
	T_IFACE,    /* ifIndex; the agent's address stands in the column `with` */
	T_PORT,     /* port number; the protocol stands in the column `with` */
	T_PROTOCOL, T_TCPFLAGS, T_ICMP, T_HEX16, T_EXPORT, T_DIRECTION, T_DUPLEX,
	T_TYPES
};

enum unit { U_NONE, U_BYTE, U_BIT, U_FRAME, U_COUNT, U_PERCENT, U_BPS, U_MSEC, U_UNITS };
enum role { R_KEY, R_VALUE, R_COUNTER, R_DETAIL };
enum show { SHOW_ALL, SHOW_OWN, SHOW_STAFF };
enum codec_hint { C_DICT, C_INT, C_TIME };

/* How a record and a column hold a value; the number is its width in bytes. */
enum storage { ST_u8 = 1, ST_u16 = 2, ST_u32 = 4, ST_u64 = 8, ST_addr = 16 };

typedef uint8_t ctype_u8;   /* only so that fields.def can name C types by token */
typedef uint16_t ctype_u16;
typedef uint32_t ctype_u32;
typedef uint64_t ctype_u64;
typedef struct addr ctype_addr;

/* Columns of the two tables, and the records that decoders fill.  A zeroed record is
 * valid: every field absent.  time is usec_t, always whole milliseconds. */
#define TRAFFIC_DERIVED(...)
#define IFCOUNTERS_DERIVED(...)
#define ALIAS(...)

#define IFCOUNTERS(...)
enum traffic_col {
#define TRAFFIC(name, ...) TR_##name,
#include "flow/fields.def"
#undef TRAFFIC
	TR_COLS
};

struct flow_rec {
#define TRAFFIC(name, type, storage, ...) ctype_##storage name;
#include "flow/fields.def"
#undef TRAFFIC
};
#undef IFCOUNTERS

#define TRAFFIC(...)
enum ifcounters_col {
#define IFCOUNTERS(name, ...) IF_##name,
#include "flow/fields.def"
#undef IFCOUNTERS
	IF_COLS
};

struct ifcounters_rec {
#define IFCOUNTERS(name, type, storage, ...) ctype_##storage name;
#include "flow/fields.def"
#undef IFCOUNTERS
};
#undef TRAFFIC_DERIVED
#undef IFCOUNTERS_DERIVED

/* Derived fields have ids of their own, so that query/derived.c can name its rows. */
#define IFCOUNTERS(...)
enum derived {
	D_NONE,
#define TRAFFIC_DERIVED(name, ...) D_TR_##name,
#define IFCOUNTERS_DERIVED(name, ...) D_IF_##name,
#include "flow/fields.def"
#undef TRAFFIC_DERIVED
#undef IFCOUNTERS_DERIVED
	D_COUNT
};
#undef TRAFFIC
#undef IFCOUNTERS
#undef ALIAS

/* flow_rec.exporttype, .direction, .fragment; ifcounters_rec.countersource */
enum export_type { EXPORT_NONE, EXPORT_SFLOW, EXPORT_NETFLOW5, EXPORT_NETFLOW9, EXPORT_IPFIX,
		   EXPORT_NETFLOW1, EXPORT_NETFLOW7 };
enum direction { DIR_UNKNOWN, DIR_INGRESS, DIR_EGRESS };
enum fragment { FRAG_WHOLE, FRAG_FIRST, FRAG_LATER };
enum counter_source { COUNTERS_SFLOW = 1, COUNTERS_SNMP64, COUNTERS_SNMP32 };

/* Interface numbers with a meaning of their own (sFlow v5: "input/output interface"). */
#define IFINDEX_NONE     0u           /* not known, or the device itself for NetFlow */
#define IFINDEX_LOCAL    0x3fffffffu  /* to or from the device itself */
#define IFINDEX_MULTIPLE 0x80000000u  /* | number of output interfaces */
#define IFINDEX_DISCARD  0x40000000u  /* | reason code */

struct column {
	const char *name;
	enum storage storage;
	enum codec_hint codec;
	uint16_t offset; /* in the record struct */
};

enum table_id { TABLE_TRAFFIC, TABLE_IFCOUNTERS, TABLES };
enum { TABLE_MAX_COLS = 64 };

struct table {
	const char *name; /* also its folder in a store */
	enum table_id id;
	uint16_t ncols, rec_size;
	uint16_t time_col, agent_col;
	const struct column *cols;
};

extern const struct table tables[TABLES];

struct field {
	const char *name;
	enum field_type type;
	enum unit unit;
	enum role role;
	enum show show;
	int col;              /* stored column, -1 for derived */
	int with;             /* T_IFACE: agent column; T_PORT: protocol column; else -1 */
	enum derived derived; /* D_NONE for stored */
	const char *help;
};

struct view {
	const char *name;
	const char *aliases; /* blank-separated */
	const struct table *table;
	const struct field *fields;
	size_t nfields;
	const char *help;
};

extern const struct view views[];
extern const size_t nviews;

/* NULL when there is none; names compare exactly (lower case), aliases included. */
const struct view *view_find(const char *name, size_t len);
const struct field *field_find(const struct view *v, const char *name, size_t len);
/* The name nearest to a misspelt one among fields that `sees` allows, or NULL. */
const char *field_nearest(const struct view *v, const char *name, size_t len, bool staff);

const char *type_name(enum field_type t); /* "address", as help and JSON say it */
const char *unit_name(enum unit u);       /* "bytes", "" for none */
