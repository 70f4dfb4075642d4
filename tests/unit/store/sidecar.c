/* Sidecars: whose rows are, as they were told; gone with their segments; made again when damaged. */
#include "store/kit.h"

#include "store/layout.h"
#include "store/sidecar.h"
#include "store/sidecar_file.h"

#include <dirent.h>
#include <fcntl.h>

static const usec_t ten_o_clock = 1764064800 * USEC_PER_SEC;

enum { ROWS = 70000, OWNERS = 40 };

/* Row i: from address i % 1000, to i % 77. */
static struct batch *numbered(size_t n)
{
	struct batch *b;
	assert_int_equal(batch_new(&tables[TABLE_TRAFFIC], n, &b), OK);
	for (size_t i = 0; i < n; i++) {
		struct flow_rec r = { .time = (uint64_t)(ten_o_clock + (usec_t)i * 10000),
				      .ipsource = addr_v4((uint32_t)(i % 1000)),
				      .ipdestination = addr_v4((uint32_t)(i % 77)),
				      .bytes = i };
		assert_true(batch_push(b, &r));
	}
	return b;
}

/* The set of an address: numbers as a caller may give them, with holes; its owners: none of multiples
 * of seven, else one or two. */
static uint32_t set_of(uint32_t address)
{
	return address % 7 ? address % OWNERS * 1000 + 5 : 0;
}

static const uint32_t *owners_of_set(void *arg, uint32_t set, size_t *ret_n)
{
	uint32_t *owner = arg, at = set / 1000;
	if (!set) {
		*ret_n = 0;
		return owner;
	}
	owner[0] = at;
	owner[1] = at + OWNERS;
	*ret_n = at % 2 + 1;
	return owner;
}

static enum err of_rows(void *arg, const struct batch *b, uint32_t *const *ret_set)
{
	(void)arg;
	for (size_t i = 0; i < b->n; i++) {
		const uint8_t *from = batch_addr(b, TR_ipsource, i)->b,
			      *to = batch_addr(b, TR_ipdestination, i)->b;
		ret_set[0][i] = set_of(load_be32(from + 12));
		ret_set[1][i] = set_of(load_be32(to + 12));
	}
	return OK;
}

static uint32_t scratch[2];

static struct owning owning_make(uint8_t digest)
{
	struct owning o = { .sides = 2,
			    .cols = (uint64_t)1 << TR_ipsource | (uint64_t)1 << TR_ipdestination,
			    .of = of_rows,
			    .set = owners_of_set,
			    .arg = scratch };
	memset(o.digest, digest, sizeof(o.digest));
	return o;
}

static void store_make(char folder[256], struct store_writer **w)
{
	struct problem why;
	struct batch *b = numbered(ROWS);
	kit_folder(folder);
	assert_int_equal(store_write_open(folder, NULL, w, &why), OK);
	assert_int_equal(store_put(*w, b), OK);
	assert_int_equal(store_seal(*w), OK);
	batch_free(b);
}

static bool owns(const uint32_t *owner, size_t n, uint32_t who)
{
	for (size_t i = 0; i < n; i++)
		if (owner[i] == who)
			return true;
	return false;
}

/* Chunks of a block by themselves, and what is said of them. */
static void expect_chunks(const struct sidecar *c, size_t side, size_t block, const uint32_t *sets, size_t n)
{
	static uint32_t some[SEG_BLOCK];
	uint32_t min[SEG_CHUNKS], max[SEG_CHUNKS], chunks = 0x5a5a5a5a;
	memset(some, 0xff, sizeof(some));
	sidecar_codes_some(c, side, block, chunks, some);
	sidecar_chunk_bounds(c, side, block, min, max);
	for (size_t i = 0; i < n; i++) {
		assert_in_range(sets[i], min[i / SEG_CHUNK], max[i / SEG_CHUNK]);
		assert_int_equal(some[i], chunks >> i / SEG_CHUNK & 1 ? sets[i] : UINT32_MAX);
	}
}

/* The sets of an owner are those that it is in. */
static void expect_sets(const struct sidecar *c, uint32_t who)
{
	size_t n, members, found = 0;
	const uint32_t *set = sidecar_sets_of(c, who, &n);
	for (uint32_t i = 0; i < sidecar_sets(c); i++) {
		const uint32_t *member = sidecar_set(c, i, &members);
		if (owns(member, members, who))
			assert_true(found < n && set[found++] == i);
	}
	assert_int_equal(found, n);
}

