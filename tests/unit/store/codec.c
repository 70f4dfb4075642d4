/* The pieces that segments are made of: bit-packing at every width, dictionaries, differences,
 * and MANIFEST's text. */
#include "store/kit.h"

#include "store/index.h"

#include "store/deltas.h"
#include "store/dict.h"
#include "store/manifest.h"
#include "store/patch.h"
#include "store/segment.h"
#include "base/vector.h"

static void bits_of_every_width_come_back(void **state)
{
	(void)state;
	static const size_t sizes[] = { 1, 5, 63, 1000, 1023, PACK_CHUNK };
	static uint64_t in[PACK_CHUNK], out[PACK_CHUNK];
	static uint32_t in32[PACK_CHUNK], out32[PACK_CHUNK];
	static uint64_t plain[PACK_CHUNK];
	struct kit_rng rng = { 1 };
	for (unsigned width = 0; width <= 64; width++) {
		for (size_t k = 0; k < COUNT_OF(sizes); k++) {
			size_t n = sizes[k];
			uint64_t most = width == 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
			struct pack_fix fix = { .most = most };
			for (size_t i = 0; i < n; i++) {
				in[i] = i % 3 ? kit_random(&rng) & most : most;
				in32[i] = (uint32_t)in[i];
			}
			uint8_t *bytes = mem_alloc(
				pack_bytes(n, width)); /* exactly, so that ASan sees more */
			assert_non_null(bytes);
			pack64(in, n, width, bytes);
			unpack64(bytes, n, width, fix, 1, out);
			assert_memory_equal(in, out, n * sizeof(*in));
			vector_without_avx2 = true;
			unpack64(bytes, n, width, fix, 3, plain);
			vector_without_avx2 = false;
			unpack64(bytes, n, width, fix, 3, out);
			assert_memory_equal(plain, out, n * sizeof(*in));
			if (width <= 32) {
				pack32(in32, n, width, bytes);
				unpack32(bytes, n, width, fix, out32);
				assert_memory_equal(in32, out32, n * sizeof(*in32));
			}
			mem_free(bytes);
		}
	}
}

/* Start, step and base are applied, and nothing comes out above base + step * most. */
static void unpacked_numbers_stay_within_bounds(void **state)
{
	(void)state;
	static uint32_t in[PACK_CHUNK], out[PACK_CHUNK];
	static uint64_t out64[PACK_CHUNK];
	static uint8_t bytes[PACK_CHUNK * 4];
	for (uint32_t i = 0; i < PACK_CHUNK; i++)
		in[i] = i;
	for (size_t n = 1000; n <= PACK_CHUNK; n += 24) {
		pack32(in, n, 10, bytes);
		unpack32(bytes, n, 10, (struct pack_fix){ .add = 7, .most = 500, .base = 90 }, out);
		unpack64(bytes, n, 10, (struct pack_fix){ .add = 7, .most = 500, .base = 90 }, 1000,
			 out64);
		for (uint32_t i = 0; i < n; i++) {
			assert_int_equal(out[i], 90 + MIN(i + 7, 500u));
			assert_int_equal(out64[i], 90 + 1000 * (uint64_t)MIN(i + 7, 500u));
		}
		unpack64(bytes, n, 10,
			 (struct pack_fix){ .add = (uint64_t)1 << 40, .most = UINT64_MAX >> 4 }, 3,
			 out64);
		assert_int_equal(out64[5], 3 * (((uint64_t)1 << 40) + 5));
	}
}

