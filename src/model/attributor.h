/* Inside of model/: how attribution is kept.  attribution.c makes it, attribute.c asks it,
 * owner_sets.c keeps the sets.
 *
 *   chain    by customer: itself and its resellers, ascending      the set that one claim stands for
 *   spell    {from, set}                                          whose, from then on
 *   class    the spells of one thing, ascending                    undated things have one spell
 *
 * Blocks are nested or apart, so they cut the addresses into pieces with one class each:
 *
 *	10.0.0.0/8    |-------------------- a --------------------|
 *	10.1.0.0/16          |----- b -----|
 *	pieces        | a    | a, b        | a                    | nobody ...
 *
 * Pieces of the blocks that hold everywhere lie together, and those of the blocks tied to one port
 * with that port.  An address is looked up by halving, for IPv4 inside the pieces of its first 16
 * bits, and where these are many of its first 24.
 *
 * Sets that classes stand for are numbered in the attributor ("base sets"); an owner_sets
 * gives each its own number when it is first met, and remembers unions of two. */
#pragma once
#include "base/hash.h"
#include "base/map.h"
#include "model/attribution.h"
#include "model/model.h"

enum { MAX_SETS = 16000000, CLASS_NOBODY = 0, SET_NOBODY = 0, V4_TOPS = 65536, V4_FINE = 256, MANY_PIECES = 4 };
#define REF_CLASS 0x80000000u /* | a class; else a base set: of what is the same at all times */

struct key { /* an address as two numbers, so that comparing is cheap */
	uint64_t hi, lo;
};

static inline struct key key_of(const struct addr *a)
{
	return (struct key){ load_be64(a->b), load_be64(a->b + 8) };
}

static inline bool key_below(struct key a, struct key b)
{
	return a.hi != b.hi ? a.hi < b.hi : a.lo < b.lo;
}

struct piece {
	struct key from; /* up to the next piece */
	uint32_t ref;    /* of its class */
};

struct spell {
	usec_t from;
	uint32_t set; /* base set */
};

struct class {
	uint32_t first, n; /* spells; the first is from the beginning of time */
};

struct port_slot {
	struct addr agent;
	uint32_t ifindex;
	uint32_t ref;           /* of the port itself */
	uint32_t first, pieces; /* of the blocks tied to it */
	bool used;
};

struct mac_slot {
	uint64_t mac; /* 0 = empty */
	uint32_t ref;
};

struct base_set {
	uint32_t first, n; /* in member */
};

struct attributor {
	uint32_t n; /* customers */
	uint32_t *parent; /* UINT32_MAX: none */
	struct piece *piece;
	size_t npiece, untied; /* the first `untied` are those of everywhere */
	uint32_t top[V4_TOPS + 1]; /* by first 16 bits of an IPv4 address: the piece that holds the first such */
	uint32_t sub[V4_TOPS];     /* where many pieces follow: its row of fine + 1; else 0 */
	uint32_t (*fine)[V4_FINE + 1]; /* likewise by the next 8 bits */
	size_t nfine;
	struct class *class;
	size_t nclass;
	struct spell *spell;
	size_t nspell;
	struct port_slot *port;
	unsigned port_shift; /* of a hash, to its slot */
	struct mac_slot *mac;
	unsigned mac_shift;
	size_t nmac;
	uint64_t seed;
	struct base_set *base;
	size_t nbase;
	uint32_t *member;
	size_t nmember;
};

static inline uint64_t port_hash(const struct attributor *a, struct key agent, uint32_t ifindex)
{
	return hash_mix(agent.lo ^ a->seed, hash_mix(agent.hi ^ ifindex, a->seed));
}

/* Members ascending, no doubles. */
enum err owner_sets_put(struct owner_sets *s, const uint32_t *member, size_t n, uint32_t *ret) _must_check_;
/* The number that a base set has here. */
enum err owner_sets_base(struct owner_sets *s, uint32_t base, uint32_t *ret) _must_check_;
enum err owner_sets_union(struct owner_sets *s, uint32_t a, uint32_t b, uint32_t *ret) _must_check_;
