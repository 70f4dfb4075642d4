/* Datagrams under way to a customer, for one agent as the customer knows it: filled sample by sample, sent when
 * full or after a while.
 *
 *	sFlow   5 | 1, 0.0.0.N | sub-agent 0 | sequence | uptime | n | samples       agent N
 *	IPFIX   10 | length | now | sequence | domain N | (templates) | sets
 *
 * 0.0.0.N is nobody's address (RFC 1122 3.2.1.3), so it can be mistaken for none.  uptime begins with
 * the first record of the agent, and anew when the agent itself began anew: who reads counters has to
 * know that. */
#include "collect/forward_in.h"

#include "base/clock.h"
#include "base/mem.h"

enum { NEW_MS = 600000 }; /* a smaller uptime than before, and no more than this: a restart, not another sub-agent */
enum { SFLOW_HEADER = 28, IPFIX_HEADER = 16, SET_HEADER = 4, TEMPLATES_EVERY = 20 /* messages */ };

struct outgoing {
	uint32_t agent;
	usec_t began;

	struct {
		uint8_t data[FORWARD_DATAGRAM];
		size_t len;
		uint32_t samples, sequence, flows, counters, pool, agent_uptime;
	} sflow;

	struct {
		uint8_t data[FORWARD_DATAGRAM];
		size_t len, set; /* set: where the one being filled begins; 0 = none */
		size_t family;
		uint32_t sequence, records, messages;
	} ipfix;
};

enum err outgoing_new(uint32_t agent, usec_t now, struct outgoing **ret)
{
	struct outgoing *o = mem_new0(1, sizeof(*o));
	if (!o)
		return E_NOMEM;
	o->agent = agent;
	o->began = now;
	*ret = o;
	return OK;
}

void outgoing_free(struct outgoing *o)
{
	mem_free(o);
}

/* -- sFlow --------------------------------------------------------------------------------------------------- */

static void flush_sflow(struct outgoing *o, const struct outgoing_to *to)
{
	uint8_t *h = o->sflow.data;
	if (!o->sflow.samples)
		return;
	store_be32(h, 5);
	store_be32(h + 4, 1);
	store_be32(h + 8, o->agent);
	store_be32(h + 12, 0);
	store_be32(h + 16, ++o->sflow.sequence);
	store_be32(h + 20, (uint32_t)((clock_monotonic() - o->began) / 1000));
	store_be32(h + 24, o->sflow.samples);
	to->send(to->arg, h, o->sflow.len);
	o->sflow.samples = 0;
}

static void add_sample(struct outgoing *o, const uint8_t *sample, size_t len, const struct outgoing_to *to)
{
	if (o->sflow.samples && o->sflow.len + len > sizeof(o->sflow.data))
		flush_sflow(o, to);
	if (!o->sflow.samples)
		o->sflow.len = SFLOW_HEADER;
	memcpy(o->sflow.data + o->sflow.len, sample, len);
	o->sflow.len += len;
	o->sflow.samples++;
}

static void sflow_flow(struct outgoing *o, const struct flow_rec *rec, const struct outgoing_to *to)
{
	uint8_t sample[FORWARD_SAMPLE] = { 0 };
	o->sflow.pool += MAX(rec->samplingrate, 1u);
	const struct sample_numbers n = { .sequence = ++o->sflow.flows, .pool = o->sflow.pool };
	size_t len = sflow_flow_sample(sample, rec, &n);
	add_sample(o, sample, len, to);
}

void outgoing_counters(struct outgoing *o, const struct ifcounters_rec *rec, const struct outgoing_to *to)
{
	uint8_t sample[FORWARD_SAMPLE] = { 0 };
	if (rec->uptime < o->sflow.agent_uptime && rec->uptime < NEW_MS) {
		flush_sflow(o, to);
		o->began = clock_monotonic();
		o->sflow.sequence = 0;
	}
	o->sflow.agent_uptime = rec->uptime;
	size_t len = sflow_counter_sample(sample, rec, ++o->sflow.counters);
	add_sample(o, sample, len, to);
}

/* -- IPFIX ---------------------------------------------------------------------------------------------------- */

static void end_set(struct outgoing *o)
{
	if (o->ipfix.set)
		store_be16(o->ipfix.data + o->ipfix.set + 2, (uint16_t)(o->ipfix.len - o->ipfix.set));
	o->ipfix.set = 0;
}

static void flush_ipfix(struct outgoing *o, const struct outgoing_to *to)
{
	uint8_t *h = o->ipfix.data;
	if (!o->ipfix.records)
		return;
	end_set(o);
	store_be16(h, 10);
	store_be16(h + 2, (uint16_t)o->ipfix.len);
	store_be32(h + 4, (uint32_t)(clock_now() / USEC_PER_SEC));
	store_be32(h + 8, o->ipfix.sequence);
	store_be32(h + 12, o->agent);
	to->send(to->arg, h, o->ipfix.len);
	o->ipfix.sequence += o->ipfix.records;
	o->ipfix.records = 0;
	o->ipfix.messages++;
}

static void ipfix_flow(struct outgoing *o, const struct flow_rec *rec, const struct outgoing_to *to)
{
	uint8_t record[FORWARD_SAMPLE];
	size_t len = ipfix_record(record, rec), family = ipfix_family(rec);
	if (o->ipfix.records && o->ipfix.len + SET_HEADER + len > sizeof(o->ipfix.data))
		flush_ipfix(o, to);
	if (!o->ipfix.records) {
		o->ipfix.len = IPFIX_HEADER;
		if (o->ipfix.messages % TEMPLATES_EVERY == 0)
			o->ipfix.len += ipfix_templates(o->ipfix.data + IPFIX_HEADER);
	}
	if (o->ipfix.set && o->ipfix.family != family)
		end_set(o);
	if (!o->ipfix.set) {
		o->ipfix.set = o->ipfix.len;
		o->ipfix.family = family;
		store_be16(o->ipfix.data + o->ipfix.len, ipfix_template_id(family));
		o->ipfix.len += SET_HEADER;
	}
	memcpy(o->ipfix.data + o->ipfix.len, record, len);
	o->ipfix.len += len;
	o->ipfix.records++;
}

/* -- both ------------------------------------------------------------------------------------------------------ */

void outgoing_flow(struct outgoing *o, const struct flow_rec *rec, const struct outgoing_to *to)
{
	if (rec->exporttype == EXPORT_SFLOW)
		sflow_flow(o, rec, to);
	else
		ipfix_flow(o, rec, to);
}

void outgoing_flush(struct outgoing *o, const struct outgoing_to *to)
{
	flush_sflow(o, to);
	flush_ipfix(o, to);
}