static int by_key(const void *a, const void *b)
{
	const struct dict_key *x = a, *y = b;
	if (x->hi != y->hi)
		return x->hi < y->hi ? -1 : 1;
	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

static void dictionaries_are_sorted_and_ranks_lead_back(void **state)
{
	(void)state;
	enum { N = 20000 };
	static struct dict_key key[N];
	static uint32_t key32[N], codes[N], rank[N];
	struct kit_rng rng = { 8 };
	for (int narrow = 0; narrow < 2; narrow++) {
		struct dict d = { .narrow = narrow };
		for (size_t i = 0; i < N; i++) {
			uint64_t v = kit_random(&rng) >> kit_below(&rng, 40);
			key32[i] = i % 50 ? (uint32_t)v : UINT32_MAX * (uint32_t)(i % 100 / 50);
			key[i] = (struct dict_key){ kit_below(&rng, 3) * v, v % 5000 };
		}
		enum err e = narrow ? dict_code32(&d, key32, N, DICT_MOST, codes)
				    : dict_code(&d, key, N, DICT_MOST, codes);
		assert_int_equal(e, OK);
		assert_int_equal(dict_sort(&d, rank), OK);
		for (size_t i = 0; i < N; i++) {
			uint32_t code = rank[codes[i]];
			assert_true(code < d.n);
			if (narrow)
				assert_int_equal(d.key32[code], key32[i]);
			else
				assert_int_equal(by_key(&d.key[code], &key[i]), 0);
		}
		for (size_t i = 1; i < d.n; i++)
			assert_true(narrow ? d.key32[i - 1] < d.key32[i]
					   : by_key(&d.key[i - 1], &d.key[i]) < 0);
		dict_free(&d);
	}
}

static void a_dictionary_gives_up_when_told(void **state)
{
	(void)state;
	uint32_t codes[10], key[10] = { 5, 5, 6, 7, 5, 8, 9, 1, 2, 3 };
	struct dict d = { .narrow = true };
	assert_int_equal(dict_code32(&d, key, 5, 3, codes), OK);
	assert_int_equal(dict_code32(&d, key + 5, 1, 3, codes), E_LIMIT);
	dict_free(&d);
}

static void differences_come_back_and_faults_are_seen(void **state)
{
	(void)state;
	static const uint64_t v[] = { 0,         1,     255,        256,
				      70000,     70000, UINT32_MAX, (uint64_t)1 << 40,
				      UINT64_MAX };
	uint64_t out[COUNT_OF(v)];
	struct deltas d;
	for (size_t n = 0; n <= COUNT_OF(v); n++) {
		struct buf b = { 0 };
		deltas_put(&b, v, n, deltas_number);
		size_t len = b.len;
		buf_u64(&b, 0);
		struct cur c = cur_of(b.data, b.len);
		assert_true(deltas_take(&c, n, deltas_number, &d));
		assert_int_equal(cur_left(&c), DELTAS_SLACK);
		deltas_next(&d, n / 2, out); /* in two goes */
		deltas_next(&d, n - n / 2, out + n / 2);
		assert_true(!d.wrapped && d.repeated == (n > 5));
		for (size_t i = 0; i < n; i++)
			assert_int_equal(out[i], v[i]);
		for (size_t cut = 0; n && cut < len + DELTAS_SLACK; cut++) {
			struct cur shorter = cur_of(b.data, cut);
			assert_false(deltas_take(&shorter, n, deltas_number, &d));
		}
		buf_free(&b);
	}
	static const uint8_t wraps[] = { 0x0f, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0,
					 0,    0,   0,   0,   0,   0,   0,   0,   0,   0, 0, 0 };
	struct cur c = cur_of(wraps, sizeof(wraps));
	assert_true(deltas_take(&c, 2, deltas_number, &d));
	deltas_next(&d, 2, out);
	assert_true(d.wrapped);
}

static void an_index_gives_back_its_blocks(void **state)
{
	(void)state;
	enum { N = 1000 };
	uint64_t blocks[N];
	struct kit_rng rng = { 3 };
	struct buf b = { 0 };
	struct index x;
	for (size_t i = 0; i < N; i++) {
		blocks[i] = (uint64_t)1 << kit_below(&rng, 40);
		for (uint64_t more = kit_below(&rng, 3) * kit_below(&rng, 7); more; more--)
			blocks[i] |= (uint64_t)1 << kit_below(&rng, 40);
	}
	index_put(&b, blocks, N);
	assert_int_equal(index_take(cur_of(b.data, b.len), N, 40, &x), OK);
	for (uint32_t i = 0; i < N; i++)
		assert_true(index_blocks(&x, i) == blocks[i]);
	mem_free(x.skip);
	assert_int_equal(index_take(cur_of(b.data, b.len), N, 39, &x), E_CORRUPT);
	for (size_t len = 0; len < b.len; len++)
		assert_int_equal(index_take(cur_of(b.data, len), N, 40, &x), E_CORRUPT);
	static const uint8_t wrong[] = { 64, 65, 72, 126, 128, 255 };
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		b.data[7] = wrong[i];
		assert_int_equal(index_take(cur_of(b.data, b.len), N, 40, &x), E_CORRUPT);
	}
	buf_free(&b);
}

