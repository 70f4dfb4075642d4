/* Messages of sessions, for receivers that get datagrams.
 *
 * An exporter tells its templates once a connection (RFC 7011 10.3.6 is for datagrams alone), which may last for
 * months; a receiver that was started later, or missed that datagram, would never read a record.  So they are
 * told anew before the first message that comes a minute after, in messages that have the same number as it:
 * templates are not counted. */
#include "collect/forward_in.h"

#include "base/cursor.h"

enum { MESSAGE_HEADER = 16, MAX_TOLD = 65536, TEMPLATES_MOST = 4 << 20 };
#define TELL_EVERY USEC_PER_MIN

struct session_key {
	uint32_t session, domain;
};

void session_told_free(struct session_told *t)
{
	map_free(&t->at);
}

void session_told_end(struct session_told *t, uint32_t session)
{
	for (size_t i = 0; i < t->at.n; i++) {
		struct session_key key;
		if (!t->at.at[i].key)
			continue;
		memcpy(&key, t->at.at[i].key, sizeof(key));
		if (key.session == session)
			map_remove(&t->at, &key, sizeof(key));
	}
}

/* True: it is time.  What a session's first message tells goes on with it. */
static bool is_due(struct session_told *t, const struct session_key *key, usec_t now, enum err *ret)
{
	struct map_entry *e = map_get(&t->at, key, sizeof(*key));
	bool due = e && (now < (usec_t)e->num || now - (usec_t)e->num >= TELL_EVERY);
	t->at.ceiling = MAX_TOLD;
	*ret = e ? OK : map_put(&t->at, key, sizeof(*key), &e, NULL);
	if (*ret == OK && (due || !e->num))
		e->num = (uint64_t)now;
	return due;
}

/* Sets, as many as go into a datagram, behind the header of the message they go before. */
static void send_sets(const struct datagram *d, struct cur sets, const struct outgoing_to *to)
{
	uint8_t message[UINT16_MAX];
	size_t len = MESSAGE_HEADER;
	memcpy(message, d->data, MESSAGE_HEADER);
	while (cur_left(&sets) >= 4) {
		size_t set = load_be16(sets.pos + 2);
		const uint8_t *p = cur_need(&sets, set);
		if (!p || MESSAGE_HEADER + set > sizeof(message))
			break;
		if (len > MESSAGE_HEADER && len + set > FORWARD_DATAGRAM) {
			store_be16(message + 2, (uint16_t)len);
			to->send(to->arg, message, len);
			len = MESSAGE_HEADER;
		}
		memcpy(message + len, p, set);
		len += set;
	}
	if (len == MESSAGE_HEADER)
		return;
	store_be16(message + 2, (uint16_t)len);
	to->send(to->arg, message, len);
}

enum err session_tell(struct session_told *t, const struct wire *w, const struct datagram *d, const struct outgoing_to *to)
{
	enum err err;
	_cleanup_(buf_free) struct buf sets = { .ceiling = TEMPLATES_MOST };
	if (d->len < MESSAGE_HEADER)
		return OK;
	const struct session_key key = { .session = d->session, .domain = load_be32(d->data + 12) };
	if (!is_due(t, &key, d->received, &err) || err != OK)
		return err;
	err = wire_template_sets(w, d, key.domain, &sets);
	if (err == OK)
		send_sets(d, cur_of(sets.data, sets.len), to);
	return err;
}
