/* The scope: what one asker may see.  No plan can be made without one.
 *
 * A scope is either everything (scope_everything, called in one place, for the operator) or one
 * customer's ports, MACs and blocks, and those of the customers below it, under one version of the
 * mapping.  It is a value, never text: nothing a script, URL or filter says can become part of it.
 * Immutable; holds a reference to nothing but its own memory.  Why there is no way round it stands at the top of
 * scope.c. */
#pragma once
#include "base/err.h"
#include "model/model.h"

struct scope;

enum err scope_everything(const struct scope **ret) _must_check_;

/* What the customer and those below it own, ports resolved to ifIndex by the model as it is now.  E_UNKNOWN when
 * the mapping has no such id. */
enum err scope_customer(const struct customers *c, const char *id, const struct model *m,
			const struct scope **ret, struct problem *why) _must_check_;
void scope_free(const struct scope *s);

bool scope_is_everything(const struct scope *s);
/* What it was made of, as attribution_digest says, and the customer's place in the mapping: what is
 * attributed under this digest to this owner is what the scope shows of flows. */
const uint8_t *scope_digest(const struct scope *s);
uint32_t scope_owner(const struct scope *s);
const char *scope_customer_id(const struct scope *s); /* "" for everything */

/* What it is shown of remote addresses; as in the mapping, none for everything. */
const struct privacy *scope_privacy(const struct scope *s);

/* The questions all else is built on; when: the record's own time. */
bool scope_owns_port(const struct scope *s, const struct addr *agent, uint32_t ifindex, usec_t when);
bool scope_owns_flow(const struct scope *s, const struct flow_rec *rec);
bool scope_shows_field(const struct scope *s, const struct field *f);
/* Does a port come or go within the span, at no whole multiple of step? */
bool scope_ports_change(const struct scope *s, struct span within, usec_t step);
/* From the beginning of time: nobody had it before. */
bool scope_owns_port_always(const struct scope *s, const struct addr *agent, uint32_t ifindex);
/* May the model's names of the port be said and understood? */
bool scope_names_port(const struct scope *s, const struct addr *agent, uint32_t ifindex, usec_t now);
/* Hosts are known beyond the hand-over of their port: one is shown when its port is the asker's now and was
 * when the host was seen last.  first_seen becomes 0 when it was seen first by a predecessor. */
bool scope_shows_host(const struct scope *s, usec_t now, struct host *h);