static void manifest_lines(struct buf *out, const char *body)
{
	buf_reset(out);
	buf_printf(out, "weir-manifest 1\n%s", body);
	buf_printf(out, "end %08x\n", crc32c(0, out->data, out->len));
}

static void a_manifest_says_what_was_replaced(void **state)
{
	(void)state;
	struct buf text = { 0 }, again = { 0 };
	struct manifest m;
	buf_text(&text, "weir-manifest 2\ngeneration 7\nnext 9\njournal traffic 8 0\n"
			"old traffic traffic/fresh/0000000001.seg 77\njournal ifcounters 2 320\n");
	buf_printf(&text, "end %08x\n", crc32c(0, text.data, text.len));
	assert_int_equal(manifest_parse(text.data, text.len, &m), OK);
	assert_int_equal(m.table[TABLE_TRAFFIC].nold, 1);
	assert_string_equal(m.table[TABLE_TRAFFIC].old[0].path, "traffic/fresh/0000000001.seg");
	assert_int_equal(m.table[TABLE_TRAFFIC].old[0].since, 77);
	manifest_format(&m, &again);
	assert_string_equal(buf_str(&again), buf_str(&text));
	manifest_free(&m);
	buf_free(&text);
	buf_free(&again);
}

static void manifests_are_read_or_refused(void **state)
{
	(void)state;
	static const char good[] =
		"generation 7\nnext 9\njournal traffic 8 0\n"
		"segment traffic traffic/fresh/0000000001.seg 10 2000 5 6\n"
		"gap traffic 1 2 x\njournal ifcounters 2 320\nmark x6869 a key\nmark x empty\n";
	static const char *const bad[] = {
		"",
		"generation 7\nnext 8\njournal traffic 8 0\njournal ifcounters 2 0\n", /* a number
											  that is
											  not taken
											  yet */
		"next 9\njournal traffic 8 0\njournal traffic 7 0\njournal ifcounters 2 0\n",
		"next 9\njournal traffic 8\njournal ifcounters 2 0\n",
		"next 9\njournal traffic 8 0 0\njournal ifcounters 2 0\n",
		"next 99999999999999999999\njournal traffic 8 0\njournal ifcounters 2 0\n",
		"next -9\njournal traffic 8 0\njournal ifcounters 2 0\n",
		"next 9\njournal nobody 8 0\njournal ifcounters 2 0\n",
		"next 9\njournal traffic 8 0\njournal ifcounters 2 0\nmark xzz k\n",
		"next 9\njournal traffic 8 0\njournal ifcounters 2 0\nmark x6 k\n",
		"next 9\njournal traffic 8 0\njournal ifcounters 2 0\nmark x66 \n",
		"next 9\njournal traffic 8 0\njournal ifcounters 2 0\nsurprise 1\n",
		("next 9\njournal traffic 8 0\njournal ifcounters 2 0\nsegment traffic "
		 "a-path-that-is-much-longer-than-any-that-was-ever-written-here 1 1 1 1\n"),
		"next 9\njournal traffic 8 0\njournal ifcounters 2 0\nsegment traffic /etc/passwd "
		"1 1 1 1\n",
		"next 9\njournal traffic 8 0\njournal ifcounters 2 0\nold traffic ../other/1.seg "
		"1\n",
		"next 9\njournal traffic 8 0\njournal ifcounters 2 0\nold traffic traffic/\t.seg "
		"1\n",
	};
	struct buf text = { 0 }, again = { 0 }, mark = { 0 };
	struct manifest m;
	manifest_lines(&text, good);
	assert_int_equal(manifest_parse(text.data, text.len, &m), OK);
	assert_int_equal(m.table[TABLE_TRAFFIC].nseg, 1);
	assert_int_equal(m.table[TABLE_IFCOUNTERS].live, 320);
	assert_int_equal(marks_get(&m.marks, "a key", &mark), OK);
	assert_string_equal(buf_str(&mark), "hi");
	manifest_format(&m, &again);
	assert_string_equal(buf_str(&again), buf_str(&text));
	manifest_free(&m);
	for (size_t n = 0; n < text.len; n++)
		assert_int_equal(manifest_parse(text.data, n, &m), E_CORRUPT);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		manifest_lines(&text, bad[i]);
		if (manifest_parse(text.data, text.len, &m) != E_CORRUPT)
			fail_msg("taken: %s", bad[i]);
	}
	buf_reset(&text); /* a roll-up that stands alone and has a name */
	buf_text(&text, "weir-manifest 4\ngeneration 7\nnext 9\njournal ifcounters 2 0\n"
			"rollup ifcounters hour ifcounters/rollup/3.seg -ifcounters/hour/1.seg 5 6 0 3600000000 01");
	for (size_t i = 1; i < 32; i++)
		buf_text(&text, "00");
	buf_text(&text, "\n");
	buf_printf(&text, "end %08x\n", crc32c(0, text.data, text.len));
	assert_int_equal(manifest_parse(text.data, text.len, &m), OK);
	assert_string_equal(m.table[TABLE_IFCOUNTERS].roll[0].of, "-ifcounters/hour/1.seg");
	buf_reset(&again);
	manifest_format(&m, &again);
	assert_string_equal(buf_str(&again), buf_str(&text));
	manifest_free(&m);
	buf_reset(&text);
	buf_text(&text, "weir-manifest 5\nwhatever\n");
	buf_printf(&text, "end %08x\n", crc32c(0, text.data, text.len));
	assert_int_equal(manifest_parse(text.data, text.len, &m), E_VERSION);
	buf_free(&text);
	buf_free(&again);
	buf_free(&mark);
}

