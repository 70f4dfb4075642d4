/* Where the columns of all segments do not fit, those of the question that is asked again and again do. */
#include "store/kit.h"

#include "store/keep.h"
#include "store/seg.h"

enum { SEGMENTS = 6, ROWS = 5000 };

struct world {
	char folder[256];
	struct store_writer *w;
	struct store *s;
	struct snapshot snap;
	struct keep *theirs, keep;
};

static void begin(struct world *w)
{
	struct store_options opt = { .seal_rows = ROWS, .no_sync = true };
	struct kit_rng rng = { 3 };
	uint8_t spread[TABLE_MAX_COLS];
	memset(spread, KIT_ANY, sizeof(spread));
	kit_folder(w->folder);
	assert_int_equal(store_write_open(w->folder, &opt, &w->w, NULL), OK);
	for (int i = 0; i < SEGMENTS; i++) {
		struct batch *b = kit_batch(&rng, &tables[TABLE_TRAFFIC], spread, ROWS, 1764000000 * USEC_PER_SEC, 3);
		assert_int_equal(store_put(w->w, b), OK);
		assert_int_equal(store_seal(w->w), OK);
		batch_free(b);
	}
	assert_int_equal(store_open(w->folder, &w->s, NULL), OK);
	assert_int_equal(store_snapshot(w->s, TABLE_TRAFFIC, kit_always, &w->snap), OK);
	assert_int_equal(w->snap.nseg, SEGMENTS);
	w->theirs = w->snap.seg[0]->keep;
}

/* One question of these columns over all segments; tells how many had to load some of them. */
static unsigned ask(struct world *w, uint64_t cols)
{
	unsigned loads = 0;
	for (size_t i = 0; i < SEGMENTS; i++) {
		struct seg *s = w->snap.seg[i];
		for (size_t c = 0; c < s->table->ncols; c++)
			s->loaded[c].asked = false; /* as keep_take() does */
		bool ready = true;
		for (size_t c = 0; c < s->table->ncols; c++)
			ready &= !(cols >> c & 1) || s->loaded[c].ready;
		loads += !ready;
		s->keep = &w->keep;
		assert_int_equal(seg_prepare(s, cols), OK);
		seg_done(s);
		assert_true(w->keep.bytes <= w->keep.most);
	}
	return loads;
}

static void end(struct world *w)
{
	for (size_t i = 0; i < SEGMENTS; i++) {
		struct seg *s = w->snap.seg[i];
		w->keep.bytes -= s->kept_bytes;
		s->kept_bytes = 0;
		s->keep = w->theirs;
	}
	assert_int_equal(w->keep.bytes, 0);
	keep_end(&w->keep);
	snapshot_free(&w->snap);
	store_close(w->s);
	assert_int_equal(store_write_close(w->w), OK);
	kit_remove(w->folder);
}

static void a_question_asked_again_finds_its_columns(void **state)
{
	(void)state;
	const uint64_t all = UINT64_MAX;
	const uint64_t two = (uint64_t)1 << TR_bytes | (uint64_t)1 << TR_ipsource;
	struct world w = { 0 };
	begin(&w);
	keep_init(&w.keep, SIZE_MAX);
	assert_int_equal(ask(&w, all), SEGMENTS);
	assert_int_equal(ask(&w, all), 0);
	size_t bytes = w.keep.bytes;
	w.keep.most = bytes;
	assert_int_equal(ask(&w, two), 0);
	assert_int_equal(w.keep.bytes, bytes); /* all fit: nobody gives anything up */
	end(&w);

	w = (struct world){ 0 };
	begin(&w);
	keep_init(&w.keep, bytes / 2);
	assert_int_equal(ask(&w, all), SEGMENTS);
	assert_true(ask(&w, all) >= SEGMENTS / 2); /* half of them fit at most */
	unsigned first = ask(&w, two);
	assert_true(first > 0);
	ask(&w, two);
	assert_int_equal(ask(&w, two), 0);
	end(&w);
}

/* Whatever is asked in whatever room: the ceiling holds, and what is prepared is there. */
static void any_questions_in_any_room(void **state)
{
	(void)state;
	struct world w = { 0 };
	struct kit_rng rng = { 11 };
	begin(&w);
	keep_init(&w.keep, 0);
	for (int i = 0; i < 60; i++) {
		uint64_t cols = kit_random(&rng) & kit_random(&rng);
		ask(&w, cols);
		for (size_t k = 0; k < SEGMENTS; k++)
			for (size_t c = 0; c < w.snap.seg[k]->table->ncols && w.snap.seg[k]->kept_bytes; c++)
				assert_true(!(cols >> c & 1) || w.snap.seg[k]->loaded[c].ready);
		w.keep.most += kit_below(&rng, 200000);
	}
	assert_true(w.keep.bytes > 0);
	end(&w);
}

UNIT_MAIN(cmocka_unit_test(a_question_asked_again_finds_its_columns), cmocka_unit_test(any_questions_in_any_room))
