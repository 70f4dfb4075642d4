/* MaxMind databases: the tree of prefixes is walked once, and what its leaves say becomes ranges.
 * IPv4 addresses lie at ::/96 in the tree; here they are mapped ones. */
#include "model/lookup_in.h"

#include <maxminddb.h>

struct walk {
	struct lookup *l;
	MMDB_s db;
	size_t leaves;
	struct lookup_range last; /* not yet added: what follows may be its continuation */
	bool any;
	enum err err;
};

static bool text_at(MMDB_entry_s *e, const char *const *path, MMDB_entry_data_s *ret)
{
	return MMDB_aget_value(e, ret, path) == MMDB_SUCCESS && ret->has_data;
}

static uint32_t country_of(struct walk *w, MMDB_entry_s *e)
{
	static const char *const paths[][3] = { { "country", "iso_code", NULL }, { "registered_country", "iso_code", NULL },
						{ "country_code", NULL, NULL } };
	MMDB_entry_data_s d;
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		if (text_at(e, paths[i], &d) && d.type == MMDB_DATA_TYPE_UTF8_STRING && d.data_size && d.data_size <= 8) {
			uint32_t n = lookup_code(w->l, d.utf8_string, d.data_size);
			if (!n)
				w->err = E_NOMEM;
			return n;
		}
	return 0;
}

static uint32_t as_of(struct walk *w, MMDB_entry_s *e)
{
	static const char *const number[] = { "autonomous_system_number", NULL };
	static const char *const name[] = { "autonomous_system_organization", NULL };
	MMDB_entry_data_s d;
	struct map_entry *known;
	bool fresh;
	if (!text_at(e, number, &d) || d.type != MMDB_DATA_TYPE_UINT32)
		return 0;
	uint32_t asn = d.uint32;
	w->err = map_put(&w->l->codes, &asn, sizeof(asn), &known, &fresh);
	if (w->err == OK && fresh && text_at(e, name, &d) && d.type == MMDB_DATA_TYPE_UTF8_STRING)
		w->err = lookup_name(w->l, asn, d.utf8_string, d.data_size);
	return asn;
}

/* Neighbours of one number become one range. */
static void add(struct walk *w, const struct addr *lo, const struct addr *hi, uint32_t number)
{
	struct addr next = w->last.hi;
	for (size_t i = sizeof(next.b); i-- > 0 && !++next.b[i];)
		;
	if (w->any && w->last.number == number && addr_equal(&next, lo)) {
		w->last.hi = *hi;
		return;
	}
	if (w->any)
		w->err = lookup_add(w->l, &w->last.lo, &w->last.hi, w->last.number);
	w->last = (struct lookup_range){ *lo, *hi, number };
	w->any = true;
}

static void leaf(struct walk *w, const struct addr *at, unsigned bits, MMDB_entry_s *e)
{
	static const struct addr none;
	struct prefix p = { .addr = *at, .bits = (uint8_t)bits };
	struct addr lo, hi;
	uint32_t number = w->l->kind == LOOKUP_COUNTRY ? country_of(w, e) : as_of(w, e);
	if (!number || w->err != OK)
		return;
	if (bits >= 96 && memcmp(at, &none, 12) == 0) { /* ::/96 is IPv4 */
		p.addr.b[10] = p.addr.b[11] = 0xff;
	}
	prefix_range(&p, &lo, &hi);
	add(w, &lo, &hi, number);
}

/* Parts of the tree that are there twice (6to4, Teredo) are aliases of IPv4; they are met as deep as
 * any other, and the number of leaves is bounded. */
static void node(struct walk *w, uint32_t number, struct addr at, unsigned bits)
{
	MMDB_search_node_s n;
	if (w->err != OK || bits > 127)
		return;
	if (MMDB_read_node(&w->db, number, &n) != MMDB_SUCCESS || ++w->leaves > (size_t)LOOKUP_RANGES * 4) {
		w->err = E_CORRUPT;
		return;
	}
	for (unsigned side = 0; side < 2; side++) {
		uint8_t type = side ? n.right_record_type : n.left_record_type;
		struct addr below = at;
		if (side)
			below.b[bits / 8] |= (uint8_t)(0x80 >> bits % 8);
		if (type == MMDB_RECORD_TYPE_SEARCH_NODE)
			node(w, (uint32_t)(side ? n.right_record : n.left_record), below, bits + 1);
		else if (type == MMDB_RECORD_TYPE_DATA)
			leaf(w, &below, bits + 1, side ? &n.right_record_entry : &n.left_record_entry);
		else if (type == MMDB_RECORD_TYPE_INVALID)
			w->err = E_CORRUPT;
	}
}

enum err lookup_mmdb(struct lookup *l, const char *file, struct problem *why)
{
	struct walk w = { .l = l };
	int status = MMDB_open(file, MMDB_MODE_MMAP, &w.db);
	if (status != MMDB_SUCCESS)
		return problem_set(why, E_SYNTAX, "%s: %s", file, MMDB_strerror(status));
	bool v4 = w.db.metadata.ip_version == 4;
	node(&w, 0, (struct addr){ 0 }, v4 ? 96 : 0);
	if (w.err == OK && w.any)
		w.err = lookup_add(l, &w.last.lo, &w.last.hi, w.last.number);
	MMDB_close(&w.db);
	return w.err == OK ? OK : problem_set(why, w.err, "%s: %s", file, err_text(w.err));
}