/* -- patched chunks ----------------------------------------------------------------------------- */

/* Numbers that this codec meets: i of n, by the kind. */
static uint32_t patch_number(struct kit_rng *r, unsigned kind, size_t i)
{
	bool now_and_then = kit_below(r, 40) == 0;
	switch (kind) {
	case 0: /* all alike */
		return 77;
	case 1: /* small ones, and a few large ones */
		return (uint32_t)(now_and_then ? kit_random(r) : kit_below(r, 100));
	case 2: /* ascending, falling back now and then: time sorted by port */
		return (uint32_t)(i * 1000 + kit_below(r, 900) - (now_and_then ? i * 900 : 0));
	case 3: /* anything */
		return (uint32_t)kit_random(r) >> kit_below(r, 32);
	case 4: /* a single outlier, at the end */
		return i % 512 == 511 ? UINT32_MAX : (uint32_t)(i & 3);
	default: /* up and down by little */
		return (uint32_t)(3000000000u + (i % 7) * 3 - (i % 5));
	}
}

static void read_both_ways(const uint8_t *in, size_t n, uint32_t base, uint32_t most, uint32_t *out)
{
	uint32_t plain[PACK_CHUNK];
	const uint8_t *end = patch_read(in, n, base, most, out);
	vector_without_avx2 = true;
	assert_ptr_equal(patch_read(in, n, base, most, plain), end);
	vector_without_avx2 = false;
	assert_memory_equal(plain, out, n * sizeof(*out));
}

static void patched_chunks_come_back(void **state)
{
	(void)state;
	static const size_t sizes[] = { 1, 2, 7, 9, 500, 1023, PACK_CHUNK };
	struct kit_rng rng = { 11 };
	size_t differ = 0, patched = 0;
	for (unsigned round = 0; round < 300; round++) {
		uint32_t in[PACK_CHUNK], out[PACK_CHUNK], min = UINT32_MAX, max = 0;
		size_t n = sizes[round % COUNT_OF(sizes)];
		struct buf b = { 0 };
		for (size_t i = 0; i < n; i++) {
			in[i] = patch_number(&rng, round % 6, i);
			min = MIN(min, in[i]);
			max = MAX(max, in[i]);
		}
		patch_put(&b, in, n, min);
		assert_int_equal(b.len % 8, 0);
		struct cur c = cur_of(b.data, b.len);
		assert_true(patch_take(&c, n, max - min));
		assert_int_equal(cur_left(&c), 0);
		differ += b.data[0] >> 6;
		patched += b.data[1] > 0;
		for (size_t len = 0; len < b.len; len++) { /* cut off */
			c = cur_of(b.data, len);
			assert_false(patch_take(&c, n, max - min));
		}
		buf_u32(&b, 0); /* it looks a little further */
		read_both_ways(b.data, n, min, max - min, out);
		assert_memory_equal(in, out, n * sizeof(*in));
		buf_free(&b);
	}
	assert_true(differ > 20 && patched > 20); /* or nothing was tested */
}

