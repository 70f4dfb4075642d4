/* Which protocol is it: the first bytes pick a row of versions.def, its function decodes.
 * And the way out: every record passes give_flow(), give_counters() or give_row(), where it is counted. */
#include "base/mem.h"
#include "wire/limits.h"
#include "wire/inside.h"

struct version {
	uint32_t bytes, first; /* 2 or 4 bytes; no version is 0 */
	const char *name;
	void (*decode)(struct wire *w, const struct datagram *d);
};

static const struct version versions[] = {
#define VERSION(bytes, first, name, decode) { bytes, first, name, decode },
#include "wire/versions.def"
#undef VERSION
};

static const struct {
	const char *name, *help;
} rejects[REJECTS] = {
#define REJECT(id, name, help) { name, help },
#include "wire/rejects.def"
#undef REJECT
};

const char *reject_name(enum reject r)
{
	return rejects[r].name;
}

const char *reject_help(enum reject r)
{
	return rejects[r].help;
}

static const struct version *version_of(const uint8_t *data, size_t len)
{
	uint32_t two = len >= 2 ? load_be16(data) : 0, four = len >= 4 ? load_be32(data) : 0;
	for (size_t i = 0; i < COUNT_OF(versions); i++)
		if (versions[i].first == (versions[i].bytes == 2 ? two : four))
			return &versions[i];
	return NULL;
}

bool wire_knows(const uint8_t *data, size_t len)
{
	return version_of(data, len) != NULL;
}

enum err wire_new(const struct wire_sink *sink, struct wire **ret)
{
	struct wire *w = mem_new0(1, sizeof(*w));
	if (!w)
		return E_NOMEM;
	w->sink = *sink;
	*ret = w;
	return OK;
}

void wire_free(struct wire *w)
{
	if (!w)
		return;
	exporters_free(w->exporters);
	map_free(&w->configured);
	mem_free(w);
}

struct configured_key {
	struct addr agent;
	uint32_t ifindex;
};

enum err wire_set_sampling(struct wire *w, const struct addr *agent, uint32_t ifindex, uint32_t rate)
{
	const struct configured_key key = { .agent = *agent, .ifindex = ifindex };
	struct map_entry *e;
	if (!rate) {
		map_remove(&w->configured, &key, sizeof(key));
		return OK;
	}
	w->configured.ceiling = MAX_CONFIGURED_RATES;
	enum err err = map_put(&w->configured, &key, sizeof(key), &e, NULL);
	if (err == OK)
		e->num = rate;
	return err;
}

uint32_t configured_rate(const struct wire *w, const struct addr *agent, uint32_t ifindex)
{
	struct configured_key key = { .agent = *agent, .ifindex = ifindex };
	struct map_entry *e = map_get(&w->configured, &key, sizeof(key));
	if (!e && ifindex) {
		key.ifindex = 0;
		e = map_get(&w->configured, &key, sizeof(key));
	}
	return e ? (uint32_t)e->num : 0;
}

const struct wire_totals *wire_totals(const struct wire *w)
{
	return &w->totals;
}

void wire_totals_reset(struct wire *w)
{
	w->totals = (struct wire_totals){ 0 };
}

void wire_decode(struct wire *w, const struct datagram *d)
{
	const struct version *v = version_of(d->data, d->len);
	if (!v) {
		reject(w, VERSION_UNKNOWN);
		return;
	}
	w->totals.datagrams++;
	if (v->decode)
		v->decode(w, d);
	else
		reject(w, VERSION_UNSUPPORTED);
}

void give_counters(struct wire *w, const struct ifcounters_rec *rec)
{
	w->totals.counter_rows++;
	if (w->sink.counters)
		w->sink.counters(w->sink.arg, rec);
}

void give_row(struct wire *w, enum table_id t, const void *rec)
{
	w->totals.other_rows++;
	if (w->sink.row)
		w->sink.row(w->sink.arg, t, rec);
}

uint64_t give_text(struct wire *w, const void *data, size_t len, usec_t when)
{
	char buf[MAX_NAME];
	_Static_assert((int)MAX_NAME == (int)WIRE_TEXT, "texts are cut at what the sink was promised");
	struct wire_text t = { .text = clean_text(data, len, buf, sizeof(buf)), .when = when };
	if (!t.text)
		return 0;
	t.len = strlen(t.text);
	t.hash = text_hash(t.text, t.len);
	struct remembered_text *r = &w->remembered[t.hash % REMEMBERED_TEXTS];
	if (r->raw == t.hash && when >= r->told && when - r->told < USEC_PER_MIN)
		return t.hash;
	*r = (struct remembered_text){ .raw = t.hash, .hash = t.hash, .told = when };
	if (w->sink.text)
		w->sink.text(w->sink.arg, &t);
	return t.hash;
}
