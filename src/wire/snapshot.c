/* Templates and sampling rates of v9 and IPFIX, from one run of a daemon to the next.
 *
 *	snapshot   "WTPL" | format 2 | domain*                             little-endian
 *	domain     address 16 | version 2 | id 4 | last seen 8 | rate 4 | boot 8
 *	           | templates 2 | template* | samplers 4 | sampler*
 *	template   options 1 | length 2 | the template record, as the exporter sent it
 *	sampler    kind 1 | id 8 | rate 4
 *
 * Whether a file was damaged is its keeper's to know (a checksum); here every byte is foreign,
 * and a template record goes the way that one from the network goes. */
#include "base/clock.h"
#include "wire/ipfix.h"

enum { SNAPSHOT_FORMAT = 1 };
static const uint8_t magic[4] = { 'W', 'T', 'P', 'L' };

static void save_samplers(const struct domain *d, struct buf *b)
{
	struct sampler s;
	uint32_t n = 0;
	for (size_t i = 0; sampler_at(d, i, &s); i++)
		n += s.rate != 0;
	buf_u32(b, n);
	for (size_t i = 0; sampler_at(d, i, &s); i++) {
		if (!s.rate)
			continue;
		buf_u8(b, (uint8_t)s.kind);
		buf_u64(b, s.id);
		buf_u32(b, s.rate);
	}
}

static void save_domain(const struct domain *d, struct buf *b)
{
	buf_add(b, d->told.address.b, 16);
	buf_u16(b, d->told.version);
	buf_u32(b, d->told.domain);
	buf_u64(b, (uint64_t)d->told.last_seen);
	buf_u32(b, d->rate);
	buf_u64(b, (uint64_t)d->boot);
	buf_u16(b, (uint16_t)d->ntemplates);
	for (size_t i = 0; i < d->ntemplates; i++) {
		const struct template *t = d->templates[i];
		buf_u8(b, t->options);
		buf_u16(b, (uint16_t)t->raw_len);
		buf_add(b, t->raw, t->raw_len);
	}
	save_samplers(d, b);
}

/* of: NULL = of all */
static enum err save(const struct wire *w, bool heard, const struct addr *of, struct buf *b)
{
	struct domain *d;
	buf_add(b, magic, sizeof(magic));
	buf_u16(b, SNAPSHOT_FORMAT);
	for (size_t i = 0; domain_at(w, i, &d); i++)
		if (d && domain_is_kept(d) && !d->left && (d->told.datagrams || !heard) && (!of || addr_equal(of, &d->told.address)))
			save_domain(d, b);
	return b->bad;
}

enum err wire_save_templates(const struct wire *w, struct buf *b)
{
	return save(w, false, NULL, b);
}

enum err wire_save_heard(const struct wire *w, struct buf *b)
{
	return save(w, true, NULL, b);
}

enum err wire_save_exporter(const struct wire *w, const struct addr *from, struct buf *b)
{
	return save(w, false, from, b);
}

enum err wire_template_sets(const struct wire *w, const struct datagram *d, uint32_t domain, struct buf *b)
{
	const struct domain *known = domain_known(w, d, 10, domain);
	for (size_t i = 0; known && i < known->ntemplates; i++) {
		const struct template *t = known->templates[i];
		uint8_t head[4];
		store_be16(head, ipfix_template_set(10, t->options));
		store_be16(head + 2, (uint16_t)(sizeof(head) + t->raw_len)); /* of 1024 fields at most */
		buf_add(b, head, sizeof(head));
		buf_add(b, t->raw, t->raw_len);
	}
	return b->bad;
}

static bool load_templates(struct wire *w, struct domain *d, struct cur *c)
{
	for (unsigned n = cur_le16(c); n; n--) {
		uint8_t options = cur_u8(c);
		struct cur record = cur_take(c, cur_le16(c));
		if (c->bad || options > 1 || !ipfix_learn_again(w, d, options, record))
			return false;
	}
	return !c->bad;
}

static bool load_samplers(struct wire *w, struct domain *d, struct cur *c)
{
	uint32_t n = cur_le32(c);
	for (; n && !c->bad; n--) {
		uint8_t kind = cur_u8(c);
		uint64_t id = cur_le64(c);
		uint32_t rate = cur_le32(c);
		if (c->bad || kind > BY_SEQUENCE || !rate)
			return false;
		if (!domain_rate(d, kind, id))
			domain_set_rate(w, d, kind, id, rate);
	}
	return !c->bad;
}

static bool load_domain(struct wire *w, struct cur *c)
{
	const uint8_t *address = cur_need(c, 16);
	uint16_t version = cur_le16(c);
	uint32_t id = cur_le32(c);
	uint64_t seen = cur_le64(c);
	uint32_t rate = cur_le32(c);
	uint64_t boot = cur_le64(c);
	if (c->bad || (version != 9 && version != 10) || boot > INT64_MAX / 2)
		return false;
	struct datagram from = { .received = (usec_t)MIN(seen, (uint64_t)clock_now()) };
	memcpy(from.from.b, address, 16);
	struct domain *d = domain_again(w, &from, version, id);
	if (!d)
		return false;
	if (!d->rate)
		d->rate = rate;
	if (!d->boot)
		d->boot = (usec_t)boot;
	return load_templates(w, d, c) && load_samplers(w, d, c);
}

enum err wire_load_templates(struct wire *w, const uint8_t *data, size_t len)
{
	struct cur c = cur_of(data, len);
	struct wire_totals before = w->totals;
	enum err e = OK;
	const uint8_t *m = cur_need(&c, sizeof(magic));
	uint16_t format = cur_le16(&c);
	if (c.bad || memcmp(m, magic, sizeof(magic)) != 0)
		e = E_CORRUPT;
	else if (format != SNAPSHOT_FORMAT)
		e = E_VERSION;
	while (e == OK && cur_left(&c))
		e = load_domain(w, &c) ? OK : E_CORRUPT;
	w->totals = before; /* nothing of this came from the network */
	if (e != OK)
		reject(w, NF_SNAPSHOT);
	return e;
}
