/* Regular expressions: PCRE2, unanchored, bounded in steps, depth and memory.
 *
 * A pattern comes from a stranger, so a match that takes too long is given up: it counts as not
 * passed, and the count says so.  After a few of them the pattern is not tried any more, which
 * bounds what one pattern can cost over millions of values. */
#include "filter/parts.h"

#include "base/mem.h"

#include <stdatomic.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
	MAX_STEPS = 20000, /* of one match; about a millisecond */
	MAX_BACKTRACK = 1000,
	MAX_HEAP_KB = 1024,
	MAX_GIVE_UPS = 16, /* then the pattern rests */
};

struct regex {
	struct regex *older;
	pcre2_code *code;
	pcre2_match_context *limits;
	atomic_uint_fast64_t gave_up;
};

static void *give(PCRE2_SIZE n, void *arg _unused_)
{
	return mem_alloc(n);
}

static void take(void *p, void *arg _unused_)
{
	mem_free(p);
}

static void context_free(pcre2_general_context **g)
{
	pcre2_general_context_free(*g);
}

enum err regex_new(struct arena *a, const char *pattern, size_t len, struct regex *older,
		   struct regex **ret, size_t *ret_error_at, char ret_error[static 128])
{
	_cleanup_(context_free) pcre2_general_context *g =
		pcre2_general_context_create(give, take, NULL);
	struct regex *re = arena_new0(a, 1, sizeof(*re));
	pcre2_compile_context *c = g ? pcre2_compile_context_create(g) : NULL;
	PCRE2_SIZE at = 0;
	int error = PCRE2_ERROR_NOMEMORY;
	if (re && c) {
		re->code =
			pcre2_compile((PCRE2_SPTR)pattern, len,
				      PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
				      &error, &at, c);
		re->limits = pcre2_match_context_create(g);
	}
	pcre2_compile_context_free(c);
	if (!re || !re->code || !re->limits) {
		bool syntax = re && !re->code && error != PCRE2_ERROR_NOMEMORY &&
			      error != PCRE2_ERROR_HEAP_FAILED;
		if (re)
			regex_done(re);
		if (!syntax)
			return E_NOMEM;
		pcre2_get_error_message(error, (PCRE2_UCHAR *)ret_error, 128);
		*ret_error_at = at;
		return E_SYNTAX;
	}
	pcre2_set_match_limit(re->limits, MAX_STEPS);
	pcre2_set_depth_limit(re->limits, MAX_BACKTRACK);
	pcre2_set_heap_limit(re->limits, MAX_HEAP_KB);
	re->older = older;
	*ret = re;
	return OK;
}

void regex_done(struct regex *re)
{
	pcre2_code_free(re->code);
	pcre2_match_context_free(re->limits);
	re->code = NULL;
	re->limits = NULL;
}

void regex_done_all(struct regex *re)
{
	for (; re; re = re->older)
		regex_done(re);
}

bool regex_match(struct regex *re, const char *s, size_t len)
{
	if (atomic_load_explicit(&re->gave_up, memory_order_relaxed) < MAX_GIVE_UPS) {
		pcre2_match_data *m = pcre2_match_data_create_from_pattern(re->code, NULL);
		int rc = m ? pcre2_match(re->code, (PCRE2_SPTR)(len ? s : ""), len, 0, 0, m,
					 re->limits)
			   : PCRE2_ERROR_NOMEMORY;
		pcre2_match_data_free(m);
		if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH)
			return rc >= 0;
	}
	atomic_fetch_add_explicit(&re->gave_up, 1, memory_order_relaxed);
	return false;
}

enum err filter_regex(struct arena *a, const char *pattern, size_t len, struct regex **ret, struct problem *why)
{
	char text[128];
	size_t at = 0;
	if (!len || len > MAX_PATTERN_BYTES)
		return problem_set(why, E_SYNTAX, "a pattern has 1..%d bytes", MAX_PATTERN_BYTES);
	enum err err = regex_new(a, pattern, len, NULL, ret, &at, text);
	if (err == E_SYNTAX)
		problem_set(why, err, "pattern, character %zu: %s", at, text);
	return err;
}

void filter_regex_done(struct regex *re)
{
	if (re)
		regex_done(re);
}

bool filter_regex_find(struct regex *re, const char *s, size_t len, size_t *ret_from, size_t *ret_to)
{
	if (atomic_load_explicit(&re->gave_up, memory_order_relaxed) >= MAX_GIVE_UPS)
		return false;
	pcre2_match_data *m = pcre2_match_data_create_from_pattern(re->code, NULL);
	int rc = m ? pcre2_match(re->code, (PCRE2_SPTR)(len ? s : ""), len, 0, 0, m, re->limits) : PCRE2_ERROR_NOMEMORY;
	if (rc > 0) {
		const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m);
		bool group = rc > 1 && at[2] != PCRE2_UNSET;
		*ret_from = group ? at[2] : at[0];
		*ret_to = MAX(*ret_from, group ? at[3] : at[1]);
	}
	pcre2_match_data_free(m);
	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
		atomic_fetch_add_explicit(&re->gave_up, 1, memory_order_relaxed);
	return rc > 0;
}

uint64_t regex_gave_up(const struct regex *re)
{
	return atomic_load_explicit(&re->gave_up, memory_order_relaxed);
}
