/* base: cursor, buffer, arena, map: the bounds and the ceilings. */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/map.h"
#include "base/mem.h"

static void cursor_reads_in_order(void **state)
{
	(void)state;
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	struct cur c = cur_of(bytes, sizeof(bytes));
	assert_int_equal(cur_u8(&c), 1);
	assert_int_equal(cur_u16(&c), 0x0203);
	assert_int_equal(cur_u32(&c), 0x04050607);
	assert_true(cur_u64(&c) == 0x08090a0b0c0d0e0f);
	assert_false(c.bad);
	assert_int_equal(cur_left(&c), 0);
}

static void cursor_failure_is_sticky(void **state)
{
	(void)state;
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct cur c = cur_of(bytes, sizeof(bytes));
	assert_int_equal(cur_u32(&c), 0);
	assert_true(c.bad);
	assert_int_equal(cur_left(&c), 3);
	assert_int_equal(cur_u8(&c), 0); /* there is a byte, but the answer stays no */
	assert_true(c.bad);
}

static void cursor_child_cannot_leave_its_parent(void **state)
{
	(void)state;
	static const uint8_t bytes[] = { 1, 2, 3, 4 };
	struct cur c = cur_of(bytes, sizeof(bytes));
	struct cur child = cur_take(&c, 2);
	assert_int_equal(cur_u16(&child), 0x0102);
	assert_int_equal(cur_u8(&child), 0);
	assert_true(child.bad);
	assert_false(c.bad);
	assert_int_equal(cur_u8(&c), 3);
	struct cur lying = cur_take(&c, SIZE_MAX);
	assert_true(lying.bad);
	assert_true(c.bad);
	assert_int_equal(cur_left(&lying), 0);
}

static void cursor_on_nothing(void **state)
{
	(void)state;
	struct cur c = cur_of(NULL, 0);
	struct cur child = cur_take(&c, 0);
	assert_false(child.bad);
	cur_skip(&c, 0);
	assert_false(c.bad);
	assert_int_equal(cur_u8(&c), 0);
	assert_true(c.bad);
}

static void buf_stops_at_its_ceiling(void **state)
{
	(void)state;
	struct buf b = { .ceiling = 10 };
	buf_text(&b, "12345");
	buf_text(&b, "67890");
	assert_int_equal(b.bad, OK);
	buf_u8(&b, 'x');
	assert_int_equal(b.bad, E_LIMIT);
	buf_reset(&b);
	buf_add(&b, "abc", 3);
	assert_string_equal(buf_str(&b), "abc");
	buf_free(&b);
}

static void buf_prints(void **state)
{
	(void)state;
	struct buf b = { 0 };
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i);
	assert_int_equal(b.len, 3890);
	assert_memory_equal(b.data, "0,1,2,3,", 8);
	buf_free(&b);
}

static void buf_survives_no_memory(void **state)
{
	(void)state;
	struct buf b = { 0 };
	mem_fail_at(0);
	buf_text(&b, "x");
	mem_fail_at(-1);
	assert_int_equal(b.bad, E_NOMEM);
	assert_string_equal(buf_str(&b), "");
	buf_free(&b);
}

static void arena_refuses_beyond_its_ceiling(void **state)
{
	(void)state;
	struct arena a = { .ceiling = 1024 };
	assert_non_null(arena_alloc(&a, 1000));
	assert_null(arena_alloc(&a, 100));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_new0(&a, SIZE_MAX, 16));
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 1000));
	assert_null(arena_printf(&a, "%200d", 1));
	arena_free(&a);
}

static void arena_gives_distinct_aligned_memory(void **state)
{
	(void)state;
	struct arena a = { 0 };
	uint8_t *before = NULL;
	for (size_t i = 1; i < 3000; i++) {
		uint8_t *p = arena_alloc(&a, i % 97);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		memset(p, (int)i, i % 97);
		assert_ptr_not_equal(p, before);
		before = p;
	}
	assert_string_equal(arena_printf(&a, "%s-%d", "a", 1), "a-1");
	arena_free(&a);
}

static void map_finds_what_was_put(void **state)
{
	(void)state;
	struct map m = { 0 };
	char key[16];
	for (unsigned i = 0; i < 5000; i++) {
		struct map_entry *e;
		bool fresh;
		int n = snprintf(key, sizeof(key), "key%u", i % 2500);
		assert_int_equal(map_put(&m, key, (size_t)n, &e, &fresh), OK);
		assert_int_equal(fresh, i < 2500);
		if (fresh)
			e->num = i;
	}
	assert_int_equal(m.live, 2500);
	assert_int_equal(map_get_str(&m, "key77")->num, 77);
	assert_null(map_get_str(&m, "key2500"));
	assert_true(map_remove(&m, "key77", 5));
	assert_false(map_remove(&m, "key77", 5));
	assert_null(map_get_str(&m, "key77"));
	assert_memory_equal(m.at[3].key, "key3", 5); /* insertion order */
	map_free(&m);
}

