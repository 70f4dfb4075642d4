/* Roll-ups add up to what the rows add up to, by key and by owner; they outlive the rows; readings
 * that are left out change no difference. */
#include "store/kit.h"

#include "base/map.h"
#include "store/rollup.h"
#include "store/sidecar.h"

#include <errno.h>

static const usec_t ten_o_clock = 1764064800 * USEC_PER_SEC; /* an hour begins */
static const usec_t now = (1764064800 + 3600 * 24 * 3) * USEC_PER_SEC;

/* -- rows ----------------------------------------------------------------------------------------- */

enum { OWNERS = 5 };

/* n rows from ten o'clock on for so long; a few keys, `addresses` addresses. */
static struct batch *flows(struct kit_rng *r, size_t n, usec_t length, uint32_t addresses)
{
	struct batch *b;
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], n, &b), OK);
	for (size_t i = 0; i < n; i++) {
		struct flow_rec f = {
			.time = (uint64_t)(ten_o_clock + (usec_t)(i * (uint64_t)length / n / 1000) * 1000),
			.agent = addr_v4(0x0a000001 + (uint32_t)kit_below(r, 2)),
			.inputinterface = (uint32_t)kit_below(r, 3),
			.outputinterface = (uint32_t)kit_below(r, 3),
			.protocol = kit_below(r, 2) ? 6 : 17,
			.sourceport = (uint16_t)kit_random(r),
			.ipsource = addr_v4((uint32_t)kit_below(r, addresses)),
			.ipdestination = addr_v4((uint32_t)kit_below(r, addresses)),
			.samplingrate = kit_below(r, 4) ? 1000 : 0,
			.bytes = 40 + kit_below(r, 1500),
			.frames = 1 + kit_below(r, 3),
		};
		assert_true(batch_push(b, &f));
	}
	return b;
}

/* An address belongs to its last digit, if that is below OWNERS: set n is owner n - 1. */
static uint32_t set_of(const struct addr *a)
{
	uint32_t last = load_be32(a->b + 12) % 10;
	return last < OWNERS ? last + 1 : 0;
}

static enum err of_rows(void *arg, const struct batch *b, uint32_t *const *ret_set)
{
	(void)arg;
	for (size_t i = 0; i < b->n; i++) {
		ret_set[0][i] = set_of(batch_addr(b, TR_ipsource, i));
		ret_set[1][i] = set_of(batch_addr(b, TR_ipdestination, i));
	}
	return OK;
}

static const uint32_t *owners_of_set(void *arg, uint32_t set, size_t *ret_n)
{
	uint32_t *owner = arg;
	*owner = set - 1;
	*ret_n = set > 0;
	return owner;
}

static uint32_t one_owner;

static struct owning owning_make(uint8_t digest)
{
	struct owning o = { .sides = 2,
			    .cols = (uint64_t)1 << TR_ipsource | (uint64_t)1 << TR_ipdestination,
			    .of = of_rows,
			    .set = owners_of_set,
			    .arg = &one_owner };
	memset(o.digest, digest, sizeof(o.digest));
	return o;
}

/* -- tallies: a text key -> sums ------------------------------------------------------------------- */

struct sums {
	uint64_t bytes, frames, records, squares;
};

static void tally_add(struct map *m, const char *key, struct sums s)
{
	struct map_entry *e;
	bool fresh;
	assert_int_equal(map_put_str(m, key, &e, &fresh), OK);
	if (fresh) {
		e->ptr = mem_new0(1, sizeof(s));
		assert_non_null(e->ptr);
	}
	struct sums *have = e->ptr;
	have->bytes += s.bytes;
	have->frames += s.frames;
	have->records += s.records;
	have->squares += s.squares;
}

static void tally_free(struct map *m)
{
	for (size_t i = 0; i < m->n; i++)
		mem_free(m->at[i].ptr);
	map_free(m);
}

static void tally_expect(const struct map *want, const struct map *got)
{
	assert_int_equal(got->live, want->live);
	for (size_t i = 0; i < want->n; i++) {
		struct map_entry *e = map_get(got, want->at[i].key, want->at[i].len);
		if (!e || memcmp(e->ptr, want->at[i].ptr, sizeof(struct sums)) != 0)
			fail_msg("'%s' differs", (const char *)want->at[i].key);
	}
}

