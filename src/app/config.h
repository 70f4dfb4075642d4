/* The configuration file: YAML, read once at the start, immutable then.  Keys: config.def. */
#pragma once
#include "base/arena.h"
#include "model/model.h"

struct config_list {
	const char *const *at; /* NULL-ended */
	size_t n;
};

struct config_iface {
	struct addr agent;
	uint32_t ifindex;
	const char *ifname;
	uint64_t speed; /* bit/s, 0 = not given */
};

struct config_ifaces {
	const struct config_iface *at;
	size_t n;
};

/* Texts are never NULL: "" where there is no default. */
struct config {
	const char *path; /* the file that was read; "" when there was none */
	const char *store, *customers, *time_zone, *scope_input;
	struct config_list read_roots, write_roots, listen;
	uint64_t workers, buffer, queue; /* of the collector */
	struct config_ifaces interfaces;
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

/* Tell the model what `interfaces` says. */
enum err config_name_interfaces(const struct config *c, struct model *m) _must_check_;

/* The rows, for help and manual. */
struct config_row {
	const char *key, *kind, *fallback, *help;
};
extern const struct config_row config_rows[];
extern const size_t nconfig_rows;
