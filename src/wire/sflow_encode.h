/* sFlow on its way to somebody else: of each datagram only the samples that may be seen.
 *
 *	raw sFlow v5 datagram -> samples, decoded -> keep them? -> a datagram of those alone
 *
 * What is kept stays as the agent wrote it, byte for byte, structures nobody here knows included, but
 * for what a sample's header counts over all samples of its source: sequence number, packet pool and
 * drops are the receiver's own, so that it finds no gaps where others' samples were, and does not
 * learn how many there were.  Datagrams of v2 and v4, and bytes that do not decode, are never passed on.
 *
 * One struct sflow_sieve for each receiver and thread.  Nothing here refuses: what cannot be read is
 * not kept, and it is counted by the struct wire that decodes the same datagram for the store. */
#pragma once
#include "wire/wire.h"

/* What the caller says of each row of a sample; a sample is kept when one of its rows is.  A sample
 * without rows is not.  Any function may be NULL: such rows are not kept.  Rows are as the sink of
 * struct wire gets them, valid for the call. */
struct sflow_keep {
	void *arg;
	bool (*flow)(void *arg, const struct flow_rec *rec);
	bool (*counters)(void *arg, const struct ifcounters_rec *rec);
	bool (*row)(void *arg, enum table_id t, const void *rec);
};

struct sflow_sieve;

enum err sflow_sieve_new(const struct sflow_keep *keep, struct sflow_sieve **ret) _must_check_;
void sflow_sieve_free(struct sflow_sieve *s);
DEFINE_FREEP(struct sflow_sieve *, sflow_sieve_free)

/* Sets *out to a datagram with what is kept of d, or to no bytes when that is nothing or d is no sFlow
 * v5.  It is never longer than d.  *ret_samples: how many are in it.  E_NOMEM; E_LIMIT past out's
 * ceiling. */
enum err sflow_sieve(struct sflow_sieve *s, const struct datagram *d, struct buf *out,
		     unsigned *ret_samples) _must_check_;