/* What identifies a group whatever was folded. */
static void key_text(char out[static 160], uint64_t time, usec_t step, const struct addr *agent,
		     const uint64_t number[4], uint32_t from, uint32_t to)
{
	char text[ADDR_TEXT];
	snprintf(out, 160, "%llu %s %llu>%llu %llu 1/%llu %u>%u",
		 (unsigned long long)(time / (uint64_t)step), addr_format(agent, text),
		 (unsigned long long)number[0], (unsigned long long)number[1],
		 (unsigned long long)number[2], (unsigned long long)number[3], from, to);
}

static void tally_batch(struct map *m, const struct batch *b, usec_t step, bool owned)
{
	for (size_t i = 0; i < b->n; i++) {
		char key[160];
		struct flow_rec f;
		batch_row(b, i, &f);
		uint64_t number[4] = { f.inputinterface, f.outputinterface, f.protocol, f.samplingrate };
		key_text(key, f.time, step, &f.agent, number, owned ? set_of(&f.ipsource) : 0,
			 owned ? set_of(&f.ipdestination) : 0);
		tally_add(m, key,
			  (struct sums){ f.bytes, f.frames, 1, f.bytes * f.bytes / f.frames });
	}
}

static uint64_t at(const struct seg *s, size_t col, size_t row)
{
	static uint64_t v[SEG_BLOCK];
	seg_uints(s, col, row / SEG_BLOCK, v);
	return v[row % SEG_BLOCK];
}

static struct addr addr_at(const struct seg *s, size_t col, size_t row)
{
	static uint32_t code[SEG_BLOCK];
	const struct seg_col *c = seg_column(s, col);
	if (c->kind == SEG_CONST)
		return c->addr;
	seg_codes(s, col, row / SEG_BLOCK, code);
	return c->dict_addr[code[row % SEG_BLOCK]];
}

static uint32_t set_at(const struct sidecar *c, size_t side, size_t row)
{
	static uint32_t code[SEG_BLOCK];
	size_t n;
	if (!c)
		return 0;
	sidecar_codes(c, side, row / SEG_BLOCK, code);
	const uint32_t *owner = sidecar_set(c, code[row % SEG_BLOCK], &n);
	return n ? owner[0] + 1 : 0;
}

/* A roll-up added to the tally; how many of its rows are folded. */
static size_t tally_rollup(struct map *m, const struct seg *s, const struct sidecar *own, usec_t step)
{
	size_t folded = 0;
	for (size_t i = 0; i < seg_rows(s); i++) {
		char key[160];
		struct addr agent = addr_at(s, RU_agent, i), from = addr_at(s, RU_ipsource, i);
		uint64_t number[4] = { at(s, RU_inputinterface, i), at(s, RU_outputinterface, i),
				       at(s, RU_protocol, i), at(s, RU_samplingrate, i) };
		key_text(key, at(s, RU_time, i), step, &agent, number, set_at(own, 0, i),
			 set_at(own, 1, i));
		tally_add(m, key,
			  (struct sums){ at(s, RU_bytes, i), at(s, RU_frames, i),
					 at(s, RU_records, i), at(s, RU_squares, i) });
		assert_int_equal(at(s, RU_time, i) % (uint64_t)step, 0);
		if (!at(s, RU_folded, i))
			continue;
		folded++;
		assert_true(addr_is_none(&from));
	}
	return folded;
}

struct found {
	size_t rollups, alone, folded, rows;
};

static struct found tally_store(struct map *m, const char *folder, enum rollup_level level, usec_t step,
				const struct owning *o)
{
	struct store *s;
	struct snapshot sn;
	struct found f = { 0 };
	assert_int_equal(store_open(folder, &s, NULL), OK);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	for (size_t i = 0; i < sn.nrollup; i++) {
		struct seg *roll;
		struct sidecar *own = NULL;
		if (sn.rollup[i].level != (int)level)
			continue;
		enum err e = rollup_open(s, &sn.rollup[i], &roll);
		if (e != OK)
			fail_msg("%s/%s of '%s': %s, errno %d", folder, sn.rollup[i].path, sn.rollup[i].of, err_text(e), errno);
		assert_int_equal(seg_prepare(roll, UINT64_MAX), OK);
		if (o)
			assert_int_equal(sidecar_open(roll, o->digest, &own), OK);
		f.rollups++;
		f.alone += !*sn.rollup[i].of;
		f.rows += seg_rows(roll);
		f.folded += tally_rollup(m, roll, own, step);
		sidecar_close(own);
		rollup_close(roll);
	}
	snapshot_free(&sn);
	store_close(s);
	return f;
}

