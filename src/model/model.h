/* The door of model/: what is known of the network, and whose it is.
 *
 * struct model: agents and their interfaces, learnt from exports and from a names file or the
 * configuration.  Written by the collector or importer only, kept in the store's folder as
 * model/interfaces (snapshot by rename), read by every process.  One thread writes. */
#pragma once
#include "base/err.h"
#include "flow/flow.h"
#include "model/attribution.h"
#include "model/customers.h"
#include "model/hosts.h"
#include "model/lookup.h"
#include "model/privacy.h"
#include "model/vantage.h"
#include "model/zones.h"

struct iface {
	struct addr agent;
	uint32_t ifindex;
	const char *name, *alias; /* "" when not known; owned by the model */
	uint64_t speed;           /* bit/s, 0 = not known */
	uint32_t type;            /* IANAifType, 0 = not known */
	usec_t first_seen, last_seen;
	bool configured;          /* named by the operator: exports do not rename it */
};

struct model;

enum err model_new(struct model **ret) _must_check_;
void model_free(struct model *m);
DEFINE_FREEP(struct model *, model_free)

/* folder: the store's directory descriptor.  An absent file is an empty model. */
enum err model_load(int folder, struct model **ret, struct problem *why) _must_check_;
enum err model_save(const struct model *m, int folder) _must_check_;
bool model_changed(const struct model *m); /* since load or save */

/* Learn or confirm.  NULL or "" and 0 leave what is known.  Cheap when nothing changes.
 * E_LIMIT at 1 million interfaces. */
struct iface_note {
	struct addr agent;
	uint32_t ifindex;
	const char *name, *alias;
	uint64_t speed;
	uint32_t type;
	usec_t when;
	bool configured;
};
enum err model_note(struct model *m, const struct iface_note *note) _must_check_;

/* -- texts that rows hold the hash of (T_TEXT columns) ------------------------------------------------
 * Kept in model/texts beside model/interfaces, and saved and loaded with it.  Bounded: when there is no
 * room for a new text, those that were not heard for the longest time are forgotten. */

/* Cheap when it is known.  E_NOMEM. */
enum err model_text_note(struct model *m, uint64_t hash, const char *text, usec_t when) _must_check_;
/* NULL when not known.  Holds until the next model_text_note. */
const char *model_text(const struct model *m, uint64_t hash);

struct model_text {
	uint64_t hash;
	const char *text;
};
size_t model_texts(const struct model *m);
struct model_text model_text_at(const struct model *m, size_t i); /* i below model_texts() */

/* A names file: lines agent,ifIndex,ifName[,speed]; "#" comments.  All or nothing;
 * *why names file and line. */
enum err model_read_names(struct model *m, const char *path, struct problem *why) _must_check_;

/* NULL when not known.  Pointers hold until the next model_note. */
const struct iface *model_iface(const struct model *m, const struct addr *agent, uint32_t ifindex);
const struct iface *model_iface_named(const struct model *m, const struct addr *agent,
				      const char *name, size_t len);

/* The interface a path names: "agent>ifName", "agent>ifIndex", "agent>0:ifIndex".  An ifName that
 * looks like a number is tried as a name first.  NULL when the path is no interface or not known. */
const struct iface *model_path(const struct model *m, const char *path, size_t len);

/* The number of an owned port as the model knows it now; false: its name has not been seen, so it owns
 * nothing yet.  m may be NULL. */
bool own_port_resolve(const struct own_port *own, const struct model *m, uint32_t *ret_ifindex);

/* In a stable order: by agent, then ifIndex.  NULL at the end. */
const struct iface *model_at(const struct model *m, size_t i);
size_t model_size(const struct model *m);

/* What a mapping alone cannot tell: ports that nobody has seen, and ports that two customers
 * own, one by name and one by number.  Each is given to say; *ret_n counts them.  E_NOMEM. */
enum err customers_check_ports(const struct customers *c, const struct model *m, customers_say *say,
			       void *arg, size_t *ret_n) _must_check_;
