/* What a stranger can grow, and what it costs: length, depth, lists, patterns, memory. */
#include "unit.h"

#include "filter/filter.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>

static const struct view *traffic(void)
{
	return view_find("traffic", 7);
}

static const struct view *ifcounters(void)
{
	return view_find("ifcounters", 10);
}

static enum err parse(const char *text, size_t len, const struct view *view, struct arena *a,
		      const struct filter **ret, struct problem *why)
{
	return filter_parse(text, len, view, NULL, NULL, a, ret, why);
}

/* n interfaces, as a script's "interface=" + ids writes them. */
static void interface_list(struct buf *out, size_t n)
{
	buf_text(out, "interface=");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s10.%zu.%zu.%zu>%zu", i ? "," : "", i >> 16 & 255, i >> 8 & 255,
			   i & 255, i % 96 + 1);
}

static void twenty_thousand_interfaces_parse_fast(void **state _unused_)
{
	struct buf text = { 0 };
	struct arena a = { 0 };
	const struct filter *f;
	interface_list(&text, 20000);
	usec_t start = clock_cpu();
	assert_int_equal(parse(buf_str(&text), text.len, ifcounters(), &a, &f, NULL), OK);
	usec_t took = clock_cpu() - start;
	assert_int_equal(f->nvalue, 20000);
	assert_int_equal(f->value[19999].lo, 19999 % 96 + 1);
	assert_true(a.used <
		    20001 * sizeof(struct filter_value) + 4096); /* the array is made once */
	print_message("# 20,000 interfaces, %zu bytes: %.1f ms\n", text.len, (double)took / 1000);
	assert_true(took < 200000); /* 20 ms is the aim; sanitizers and a busy machine are slower */
	arena_free(&a);
	buf_free(&text);
}

/* The place of each is counted on from the last, not from the beginning. */
static void joined_pairs_parse_fast(void **state _unused_)
{
	enum { PAIRS = 16000, LONG = sizeof("bytes>1&frames>1|") - 1 };
	struct buf text = { 0 };
	struct arena a = { 0 };
	const struct filter *f;
	for (size_t i = 0; i < PAIRS; i++)
		buf_text(&text, i + 1 < PAIRS ? "bytes>1&frames>1|" : "bytes>1&frames>1");
	usec_t start = clock_cpu();
	assert_int_equal(parse(buf_str(&text), text.len, traffic(), &a, &f, NULL), OK);
	assert_true(clock_cpu() - start < USEC_PER_SEC); /* 20 ms; 5 s when each pair counts anew */
	assert_int_equal(f->kind, FILTER_OR);
	assert_int_equal(f->nsub, PAIRS);
	assert_int_equal(f->pos, 1);
	for (size_t i = 0; i < PAIRS; i++) {
		assert_int_equal(f->sub[i]->pos, i * LONG + 1);
		assert_int_equal(f->sub[i]->sub[1]->pos, i * LONG + 9);
	}
	arena_free(&a);
	buf_free(&text);
}

static void four_megabytes_are_read_and_more_is_refused(void **state _unused_)
{
	struct buf text = { 0 };
	struct arena a = { 0 };
	const struct filter *f = NULL;
	struct problem why = { .pos = 7 };
	interface_list(&text, 250000);
	assert_true(text.len > 3500000 && text.len <= (4u << 20));
	assert_int_equal(parse(buf_str(&text), text.len, ifcounters(), &a, &f, &why), OK);
	assert_int_equal(f->nvalue, 250000);
	while (text.len <= (4u << 20))
		buf_text(&text, " ");
	f = NULL;
	assert_int_equal(parse(buf_str(&text), text.len, ifcounters(), &a, &f, &why), E_LIMIT);
	assert_null(f);
	assert_int_equal(why.pos, 0);
	assert_string_equal(why.text, "the filter is longer than 4194304 bytes");
	arena_free(&a);
	buf_free(&text);
}

static void the_caller_sets_the_limits(void **state _unused_)
{
	struct arena a = { 0 };
	const struct filter *f;
	struct problem why;
	const struct filter_limits customer = { .max_text = 20, .max_depth = 2 };
	assert_int_equal(filter_parse("((bytes>1))", 11, traffic(), NULL, &customer, &a, &f, &why),
			 OK);
	assert_int_equal(
		filter_parse("(((bytes>1)))", 13, traffic(), NULL, &customer, &a, &f, &why),
		E_LIMIT);
	assert_int_equal(why.pos, 3);
	assert_int_equal(filter_parse("bytes>1|bytes>2|bytes>3", 23, traffic(), NULL, &customer, &a,
				      &f, &why),
			 E_LIMIT);
	assert_string_equal(why.text, "the filter is longer than 20 bytes");
	arena_free(&a);
}

