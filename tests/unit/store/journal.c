/* Columns of few values in a journal's frames: a byte a row and a list of values.  What is written is read
 * back; what a stranger changes is refused although all checksums are right; a file of the version before
 * is read, and sealed before more is written. */
#include "store/kit.h"

#include "base/file.h"
#include "store/journal.h"
#include "store/segment.h"

#include <fcntl.h>

enum { ROWS = 3000 };
static const usec_t first_time = 1764000000 * USEC_PER_SEC;
static const struct table *const traffic = &tables[TABLE_TRAFFIC];

static uint64_t mac_of(size_t i, size_t values)
{
	return 0x020000000000u + i % values * 0x1000100u;
}

/* `macs` source MACs, `hops` next hops (one of them none), and a column of each width that is like them. */
static struct batch *rows_of(size_t macs, size_t hops)
{
	struct batch *b;
	assert_int_equal(batch_new(traffic, ROWS, &b), OK);
	for (size_t i = 0; i < ROWS; i++) {
		struct flow_rec r = { .time = (uint64_t)first_time + i * 1000, .macsource = mac_of(i, macs), .bytes = i };
		r.ethertype = i % 3 ? 0x0800 : 0x86dd;
		r.mplslabel = (uint32_t)(i % macs) << 20;
		if (i % hops)
			r.nexthop = i % 2 ? addr_v4((uint32_t)(i % hops)) : (struct addr){ { 0x20, [15] = (uint8_t)(i % hops) } };
		assert_true(batch_push(b, &r));
	}
	return b;
}

/* A journal of one frame with these rows, as the bytes of its file. */
static void file_of(const struct batch *b, struct buf *ret)
{
	struct journal j = { 0 };
	assert_int_equal(journal_start(&j, traffic, 1), OK);
	assert_int_equal(journal_add_rows(&j, b, 0, b->n), OK);
	*ret = (struct buf){ 0 };
	buf_add(ret, j.image.data, j.image.len);
	journal_free(&j);
}

static struct part part_in(const struct journal *j, size_t col)
{
	struct parts p;
	assert_int_equal(journal_parts(j, col, kit_always, &p), OK);
	struct part one = p.at[0];
	mem_free(p.at);
	return one;
}

static void put_crcs(struct buf *file)
{
	uint32_t header, crc;
	memcpy(&header, file->data + 12, 4);
	crc = crc32c(0, file->data + 12, header - 12);
	memcpy(file->data + 8, &crc, 4);
	crc = crc32c(0, file->data + header + 8, file->len - header - 8);
	memcpy(file->data + header + 4, &crc, 4);
}

static void few_values_are_codes(void **state)
{
	static const struct {
		size_t macs, hops;
		enum part_form mac, hop;
	} cases[] = {
		{ 1, 2, PART_CONST, PART_ADDR_CODES },
		{ 2, 7, PART_CODES, PART_ADDR_CODES },
		{ 256, 256, PART_CODES, PART_ADDR_CODES },
		{ 257, 257, PART_U64, PART_MIX },
	};
	(void)state;
	for (size_t k = 0; k < COUNT_OF(cases); k++) {
		struct batch *b = rows_of(cases[k].macs, cases[k].hops);
		struct buf file;
		struct journal j = { 0 };
		struct seg *s;
		file_of(b, &file);
		assert_int_equal(journal_load(&j, traffic, 1, &file, 0), OK);
		assert_int_equal(j.rows, ROWS);
		assert_true(j.same_columns && !j.damaged);
		assert_int_equal(part_in(&j, TR_macsource).form, cases[k].mac);
		assert_int_equal(part_in(&j, TR_mplslabel).form, cases[k].mac == PART_U64 ? PART_U32 : cases[k].mac);
		assert_int_equal(part_in(&j, TR_nexthop).form, cases[k].hop);
		assert_int_equal(part_in(&j, TR_ethertype).form, PART_CODES);
		assert_int_equal(seg_of_journal("codes", &j, kit_always, &s), OK);
		kit_compare(s, &b, 1, 0);
		seg_free(s);
		batch_free(b);
		buf_free(&file);
	}
}

/* In a short frame a list would take more than it saves. */
static void short_frames_have_no_lists(void **state)
{
	struct batch *b = rows_of(2, 2);
	struct journal j = { 0 };
	(void)state;
	assert_int_equal(journal_start(&j, traffic, 1), OK);
	assert_int_equal(journal_add_rows(&j, b, 0, 1023), OK);
	assert_int_equal(part_in(&j, TR_macsource).form, PART_U32);
	journal_free(&j);
	batch_free(b);
}

/* Sixty-four frames later a column that had too many values is tried again. */
static void a_column_is_tried_again(void **state)
{
	struct batch *many = rows_of(300, 2), *few = rows_of(3, 2), *both[70];
	struct journal j = { 0 };
	struct parts p;
	struct seg *s;
	(void)state;
	assert_int_equal(journal_start(&j, traffic, 1), OK);
	for (size_t i = 0; i < COUNT_OF(both); i++) {
		both[i] = i ? few : many;
		assert_int_equal(journal_add_rows(&j, both[i], 0, ROWS), OK);
	}
	assert_int_equal(journal_parts(&j, TR_macsource, kit_always, &p), OK);
	assert_int_equal(p.at[63].form, PART_U32);
	assert_int_equal(p.at[64].form, PART_CODES);
	mem_free(p.at);
	assert_int_equal(seg_of_journal("again", &j, kit_always, &s), OK);
	kit_compare(s, both, COUNT_OF(both), 0);
	seg_free(s);
	batch_free(many);
	batch_free(few);
}

