#include "query/bits.h"

#include "base/mem.h"

void bits_free(struct bits *b)
{
	for (size_t i = 0; i < b->n; i++)
		quota_free(b->quota, &b->row[i].bit, b->row[i].words, sizeof(*b->row[i].bit));
	if (b->quota) {
		quota_free(b->quota, &b->row, b->cap, sizeof(*b->row));
		quota_free(b->quota, &b->of, b->of_cap, sizeof(*b->of));
	}
	*b = (struct bits){ 0 };
}

/* Groups are few, and one is looked for once a segment. */
uint32_t bits_row(struct bits *b, const uint64_t *key, enum err *bad)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->row[i].key[0] == key[0] && b->row[i].key[1] == key[1])
			return (uint32_t)i;
	enum err err = quota_grow(b->quota, &b->row, &b->cap, b->n + 1, sizeof(*b->row));
	if (err != OK) {
		*bad = err;
		return UINT32_MAX;
	}
	b->row[b->n] = (struct bits_row){ .key = { key[0], key[1] } };
	return (uint32_t)b->n++;
}

static enum err room(struct bits *b, struct bits_row *r, size_t words)
{
	return quota_grow(b->quota, &r->bit, &r->words, words, sizeof(*r->bit));
}

enum err bits_set(struct bits *b, const uint32_t *row, const uint32_t *id, size_t n)
{
	enum err err = OK;
	for (size_t k = 0; k < n;) {
		struct bits_row *r = &b->row[row[k]];
		const uint32_t same = row[k];
		uint64_t *bit = r->bit;
		size_t words = r->words;
		for (; k < n && row[k] == same && id[k] / 64 < words; k++)
			bit[id[k] / 64] |= (uint64_t)1 << id[k] % 64;
		if (k < n && row[k] == same && (err = room(b, r, id[k] / 64 + 1024)) != OK)
			return err;
	}
	return OK;
}

enum err bits_join(struct bits *b, struct bits *other)
{
	enum err err = OK;
	if (!b->quota)
		b->quota = other->quota;
	for (size_t i = 0; i < other->n && err == OK; i++) {
		const struct bits_row *from = &other->row[i];
		uint32_t at = bits_row(b, from->key, &err);
		if (err == OK)
			err = room(b, &b->row[at], from->words);
		for (size_t w = 0; w < from->words && err == OK; w++)
			b->row[at].bit[w] |= from->bit[w];
	}
	bits_free(other);
	return err;
}