/* -- tests ------------------------------------------------------------------------------------------ */

struct town {
	char folder[256];
	struct store_writer *w;
	struct batch *rows;
};

static void town_make(struct town *t, size_t rows, usec_t length, uint32_t addresses)
{
	struct kit_rng rng = { rows };
	struct compact_options opt = { .no_grace = true };
	struct problem why;
	kit_folder(t->folder);
	assert_int_equal(store_write_open(t->folder, NULL, &t->w, &why), OK);
	t->rows = flows(&rng, rows, length, addresses);
	assert_int_equal(store_put(t->w, t->rows), OK);
	assert_int_equal(store_seal(t->w), OK);
	assert_int_equal(store_compact(t->w, now, &opt, NULL), OK);
}

static void town_end(struct town *t)
{
	kit_check_clean(t->folder);
	assert_int_equal(store_write_close(t->w), OK);
	kit_check_clean(t->folder);
	batch_free(t->rows);
	kit_remove(t->folder);
}

static void expect_totals(struct town *t, enum rollup_level level, usec_t step,
			  const struct owning *o, struct found *ret)
{
	struct map want = { 0 }, got = { 0 };
	tally_batch(&want, t->rows, step, o != NULL);
	*ret = tally_store(&got, t->folder, level, step, o);
	tally_expect(&want, &got);
	tally_free(&want);
	tally_free(&got);
}

static void hours_add_up_to_their_rows(void **state)
{
	(void)state;
	static const uint32_t addresses[] = { 2, 40000 }; /* few groups; so many that the tail is folded */
	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		struct town t;
		struct found f;
		struct rollup_report r;
		struct owning o = owning_make(1);
		town_make(&t, 40000, 3 * USEC_PER_HOUR, addresses[i]);
		assert_int_equal(store_rollup(t.w, now, &o, NULL, &r), OK);
		assert_int_equal(r.made, 3);
		assert_int_equal(r.rows_in, 40000);
		expect_totals(&t, ROLLUP_HOUR, USEC_PER_HOUR, &o, &f);
		assert_int_equal(f.rollups, 3);
		assert_int_equal(f.alone, 0);
		assert_int_equal(f.folded > 0, i == 1);
		assert_int_equal(r.rows_out, f.rows);
		assert_int_equal(store_rollup(t.w, now, &o, NULL, &r), OK);
		assert_int_equal(r.made, 0); /* they are there */
		town_end(&t);
	}
}

static void nobody_owns_anything(void **state)
{
	(void)state;
	struct town t;
	struct found f;
	town_make(&t, 5000, 2 * USEC_PER_HOUR, 10);
	assert_int_equal(store_rollup(t.w, now, NULL, NULL, NULL), OK);
	expect_totals(&t, ROLLUP_HOUR, USEC_PER_HOUR, NULL, &f);
	assert_int_equal(f.rollups, 2);
	town_end(&t);
}

static void another_mapping_makes_them_anew(void **state)
{
	(void)state;
	struct town t;
	struct found f;
	struct rollup_report r;
	struct owning first = owning_make(1), second = owning_make(2);
	town_make(&t, 5000, 2 * USEC_PER_HOUR, 30);
	assert_int_equal(store_rollup(t.w, now, &first, NULL, NULL), OK);
	assert_int_equal(store_rollup(t.w, now, &second, NULL, &r), OK);
	assert_int_equal(r.made, 2);
	assert_int_equal(r.replaced, 2);
	expect_totals(&t, ROLLUP_HOUR, USEC_PER_HOUR, &second, &f);
	assert_int_equal(f.rollups, 2);
	town_end(&t);
}

