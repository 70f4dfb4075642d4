/* Where flows are counted, so that each counts once however many switches and routers saw it.
 *
 * Of every block of addresses (/24, /48; a MAC where there is no IP address) it is known which agent
 * sees its traffic: as source, for the entry; as destination, for the exit.  In this order:
 *
 *	boundary   a row that comes in by a port of the boundary, or of a customer, is the entry.  A
 *	           source that comes in there is at its entry nowhere else
 *	host       a host whose place is known enters at the agent it is connected to (hosts.h)
 *	history    the agent that saw most of the block's frames: a mean over about a day in which
 *	           what was is forgotten by 1/1440 a minute.  Another agent must have seen a quarter
 *	           more, beyond chance, to take over.  A block of which little was seen follows the
 *	           larger block around it (/16, /32, then all), if the agent chosen there also sees
 *	           those smaller blocks inside that are known
 *
 * A block whose flows come in by several routers, each flow by one of them, has no such agent: of
 * single flows it is watched whether two agents see the same ones (vantage_watch.c).
 *
 * Else nothing is known, and the row counts.  Choices are made at the turn of a minute, of the
 * minutes before: the minute that is being counted never chooses, for the greatest of noisy
 * estimates is too great.  An agent that reports packets on their way in and out counts those on
 * their way in.
 *
 * One thread.  Memory is bounded: 2^19 blocks, 65,000 agents; what does not fit counts as unknown. */
#pragma once
#include "base/err.h"
#include "flow/batch.h"
#include "flow/vantage.h"

struct vantage;
struct zones;
struct customers;
struct model;
struct hosts;

enum err vantage_new(struct vantage **ret) _must_check_;
void vantage_free(struct vantage *v);
DEFINE_FREEP(struct vantage *, vantage_free)

/* The file model/vantage below the store's folder.  An absent one is an empty table; a damaged one
 * is E_CORRUPT with *why. */
enum err vantage_load(int folder, struct vantage **ret, struct problem *why) _must_check_;
enum err vantage_save(const struct vantage *v, int folder) _must_check_;

/* The boundary anew: ports of zones and of customers as the model knows them now; inside which blocks
 * sources are ours.  Any may be NULL.  zones and hosts are borrowed until the next call. */
enum err vantage_boundary(struct vantage *v, const struct zones *z, const struct customers *c, const struct model *m,
			  const struct hosts *h) _must_check_;

/* Fill the column `vantage` of a batch of traffic, and learn from it.  E_NOMEM leaves rows unknown. */
enum err vantage_mark(struct vantage *v, struct batch *b) _must_check_;
/* The turn of a minute, for tests: what was learnt until now decides. */
void vantage_turn(struct vantage *v);

struct vantage_totals {
	uint64_t rows, entry, exit, unknown; /* marked; at their entry, exit; neither is known */
	size_t blocks, decided, agents, boundary_ports;
};
void vantage_totals(const struct vantage *v, struct vantage_totals *ret);
