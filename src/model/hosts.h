/* Hosts: which address is at which port of which switch, learnt from sFlow samples: a source that
 * comes in by a port is behind it.  Behind an uplink are all hosts of other switches, so of the ports
 * that a host is seen at, it is connected to that with the fewest hosts behind it.
 *
 * One thread learns; readers load the file model/hosts.  Bounded: 262,144 hosts, those that were not
 * seen for longest make room; ports with more than 64 hosts behind them are uplinks, of which
 * nothing more is learnt. */
#pragma once
#include "base/err.h"
#include "flow/batch.h"

struct hosts;

struct host {
	struct addr ip;    /* none: known by its MAC alone */
	uint64_t mac;
	struct addr agent; /* and ifindex: where; none while that is not known */
	uint32_t ifindex;
	uint16_t vlan;     /* 0 = none, or not told */
	usec_t first_seen, last_seen; /* there; and so are MAC and VLAN, for a private address may be behind other ports, too */
};

enum err hosts_new(struct hosts **ret) _must_check_;
void hosts_free(struct hosts *h);
DEFINE_FREEP(struct hosts *, hosts_free)

/* The file model/hosts below the store's folder; an absent one is empty, a damaged one E_CORRUPT. */
enum err hosts_load(int folder, struct hosts **ret, struct problem *why) _must_check_;
enum err hosts_save(const struct hosts *h, int folder) _must_check_;

enum err hosts_learn(struct hosts *h, const struct batch *b) _must_check_;
void hosts_turn(struct hosts *h); /* the turn of a minute: where hosts are is worked out anew */

/* The agent a host is connected to, by IP address, else by MAC; false while that is not sure. */
bool hosts_agent(const struct hosts *h, const struct addr *ip, uint64_t mac, struct addr *ret);

/* In the order they were first seen; ret->ip none and mac 0: forgotten. */
size_t hosts_count(const struct hosts *h);
void hosts_at(const struct hosts *h, size_t i, struct host *ret);
/* By address, or by MAC when ip is none. */
bool hosts_find(const struct hosts *h, const struct addr *ip, uint64_t mac, struct host *ret);