static void they_outlive_the_rows_and_become_days(void **state)
{
	(void)state;
	struct town t;
	struct found f;
	struct rollup_report r;
	struct owning o = owning_make(1);
	struct rollup_options soon = { .days_after = USEC_PER_HOUR };
	struct prune_limit rows = { .all_tables = true, .all_levels = true, .keep = USEC_PER_HOUR };
	struct prune_policy all = { .limit = &rows, .nlimits = 1, .no_grace = true };
	town_make(&t, 30000, 30 * USEC_PER_HOUR, 100);
	assert_int_equal(store_rollup(t.w, now, &o, &soon, &r), OK);
	assert_int_equal(r.made, 30); /* no days: the rows are there */
	assert_int_equal(store_prune(t.w, now, &all, NULL), OK);
	expect_totals(&t, ROLLUP_HOUR, USEC_PER_HOUR, &o, &f);
	assert_int_equal(f.alone, 30);
	kit_check_clean(t.folder);
	assert_int_equal(store_rollup(t.w, now, &o, &soon, &r), OK);
	assert_int_equal(r.made, 2);
	assert_int_equal(r.replaced, 30);
	expect_totals(&t, ROLLUP_DAY, USEC_PER_DAY, &o, &f);
	assert_int_equal(f.rollups, 2);
	struct prune_limit days = { .all_tables = true,
				    .level = STORE_ROLLUP_DAY,
				    .keep = USEC_PER_HOUR };
	all.limit = &days;
	assert_int_equal(store_prune(t.w, now, &all, NULL), OK);
	struct map none = { 0 };
	assert_int_equal(tally_store(&none, t.folder, ROLLUP_DAY, USEC_PER_DAY, &o).rollups, 0);
	town_end(&t);
}

static void merging_segments_makes_them_anew(void **state)
{
	(void)state;
	struct town t;
	struct found f;
	struct rollup_report r;
	struct kit_rng rng = { 3 };
	struct compact_options opt = { .no_grace = true };
	town_make(&t, 5000, USEC_PER_HOUR, 30);
	assert_int_equal(store_rollup(t.w, now, NULL, NULL, NULL), OK);
	struct batch *late = flows(&rng, 100, USEC_PER_HOUR, 30);
	assert_int_equal(store_put(t.w, late), OK);
	assert_int_equal(store_seal(t.w), OK);
	assert_int_equal(store_compact(t.w, now, &opt, NULL), OK);
	struct map none = { 0 };
	assert_int_equal(tally_store(&none, t.folder, ROLLUP_HOUR, USEC_PER_HOUR, NULL).rollups, 0);
	assert_int_equal(store_rollup(t.w, now, NULL, NULL, &r), OK);
	assert_int_equal(r.rows_in, 5100);
	struct map want = { 0 }, got = { 0 };
	tally_batch(&want, t.rows, USEC_PER_HOUR, false);
	tally_batch(&want, late, USEC_PER_HOUR, false);
	f = tally_store(&got, t.folder, ROLLUP_HOUR, USEC_PER_HOUR, NULL);
	assert_int_equal(f.rollups, 1);
	tally_expect(&want, &got);
	tally_free(&want);
	tally_free(&got);
	batch_free(late);
	town_end(&t);
}

static void a_copy_has_them(void **state)
{
	(void)state;
	struct town t;
	struct problem why;
	struct copy_report report;
	struct owning o = owning_make(1);
	char to[256];
	town_make(&t, 3000, 2 * USEC_PER_HOUR, 30);
	assert_int_equal(store_rollup(t.w, now, &o, NULL, NULL), OK);
	kit_folder(to);
	assert_int_equal(store_copy(t.folder, to, &report, &why), OK);
	struct map want = { 0 }, got = { 0 };
	tally_batch(&want, t.rows, USEC_PER_HOUR, true);
	tally_store(&got, to, ROLLUP_HOUR, USEC_PER_HOUR, &o);
	tally_expect(&want, &got);
	tally_free(&want);
	tally_free(&got);
	kit_remove(to);
	town_end(&t);
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	struct town t;
	struct found f;
	struct owning o = owning_make(1);
	town_make(&t, 400, USEC_PER_HOUR, 30);
	enum err e = E_NOMEM;
	for (long n = 0; e != OK; n += n < 200 ? 1 : 13) {
		mem_fail_at(n);
		e = store_rollup(t.w, now, &o, NULL, NULL);
		mem_fail_at(-1);
		assert_true(e == OK || e == E_NOMEM);
	}
	expect_totals(&t, ROLLUP_HOUR, USEC_PER_HOUR, &o, &f);
	assert_int_equal(f.rollups, 1);
	town_end(&t);
}