/* One side of all rows against what was told; seen[] gets the blocks of each owner. */
static void expect_side(const struct sidecar *c, const struct seg *s, size_t side, size_t col,
			uint64_t seen[static OWNERS * 2])
{
	static uint32_t codes[SEG_BLOCK], sets[SEG_BLOCK];
	uint32_t min, max;
	for (size_t b = 0; b < seg_blocks(seg_rows(s)); b++) {
		size_t n = MIN(seg_rows(s) - b * SEG_BLOCK, (size_t)SEG_BLOCK);
		seg_codes(s, col, b, codes);
		sidecar_codes(c, side, b, sets);
		sidecar_bounds(c, side, b, &min, &max);
		expect_chunks(c, side, b, sets, n);
		for (size_t i = 0; i < n; i++) {
			size_t got, want;
			uint32_t again[2];
			uint32_t address = load_be32(
				seg_column(s, col)->dict_addr[codes[i]].b + 12);
			const uint32_t *w = owners_of_set(again, set_of(address), &want);
			assert_in_range(sets[i], min, max);
			assert_true(sets[i] < sidecar_sets(c));
			const uint32_t *g = sidecar_set(c, sets[i], &got);
			assert_int_equal(got, want);
			for (size_t k = 0; k < want; k++) {
				assert_true(owns(g, got, w[k]));
				seen[w[k]] |= (uint64_t)1 << b;
			}
		}
	}
}

static size_t expect_all(const char *folder, uint8_t digest)
{
	struct store *s;
	struct snapshot sn;
	struct owning o = owning_make(digest);
	size_t found = 0;
	assert_int_equal(store_open(folder, &s, NULL), OK);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	for (size_t i = 0; i < sn.nseg; i++) {
		struct sidecar *c;
		uint64_t seen[OWNERS * 2] = { 0 };
		enum err e = sidecar_open(sn.seg[i], o.digest, &c);
		if (e == E_UNKNOWN)
			continue;
		assert_int_equal(e, OK);
		found++;
		assert_int_equal(sidecar_sides(c), 2);
		assert_int_equal(seg_prepare(sn.seg[i], o.cols), OK);
		expect_side(c, sn.seg[i], 0, TR_ipsource, seen);
		expect_side(c, sn.seg[i], 1, TR_ipdestination, seen);
		for (uint32_t who = 0; who < OWNERS * 2 + 5; who++) {
			const uint64_t *blocks = sidecar_blocks(c, who);
			uint64_t want = who < OWNERS * 2 ? seen[who] : 0;
			assert_int_equal(blocks ? *blocks : 0, want);
			expect_sets(c, who);
		}
		sidecar_close(c);
	}
	snapshot_free(&sn);
	store_close(s);
	return found;
}

static size_t files_like(const char *folder, const char *sub, const char *end)
{
	char path[300];
	size_t n = 0;
	snprintf(path, sizeof(path), "%s/%s", folder, sub);
	DIR *d = opendir(path);
	if (!d)
		return 0;
	for (struct dirent *e; (e = readdir(d));) {
		size_t len = strlen(e->d_name);
		n += len > strlen(end) && STREQ(e->d_name + len - strlen(end), end);
	}
	closedir(d);
	return n;
}

static void rows_are_whose_they_were_told(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w;
	struct attribute_report r;
	struct compact_options all = { .open_hours = true, .no_grace = true };
	struct attribute_options fresh = { .fresh = true };
	struct owning o = owning_make(1);
	store_make(folder, &w);
	assert_int_equal(store_attribute(w, TABLE_TRAFFIC, &o, NULL, &r), OK);
	assert_int_equal(r.made, 0); /* fresh ones only when asked */
	assert_int_equal(store_attribute(w, TABLE_TRAFFIC, &o, &fresh, &r), OK);
	assert_int_equal(r.made, 1);
	assert_int_equal(r.rows, ROWS);
	assert_int_equal(expect_all(folder, 1), 1);
	assert_int_equal(expect_all(folder, 2), 0); /* another mapping */
	assert_int_equal(store_compact(w, ten_o_clock, &all, NULL), OK);
	assert_int_equal(files_like(folder, "traffic/fresh", ".own"), 0); /* gone with its segment */
	assert_int_equal(store_attribute(w, TABLE_TRAFFIC, &o, NULL, &r), OK);
	assert_int_equal(r.made, 1);
	assert_int_equal(store_attribute(w, TABLE_TRAFFIC, &o, NULL, &r), OK);
	assert_int_equal(r.made, 0);
	assert_int_equal(r.there, 1);
	assert_int_equal(expect_all(folder, 1), 1);
	kit_check_clean(folder);
	assert_int_equal(store_write_close(w), OK);
	assert_int_equal(store_write_open(folder, NULL, &w, NULL), OK); /* the sweep leaves it */
	assert_int_equal(expect_all(folder, 1), 1);
	assert_int_equal(store_write_close(w), OK);
	kit_remove(folder);
}

