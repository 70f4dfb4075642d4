/* A worker's sessions: their messages are decoded as datagrams are, but templates and sequence numbers
 * belong to the session, and what is malformed ends it (RFC 7011 9). */
#include "collect/worker.h"

/* Refusals after which nobody can trust what follows.  Others (an unknown set, no room for one more
 * template) leave the session as it is. */
static const enum reject malformed[] = {
	NF_SHORT, NF_LENGTH, NF_SET_SHORT, NF_SET_LONG, NF_TEMPLATE_ID, NF_TEMPLATE_CUT, NF_TEMPLATE_SCOPE,
};

static uint64_t count_malformed(const struct worker *w)
{
	const struct wire_totals *t = wire_totals(w->wire);
	uint64_t n = 0;
	for (size_t i = 0; i < COUNT_OF(malformed); i++)
		n += t->rejects[malformed[i]];
	return n;
}

static bool on_message(void *arg, const struct datagram *d)
{
	struct worker *w = arg;
	uint64_t before = count_malformed(w);
	w->received++;
	w->received_bytes += d->len;
	if (w->forwarder)
		forwarder_put_message(w->forwarder, w->number, d);
	wire_decode(w->wire, d);
	return count_malformed(w) == before;
}

static void on_ended(void *arg, uint32_t session)
{
	struct worker *w = arg;
	wire_session_end(w->wire, session);
	if (w->forwarder)
		forwarder_session_end(w->forwarder, w->number, session);
}

enum err worker_streams_open(struct worker *w)
{
	bool wanted = false;
	for (size_t i = 0; i < w->nsockets; i++)
		wanted |= w->socket[i].transport != TRANSPORT_UDP;
	if (!wanted)
		return OK;
	const struct streams_options opt = {
		.place = w->socket, .nplaces = w->nsockets, .tls = w->tls, .limits = w->limits, .drops = w->drops,
		.arg = w, .message = on_message, .ended = on_ended,
	};
	return streams_new(&opt, &w->streams);
}

size_t worker_streams_run(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	size_t n = streams_run(w->streams);
	pthread_mutex_unlock(&w->lock);
	if (w->forwarder)
		forwarder_burst(w->forwarder);
	return n;
}

void worker_streams_end(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	streams_free(w->streams);
	w->streams = NULL;
	pthread_mutex_unlock(&w->lock);
}