/* Whatever is wrong in a chunk is refused, or what comes out stays within bounds. */
static void damaged_chunks_stay_within_bounds(void **state)
{
	(void)state;
	struct kit_rng rng = { 12 };
	enum { N = 300, MOST = 5000, BASE = 70 };
	for (unsigned kind = 0; kind < 6; kind++) {
		uint32_t in[N], out[N];
		struct buf b = { 0 };
		for (size_t i = 0; i < N; i++)
			in[i] = BASE + patch_number(&rng, kind, i) % (MOST + 1);
		patch_put(&b, in, N, BASE);
		size_t len = b.len;
		buf_u32(&b, 0);
		for (size_t bit = 0; bit < len * 8; bit++) {
			struct cur c = cur_of(b.data, len);
			b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (patch_take(&c, N, MOST)) {
				read_both_ways(b.data, N, BASE, MOST, out);
				for (size_t i = 0; i < N; i++)
					assert_in_range(out[i], BASE, BASE + MOST);
			}
			b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		buf_free(&b);
	}
}

/* A head and directory whose checksum is right, of ten rows and one column that is not constant. */
static void directories_that_cannot_be_are_refused(void **state)
{
	enum { ROWS = 10, BODY = 256 };
	static const struct {
		struct seg_entry entry;
		enum err want;
	} cases[] = {
		{ { .kind = SEG_DICT, .dict_n = ROWS, .top = ROWS - 1 }, OK },
		{ { .kind = SEG_DICT, .dict_n = ROWS + 1, .top = ROWS }, E_CORRUPT }, /* more values than rows */
		{ { .kind = SEG_DICT, .dict_n = ROWS, .top = ROWS }, E_CORRUPT },
		{ { .kind = SEG_DICT, .dict_n = 0, .top = UINT64_MAX }, E_CORRUPT },
		{ { .kind = SEG_DICT, .dict_n = 3, .top = 2, .dict = { .at = BODY, .len = 8 } }, E_CORRUPT },
		{ { .kind = SEG_DICT, .dict_n = 3, .top = 2, .rows = { .at = 4, .len = 8 } }, E_CORRUPT },
		{ { .kind = SEG_DICT, .dict_n = 3, .top = 2, .codec = SEG_CODECS }, E_CORRUPT },
		{ { .kind = SEG_INT, .step = 1, .top = UINT64_MAX }, OK },
		{ { .kind = SEG_INT, .step = 1, .base = 1, .top = UINT64_MAX }, E_CORRUPT },
		{ { .kind = SEG_INT, .step = 0, .top = 1 }, E_CORRUPT },
		{ { .kind = SEG_INT + 1, .step = 1 }, E_CORRUPT },
	};
	const struct table *t = &tables[TABLE_TRAFFIC];
	(void)state;
	for (size_t k = 0; k < COUNT_OF(cases); k++) {
		struct seg_entry entry[TABLE_MAX_COLS] = { 0 }, got[TABLE_MAX_COLS];
		struct seg_front f = { .rows = ROWS, .span = { 1, 2 } };
		struct buf out = { 0 };
		entry[TR_macsource] = cases[k].entry;
		entry[TR_macsource].blocks = (struct seg_piece){ .len = BLOCK_ROW };
		segment_front(&out, t, &f, entry, BODY);
		if (segment_front_read(out.data, out.len, t, &f, got) != cases[k].want)
			fail_msg("case %zu was %s", k, cases[k].want ? "taken" : "refused");
		buf_free(&out);
	}
}

UNIT_MAIN(cmocka_unit_test(directories_that_cannot_be_are_refused), cmocka_unit_test(bits_of_every_width_come_back),
	  cmocka_unit_test(patched_chunks_come_back),
	  cmocka_unit_test(damaged_chunks_stay_within_bounds),
	  cmocka_unit_test(an_index_gives_back_its_blocks),
	  cmocka_unit_test(a_manifest_says_what_was_replaced),
	  cmocka_unit_test(unpacked_numbers_stay_within_bounds),
	  cmocka_unit_test(dictionaries_are_sorted_and_ranks_lead_back),
	  cmocka_unit_test(a_dictionary_gives_up_when_told),
	  cmocka_unit_test(differences_come_back_and_faults_are_seen),
	  cmocka_unit_test(manifests_are_read_or_refused))