/* -- counters ------------------------------------------------------------------------------------- */

/* Increases by interface as a reader of neighbours sees them; a fall counts from zero. */
static void increases(const struct seg *s, uint64_t ret[static 4])
{
	uint64_t before[4] = { 0 };
	bool any[4] = { false };
	for (size_t i = 0; i < seg_rows(s); i++) {
		uint64_t port = at(s, IF_interface, i), octets = at(s, IF_ifinoctets, i);
		assert_true(port < 4);
		if (any[port])
			ret[port] += octets >= before[port] ? octets - before[port] : octets;
		before[port] = octets;
		any[port] = true;
	}
}

static void readings_left_out_change_no_difference(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w;
	struct batch *b;
	struct kit_rng rng = { 5 };
	struct compact_options opt = { .no_grace = true };
	struct rollup_report r;
	kit_folder(folder);
	assert_int_equal(store_write_open(folder, NULL, &w, NULL), OK);
	assert_int_equal(batch_new(&tables[TABLE_IFCOUNTERS], 10000, &b), OK);
	uint64_t octets[4] = { 0 };
	for (size_t minute = 0; minute < 120; minute++)
		for (uint32_t port = 0; port < 4; port++) {
			octets[port] = minute % 50 == 17 && port == 1 ? kit_below(&rng, 100)
								      : octets[port] + kit_below(&rng, 1000000);
			struct ifcounters_rec c = {
				.time = (uint64_t)(ten_o_clock + (usec_t)minute * USEC_PER_MIN + port),
				.agent = addr_v4(1),
				.interface = port,
				.ifspeed = port == 2 && minute > 77 ? 10000000 : 1000000000,
				.ifinoctets = octets[port],
			};
			c.time -= c.time % 1000;
			assert_true(batch_push(b, &c));
		}
	assert_int_equal(store_put(w, b), OK);
	assert_int_equal(store_seal(w), OK);
	assert_int_equal(store_compact(w, now, &opt, NULL), OK);
	assert_int_equal(store_rollup(w, now, NULL, NULL, &r), OK);
	assert_int_equal(r.made, 4); /* 5min and hour, of two hours */
	struct store *s;
	struct snapshot sn;
	assert_int_equal(store_open(folder, &s, NULL), OK);
	assert_int_equal(store_snapshot(s, TABLE_IFCOUNTERS, kit_always, &sn), OK);
	assert_int_equal(sn.nrollup, 4);
	for (size_t i = 0; i < sn.nrollup; i++) {
		struct seg *roll;
		uint64_t thin[4] = { 0 }, all[4] = { 0 };
		assert_int_equal(rollup_open(s, &sn.rollup[i], &roll), OK);
		assert_int_equal(seg_prepare(roll, UINT64_MAX), OK);
		increases(roll, thin);
		assert_true(seg_rows(roll) < (sn.rollup[i].level == ROLLUP_HOUR ? 32 : 120));
		for (size_t k = 0; k < sn.nseg; k++)
			if (STREQ(seg_name(sn.seg[k]), sn.rollup[i].of)) {
				assert_int_equal(seg_prepare(sn.seg[k], UINT64_MAX), OK);
				increases(sn.seg[k], all);
			}
		assert_memory_equal(thin, all, sizeof(all));
		assert_true(all[0] > 0);
		rollup_close(roll);
	}
	snapshot_free(&sn);
	store_close(s);
	kit_check_clean(folder);
	batch_free(b);
	assert_int_equal(store_write_close(w), OK);
	kit_remove(folder);
}

UNIT_MAIN(cmocka_unit_test(hours_add_up_to_their_rows), cmocka_unit_test(nobody_owns_anything),
	  cmocka_unit_test(another_mapping_makes_them_anew),
	  cmocka_unit_test(they_outlive_the_rows_and_become_days),
	  cmocka_unit_test(merging_segments_makes_them_anew), cmocka_unit_test(a_copy_has_them),
	  cmocka_unit_test(each_allocation_fails_once),
	  cmocka_unit_test(readings_left_out_change_no_difference))
