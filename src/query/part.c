/* Keys made of keys: mask(ipsource,24), prefix(ifalias,3), hour(time).
 *
 * Rows are grouped by the whole key, which is codes and therefore quick; here, once per group, the
 * key's words become those of its part, and groups that then are the same are added up.  A group's
 * new number is never above its old one, so all arrays are worked through in their place. */
#include "query/exec.h"

#include "base/mem.h"

#include <assert.h>

bool is_part(enum function fn)
{
	switch (fn) {
	case FN_mask: case FN_prefix: case FN_suffix: case FN_domain: case FN_hour: case FN_weekday:
	case FN_extract: case FN_asn: case FN_asname: case FN_country: case FN_name: case FN_map:
		return true;
	default:
		return false;
	}
}

const char *part_refuses(const struct item *it)
{
	enum field_type t = it->field->type;
	bool host = it->field->derived == D_TR_sourceaddress || it->field->derived == D_TR_destinationaddress;
	bool clock = it->fn == FN_hour || it->fn == FN_weekday;
	if (clock || t == T_TIME)
		return clock && field_is_time(it->field) ? NULL : clock ? "takes the time" : "does not take the time";
	bool of_address = it->fn == FN_mask || it->fn == FN_asn || it->fn == FN_asname || it->fn == FN_country || it->fn == FN_name;
	if (of_address && t != T_ADDR && !host)
		return "takes an address";
	if (it->fn == FN_domain && t != T_TEXT)
		return "takes a name";
	return NULL;
}

/* -- one key ----------------------------------------------------------------------------------------- */

static void mask_words(uint64_t *w, unsigned bits)
{
	struct addr a = { 0 };
	store_be64(a.b, w[0]);
	store_be64(a.b + 8, w[1]);
	unsigned keep = addr_is_v4(&a) ? 96 + MIN(bits, 32u) : bits;
	w[0] &= keep >= 64 ? UINT64_MAX : keep ? UINT64_MAX << (64 - keep) : 0;
	w[1] &= keep >= 128 ? UINT64_MAX : keep > 64 ? UINT64_MAX << (128 - keep) : 0;
}

/* Where the character n from the front, or from the back, begins; len when there are fewer (0). */
static size_t characters(const char *s, size_t len, unsigned n, bool back)
{
	size_t at = back ? len : 0;
	for (; n; n--) {
		if (back ? !at : at == len)
			break;
		if (back) {
			for (at--; at && ((uint8_t)s[at] & 0xc0) == 0x80; at--)
				;
		} else {
			for (at++; at < len && ((uint8_t)s[at] & 0xc0) == 0x80; at++)
				;
		}
	}
	return at;
}

static size_t last_labels(const char *s, size_t len, unsigned levels)
{
	for (size_t at = len; at > 0; at--)
		if (s[at - 1] == '.' && at < len && !--levels)
			return at;
	return 0;
}

static void end_text(const struct plan *p, const struct item *it, const struct value *v, struct value *ret)
{
	*ret = (struct value){ .type = T_TEXT, .null = true };
	if (v->null || v->type != T_ADDR)
		return;
	if (it->fn == FN_name)
		dns_value(&p->env, &v->addr, ret);
	else if (p->naming)
		naming_value(p->naming, it->fn == FN_asname ? NAME_AS : NAME_COUNTRY,
			     naming_addr(p->naming, it->fn == FN_asname ? NAME_AS : NAME_COUNTRY, &v->addr, 0), ret);
}