/* A million brackets must not reach the stack. */
static void deep_nesting_is_refused_early(void **state _unused_)
{
	struct arena a = { 0 };
	const struct filter *f;
	struct problem why;
	struct buf text = { 0 };
	for (int i = 0; i < 1000000; i++)
		buf_text(&text, i % 2 ? "!" : "(");
	assert_int_equal(parse(buf_str(&text), text.len, traffic(), &a, &f, &why), E_LIMIT);
	assert_int_equal(why.pos, 65);
	arena_free(&a);
	buf_free(&text);
}

/* One flat list: depth does not grow with its length. */
static void long_chains_are_flat(void **state _unused_)
{
	struct arena a = { 0 };
	const struct filter *f;
	struct buf text = { 0 };
	for (int i = 0; i < 100000; i++)
		buf_printf(&text, "%sipsource=10.%d.%d.1", i ? "|" : "", i >> 8 & 255, i & 255);
	assert_int_equal(parse(buf_str(&text), text.len, traffic(), &a, &f, NULL), OK);
	assert_int_equal(f->kind, FILTER_OR);
	assert_int_equal(f->nsub, 100000);
	filter_done(f);
	arena_free(&a);
	buf_free(&text);
}

static void patterns_are_few_and_short(void **state _unused_)
{
	struct arena a = { 0 };
	const struct filter *f;
	struct problem why;
	struct buf text = { 0 };
	buf_text(&text, "ifname~x");
	for (int i = 1; i < 256; i++)
		buf_text(&text, ",x");
	assert_int_equal(parse(buf_str(&text), text.len, ifcounters(), &a, &f, &why), OK);
	filter_done(f);
	buf_text(&text, ",x");
	assert_int_equal(parse(buf_str(&text), text.len, ifcounters(), &a, &f, &why), E_SYNTAX);
	assert_string_equal(why.text, "a filter has at most 256 patterns");
	buf_reset(&text);
	buf_text(&text, "ifname~");
	for (int i = 0; i < 4097; i++)
		buf_text(&text, "x");
	assert_int_equal(parse(buf_str(&text), text.len, ifcounters(), &a, &f, &why), E_SYNTAX);
	assert_string_equal(why.text, "a pattern has at most 4096 bytes");
	arena_free(&a);
	buf_free(&text);
}

/* (a+)+$ over a long run of "a" and a "b" takes 2^n steps where nobody stops it. */
static void a_pattern_that_takes_too_long_is_given_up(void **state _unused_)
{
	struct arena a = { 0 };
	const struct filter *f;
	static const char text[] = "ifname~\"^(a+)+$\" | ifname~\"^(a|a?)+$\"";
	char subject[64];
	memset(subject, 'a', sizeof(subject));
	subject[63] = 'b';
	assert_int_equal(parse(text, strlen(text), ifcounters(), &a, &f, NULL), OK);
	const struct value value = { .type = T_TEXT, .text = subject, .text_len = sizeof(subject) };
	usec_t start = clock_cpu();
	for (int i = 0; i < 100000; i++)
		assert_false(filter_test(f->sub[0], &value) || filter_test(f->sub[1], &value));
	assert_true(clock_cpu() - start < 2 * USEC_PER_SEC);
	assert_int_equal(filter_gave_up(f), 200000);
	const struct value good = { .type = T_TEXT, .text = "aaa", .text_len = 3 };
	assert_false(
		filter_test(f->sub[0], &good)); /* the pattern rests by now, and the count tells */
	filter_done(f);
	arena_free(&a);
}

