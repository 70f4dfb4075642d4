/* What is noted of a segment's rows beside their sums: distinct values, the first and the last, sums by
 * minute. */
#include "query/local.h"

static enum err note_edges(struct local *l, const struct item *it, const struct rowset *rows, const uint32_t *id)
{
	struct local_set *s = &l->set[it->set];
	const uint64_t *time = reader_uints(&l->reader, TR_time);
	size_t had = s->time_cap;
	enum err err = quota_grow(l->reader.quota, &s->time, &s->time_cap, l->keys.groups, sizeof(*s->time));
	for (size_t k = had; k < s->time_cap; k++)
		s->time[k] = INT64_MIN;
	if (err == OK)
		err = quota_grow(l->reader.quota, &s->value, &s->value_cap, l->keys.groups, sizeof(*s->value));
	if (err != OK || !time)
		return err == OK ? E_NOMEM : err;
	for (size_t k = 0; k < rows->n; k++) {
		usec_t t = (usec_t)time[rows->at ? rows->at[k] : k];
		uint32_t g = id[k], v = s->values.ids[k];
		bool nothing = s->time[g] == INT64_MIN;
		if (!nothing && t == s->time[g] && v != s->value[g]) { /* values decide, not numbers */
			uint64_t a[4], b[4];
			packer_words(&s->values, l->lane, l->reader.seg, v, a);
			packer_words(&s->values, l->lane, l->reader.seg, s->value[g], b);
			int d = item_compare(l->reader.plan, NULL, it, a, b);
			if (it->fn == FN_first ? d < 0 : d > 0)
				s->value[g] = v;
		} else if (nothing || (it->fn == FN_first ? t < s->time[g] : t > s->time[g])) {
			s->time[g] = t;
			s->value[g] = v;
		}
	}
	return OK;
}

enum err local_note_sets(struct local *l, const struct rowset *rows, const uint32_t *id)
{
	const struct plan *p = l->reader.plan;
	struct quota *q = l->reader.quota;
	for (unsigned i = 0; i < p->nitems; i++) {
		const struct item *it = &p->item[i];
		if (!is_set(it))
			continue;
		struct local_set *s = &l->set[it->set];
		enum err err = packer_fill(&s->values, q, l->lane, rows->n);
		if (err == OK && it->fn != FN_count) {
			err = note_edges(l, it, rows, id);
		} else if (err == OK) {
			for (size_t k = 0; k < rows->n; k++)
				l->key[k] = (uint64_t)id[k] << 32 | s->values.ids[k];
			err = intern_many(&s->pairs, q, l->key, rows->n, l->id);
		}
		if (err != OK)
			return err;
	}
	return OK;
}

enum err local_note_minutes(struct local *l, const struct rowset *rows, const uint32_t *id)
{
	unsigned nv = l->stride - 1;
	const uint64_t *time = reader_uints(&l->reader, TR_time);
	if (!time)
		return E_NOMEM;
	for (size_t k = 0; k < rows->n; k++) {
		uint64_t minute = time[rows->at ? rows->at[k] : k] / (uint64_t)USEC_PER_MIN;
		l->key[k] = (uint64_t)id[k] << 32 | (minute - (uint64_t)l->first_minute);
	}
	enum err err = intern_many(&l->minutes, l->reader.quota, l->key, rows->n, l->id);
	if (err == OK)
		err = quota_grow(l->reader.quota, &l->minute_acc, &l->minute_cap, l->minutes.n * nv, sizeof(*l->minute_acc));
	if (err != OK)
		return err;
	for (unsigned i = 0; i < nv; i++)
		for (size_t k = 0; k < rows->n; k++)
			l->minute_acc[(size_t)l->id[k] * nv + i] += l->val[i][k];
	return OK;
}