static void other_mappings_are_forgotten(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w;
	struct attribute_options fresh = { .fresh = true };
	size_t removed;
	store_make(folder, &w);
	for (uint8_t d = 1; d <= 3; d++) {
		struct owning o = owning_make(d);
		assert_int_equal(store_attribute(w, TABLE_TRAFFIC, &o, &fresh, NULL), OK);
	}
	struct owning keep = owning_make(2);
	assert_int_equal(store_forget_sidecars(w, &keep.digest, 1, &removed), OK);
	assert_int_equal(removed, 2);
	assert_int_equal(expect_all(folder, 1), 0);
	assert_int_equal(expect_all(folder, 2), 1);
	assert_int_equal(store_write_close(w), OK);
	kit_remove(folder);
}

static bool at_once(void *arg)
{
	(void)arg;
	return true;
}

static enum err fails(void *arg, const struct batch *b, uint32_t *const *ret_set)
{
	(void)arg;
	(void)b;
	(void)ret_set;
	return E_LIMIT;
}

static void what_stops_it_leaves_nothing(void **state)
{
	(void)state;
	char folder[256];
	struct store_writer *w;
	struct attribute_options stop = { .fresh = true, .stop = at_once }, fresh = { .fresh = true };
	struct owning o = owning_make(1), bad = o;
	bad.of = fails;
	store_make(folder, &w);
	assert_int_equal(store_attribute(w, TABLE_TRAFFIC, &o, &stop, NULL), E_CANCELLED);
	assert_int_equal(store_attribute(w, TABLE_TRAFFIC, &bad, &fresh, NULL), E_LIMIT);
	assert_int_equal(files_like(folder, "traffic/fresh", ".own"), 0);
	for (long n = 0; n < 100000; n++) {
		mem_fail_at(n);
		enum err e = store_attribute(w, TABLE_TRAFFIC, &o, &fresh, NULL);
		mem_fail_at(-1);
		if (e == OK)
			break;
		assert_int_equal(e, E_NOMEM);
		assert_int_equal(files_like(folder, "traffic/fresh", ".own"), 0);
	}
	assert_int_equal(expect_all(folder, 1), 1);
	assert_int_equal(store_write_close(w), OK);
	kit_remove(folder);
}

/* Any byte of the file wrong: refused, or nothing was changed that matters. */
static void damage_is_refused(void **state)
{
	(void)state;
	char folder[256], path[400];
	struct store_writer *w;
	struct attribute_options fresh = { .fresh = true };
	struct owning o = owning_make(1);
	store_make(folder, &w);
	assert_int_equal(store_attribute(w, TABLE_TRAFFIC, &o, &fresh, NULL), OK);
	assert_int_equal(store_write_close(w), OK);
	struct store *s;
	struct snapshot sn;
	assert_int_equal(store_open(folder, &s, NULL), OK);
	assert_int_equal(store_snapshot(s, TABLE_TRAFFIC, kit_always, &sn), OK);
	char name[PATH_ROOM];
	sidecar_path(name, seg_name(sn.seg[0]), o.digest);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	off_t size = lseek(fd, 0, SEEK_END);
	for (off_t at = 0; at < size; at += at < 200 ? 1 : 997) {
		struct sidecar *c;
		uint8_t byte, wrong;
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		wrong = byte ^ 0x41;
		assert_int_equal(pwrite(fd, &wrong, 1, at), 1);
		assert_int_equal(sidecar_open(sn.seg[0], o.digest, &c), E_CORRUPT);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	size_t said = 0;
	assert_int_equal(pwrite(fd, "x", 1, size / 2), 1);
	close(fd);
	assert_int_equal(store_check(folder, kit_say, &said), E_CORRUPT);
	assert_int_equal(said, 1);
	snapshot_free(&sn);
	store_close(s);
	kit_remove(folder);
}

UNIT_MAIN(cmocka_unit_test(rows_are_whose_they_were_told),
	  cmocka_unit_test(other_mappings_are_forgotten),
	  cmocka_unit_test(what_stops_it_leaves_nothing), cmocka_unit_test(damage_is_refused))
