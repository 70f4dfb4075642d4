/* Between bind_network.c (interfaces, customers) and bind_zones.c (zones, where addresses are). */
#pragma once
#include "script/bind.h"

struct network {
	char *path; /* "" at first */
};

/* The interface that path names; *ret_failed tells an exception from "none". */
const struct iface *network_here(struct call *c, bool *ret_failed);

const struct val *network_zone(struct call *c);
const struct val *network_group(struct call *c);
const struct val *network_zones(struct call *c);
const struct val *network_groups(struct call *c);
const struct val *network_cidrs(struct call *c);
const struct val *network_locations(struct call *c);
const struct val *network_addresses(struct call *c);
const struct val *network_names(struct call *c);
