/* What a record is.  The rows of fields.def become here: one enum of columns and one record
 * struct per table, and tables of struct field and struct view that everybody else reads.
 *
 * A table (tables.def) is what is stored; a view (views.def) is what can be asked. */
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
enum role { R_KEY, R_VALUE, R_COUNTER, R_DETAIL, R_GAUGE };
enum show { SHOW_ALL, SHOW_OWN, SHOW_STAFF };
enum codec_hint { C_DICT, C_INT, C_TIME };

/* How a record and a column hold a value; the number is its width in bytes. */
enum storage { ST_u8 = 1, ST_u16 = 2, ST_u32 = 4, ST_u64 = 8, ST_addr = 16 };

typedef uint8_t ctype_u8;   /* only so that fields.def can name C types by token */
typedef uint16_t ctype_u16;
typedef uint32_t ctype_u32;
typedef uint64_t ctype_u64;
typedef struct addr ctype_addr;

/* Of each table the numbers of its columns and the record that decoders fill.  A zeroed record is
 * valid: every field absent.  time is usec_t, always whole milliseconds. */
#define MEMBER(name, type, storage, ...) ctype_##storage name;

#define TRAFFIC(name, ...) TR_##name,
enum traffic_col {
#include "flow/fields.def"
	TR_COLS
};
#define TRAFFIC MEMBER
struct flow_rec {
#include "flow/fields.def"
};

#define IFCOUNTERS(name, ...) IF_##name,
enum ifcounters_col {
#include "flow/fields.def"
	IF_COLS
};
#define IFCOUNTERS MEMBER
struct ifcounters_rec {
#include "flow/fields.def"
};

#define IFEXTRA(name, ...) IX_##name,
enum ifextra_col {
#include "flow/fields.def"
	IX_COLS
};
#define IFEXTRA MEMBER
struct ifextra_rec {
#include "flow/fields.def"
};

#define HOST(name, ...) HO_##name,
enum host_col {
#include "flow/fields.def"
	HO_COLS
};
#define HOST MEMBER
struct host_rec {
#include "flow/fields.def"
};

#define VM(name, ...) VM_##name,
enum vm_col {
#include "flow/fields.def"
	VM_COLS
};
#define VM MEMBER
struct vm_rec {
#include "flow/fields.def"
};

#define SERVICES(name, ...) SV_##name,
enum services_col {
#include "flow/fields.def"
	SV_COLS
};
#define SERVICES MEMBER
struct services_rec {
#include "flow/fields.def"
};

#define APPLICATION(name, ...) AP_##name,
enum application_col {
#include "flow/fields.def"
	AP_COLS
};
#define APPLICATION MEMBER
struct application_rec {
#include "flow/fields.def"
};

#define DROPS(name, ...) DR_##name,
enum drops_col {
#include "flow/fields.def"
	DR_COLS
};
#define DROPS MEMBER
struct drops_rec {
#include "flow/fields.def"
};

#define EVENTS(name, ...) EV_##name,
enum events_col {
#include "flow/fields.def"
	EV_COLS
};
#define EVENTS MEMBER
struct events_rec {
#include "flow/fields.def"
};

#define HOSTS(name, ...) HS_##name,
enum hosts_col {
#include "flow/fields.def"
	HS_COLS
};
#define HOSTS MEMBER
struct hosts_rec {
#include "flow/fields.def"
};

#undef MEMBER

/* Derived fields have ids of their own, so that query/derived.c can name its rows. */
#define TRAFFIC_DERIVED(name, ...) D_TR_##name,
#define IFCOUNTERS_DERIVED(name, ...) D_IF_##name,
#define EVENTS_DERIVED(name, ...) D_EV_##name,
#define HOSTS_DERIVED(name, ...) D_HS_##name,
enum derived {
	D_NONE,
#include "flow/fields.def"
	D_COUNT
};

/* A record of any table. */
union any_rec {
#define TABLE(ID, name, PREFIX, record, ...) struct record name;
#define KNOWN TABLE
#include "flow/tables.def"
};

/* flow_rec.exporttype, .direction, .fragment; ifcounters_rec.countersource */
enum export_type { EXPORT_NONE, EXPORT_SFLOW, EXPORT_NETFLOW5, EXPORT_NETFLOW9, EXPORT_IPFIX,
		   EXPORT_NETFLOW1, EXPORT_NETFLOW7, EXPORT_NETFLOW8 };
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

enum table_id {
#define TABLE(id, ...) TABLE_##id,
#include "flow/tables.def"
	TABLES, /* that are stored */
	TABLES_END_ = TABLES - 1,
#define KNOWN(id, ...) TABLE_##id,
#include "flow/tables.def"
	ALL_TABLES
};
enum { TABLE_MAX_COLS = 64 };
enum whose { WHOSE_FLOW, WHOSE_PORT, WHOSE_STAFF, WHOSE_SHOWN }; /* tables.def; SHOWN: all rows are the asker's */

struct table {
	const char *name; /* also its folder in a store */
	enum table_id id;
	uint16_t ncols, rec_size;
	uint16_t time_col, agent_col;
	uint16_t place_col; /* what, at the agent, the row is of: an interface or a data source */
	int rate_col;       /* the sampling rate; -1 = rows are not sampled */
	enum whose whose;
	const struct column *cols;
};

extern const struct table tables[ALL_TABLES];

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
