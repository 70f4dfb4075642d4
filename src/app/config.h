/* The configuration file: YAML, read once at the start, immutable then.  Keys: config.def. */
#pragma once
#include "base/arena.h"
#include "model/model.h"
#include "snmp/snmp.h"
#include "state/state.h"
#include "script/script.h"
#include "store/store.h"

struct config_list {
	const char *const *at; /* NULL-ended */
	size_t n;
};

/* Lists of mappings: config_items.def. */
struct config_iface {
	struct addr agent;
	uint32_t ifindex, sampling; /* 0 = not given */
	const char *ifname;
	uint64_t speed; /* bit/s, 0 = not given */
};

struct config_agent {
	struct addr agent;
	const char *name;
	uint32_t sampling; /* 0 = not given */
};

/* A limit of retention. */
struct config_keep {
	unsigned table, level; /* 0 = all; else of enum table_id, enum store_level: one more */
	usec_t keep;           /* 0 = not given */
	uint64_t max_size;
};

/* A forwarding rule, as written; collect_forward.c makes it one of collect/. */
struct config_forward {
	struct config_list to, exporters;
	const char *what, *customer, *source;
	uint32_t one_in; /* 0 = not given */
};

struct config_quota {
	const char *customer;
	struct quota quota; /* one more than the bound; 0 = as everybody's */
};

struct config_quotas {
	const struct config_quota *at;
	size_t n;
};

struct config_switches {
	const struct switch_agent *at;
	size_t n;
};

struct config_ifaces {
	const struct config_iface *at;
	size_t n;
};

struct config_agents {
	const struct config_agent *at;
	size_t n;
};

struct config_keeps {
	const struct config_keep *at;
	size_t n;
};

struct config_devices {
	const struct snmp_device *at;
	size_t n;
};

struct config_forwards {
	const struct config_forward *at;
	size_t n;
};

/* Texts are never NULL: "" where there is no default. */
struct config {
	const char *path; /* the file that was read; "" when there was none */
	const char *store, *customers, *time_zone, *scope_input;
	const char *zones, *countries, *asnames, *resolve, *customers_strict;
	const char *state; /* folder; "" = accounts, audit log and quotas are not kept */
	struct quota quota;
	struct config_quotas quotas;
	struct config_switches switches;
	struct privacy privacy;
	const char *mail_server, *mail_from, *mail_user, *mail_password_file, *mail_encrypt;
	struct config_devices snmp;
	const char *tls_certificate, *tls_key, *tls_clients;
	struct script_limits limits[SCRIPT_WHO]; /* by enum script_who; 0 = the default */
	struct config_list spread, read_roots, write_roots, listen, tables;
	uint64_t workers, buffer, queue; /* of the collector */
	usec_t silent; /* an exporter that was not heard for so long is called silent */
	struct config_ifaces interfaces;
	struct config_agents agents;
	struct config_keeps retention;
	const char *rollups;
	struct config_forwards forward;
	uint64_t *given; /* of each key a hash of what stands in the file; 0 = nothing */
	struct arena arena;
};

/* Looked for in this order: `named` (-c; NULL when not given), $WEIR_CONFIG, /etc/weir/weir.yaml.
 * An absent default file is no error: every key has its default then.  An absent named one is.
 * E_IO, or E_SYNTAX with "FILE:LINE:COLUMN: what is wrong" in *why. */
enum err config_read(const char *named, struct config **ret, struct problem *why) _must_check_;
void config_free(struct config *c);
DEFINE_FREEP(struct config *, config_free)

/* The same from text: name is for messages. */
enum err config_parse(const void *text, size_t len, const char *name, struct config **ret,
		      struct problem *why) _must_check_;

/* How many keys are given otherwise in b than in a, and which, cut to fit. */
enum { CONFIG_CHANGED = 160 };
size_t config_changed(const struct config *a, const struct config *b, char names[static CONFIG_CHANGED]);

/* How the mapping is read; borrows from c. */
struct customers_options config_customers(const struct config *c);

/* What holds for a customer: `quota`, but for what `quotas` says. */
struct quota config_quota_of(const struct config *c, const char *customer);

/* Tell the model what `interfaces` says. */
enum err config_name_interfaces(const struct config *c, struct model *m) _must_check_;

/* "fresh", "hour": of an enum store_level. */
const char *config_level_name(unsigned level);

/* The rows, for help and manual. */
struct config_row {
	const char *key, *kind, *fallback, *help;
};
extern const struct config_row config_rows[];
extern const size_t nconfig_rows;
