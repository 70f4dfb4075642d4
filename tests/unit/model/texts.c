/* Texts by hash: kept, appended, forgotten when there are too many, and nothing believed that is not true. */
#include "unit.h"

#include "base/file.h"
#include "base/mem.h"
#include "model/model.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static int dir = -1;
static const usec_t T = 1790000000 * USEC_PER_SEC, HOUR = 60 * USEC_PER_MIN;

static uint64_t note(struct model *m, const char *text, usec_t when)
{
	uint64_t hash = text_hash(text, strlen(text));
	assert_int_equal(model_text_note(m, hash, text, when), OK);
	return hash;
}

static void expect(const struct model *m, const char *text, bool known)
{
	const char *got = model_text(m, text_hash(text, strlen(text)));
	if (known)
		assert_string_equal(got, text);
	else
		assert_null(got);
}

static struct model *load(void)
{
	struct model *m;
	struct problem why = { 0 };
	assert_int_equal(model_load(dir, &m, &why), OK);
	return m;
}

static void save(struct model *m)
{
	assert_int_equal(model_save(m, dir), OK);
	assert_false(model_changed(m));
}

static struct buf file(void)
{
	struct buf b = { 0 };
	assert_int_equal(file_read_at(dir, "model/texts", &b), OK);
	return b;
}

static void texts_come_back(void **state _unused_)
{
	struct model *m = load(), *again;
	note(m, "www.example.net", T);
	note(m, "Zürich \"5\" > 4", T);
	assert_true(model_changed(m));
	save(m);
	again = load();
	expect(again, "www.example.net", true);
	expect(again, "Zürich \"5\" > 4", true);
	expect(again, "www.example.org", false);
	assert_int_equal(model_texts(again), 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(model_text_at(again, i).hash, text_hash(model_text_at(again, i).text, strlen(model_text_at(again, i).text)));
	model_free(again);
	model_free(m);
}

static void only_what_is_new_is_written(void **state _unused_)
{
	struct model *m = load();
	struct buf first, second;
	note(m, "a", T);
	save(m);
	first = file();
	note(m, "a", T + HOUR); /* known, and heard within the day */
	assert_false(model_changed(m));
	note(m, "b", T);
	save(m);
	second = file();
	assert_true(second.len > first.len);
	assert_memory_equal(second.data, first.data, first.len);
	note(m, "a", T + 24 * HOUR);
	assert_true(model_changed(m)); /* so that it is not forgotten as old */
	save(m);
	model_free(m);
	m = load();
	assert_int_equal(model_texts(m), 2);
	model_free(m);
	buf_free(&first);
	buf_free(&second);
}

static void a_file_of_stale_lines_is_written_anew(void **state _unused_)
{
	struct model *m = load();
	for (int day = 0; day < 1200; day++) {
		note(m, "again", T + day * 24 * HOUR);
		save(m);
	}
	struct buf b = file();
	size_t lines = 0;
	for (size_t i = 0; i < b.len; i++)
		lines += b.data[i] == '\n';
	assert_true(lines < 1200);
	buf_free(&b);
	model_free(m);
	m = load();
	expect(m, "again", true);
	model_free(m);
}

/* Every cut of the file, and every byte of it changed: other texts stand, and none is made up. */
static void damage_costs_the_texts_it_hits(void **state _unused_)
{
	struct model *m = load();
	note(m, "first", T);
	note(m, "second", T);
	save(m);
	struct buf whole = file();
	for (size_t n = 0; n < 2 * whole.len; n++) {
		struct buf b = { 0 };
		buf_add(&b, whole.data, n < whole.len ? n : whole.len);
		if (n >= whole.len)
			b.data[n - whole.len] ^= 0x15;
		assert_int_equal(file_write_at(dir, "model/texts", b.data ? b.data : (const uint8_t *)"", b.len), OK);
		struct model *got = load();
		assert_true(model_texts(got) <= 2);
		for (size_t i = 0; i < model_texts(got); i++)
			assert_true(STREQ(model_text_at(got, i).text, "first") || STREQ(model_text_at(got, i).text, "second"));
		note(got, "third", T); /* and it goes on */
		save(got);
		model_free(got);
		got = load();
		expect(got, "third", true);
		model_free(got);
		buf_free(&b);
	}
	buf_free(&whole);
	model_free(m);
}

static void the_oldest_are_forgotten_when_there_is_no_room(void **state _unused_)
{
	struct model *m = load();
	char text[32];
	for (int i = 0; i <= 500000; i++) {
		snprintf(text, sizeof(text), "/page/%d", i);
		note(m, text, T + i / 1000 * HOUR);
	}
	assert_int_equal(model_texts(m), 375001);
	expect(m, "/page/0", false);
	expect(m, "/page/100000", false);
	expect(m, "/page/499999", true);
	expect(m, "/page/500000", true);
	model_free(m);
}

static void no_memory_is_said(void **state _unused_)
{
	for (long n = 0;; n++) {
		struct model *m = load();
		mem_fail_at(n);
		enum err e = model_text_note(m, text_hash("x", 1), "x", T);
		mem_fail_at(-1);
		assert_true(e == OK || e == E_NOMEM);
		model_free(m);
		if (e == OK)
			return;
	}
}

static int fresh(void **state _unused_)
{
	snprintf(folder, sizeof(folder), "%s/weir-texts.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(folder))
		return -1;
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0;
}

static int gone(void **state _unused_)
{
	unlinkat(dir, "model/texts", 0);
	unlinkat(dir, "model/interfaces", 0);
	unlinkat(dir, "model", AT_REMOVEDIR);
	close(dir);
	return rmdir(folder);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
UNIT_MAIN(CASE(texts_come_back), CASE(only_what_is_new_is_written), CASE(a_file_of_stale_lines_is_written_anew),
	  CASE(damage_costs_the_texts_it_hits), CASE(the_oldest_are_forgotten_when_there_is_no_room), CASE(no_memory_is_said))