static enum err text_part(struct agg *g, const struct item *it, const struct value *v, uint64_t *ret)
{
	char buf[VALUE_TEXT];
	struct map_entry *e;
	bool fresh;
	struct value named;
	if (it->fn == FN_asname || it->fn == FN_country || it->fn == FN_name) {
		end_text(g->plan, it, v, &named);
		v = &named;
	}
	const char *s = v->null ? "" : value_format(v, buf);
	size_t len = strlen(s), from = 0, to = len;
	if (it->fn == FN_map) {
		const struct query_env *env = &g->plan->env;
		const char *found = env->table_text && len ? env->table_text(env->table_arg, it->text, s, len) : NULL;
		s = found ? found : "";
		to = strlen(s);
	} else if (it->fn == FN_extract) {
		if (!filter_regex_find(it->re, s, len, &from, &to))
			from = to = 0;
	} else if (it->fn == FN_prefix)
		to = characters(s, len, it->arg, false);
	else if (it->fn == FN_suffix)
		from = characters(s, len, it->arg, true);
	else if (it->fn == FN_domain)
		from = last_labels(s, len, it->arg);
	*ret = NULL_WORD;
	if (from == to)
		return OK;
	size_t had = g->texts.n;
	enum err err = quota_take(g->quota, to - from + sizeof(*e));
	if (err == OK)
		err = map_put(&g->texts, s + from, to - from, &e, &fresh);
	if (err == OK)
		*ret = (uint64_t)(e - g->texts.at);
	if (g->texts.n == had) /* known, or failed */
		quota_give(g->quota, to - from + sizeof(*e));
	return err;
}

static enum err part_words(struct agg *g, const struct item *it, uint64_t *w)
{
	struct value v;
	if (it->fn == FN_mask) {
		mask_words(w, it->arg);
		return OK;
	}
	if (it->fn == FN_hour || it->fn == FN_weekday) {
		struct civil c = zone_civil(g->plan->zone, (usec_t)w[0] * USEC_PER_MIN);
		w[0] = (uint64_t)(it->fn == FN_hour ? c.hour : c.weekday + 1);
		return OK;
	}
	key_raw_value(g->plan, g, it, w, &v);
	memset(w + 1, 0, 3 * sizeof(*w));
	if (it->fn == FN_asn) {
		const struct lookup *l = g->plan->env.asnames;
		uint32_t as = l && !v.null && v.type == T_ADDR ? lookup_number(l, &v.addr) : 0;
		w[0] = as ? as : NULL_WORD;
		return OK;
	}
	return text_part(g, it, &v, w);
}

static enum err part_key(struct agg *g, uint64_t *key)
{
	const struct plan *p = g->plan;
	enum err err = OK;
	for (unsigned i = 0; i < p->nitems && err == OK; i++) {
		const struct item *it = &p->item[i];
		uint64_t words[4] = { 0 };
		size_t n = 0;
		if (!is_part(it->fn))
			continue;
		for (unsigned k = 0; k < it->nlanes; k++) {
			const struct lane *l = &p->lane[it->lane[k]];
			memcpy(words + n, key + l->word, (l->addr ? 2 : 1) * sizeof(*words));
			n += l->addr ? 2 : 1;
		}
		assert(n <= COUNT_OF(words));
		err = part_words(g, it, words);
		n = 0;
		for (unsigned k = 0; k < it->nlanes; k++) {
			const struct lane *l = &p->lane[it->lane[k]];
			memcpy(key + l->word, words + n, (l->addr ? 2 : 1) * sizeof(*words));
			n += l->addr ? 2 : 1;
		}
	}
	return err;
}

/* -- groups ------------------------------------------------------------------------------------------- */

static void join_group(struct agg *g, uint32_t to, size_t from, bool fresh)
{
	const struct plan *p = g->plan;
	size_t nm = p->nmeasures;
	for (size_t m = 0; m < nm; m++) {
		g->sum[to * nm + m] = g->sum[from * nm + m] + (fresh ? 0 : g->sum[to * nm + m]);
		if (!g->counters)
			continue;
		g->covered[to * nm + m] = g->covered[from * nm + m] + (fresh ? 0 : g->covered[to * nm + m]);
		g->rate[to * nm + m] = g->rate[from * nm + m] + (fresh ? 0 : g->rate[to * nm + m]);
	}
	for (unsigned i = 0; i < p->nitems; i++) {
		const struct item *it = &p->item[i];
		struct agg_set *s = &g->set[it->set];
		if (it->fn != FN_first && it->fn != FN_last)
			continue;
		usec_t time = s->time[from];
		if (fresh)
			s->time[to] = INT64_MIN;
		if (time != INT64_MIN && (fresh || to != from)) {
			uint64_t value[4];
			memcpy(value, s->value + from * s->words, s->words * sizeof(*value));
			agg_edge(g, it, to, time, value);
		}
	}
}

