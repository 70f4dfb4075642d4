/* Where addresses are and what they are called, cut to the scope: a customer's script learns of hosts
 * behind ports that are the customer's now, and of nobody's name. */
#include "script/broker.h"

#include "base/map.h"

#include <stdio.h>

static bool shows(const struct broker *b, struct host *h)
{
	return scope_shows_host(b->job->scope, b->job->env->now, h);
}

/* The host of each MAC: that with an IP address that was seen last, of those this asker may know. */
static enum err hosts_by_mac(const struct broker *b, struct map *ret)
{
	const struct hosts *hosts = b->job->env->hosts;
	enum err e = OK;
	for (size_t i = 0; hosts && i < hosts_count(hosts) && e == OK; i++) {
		struct host h, other;
		struct map_entry *entry;
		bool fresh;
		hosts_at(hosts, i, &h);
		if (!h.mac || addr_is_none(&h.ip) || !shows(b, &h))
			continue;
		e = map_put(ret, &h.mac, sizeof(h.mac), &entry, &fresh);
		if (e == OK && !fresh)
			hosts_at(hosts, entry->num, &other);
		if (e == OK && (fresh || other.last_seen < h.last_seen))
			entry->num = i;
	}
	return e;
}

struct asking {
	enum locate what;
	struct map by_mac; /* index of the host; for LOCATE_PORT and LOCATE_OTHER */
};

static bool host_of(const struct broker *b, const struct asking *q, const struct addr *ip, uint64_t mac, struct host *ret)
{
	const struct hosts *hosts = b->job->env->hosts;
	const struct map_entry *entry = mac ? map_get(&q->by_mac, &mac, sizeof(mac)) : NULL;
	if (entry) {
		hosts_at(hosts, entry->num, ret);
		return true;
	}
	return hosts && hosts_find(hosts, ip, mac, ret) && shows(b, ret);
}

/* "" when it is not known, or not this asker's to know. */
static void locate(const struct broker *b, const struct asking *q, const char *text, char *ret, size_t size)
{
	const struct query_env *env = b->job->env;
	struct addr ip = { 0 };
	uint64_t mac = 0;
	struct host h;
	char other[ADDR_TEXT];
	ret[0] = 0;
	bool is_ip = addr_parse(text, strlen(text), &ip);
	if (!is_ip && !mac_parse(text, strlen(text), &mac))
		return;
	if (q->what == LOCATE_NAME) {
		const char *name = is_ip && env->name_of && scope_is_everything(b->job->scope) ? env->name_of(env->name_arg, &ip) : NULL;
		snprintf(ret, size, "%s", name ? name : "");
	} else if (host_of(b, q, &ip, mac, &h)) {
		if (q->what == LOCATE_PORT && !addr_is_none(&h.agent))
			snprintf(ret, size, "%s>%u", addr_format(&h.agent, other), h.ifindex);
		else if (q->what == LOCATE_OTHER && (mac || h.mac))
			snprintf(ret, size, "%s", mac ? addr_format(&h.ip, other) : mac_format(h.mac, other));
	}
}

static enum err fill(struct broker *b, const struct asking *q, struct cur *c, uint32_t n, struct result *t)
{
	char text[300];
	size_t r;
	enum err e = result_add_col(t, "text", T_TEXT, U_NONE);
	for (uint32_t i = 0; i < n && e == OK; i++) {
		const char *address = get_text(c, &b->scratch);
		if (!address)
			return E_SYNTAX;
		locate(b, q, address, text, sizeof(text));
		e = result_add_row(t, &r);
		if (e == OK && text[0])
			e = result_set_text(t, r, 0, text, strlen(text));
	}
	return e == OK && !message_end(c) ? E_SYNTAX : e;
}

void serve_locate(struct broker *b, struct message *m)
{
	struct result t = { 0 };
	struct answer a = { 0 };
	struct asking q = { 0 };
	unsigned what = cur_u8(&m->body);
	uint32_t n = cur_le32(&m->body);
	enum err e = what < LOCATES && n <= MAX_LOCATE && !m->body.bad ? OK : E_SYNTAX;
	q.what = (enum locate)what;
	if (e == OK && q.what != LOCATE_NAME)
		e = hosts_by_mac(b, &q.by_mac);
	if (e == OK)
		e = fill(b, &q, &m->body, n, &t);
	if (e == OK)
		e = answer_add(&a, &t);
	if (e == OK)
		reply_results(b, &a);
	else if (e == E_SYNTAX)
		broker_forged(b, "LOCATE");
	else
		reply_refused(b, "Network: %s", err_text(e));
	map_free(&q.by_mac);
	answer_free(&a);
	result_free(&t);
}
