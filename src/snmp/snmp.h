/* The door of snmp/: ask a device, by SNMP v1, v2c or v3 (net-snmp does the protocol).
 *
 * Objects are numbers ("1.3.6.1.2.1.1.5.0") or a name of objects.def, with what hangs below
 * ("sysName.0", "ifName", "ifName.17").  No MIB files and no configuration of net-snmp are read.
 * One thread at a time for all links of version 3 together (net-snmp keeps their keys in one list,
 * emptied when one is opened), else for each link; each call waits, at most (retries + 1) * timeout_ms for an
 * answer of the device. */
#pragma once
#include "base/buf.h"

struct snmp_device {
	const char *address;      /* "192.0.2.1", "2001:db8::1"; a name is looked up */
	unsigned port;            /* 0 = 161 */
	unsigned version;         /* 1, 2 (v2c) or 3; 0 = 2 */
	const char *community;    /* v1, v2c */
	/* v3: level by what is set (NULL and "" are not): user alone, with auth, with auth and privacy */
	const char *user, *auth_protocol, *auth_password, *priv_protocol, *priv_password;
	int timeout_ms, retries;  /* 0 = 2000; retries 0 = 2, -1 = none */
	usec_t deadline;          /* clock_monotonic; no question is asked behind it (E_LIMIT); 0 = none */
	const volatile bool *stop; /* set by another thread: no further question (E_CANCELLED); may be NULL */
};

enum snmp_type { SNMP_NUMBER, SNMP_TEXT, SNMP_BYTES, SNMP_OBJECT, SNMP_ADDRESS, SNMP_NONE };

struct snmp_value {
	const char *oid;   /* as digits: "1.3.6.1.2.1.31.1.1.1.1.17" */
	const char *index; /* what hangs below the object that was asked: "17"; "" = nothing */
	enum snmp_type type;
	uint64_t number;   /* NUMBER; negative ones as two's complement with `negative` */
	bool negative;
	const char *text;  /* TEXT (UTF-8), OBJECT, ADDRESS; BYTES as "0a1b2c"; "" else */
};

struct snmp_link;

/* E_SYNTAX (what is configured), E_IO (the name is not known); *why. */
enum err snmp_link_open(const struct snmp_device *d, struct snmp_link **ret, struct problem *why) _must_check_;
void snmp_link_close(struct snmp_link *s);
DEFINE_FREEP(struct snmp_link *, snmp_link_close)

enum { MAX_SNMP_VALUES = 1000000, SNMP_OIDS = 100 };

/* Up to SNMP_OIDS objects at once, given in that order; one the device does not have is SNMP_NONE.
 * E_SYNTAX (an object; *why), E_IO (no answer, wrong community ...; *why). */
typedef void snmp_take(void *arg, const struct snmp_value *v);
enum err snmp_get_objects(struct snmp_link *s, const char *const *object, size_t n, snmp_take *take, void *arg,
			  struct problem *why) _must_check_;
/* All that hangs below an object, in order.  E_LIMIT past most (0 = MAX_SNMP_VALUES); E_CORRUPT: a device
 * whose objects do not increase. */
enum err snmp_walk_object(struct snmp_link *s, const char *object, size_t most, snmp_take *take, void *arg,
			  struct problem *why) _must_check_;