/* A pattern asks whether, not where: what bounds a match must not be so tight that it hurts. */
static void ordinary_patterns_are_not_given_up(void **state _unused_)
{
	static const char *const patterns[] = { "^(Gi|Te|Hu)[a-z]*[0-9]+(/[0-9]+)*$",
						"(.*uplink.*)|(.*transit.*)",
						"customer: *(\\w+ )+\\d+$", "(?i)BACKBONE" };
	char subject[512];
	struct arena a = { 0 };
	const struct filter *f;
	struct buf text = { 0 };
	memset(subject, 'x', sizeof(subject));
	memcpy(subject, "customer: some thing 12 backbone uplink", 39);
	const struct value value = { .type = T_TEXT, .text = subject, .text_len = sizeof(subject) };
	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		buf_reset(&text);
		buf_printf(&text, "ifalias~\"%s\"", patterns[i]);
		assert_int_equal(parse(buf_str(&text), text.len, ifcounters(), &a, &f, NULL), OK);
		bool match = filter_test(f, &value);
		assert_int_equal(match, i == 1 || i == 3);
		assert_int_equal(filter_gave_up(f), 0);
		filter_done(f);
	}
	arena_free(&a);
	buf_free(&text);
}

static void zero_bytes_end_nothing(void **state _unused_)
{
	struct arena a = { 0 };
	const struct filter *f;
	struct problem why;
	assert_int_equal(parse("ifname=\"a\0b\"", 12, ifcounters(), &a, &f, &why), OK);
	assert_int_equal(f->value[0].len, 3);
	assert_int_equal(parse("ifname=a\0| ifname=b", 19, ifcounters(), &a, &f, &why), OK);
	assert_int_equal(f->kind, FILTER_OR);
	assert_int_equal(f->sub[0]->value[0].len, 2);
	assert_int_equal(parse("\0", 1, ifcounters(), &a, &f, &why), E_SYNTAX);
	assert_int_equal(why.pos, 1);
	assert_int_equal(parse("bytes=1\0", 8, traffic(), &a, &f, &why), E_SYNTAX);
	arena_free(&a);
}

static void no_text_is_everything(void **state _unused_)
{
	struct arena a = { 0 };
	const struct filter *f = NULL;
	struct buf out = { 0 };
	assert_int_equal(parse(NULL, 0, traffic(), &a, &f, NULL), OK);
	assert_int_equal(f->kind, FILTER_ALL);
	assert_true(filter_match(f, NULL, NULL));
	assert_int_equal(parse(" \t\n", 3, traffic(), &a, &f, NULL), OK);
	assert_int_equal(f->kind, FILTER_ALL);
	filter_print(f, &out);
	assert_int_equal(out.len, 0);
	filter_done(f);
	arena_free(&a);
}

/* Every allocation gets its turn to fail; what was begun is given back (the sanitizer counts). */
static void any_allocation_may_fail(void **state _unused_)
{
	static const char text[] =
		"(ipsource=10.0.0.0/8,::/0 & !ifname~\"^a\",b) | agent~x & ifname=\"a\\\"b\"";
	const struct filter_names staff = { .staff = true };
	size_t refused = 0;
	for (long n = 0;; n++) {
		struct arena a = { 0 };
		const struct filter *f = NULL;
		struct problem why;
		char with_addresses[sizeof(text)];
		memcpy(with_addresses, text, sizeof(text));
		memcpy(with_addresses + 1, "agent   ", 8); /* the one address field of this view */
		mem_fail_at(n);
		enum err e = filter_parse(with_addresses, strlen(with_addresses), ifcounters(),
					  &staff, NULL, &a, &f, &why);
		mem_fail_at(-1);
		if (e == OK)
			filter_done(f);
		else
			assert_null(f);
		arena_free(&a);
		if (e == OK)
			break;
		assert_int_equal(e, E_NOMEM);
		refused++;
	}
	assert_true(refused >= 5); /* the arena's block and PCRE2's parts */
}

UNIT_MAIN(cmocka_unit_test(twenty_thousand_interfaces_parse_fast),
	  cmocka_unit_test(joined_pairs_parse_fast),
	  cmocka_unit_test(four_megabytes_are_read_and_more_is_refused),
	  cmocka_unit_test(the_caller_sets_the_limits),
	  cmocka_unit_test(deep_nesting_is_refused_early), cmocka_unit_test(long_chains_are_flat),
	  cmocka_unit_test(patterns_are_few_and_short),
	  cmocka_unit_test(a_pattern_that_takes_too_long_is_given_up),
	  cmocka_unit_test(ordinary_patterns_are_not_given_up),
	  cmocka_unit_test(zero_bytes_end_nothing), cmocka_unit_test(no_text_is_everything),
	  cmocka_unit_test(any_allocation_may_fail))
