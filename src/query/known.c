/* Views of what is known now, which no store holds: the rows are made for the question, only those that
 * the asker's scope shows, and from there on are rows like all others.
 *
 *	hosts    a host that was known inside the interval: first seen before its end, last seen not before
 *	         its start.  Its time is when it was seen last, or the interval's last millisecond. */
#include "query/exec.h"

static bool host_row(const struct plan *p, struct host *h, struct hosts_rec *ret)
{
	if ((addr_is_none(&h->ip) && !h->mac) || !scope_shows_host(p->scope, p->env.now, h))
		return false;
	usec_t first = h->first_seen ? h->first_seen : h->last_seen; /* 0: it is not the asker's to know */
	if (first >= p->span.end || h->last_seen < p->span.start)
		return false;
	*ret = (struct hosts_rec){ .time = (uint64_t)(MIN(h->last_seen, p->span.end - 1) / 1000 * 1000), .agent = h->agent,
				   .interface = h->ifindex, .address = h->ip, .mac = h->mac, .vlan = h->vlan,
				   .firstseen = (uint64_t)h->first_seen, .lastseen = (uint64_t)h->last_seen };
	return true;
}

enum err known_snapshot(const struct plan *p, struct quota *q, struct snapshot *ret)
{
	size_t n = p->env.hosts ? hosts_count(p->env.hosts) : 0;
	_cleanup_(batch_freep) struct batch *b = NULL;
	struct host h;
	struct hosts_rec rec;
	enum err err = quota_take(q, (n + 1) * sizeof(rec));
	if (err != OK)
		return err;
	err = batch_new(p->view->table, n + 1, &b);
	for (size_t i = 0; err == OK && i < n; i++) {
		hosts_at(p->env.hosts, i, &h);
		if (host_row(p, &h, &rec))
			batch_push(b, &rec);
	}
	if (err == OK)
		err = snapshot_of(b, ret);
	quota_give(q, (n + 1) * sizeof(rec));
	return err;
}