/* The column head of source MACs in the only frame, and where its data begins. */
static uint8_t *mac_head(struct buf *file, uint8_t **ret_data)
{
	uint32_t header, ncols, at;
	memcpy(&header, file->data + 12, 4);
	uint8_t *rows = file->data + header + FRAME_HEAD, *head = rows + ROWS_HEAD;
	memcpy(&ncols, rows + 4, 4);
	uint8_t *data = head + (size_t)ncols * COLUMN_HEAD;
	while (head[0] != TR_macsource)
		head += COLUMN_HEAD;
	memcpy(&at, head + 28, 4);
	*ret_data = data + at;
	return head;
}

static void strangers_codes_are_refused(void **state)
{
	enum { MACS = 5, VALUES = 8, CODES = 8 + MACS * 8 };
	static const struct {
		const char *what;
		bool data; /* in the data; else in the head */
		size_t at;
		uint8_t value;
		bool good;
	} cases[] = {
		{ "as it was", true, 0, MACS, true },
		{ "no values", true, 0, 0, false },
		{ "one value less", true, 0, MACS - 1, false },
		{ "one value more", true, 0, MACS + 1, false },
		{ "300 values", true, 1, 1, false },
		{ "a value no row has", true, CODES + 4, 0, true }, /* of three thousand rows one */
		{ "a code of no value", true, CODES + 4, MACS, false },
		{ "a code far beyond", true, CODES + 4, 255, false },
		{ "a value above the largest", true, VALUES + 4 * 8 + 7, 1, false },
		{ "a value below the smallest", true, VALUES + 4 * 8 + 5, 0, false },
		{ "steps", false, 4, 2, false },
		{ "no step", false, 4, 0, false },
		{ "an address", false, 1, PART_ADDR_CODES, false },
		{ "an unknown form", false, 1, PART_FORMS, false },
	};
	struct batch *b = rows_of(MACS, 2);
	(void)state;
	for (size_t k = 0; k < COUNT_OF(cases); k++) {
		struct buf file;
		struct journal j = { 0 };
		uint8_t *data, *head;
		file_of(b, &file);
		head = mac_head(&file, &data);
		(cases[k].data ? data : head)[cases[k].at] = cases[k].value;
		put_crcs(&file);
		assert_int_equal(journal_load(&j, traffic, 1, &file, 0), OK);
		if (j.damaged == cases[k].good || (j.rows == ROWS) != cases[k].good)
			fail_msg("%s: %s", cases[k].what, j.damaged ? "refused" : "taken");
		journal_free(&j);
		buf_free(&file);
	}
	batch_free(b);
}

/* The last row of a value goes: then the value has none. */
static void a_value_without_a_row_is_refused(void **state)
{
	struct batch *b = rows_of(ROWS / 2, 2);
	struct journal j = { 0 };
	struct buf file;
	uint8_t *data;
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		((uint64_t *)b->col[TR_macsource])[i] = i ? mac_of(0, 1) : mac_of(1, 2);
	file_of(b, &file);
	(void)mac_head(&file, &data);
	assert_int_equal(data[8 + 2 * 8], 0); /* the first row is the only one of its value */
	data[8 + 2 * 8] = 1;
	put_crcs(&file);
	assert_int_equal(journal_load(&j, traffic, 1, &file, 0), OK);
	assert_true(j.damaged);
	assert_int_equal(j.rows, 0);
	journal_free(&j);
	buf_free(&file);
	batch_free(b);
}

/* A journal that the version before has written (without codes, that is all there is between them). */
static void version_one_is_read_and_sealed(void **state)
{
	char folder[256], path[320];
	struct batch *old = rows_of(1, 2), *more = rows_of(5, 2), *both[] = { old, more };
	struct store_writer *w;
	struct store_info info;
	struct problem why;
	struct buf file = { 0 };
	(void)state;
	memset(old->col[TR_nexthop], 0, ROWS * 16);
	for (size_t i = 0; i < ROWS; i++)
		((uint16_t *)old->col[TR_ethertype])[i] = 0;
	kit_folder(folder);
	assert_int_equal(store_write_open(folder, NULL, &w, &why), OK);
	assert_int_equal(store_put(w, old), OK);
	assert_int_equal(store_write_close(w), OK);

	snprintf(path, sizeof(path), "%s/traffic/journal/0000000001", folder);
	assert_int_equal(file_read(path, &file), OK);
	file.data[16] = 1;
	put_crcs(&file);
	assert_int_equal(file_write_at(AT_FDCWD, path, file.data, file.len), OK);
	buf_free(&file);
	kit_expect(folder, TABLE_TRAFFIC, &old, 1);

	assert_int_equal(store_write_open(folder, NULL, &w, &why), OK);
	assert_int_equal(store_info(folder, &info, &why), OK);
	assert_int_equal(info.table[TABLE_TRAFFIC].segment_rows, ROWS);
	assert_int_equal(store_put(w, more), OK);
	assert_int_equal(store_write_close(w), OK);
	kit_expect(folder, TABLE_TRAFFIC, both, 2);
	kit_check_clean(folder);
	batch_free(old);
	batch_free(more);
	kit_remove(folder);
}

UNIT_MAIN(cmocka_unit_test(few_values_are_codes), cmocka_unit_test(short_frames_have_no_lists), cmocka_unit_test(a_column_is_tried_again),
	  cmocka_unit_test(strangers_codes_are_refused), cmocka_unit_test(a_value_without_a_row_is_refused),
	  cmocka_unit_test(version_one_is_read_and_sealed))