/* (group, value) pairs under the groups' new numbers. */
static enum err renumber_pairs(struct agg *g, struct words *pairs, const uint32_t *to)
{
	struct words w = { .width = pairs->width };
	enum err err = OK;
	for (size_t k = 0; k < pairs->n && err == OK; k++) {
		uint64_t key[1 + 4];
		memcpy(key, words_key(pairs, k), pairs->width * sizeof(*key));
		key[0] = to[key[0]];
		words_put(&w, g->quota, key, &err);
	}
	words_free(pairs, g->quota);
	*pairs = w;
	return err;
}

static void renumber_sketches(struct agg_set *s, size_t groups, const uint32_t *to)
{
	for (size_t k = 0; k < MIN(groups, s->sketch_cap); k++) {
		uint8_t *one = s->sketch[k];
		if (!one || to[k] == k)
			continue;
		s->sketch[k] = NULL;
		if (!s->sketch[to[k]]) {
			s->sketch[to[k]] = one;
			continue;
		}
		sketch_merge(s->sketch[to[k]], one);
		mem_free(one);
	}
}

static enum err renumber_minutes(struct agg *g, const uint32_t *to)
{
	struct words w = { .width = 2 };
	size_t nm = g->plan->nmeasures;
	enum err err = OK;
	for (size_t k = 0; k < g->minutes.n && err == OK; k++) {
		const uint64_t *old = words_key(&g->minutes, k), key[2] = { to[old[0]], old[1] };
		size_t had = w.n;
		uint32_t id = words_put(&w, g->quota, key, &err);
		bool fresh = w.n > had;
		for (size_t m = 0; m < nm && err == OK; m++) {
			g->minute_sum[id * nm + m] = g->minute_sum[k * nm + m] + (fresh ? 0 : g->minute_sum[id * nm + m]);
			if (g->counters)
				g->minute_covered[id * nm + m] =
					g->minute_covered[k * nm + m] + (fresh ? 0 : g->minute_covered[id * nm + m]);
		}
	}
	words_free(&g->minutes, g->quota);
	g->minutes = w;
	return err;
}

enum err agg_parts(struct agg *g)
{
	const struct plan *p = g->plan;
	struct words keys = { .width = p->nwords };
	enum err err = OK;
	size_t groups = g->keys.n;
	uint32_t *to = scratch(g->quota, groups, sizeof(*to), &err);
	for (size_t k = 0; k < groups && err == OK; k++) {
		uint64_t key[2 * MAX_LANES] = { 0 };
		memcpy(key, words_key(&g->keys, k), p->nwords * sizeof(*key));
		err = part_key(g, key);
		size_t had = keys.n;
		if (err == OK)
			to[k] = words_put(&keys, g->quota, key, &err);
		if (err == OK)
			join_group(g, to[k], k, keys.n > had);
	}
	words_free(&g->keys, g->quota);
	g->keys = keys;
	for (unsigned i = 0; i < p->nitems && err == OK; i++)
		if (p->item[i].fn == FN_count)
			renumber_sketches(&g->set[p->item[i].set], groups, to);
	for (unsigned i = 0; i < p->nitems && err == OK; i++)
		if (p->item[i].fn == FN_count)
			err = renumber_pairs(g, &g->set[p->item[i].set].pairs, to);
	if (err == OK && p->minutes)
		err = renumber_minutes(g, to);
	scratch_free(g->quota, &to, groups, sizeof(*to));
	return err;
}
