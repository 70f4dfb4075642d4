/* Values as text and back, by field type.  The one place that knows how an interface, a
 * port or a protocol is written, for filters, tables, JSON and help alike. */
#pragma once
#include "flow/fields.h"

/* One value of a key field.  Which members count depends on type:
 *   T_ADDR addr; T_IFACE addr (the agent) and num (ifIndex); T_PORT num (port) and proto;
 *   T_TEXT text (borrowed); T_REAL real; T_TIME num (usec_t); all others num. */
struct value {
	enum field_type type;
	bool null;
	uint8_t proto;
	uint64_t num;
	double real;
	struct addr addr;
	const char *text;
	size_t text_len;
};

enum { VALUE_TEXT = 96 };

/* What a stored T_TEXT column holds of a text: the same in every process and forever, never 0. */
uint64_t text_hash(const char *s, size_t len);

/* "10.0.0.1>5", "TCP:443", "TCP", "SA", "8.0", "0x0800".  Returns buf, or v->text for T_TEXT.
 * T_TIME gives seconds since 1970 (zones are the caller's business).  A null gives "". */
const char *value_format(const struct value *v, char buf[static VALUE_TEXT]);

/* Protocol numbers and names (IANA); case does not matter.  A number is accepted too. */
bool protocol_parse(const char *s, size_t len, uint8_t *ret);
const char *protocol_name(uint8_t p); /* NULL when it has none */

/* Unsigned decimal or 0x hex; with units when allowed: k M G T (1000), Ki Mi Gi Ti (1024). */
bool uint_parse(const char *s, size_t len, uint64_t *ret);
bool uint_parse_units(const char *s, size_t len, uint64_t *ret); /* also "1.5G" */

bool tcpflags_parse(const char *s, size_t len, uint16_t *ret);   /* "SA", "syn" no: letters FSRPAUEC */
bool export_parse(const char *s, size_t len, uint8_t *ret);      /* "sflow", "netflow9", "ipfix" */
bool direction_parse(const char *s, size_t len, uint8_t *ret);   /* "ingress", "egress" */
bool duplex_parse(const char *s, size_t len, uint8_t *ret);

/* "agent>17", "agent>0:17": the number form of an interface.  False when the part behind
 * ">" is not a number (it may be an ifName: the model knows). */
bool iface_parse(const char *s, size_t len, struct addr *ret_agent, uint32_t *ret_index);
/* Splits "agent>NAME" into the agent and where NAME begins. */
bool iface_split(const char *s, size_t len, struct addr *ret_agent, const char **ret_name, size_t *ret_len);