static void map_stops_at_its_ceiling(void **state)
{
	(void)state;
	struct map m = { .ceiling = 2 };
	struct map_entry *e;
	assert_int_equal(map_put_str(&m, "a", &e, NULL), OK);
	assert_int_equal(map_put_str(&m, "b", &e, NULL), OK);
	assert_int_equal(map_put_str(&m, "c", &e, NULL), E_LIMIT);
	assert_int_equal(map_put_str(&m, "a", &e, NULL), OK);
	map_remove(&m, "a", 1);
	assert_int_equal(map_put_str(&m, "c", &e, NULL), OK);
	map_free(&m);
}

static void map_survives_churn(void **state)
{
	(void)state;
	struct map m = { 0 };
	for (uint32_t i = 0; i < 20000; i++) {
		struct map_entry *e;
		uint32_t gone = i - 10;
		assert_int_equal(map_put(&m, &i, sizeof(i), &e, NULL), OK);
		e->num = i;
		if (i >= 10)
			assert_true(map_remove(&m, &gone, sizeof(gone)));
	}
	assert_int_equal(m.live, 10);
	assert_true(m.cap < 1000); /* removed entries are squeezed out */
	map_free(&m);
}

/* Removed entries still fill the array when it is squeezed to less than it held. */
static void map_shrinks_after_removals(void **state)
{
	(void)state;
	struct map m = { 0 };
	struct map_entry *e;
	for (uint8_t i = 0; i < 16; i++) {
		assert_int_equal(map_put(&m, &i, 1, &e, NULL), OK);
		e->num = i;
	}
	for (uint8_t i = 0; i < 11; i++)
		assert_true(map_remove(&m, &i, 1));
	assert_int_equal(map_put(&m, "new", 3, &e, NULL), OK);
	for (uint8_t i = 11; i < 16; i++)
		assert_int_equal(map_get(&m, &i, 1)->num, i);
	map_free(&m);
}

static void map_survives_no_memory(void **state)
{
	(void)state;
	for (long n = 0;; n++) {
		struct map m = { 0 };
		struct map_entry *e;
		mem_fail_at(n);
		enum err err = map_put_str(&m, "key", &e, NULL);
		mem_fail_at(-1);
		assert_int_equal(m.live, err == OK ? 1 : 0);
		map_free(&m);
		if (err == OK)
			break;
		assert_int_equal(err, E_NOMEM);
	}
}

static void tables_are_blank_and_on_cache_lines(void **state)
{
	(void)state;
	static const size_t bytes[] = { 0, 1, 100, 4096, (2 << 20) - 1, 2 << 20, (5 << 20) + 3 };
	for (size_t i = 0; i < COUNT_OF(bytes); i++)
		for (int again = 0; again < 2; again++) { /* what was given back is blank again, too */
			uint8_t *p = mem_table(bytes[i], 1), any = 0;
			assert_non_null(p);
			assert_int_equal((uintptr_t)p % 64, 0);
			for (size_t k = 0; k < bytes[i]; k++)
				any |= p[k];
			assert_int_equal(any, 0);
			memset(p, 0xff, bytes[i]);
			mem_free(p);
		}
	assert_null(mem_table(SIZE_MAX / 2, 4));
	mem_fail_at(0);
	assert_null(mem_table(1, 1));
	mem_fail_at(-1);
}

UNIT_MAIN(cmocka_unit_test(tables_are_blank_and_on_cache_lines), cmocka_unit_test(cursor_reads_in_order), cmocka_unit_test(cursor_failure_is_sticky),
	  cmocka_unit_test(cursor_child_cannot_leave_its_parent), cmocka_unit_test(cursor_on_nothing),
	  cmocka_unit_test(buf_stops_at_its_ceiling), cmocka_unit_test(buf_prints),
	  cmocka_unit_test(buf_survives_no_memory), cmocka_unit_test(arena_refuses_beyond_its_ceiling),
	  cmocka_unit_test(arena_gives_distinct_aligned_memory), cmocka_unit_test(map_finds_what_was_put),
	  cmocka_unit_test(map_stops_at_its_ceiling), cmocka_unit_test(map_survives_churn), cmocka_unit_test(map_shrinks_after_removals),
	  cmocka_unit_test(map_survives_no_memory))
